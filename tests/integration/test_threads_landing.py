"""From raw touchpoints to what `parcours journey` shows of carts, orders and tickets."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from insights.journey import read_journey
from parcours.answers import show_journey
from schemas import topics
from schemas.progress import Progress, Tick
from schemas.topics import record_key
from schemas.touchpoint import Touchpoint
from sinks.rows import LANDINGS, framed
from streams.enrich.identify import Identifier
from streams.enrich.policy import IdentifyPolicy
from streams.fold import fold, records
from streams.journey.partition import PartitionJourneys
from tests.factories.identified import HOUR_MS, MINUTE_MS, START_MS, Record, rules
from tests.factories.records import encode
from tests.unit.insights.store import Store, open_store

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from streams.journey.outcome import Outcome

pytest.importorskip("chdb")
pytestmark = pytest.mark.clickhouse

ANNA = "customer_id:anna"
IDENTIFIER = Identifier(IdentifyPolicy(pseudonym_key="a secret for tests only"))


def raw(id_: str, type_: str, minutes: int, **more: object) -> bytes:
    """A raw touchpoint of Anna's, so many minutes after the start."""
    fields: dict[str, Any] = {
        "id": id_,
        "source": "shop",
        "type": type_,
        "time": START_MS + minutes * MINUTE_MS,
        "actor": {"customer_id": "anna", "device_id": "phone"},
    }
    return json.dumps(fields | more).encode()


EUROS = {"value_minor": 4_990, "currency": "EUR"}
LINES = [
    raw("a1", "Product Added", 0, cart_id="c1"),
    raw("a2", "begin_checkout", 2, cart_id="c1", **EUROS),
    raw("b1", "add_to_cart", 5, cart_id="c2"),
    raw("t1", "support_contacted", 60, properties={"ticket_id": 77}),
    raw("k1", "call_started", 61, session_hint="call-5"),
    raw("t2", "call_ended", 70, ticket_id="77", properties={"resolved": True}),
    raw("d1", "order_delivered", 24 * 60, order_id="o1"),
    raw("r1", "product_returned", 25 * 60, order_id="o1"),
    # The shop's own till tells it last, a day after it happened.
    raw("a3", "purchase", 90, cart_id="c1", order_id="o1", channel="app", **EUROS),
]


def batches(lines: Sequence[bytes], size: int) -> Iterator[Outcome]:
    """What the journey agent makes of these lines, and of a day without any."""
    journeys = PartitionJourneys({}, Progress("log", 0, "raw", 0), rules(), 1)
    made = []
    for offset, line in enumerate(lines):
        one = IDENTIFIER.identify(
            line,
            received_at=START_MS + 26 * HOUR_MS,
            raw_log="raw",
            raw_partition=0,
            raw_offset=offset,
        )
        assert isinstance(one, Touchpoint)
        key = record_key(one.tenant, one.person_id)
        made.append(Record(offset, key, encode(one), START_MS))
    for first in range(0, len(made), size):
        yield journeys.apply(made[first : first + size])
    end = encode(Tick("raw", START_MS, {0: START_MS + 96 * HOUR_MS}, {}))
    yield journeys.apply([Record(len(made), None, end, START_MS)])


def land(store: Store, topic: topics.Topic, values: Sequence[bytes]) -> None:
    """Land records as the sink does."""
    landing = LANDINGS[topic.name]
    body = b"".join(framed(0, offset, value) for offset, value in enumerate(values))
    store.writer.load(landing.table, landing.select, body, {"kafka_log": "log"})


@pytest.fixture(params=[1, 4, 100])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    """The tables after these touchpoints, however they were cut into batches."""
    outcomes = list(batches(LINES, request.param))
    with open_store(tmp_path) as store:
        for topic, name in (
            (topics.ENRICHED, "touchpoints"),
            (topics.THREADS, "threads"),
            (topics.STATES, "states"),
        ):
            values = [value for one in outcomes for _, value in getattr(one, name)]
            land(store, topic, values)
        yield store


WANTED = {
    ("cart", "c1", "completed", 3, 4_990),
    ("cart", "c2", "abandoned", 1, 0),
    ("order", "o1", "returned", 3, 4_990),
    ("return", "o1", "open", 1, 0),
    ("ticket", "77", "resolved", 2, 0),
    ("ticket", "call-5", "open", 1, 0),
}


def test_the_tables_tell_where_each_thread_stands(
    store: Store, capsys: pytest.CaptureFixture[str]
) -> None:
    """The late purchase took the abandonment back; touchpoints carry their ticket."""
    found = read_journey(store.asker, ANNA)
    assert found is not None
    assert {
        (t.kind, t.thread_id, t.status, t.touchpoints, t.value_minor)
        for t in found.threads
    } == WANTED
    tickets = {m.id: m.ticket_id for m in found.touchpoints if m.ticket_id}
    assert tickets == {"t1": "77", "t2": "77", "k1": "call-5"}
    show_journey(found)
    printed = capsys.readouterr().out
    assert "carts, orders, returns and tickets" in printed
    assert "abandoned" in printed


def test_fold_tells_the_same_offline() -> None:
    """The oracle has a record for each thread."""
    folded = fold(LINES, IDENTIFIER, rules(), received_at=START_MS + 26 * HOUR_MS)
    closed = fold(
        LINES, IDENTIFIER, rules(), received_at=START_MS + 26 * HOUR_MS, close=True
    )
    assert {
        (t.kind, t.thread_id, t.status, t.touchpoints, t.value_minor)
        for t in closed.threads
    } == WANTED
    printed = [json.loads(line) for line in records(folded)]
    assert sum(one["record"] == "thread" for one in printed) == len(WANTED)
