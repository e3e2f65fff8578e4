"""The brokers the tests run on are real: they keep records, die and come back."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest
from kafka import KafkaAdminClient, KafkaConsumer, KafkaProducer, TopicPartition

from tests.servers.kafka import Kafka
from tests.servers.ports import PORTS, Ports, listening
from tests.servers.tansu import Tansu

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

PATIENCE_SECONDS = 60.0
TOPIC = "parcours.check"

broker = pytest.mark.broker
kafka = pytest.mark.kafka


@pytest.fixture(scope="module")
def one_kafka(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kafka]:
    with Kafka(tmp_path_factory.mktemp("kafka")) as server:
        yield server


@pytest.fixture
def three_kafkas(tmp_path: Path) -> Iterator[Kafka]:
    with Kafka(tmp_path, brokers=3) as cluster:
        yield cluster


@pytest.fixture
def tansu(tmp_path: Path) -> Iterator[Tansu]:
    with Tansu(tmp_path) as server:
        yield server


@broker
def test_tansu_takes_and_returns_a_record(tansu: Tansu) -> None:
    """A topic is made on the embedded broker, and a record comes back as sent."""
    create(tansu.bootstrap)
    send(tansu.bootstrap, b"hello")
    assert read(tansu.bootstrap, 1) == [b"hello"]


@broker
def test_tansu_starts_again_empty(tansu: Tansu) -> None:
    """After a kill the same address serves a new, empty cluster."""
    create(tansu.bootstrap)
    before = cluster_id(tansu.bootstrap)
    tansu.kill()
    tansu.start()
    assert cluster_id(tansu.bootstrap) != before
    assert topics(tansu.bootstrap) == set()


@broker
@kafka
def test_kafka_takes_and_returns_a_record(one_kafka: Kafka) -> None:
    """A topic is made on a single Kafka, and a record comes back as sent."""
    create(one_kafka.bootstrap)
    send(one_kafka.bootstrap, b"hello")
    assert read(one_kafka.bootstrap, 1) == [b"hello"]


@broker
@kafka
@pytest.mark.parametrize("end", [Kafka.kill, Kafka.stop])
def test_kafka_keeps_its_records_over_a_restart(
    one_kafka: Kafka, end: Callable[[Kafka, int], None]
) -> None:
    """A killed or stopped broker comes back as the same cluster, with its records."""
    topic = create(one_kafka.bootstrap, name=f"{TOPIC}.{end.__name__}")
    send(one_kafka.bootstrap, b"kept", topic=topic)
    before = cluster_id(one_kafka.bootstrap)
    end(one_kafka, 0)
    one_kafka.start(0)
    assert cluster_id(one_kafka.bootstrap) == before
    assert read(one_kafka.bootstrap, 1, topic=topic) == [b"kept"]


@broker
@kafka
def test_kafka_refuses_unknown_topics(one_kafka: Kafka) -> None:
    """Nothing makes a topic by asking for it: promises are declared."""
    with KafkaConsumer("never.made", bootstrap_servers=one_kafka.bootstrap) as consumer:
        consumer.poll(timeout_ms=500)
    assert "never.made" not in topics(one_kafka.bootstrap)


@broker
@kafka
def test_three_kafkas_survive_the_death_of_one(three_kafkas: Kafka) -> None:
    """The quorum takes acknowledged records while one broker is dead, and loses none.

    The dead broker leads a partition, so that leadership has to move.
    """
    bootstrap = three_kafkas.bootstrap
    create(bootstrap, replicas=3)
    send(bootstrap, b"before")
    dead = leader(bootstrap)
    three_kafkas.kill(dead)
    send(bootstrap, b"without one")
    assert leader(bootstrap) != dead
    three_kafkas.start(dead)
    send(bootstrap, b"after")
    assert read(bootstrap, 3) == [b"before", b"without one", b"after"]


@broker
def test_a_broker_dies_with_its_pytest(tmp_path: Path) -> None:
    """Nothing stays behind when the process that started a broker is killed."""
    program = (
        "import sys; from pathlib import Path; from tests.servers.tansu import Tansu\n"
        "with Tansu(Path(sys.argv[1])) as tansu:\n"
        "    print(tansu.bootstrap, flush=True); sys.stdin.read()\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program, str(tmp_path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as parent:
        assert parent.stdout is not None
        port = int(parent.stdout.readline().rpartition(":")[2])
        assert listening(port)
        os.kill(parent.pid, signal.SIGKILL)
    await_true(lambda: not listening(port))


def test_ports_in_hand_are_given_to_nobody_else() -> None:
    """Two takers never hold one port, and a port is free again once given back."""
    with Ports(3) as mine, Ports(3) as others:
        assert not set(mine.numbers) & set(others.numbers)
        assert all(port in PORTS and not listening(port) for port in mine.numbers)


def create(bootstrap: str, name: str = TOPIC, replicas: int = 1) -> str:
    topic = {"num_partitions": 1, "replication_factor": replicas}
    with KafkaAdminClient(bootstrap_servers=bootstrap) as admin:
        admin.create_topics({name: topic}, wait_for_metadata=True)
    return name


def send(bootstrap: str, value: bytes, topic: str = TOPIC) -> None:
    """Send one record; return once every in-sync replica has it."""
    with KafkaProducer(bootstrap_servers=bootstrap) as producer:
        producer.send(topic, value).get(timeout=PATIENCE_SECONDS)


def read(bootstrap: str, count: int, topic: str = TOPIC) -> list[bytes]:
    """All records of the only partition; fails unless there are `count` of them."""
    partition = TopicPartition(topic, 0)
    values: list[bytes] = []
    with KafkaConsumer(
        bootstrap_servers=bootstrap, group_id=None, auto_offset_reset="earliest"
    ) as consumer:
        consumer.assign([partition])
        assert consumer.end_offsets([partition])[partition] == count

        def all_read() -> bool:
            for records in consumer.poll(timeout_ms=500).values():
                values.extend(record.value for record in records)
            return len(values) >= count

        await_true(all_read)
    return values


def leader(bootstrap: str) -> int:
    """The node that leads the only partition of the topic."""
    with KafkaAdminClient(bootstrap_servers=bootstrap) as admin:
        (topic,) = admin.describe_topics([TOPIC])
    return int(topic["partitions"][0]["leader_id"])


def topics(bootstrap: str) -> set[str]:
    with KafkaAdminClient(bootstrap_servers=bootstrap) as admin:
        return set(admin.list_topics())


def cluster_id(bootstrap: str) -> str:
    with KafkaAdminClient(bootstrap_servers=bootstrap) as admin:
        return str(admin.describe_cluster()["cluster_id"])


def await_true(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        assert time.monotonic() < deadline, "the condition never came true"
        time.sleep(0.01)
