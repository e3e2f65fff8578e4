"""Which partition a key goes to: murmur2, as Kafka's own producers do it."""

from functools import lru_cache
from struct import Struct
from typing import Final

_KEYS: Final = 1 << 17
_SEED: Final = 0x9747B28C
_M: Final = 0x5BD1E995
_32_BITS: Final = 0xFFFFFFFF
_POSITIVE: Final = 0x7FFFFFFF


@lru_cache(_KEYS)
def partition_of(key: bytes, partitions: int) -> int:
    """The partition of a key, the same that any Kafka client would choose.

    Args:
        key: the record's key.
        partitions: how many partitions the topic has.
    """
    return (murmur2(key) & _POSITIVE) % partitions


@lru_cache(256)
def _words(count: int) -> Struct:
    return Struct(f"<{count}I")


def murmur2(data: bytes) -> int:
    """MurmurHash2 with the seed of Kafka's default partitioner, unsigned 32 bits.

    Austin Appleby's MurmurHash2, 32-bit little-endian; see KIP-794 for its place in
    Kafka's producer.
    """
    length = len(data)
    count = length >> 2
    h = _SEED ^ length
    for word in _words(count).unpack_from(data):
        k = word * _M & _32_BITS
        k = (k ^ k >> 24) * _M & _32_BITS
        h = h * _M & _32_BITS ^ k
    tail = data[count << 2 :]
    if tail:
        h = (h ^ int.from_bytes(tail, "little")) * _M & _32_BITS
    h = (h ^ h >> 13) * _M & _32_BITS
    return h ^ h >> 15
