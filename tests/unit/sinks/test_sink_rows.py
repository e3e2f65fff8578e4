"""What is read of a record outside of the engine."""

import msgspec
import pytest

from schemas import tables, topics
from sinks.rows import LANDINGS, received_at
from tests.factories.records import (
    FEBRUARY_MS,
    encode,
    journey_state,
    message,
    session,
    thread,
    touchpoint,
    transition,
)


def test_every_table_has_a_landing() -> None:
    """Each table of the schemas is filled from exactly one topic."""
    assert {one.table.name for one in LANDINGS.values()} == {
        table.name for table in tables.TABLES
    }
    assert len(LANDINGS) == len(tables.TABLES)


@pytest.mark.parametrize(
    ("topic", "record", "identity"),
    [
        (topics.SESSIONS, session(1, 5), ("default", "s-1")),
        (
            topics.TRANSITIONS,
            transition(1, 5),
            ("default", "customer_id:1", "default", 1),
        ),
        (topics.THREADS, thread(1, 5), ("default", "customer_id:1", "cart", "c-1")),
        (topics.STATES, journey_state(1, 5), ("default", "customer_id:1")),
        (topics.MESSAGES, message(1, 5), ("default", f"{1:016x}")),
    ],
)
def test_versions_have_the_identity_that_the_table_promises(
    topic: topics.Topic, record: msgspec.Struct, identity: tuple[object, ...]
) -> None:
    """What replaces what in a batch is what replaces what in the table."""
    landing = LANDINGS[topic.name]
    assert landing.version is not None
    assert landing.version(encode(record)) == (identity, 5)
    promised = tuple(getattr(record, name) for name in landing.table.identity)
    assert identity == promised


def test_a_touchpoint_counts_in_the_month_it_occurred_in() -> None:
    """UTC, as the table's partition expression has it."""
    month = LANDINGS[topics.ENRICHED.name].month
    assert month is not None
    assert month(encode(touchpoint(occurred_at=FEBRUARY_MS - 1))) == 202401
    assert month(encode(touchpoint(occurred_at=FEBRUARY_MS))) == 202402


def test_the_time_of_the_raw_record_is_read() -> None:
    """From it, end-to-end latency is measured."""
    assert received_at(encode(touchpoint(received_at=5))) == 5
