"""Proof: kills at random moments, and workers that come and go, change nothing."""

import os
import random
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from kafka.errors import KafkaError

from insights.asker import DatabaseAsker
from parcours.kafka_admin import BrokerError, KafkaAdmin
from schemas.topics import ENRICHED
from sinks.clickhouse import Database
from tests.integration.chaos import (
    COUNT,
    WAIT_SECONDS,
    Cluster,
    Truth,
    differences,
    expected,
    produce,
    raw_touchpoints,
    truth_in,
    truth_of,
    wait_until,
)
from tests.servers.kafka import Kafka

pytestmark = [pytest.mark.kafka, pytest.mark.clickhouse]

# `make chaos` asks for twenty.
KILLS = int(os.environ.get("CHAOS_KILLS", "10"))
SLICE = max(2_000, COUNT // 50)


@contextmanager
def running(folder: Path, brokers: int = 1) -> Iterator[tuple[Kafka, Cluster]]:
    """Apache Kafka with the topics, and an empty database; no worker and no sink yet."""
    with Kafka(folder / "kafka", brokers) as kafka:
        cluster = Cluster(kafka.bootstrap, folder)
        cluster.run("topics", "create")
        cluster.run("migrate")
        try:
            yield kafka, cluster
        finally:
            cluster.close()


def feed(cluster: Cluster, lines: list[bytes]) -> threading.Thread:
    """Produce in the background, in slices, so that there is always something to do."""

    def run() -> None:
        for start in range(0, len(lines), SLICE):
            deadline = time.monotonic() + WAIT_SECONDS
            while True:
                try:
                    produce(cluster, lines[start : start + SLICE])
                    break
                except AssertionError:
                    # A broker went away meanwhile: a source sends again, all of it.
                    if time.monotonic() > deadline:
                        raise

    thread = threading.Thread(target=run)
    thread.start()
    return thread


def landed(cluster: Cluster) -> int:
    """Touchpoints that have left the journey agent; 0 where no broker can tell now."""
    try:
        with KafkaAdmin(cluster.servers) as admin:
            return sum(admin.ends(ENRICHED.name)[ENRICHED.name].values())
    except (BrokerError, KafkaError):
        return 0


def settle(cluster: Cluster) -> Truth:
    """Drain, stop, audit; what the tables hold then."""
    cluster.keep_alive()
    # Nothing else will come: then messages are due in all partitions.
    cluster.run("drain", "--final", "--timeout", str(WAIT_SECONDS - 40))
    for name in list(cluster.processes):
        assert cluster.stop(name) == 0
    cluster.run("audit")
    database = Database.connect(cluster.environment["PARCOURS_CLICKHOUSE_URL"])
    try:
        return truth_in(DatabaseAsker(database))
    finally:
        database.close()


def kill_again_and_again(cluster: Cluster, kill: Callable[[int], None]) -> None:
    """Kill at random moments, evenly spread over the stream."""
    chance = random.Random(20)
    for number in range(KILLS):
        goal = landed(cluster) + chance.randrange(1, COUNT // KILLS // 2)
        wait_until(
            lambda goal=goal: landed(cluster) >= min(goal, COUNT),
            cluster,
            f"kill {number}",
        )
        kill(number)


def test_kills_change_nothing(tmp_path: Path) -> None:
    """Worker and sink killed while streaming: as the fold, as a run without a kill."""
    chance = random.Random(21)
    lines = raw_touchpoints(COUNT, seed=11)
    with running(tmp_path / "killed") as (_, cluster):
        cluster.start("worker-1")
        cluster.start("sink")
        producer = feed(cluster, lines)

        def kill(_: int) -> None:
            name = chance.choice(("worker-1", "sink"))
            cluster.kill(name)
            cluster.start(name)

        kill_again_and_again(cluster, kill)
        producer.join()
        killed = settle(cluster)
    with running(tmp_path / "left alone") as (_, cluster):
        cluster.start("worker-1")
        cluster.start("sink")
        feed(cluster, lines).join()
        assert differences(settle(cluster), killed) == []
    assert differences(killed, truth_of(expected(lines))) == []


def test_a_broker_of_three_killed_changes_nothing(tmp_path: Path) -> None:
    """Worker, sink and a broker of three killed in turn while streaming: as the fold."""
    lines = raw_touchpoints(COUNT, seed=13)
    with running(tmp_path, brokers=3) as (kafka, cluster):
        cluster.start("worker-1")
        cluster.start("sink")
        producer = feed(cluster, lines)

        def kill(number: int) -> None:
            if number % 3 == 0:
                broker = number // 3 % 3
                kafka.kill(broker)
                kafka.start(broker)
                return
            name = ("worker-1", "sink")[number % 2]
            cluster.kill(name)
            cluster.start(name)

        kill_again_and_again(cluster, kill)
        producer.join()
        assert differences(settle(cluster), truth_of(expected(lines))) == []


def test_workers_that_come_and_go_change_nothing(tmp_path: Path) -> None:
    """1, 2, 4 workers and back to 1 under load, the last to go killed: as the fold."""
    lines = raw_touchpoints(COUNT, seed=12)
    with running(tmp_path) as (_, cluster):
        cluster.start("worker-1")
        cluster.start("sink")
        producer = feed(cluster, lines)
        grow_and_shrink(cluster)
        producer.join()
        assert differences(settle(cluster), truth_of(expected(lines))) == []


def grow_and_shrink(cluster: Cluster) -> None:
    """Change the number of workers while the stream goes on."""

    def passed(share: float) -> None:
        what = f"{share:.0%} of the stream have passed"
        wait_until(lambda: landed(cluster) > share * COUNT, cluster, what)

    def restored(name: str, partitions: int) -> None:
        log, words = cluster.folder / f"{name}.log", f"restored={partitions}"
        what = f"{name} has {partitions} partitions"
        wait_until(lambda: words in log.read_text(), cluster, what)

    passed(0.1)
    cluster.start("worker-2")
    restored("worker-2", 2)
    passed(0.2)
    cluster.start("worker-3")
    cluster.start("worker-4")
    restored("worker-3", 1)
    restored("worker-4", 1)
    passed(0.4)
    assert cluster.stop("worker-4") == 0
    assert cluster.stop("worker-3") == 0
    passed(0.6)
    cluster.kill("worker-2")
