"""Merge, unmerge and a shared till, end to end: Kafka, workers that are killed, the sink."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from insights.asker import DatabaseAsker
from insights.funnels.answer import answer
from insights.funnels.spec import Funnel
from insights.funnels.steps import parse_steps
from insights.journey import find_persons, read_journey
from sinks.clickhouse import Database
from tests.integration.chaos import (
    Cluster,
    expected,
    produce,
    truth_in,
    truth_of,
)
from tests.servers.kafka import Kafka

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = [pytest.mark.kafka, pytest.mark.clickhouse]

START_MS = 1_780_000_000_000
PAIRS = 60
TILL = 500


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


def raw(id_: str, type_: str, second: int, **actor: str) -> bytes:
    """One raw touchpoint."""
    one: dict[str, object] = {
        "id": id_,
        "source": "shop",
        "type": type_,
        "time": START_MS + second * 1_000,
        "actor": actor,
    }
    if type_ == "order_completed":
        one |= {"value_minor": 100, "currency": "EUR", "order_id": id_}
    return json.dumps(one).encode()


def looks(number: int) -> list[bytes]:
    """A visitor who is not known yet, on a device that has been seen with an address."""
    visitor = {"anonymous_id": f"v{number}"}
    email = {"email": f"shopper{number}@example.org"}
    return [
        raw(f"look-{number}", "product_viewed", number, **visitor),
        raw(f"news-{number}", "email_link_clicked", number + 5, **visitor, **email),
    ]


def buys(number: int) -> list[bytes]:
    """The address turns out to be a customer's, who buys; the visitor looks again."""
    visitor = {"anonymous_id": f"v{number}"}
    email = {"email": f"Shopper{number}@example.org"}
    customer = {"customer_id": f"c{number}"}
    return [
        raw(f"in-{number}", "signed_in", number + 60, **email, **customer),
        raw(f"buy-{number}", "order_completed", number + 90, **customer),
        raw(f"again-{number}", "product_viewed", number + 120, **visitor),
    ]


def at_the_till() -> list[bytes]:
    """Customers who sign in on one device of a store."""
    return [
        raw(f"till-{n}", "order_completed", n, customer_id=f"t{n}", device_id="till")
        for n in range(TILL)
    ]


def unlinked(number: int) -> bytes:
    """The visitor was somebody else after all: not whom the address belongs to."""
    visitor = {"anonymous_id": f"v{number}"}
    email = {"email": f"shopper{number}@example.org"}
    return raw(f"no-{number}", "identity_unlinked", number + 200, **visitor, **email)


def settle(cluster: Cluster, lines: list[bytes]) -> Database:
    """Wait until all has landed, end everything, audit, compare with the fold."""
    cluster.keep_alive()
    cluster.run("drain", "--timeout", "200")
    for name in list(cluster.processes):
        assert cluster.stop(name) == 0
    cluster.run("audit")
    database = Database.connect(cluster.environment["PARCOURS_CLICKHOUSE_URL"])
    assert truth_in(DatabaseAsker(database)) == truth_of(expected(lines))
    return database


def looked_and_bought(asker: DatabaseAsker) -> tuple[int, int]:
    """Persons who looked at something, and who bought within an hour."""
    steps = parse_steps(["product_viewed", "order_completed"])
    found = answer(asker, Funnel(steps=steps, window="1h"), START_MS + 10**9)
    return found.entered, found.converted


def test_persons_merge_part_and_stay_apart(cluster: Cluster) -> None:
    """With workers killed in between, tables equal the fold, before and after unlinking."""
    lines = [line for n in range(PAIRS) for line in looks(n)]
    cluster.start("worker-1")
    cluster.start("sink")
    produce(cluster, lines)
    for number in range(PAIRS):
        lines += buys(number)
    produce(cluster, lines[2 * PAIRS :])
    cluster.kill("worker-1")
    cluster.start("worker-1")
    cluster.start("worker-2")
    till = at_the_till()
    lines += till
    produce(cluster, till)
    cluster.kill("worker-1")
    cluster.start("worker-1")
    database = settle(cluster, lines)
    try:
        asker = DatabaseAsker(database)
        assert looked_and_bought(asker) == (PAIRS, PAIRS)
        assert find_persons(asker, "anonymous_id:v7") == ["customer_id:c7"]
        one = read_journey(asker, "customer_id:t7")
        assert one is not None
        assert one.members == []
        assert one.position is not None
        assert one.position.orders == 1
    finally:
        database.close()
    cluster.start("worker-1")
    cluster.start("sink")
    parted = [unlinked(number) for number in range(0, PAIRS, 2)]
    lines += parted
    produce(cluster, parted)
    cluster.kill("worker-1")
    cluster.start("worker-1")
    database = settle(cluster, lines)
    try:
        asker = DatabaseAsker(database)
        assert looked_and_bought(asker) == (PAIRS, PAIRS // 2)
        assert find_persons(asker, "anonymous_id:v6") == ["anonymous_id:v6"]
        alone = read_journey(asker, "anonymous_id:v6")
        assert alone is not None
        assert {m.id for m in alone.touchpoints} == {"look-6", "again-6"}
    finally:
        database.close()
