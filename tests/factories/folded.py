"""Raw touchpoints folded by the worker's own rules, and landed as the sink does it."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

from schemas import topics
from schemas.progress import Progress
from schemas.topics import record_key
from schemas.touchpoint import Touchpoint
from sinks.rows import LANDINGS, framed
from streams.enrich.identify import Identifier
from streams.enrich.policy import IdentifyPolicy
from streams.journey.partition import PartitionJourneys
from tests.factories.identified import Record, rules
from tests.factories.records import encode

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from tests.unit.insights.store import Store

RECEIVED_AT = 1_800_000_000_000
BATCH = 20_000
_IDENTIFIER = Identifier(IdentifyPolicy("a secret of sixteen and more"))
_OUTPUTS = (
    (topics.ENRICHED, "touchpoints"),
    (topics.SESSIONS, "sessions"),
    (topics.TRANSITIONS, "transitions"),
    (topics.THREADS, "threads"),
    (topics.STATES, "states"),
)


def land_lines(store: Store, lines: Iterable[bytes]) -> None:
    """Fold lines, in the order of time, and land all that comes of them."""
    journeys = PartitionJourneys({}, Progress("log", 0, "raw", 0), rules(), 1)
    landed = 0
    records = iter(_records(lines))
    while batch := list(islice(records, BATCH)):
        outcome = journeys.apply(batch)
        for topic, name in _OUTPUTS:
            values = [value for _, value in getattr(outcome, name)]
            _land(store, topic, values, landed)
        landed += BATCH * 100


def _records(lines: Iterable[bytes]) -> Iterable[Record]:
    for offset, line in enumerate(lines):
        one = _IDENTIFIER.identify(
            line,
            received_at=RECEIVED_AT,
            raw_log="raw",
            raw_partition=0,
            raw_offset=offset,
        )
        assert isinstance(one, Touchpoint)
        key = record_key(one.tenant, one.person_id)
        yield Record(offset, key, encode(one), RECEIVED_AT)


def _land(store: Store, topic: topics.Topic, values: Sequence[bytes], at: int) -> None:
    if values:
        landing = LANDINGS[topic.name]
        body = b"".join(framed(0, at + n, value) for n, value in enumerate(values))
        store.writer.load(landing.table, landing.select, body, {"kafka_log": "log"})
