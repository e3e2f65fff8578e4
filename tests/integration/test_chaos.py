"""Proof: kills at random moments, and workers that come and go, change nothing."""

import random
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from insights.asker import DatabaseAsker
from parcours.kafka_admin import KafkaAdmin
from schemas.topics import ENRICHED
from sinks.clickhouse import Database
from tests.integration.chaos import (
    Cluster,
    expected,
    produce,
    raw_touchpoints,
    truth_in,
    truth_of,
    wait_until,
)
from tests.servers.kafka import Kafka

pytestmark = [pytest.mark.kafka, pytest.mark.clickhouse]

COUNT = 40_000
PERSONS = 400
KILLS = 10


@pytest.fixture(name="cluster")
def _cluster(tmp_path: Path) -> Iterator[Cluster]:
    with Kafka(tmp_path / "kafka") as kafka:
        cluster = Cluster(kafka.bootstrap, tmp_path)
        cluster.run("topics", "create")
        cluster.run("migrate")
        try:
            yield cluster
        finally:
            cluster.close()


def feed(cluster: Cluster, lines: list[bytes]) -> threading.Thread:
    """Produce in the background, in slices, so that there is always something to do."""

    def run() -> None:
        for start in range(0, len(lines), 2_000):
            produce(cluster, lines[start : start + 2_000])

    thread = threading.Thread(target=run)
    thread.start()
    return thread


def landed(cluster: Cluster) -> int:
    """Touchpoints that have left the journey agent; an ever growing number."""
    with KafkaAdmin(cluster.servers) as admin:
        return sum(admin.ends(ENRICHED.name)[ENRICHED.name].values())


def settle_and_compare(cluster: Cluster, lines: list[bytes]) -> None:
    """Drain, audit, stop, and hold the tables against the fold of the same lines."""
    cluster.keep_alive()
    cluster.run("drain", "--timeout", "200")
    for name in list(cluster.processes):
        assert cluster.stop(name) == 0
    cluster.run("audit")
    database = Database.connect(cluster.environment["PARCOURS_CLICKHOUSE_URL"])
    try:
        assert truth_in(DatabaseAsker(database)) == truth_of(expected(lines))
    finally:
        database.close()


def test_kills_change_nothing(cluster: Cluster) -> None:
    """Worker and sink killed again and again while streaming: tables equal the fold."""
    chance = random.Random(20)
    lines = raw_touchpoints(COUNT, PERSONS, seed=11)
    cluster.start("worker-1")
    cluster.start("sink")
    producer = feed(cluster, lines)
    for kill in range(KILLS):
        goal = landed(cluster) + chance.randrange(1, COUNT // KILLS // 2)
        wait_until(
            lambda goal=goal: landed(cluster) >= min(goal, COUNT),
            cluster,
            f"kill {kill}",
        )
        name = chance.choice(("worker-1", "sink"))
        cluster.kill(name)
        cluster.start(name)
    producer.join()
    settle_and_compare(cluster, lines)


def test_a_second_worker_joins_and_leaves(cluster: Cluster) -> None:
    """Partitions move to a second worker and back under load: tables equal the fold."""
    lines = raw_touchpoints(COUNT, PERSONS, seed=12)
    cluster.start("worker-1")
    cluster.start("sink")
    producer = feed(cluster, lines)
    wait_until(lambda: landed(cluster) > COUNT // 10, cluster, "the first worker works")
    cluster.start("worker-2")
    log = cluster.folder / "worker-2.log"
    wait_until(
        lambda: "restored=2" in log.read_text(), cluster, "the second has its half"
    )
    wait_until(lambda: landed(cluster) > COUNT // 3, cluster, "both work")
    assert cluster.stop("worker-2") == 0
    cluster.start("worker-3")
    wait_until(lambda: landed(cluster) > COUNT // 2, cluster, "a third one works")
    cluster.kill("worker-3")
    producer.join()
    settle_and_compare(cluster, lines)
