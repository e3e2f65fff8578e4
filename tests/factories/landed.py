"""Records landed in a database as the sink lands them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from schemas import topics
from sinks.rows import LANDINGS, framed
from tests.factories.records import (
    dead_letter,
    duplicate,
    encode,
    journey_state,
    message,
    session,
    thread,
    touchpoint,
    transition,
)

if TYPE_CHECKING:
    from schemas.tables import Table
    from schemas.topics import Topic
    from sinks.clickhouse import Database

SAMPLES = {
    topics.ENRICHED: touchpoint(),
    topics.DUPLICATES: duplicate(),
    topics.SESSIONS: session(),
    topics.TRANSITIONS: transition(),
    topics.THREADS: thread(),
    topics.STATES: journey_state(),
    topics.MESSAGES: message(),
    topics.DEAD_LETTERS: dead_letter(),
}


def land(database: Database, topic: Topic, *records: object, first: int = 0) -> None:
    """Land records of partition 1 as the sink would."""
    landing = LANDINGS[topic.name]
    lines = [
        framed(1, offset, record if isinstance(record, bytes) else encode(record))
        for offset, record in enumerate(records, first)
    ]
    database.load(landing.table, landing.select, b"".join(lines), {"kafka_log": "log"})


def count(database: Database, table: Table, final: str = "") -> int:
    return int(
        str(database.query(f"SELECT count() FROM {table.name} {final}").rows[0][0])
    )
