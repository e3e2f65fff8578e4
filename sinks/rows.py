"""Which records become which rows, and how a record travels to the engine; pure.

The engine decodes the JSON itself (`landing/*.sql`), from the record's bytes framed
with its coordinates: measured, that takes 5 µs a touchpoint, where decoding and columns
in Python and the driver's encoding take 10 more. So a row is a function of the record
and its coordinates, and of nothing else: that is why a replay changes nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from importlib import resources
from typing import TYPE_CHECKING, Final, NamedTuple

import msgspec
from msgspec import Struct

from schemas import tables, topics

if TYPE_CHECKING:
    from collections.abc import Callable

    from schemas.tables import Table
    from schemas.topics import Topic


class Version(NamedTuple):
    """One version of a row.

    Attributes:
        identity: rows of one identity replace each other.
        revision: the highest is true.
    """

    identity: tuple[object, ...]
    revision: int


@dataclass(frozen=True, slots=True)
class Landing:
    """How the records of one topic become rows of one table.

    Attributes:
        topic: where they come from.
        table: where they go.
        select: the SQL that makes rows of framed records.
        version: reads a record's version; None where rows do not replace each other.
        month: reads the table partition of a record; None where there is only one.
    """

    topic: Topic
    table: Table
    select: str
    version: Callable[[bytes], Version] | None = None
    month: Callable[[bytes], int] | None = None


class _Session(Struct, gc=False):
    tenant: str
    session_id: str
    revision: int


class _Transition(Struct, gc=False):
    tenant: str
    person_id: str
    model: str
    transition_no: int
    revision: int


class _Thread(Struct, gc=False):
    tenant: str
    person_id: str
    kind: str
    thread_id: str
    revision: int


class _Message(Struct, gc=False):
    tenant: str
    message_id: str
    revision: int


class _State(Struct, gc=False):
    tenant: str
    person_id: str
    revision: int


class _Link(Struct, gc=False):
    tenant: str
    identifier: str
    revision: int


class _Touchpoint(Struct, gc=False):
    occurred_at: int
    received_at: int


_session: Final = msgspec.json.Decoder(_Session).decode
_transition: Final = msgspec.json.Decoder(_Transition).decode
_thread: Final = msgspec.json.Decoder(_Thread).decode
_message: Final = msgspec.json.Decoder(_Message).decode
_state: Final = msgspec.json.Decoder(_State).decode
_link: Final = msgspec.json.Decoder(_Link).decode
_touchpoint: Final = msgspec.json.Decoder(_Touchpoint).decode


def _session_version(value: bytes) -> Version:
    row = _session(value)
    return Version((row.tenant, row.session_id), row.revision)


def _transition_version(value: bytes) -> Version:
    row = _transition(value)
    identity = (row.tenant, row.person_id, row.model, row.transition_no)
    return Version(identity, row.revision)


def _thread_version(value: bytes) -> Version:
    row = _thread(value)
    return Version((row.tenant, row.person_id, row.kind, row.thread_id), row.revision)


def _message_version(value: bytes) -> Version:
    row = _message(value)
    return Version((row.tenant, row.message_id), row.revision)


def _state_version(value: bytes) -> Version:
    row = _state(value)
    return Version((row.tenant, row.person_id), row.revision)


def _link_version(value: bytes) -> Version:
    row = _link(value)
    return Version((row.tenant, row.identifier), row.revision)


def _touchpoint_month(value: bytes) -> int:
    day = datetime.fromtimestamp(_touchpoint(value).occurred_at / 1000, UTC)
    return day.year * 100 + day.month


def received_at(value: bytes) -> int:
    """When the raw record of a touchpoint reached the broker, epoch milliseconds.

    Raises:
        msgspec.MsgspecError: the value is no touchpoint.
    """
    return _touchpoint(value).received_at


def _select(table: Table) -> str:
    return (resources.files("sinks") / "landing" / f"{table.name}.sql").read_text()


LANDINGS: Final = {
    landing.topic.name: landing
    for landing in (
        Landing(
            topics.ENRICHED,
            tables.TOUCHPOINTS,
            _select(tables.TOUCHPOINTS),
            month=_touchpoint_month,
        ),
        Landing(topics.DUPLICATES, tables.DUPLICATES, _select(tables.DUPLICATES)),
        Landing(
            topics.SESSIONS,
            tables.SESSIONS,
            _select(tables.SESSIONS),
            version=_session_version,
        ),
        Landing(
            topics.TRANSITIONS,
            tables.TRANSITIONS,
            _select(tables.TRANSITIONS),
            version=_transition_version,
        ),
        Landing(
            topics.THREADS,
            tables.THREADS,
            _select(tables.THREADS),
            version=_thread_version,
        ),
        Landing(
            topics.STATES,
            tables.JOURNEY_STATES,
            _select(tables.JOURNEY_STATES),
            version=_state_version,
        ),
        Landing(
            topics.LINKS,
            tables.IDENTITIES,
            _select(tables.IDENTITIES),
            version=_link_version,
        ),
        Landing(
            topics.MESSAGES,
            tables.MESSAGES,
            _select(tables.MESSAGES),
            version=_message_version,
        ),
        Landing(topics.DEAD_LETTERS, tables.DEAD_LETTERS, _select(tables.DEAD_LETTERS)),
    )
}
"""Topic name → landing: everything that the sink reads."""


def framed(partition: int, offset: int, value: bytes) -> bytes:
    """A record with its coordinates, as a line of JSON that the engine reads.

    Args:
        partition: Kafka partition.
        offset: offset in it.
        value: placed as it is, whatever it holds.
    """
    return b'{"kafka_partition":%d,"kafka_offset":%d,"record":%b}\n' % (
        partition,
        offset,
        value,
    )
