"""Keys go where any other Kafka client would send them."""

import random

import pytest
from aiokafka.partitioner import murmur2 as aiokafka_murmur2
from kafka.partitioner.default import murmur2 as kafka_murmur2

from streams.partition import murmur2, partition_of


@pytest.mark.parametrize("seed", range(5))
def test_murmur2_is_that_of_other_clients(seed: int) -> None:
    """Same hash as kafka-python and aiokafka, for keys of every length."""
    chance = random.Random(seed)
    for length in range(300):
        key = chance.randbytes(length)
        assert murmur2(key) == aiokafka_murmur2(key) & 0xFFFFFFFF
        assert murmur2(key) == kafka_murmur2(key) & 0xFFFFFFFF


@pytest.mark.parametrize("partitions", [1, 4, 24, 1024])
def test_partitions_are_those_of_kafkas_default_partitioner(partitions: int) -> None:
    """The positive part of the hash, modulo the partitions."""
    for number in range(500):
        key = f"default/customer_id:{number}".encode()
        expected = (aiokafka_murmur2(key) & 0x7FFFFFFF) % partitions
        assert partition_of(key, partitions) == expected
        assert partition_of(key, partitions) == expected


def test_remembered_keys_are_bounded() -> None:
    """Persons outnumber memory."""
    assert partition_of.cache_info().maxsize == 1 << 17
