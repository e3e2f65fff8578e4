"""The conservation law: received = stored + duplicate + dead-lettered + pending.

What it rests on, and what it cannot see, is in docs/audit.md.
"""

from collections.abc import Mapping
from typing import Final

from msgspec import Struct

from insights.asker import Asker, ask_all, question
from insights.deliveries import MOST, Reader, delivered_again
from insights.positions import LogPositions, LogView
from schemas import tables, topics

NAMED_GAPS: Final = 20
"""Ranges of lost offsets that are named, for each partition."""

LANDINGS: Final[dict[str, str]] = {
    topic.name: table.name
    for topic, table in (
        (topics.ENRICHED, tables.TOUCHPOINTS),
        (topics.DUPLICATES, tables.DUPLICATES),
        (topics.SESSIONS, tables.SESSIONS),
        (topics.TRANSITIONS, tables.TRANSITIONS),
        (topics.THREADS, tables.THREADS),
        (topics.STATES, tables.JOURNEY_STATES),
        (topics.LINKS, tables.IDENTITIES),
        (topics.MESSAGES, tables.MESSAGES),
        (topics.DEAD_LETTERS, tables.DEAD_LETTERS),
    )
}
"""Topics that the sink reads, and the table that each lands in."""

_CARRIERS: Final = (
    topics.ENRICHED.name,
    topics.DUPLICATES.name,
    topics.DEAD_LETTERS.name,
)
"""Topics in which a raw record may be on its way to its place."""

_MOVING: Final = frozenset(
    (topics.ENRICHED.name, topics.SESSIONS.name, topics.MESSAGES.name)
)
"""Topics whose rows are replaced out of other partitions, where persons turn out to be one
or to be two: of a small partition nothing may be left."""


class Balance(Struct):
    """Both sides of the law: received + counted_twice = the sum of all the others.

    Attributes:
        received: records ever written to the log.
        stored: of those, in their table.
        duplicate: received before under the same identity.
        dead_lettered: refused.
        pending: on their way, which a lag of some reader accounts for.
        missing: nowhere, and nothing that is under way can explain it.
        counted_twice: in more than one place.
    """

    received: int = 0
    stored: int = 0
    duplicate: int = 0
    dead_lettered: int = 0
    pending: int = 0
    missing: int = 0
    counted_twice: int = 0

    @property
    def balanced(self) -> bool:
        """Whether nothing is lost and nothing counted twice."""
        return self.missing == 0 and self.counted_twice == 0


class PartitionBalance(Balance, kw_only=True):
    """The balance of one partition of the raw topic."""

    partition: int


class Gap(Struct):
    """A range of lost raw records, both ends included."""

    partition: int
    first: int
    last: int


class Audit(Struct):
    """What the audit found.

    Attributes:
        total: the law itself, over the touchpoints as they were received.
        topics: the same by topic: the raw one as `total`, and each topic that the
            sink reads, where a replaced row counts as stored.
        partitions: the raw topic's partitions.
        in_flight: records between the first agent and the tables, when it was looked.
        lost: which raw records are missing; only where nothing is in flight, since
            what is under way cannot be told from what is lost.
        notes: what helps to understand the numbers, in sentences.
    """

    balanced: bool
    total: Balance
    topics: dict[str, Balance]
    partitions: list[PartitionBalance]
    in_flight: int
    lost: list[Gap]
    notes: list[str]


class _Place(Struct):
    partition: int
    stored: int = 0
    duplicate: int = 0
    dead_lettered: int = 0
    counted_twice: int = 0
    below: int = 0


class _Refused(Struct):
    log: str
    topic: str
    records: int


class _Landed(Struct):
    name: str
    log: str
    partition: int
    newest: int


class _Late(Struct):
    records: int


class _Ranges(Struct):
    firsts: list[int]
    stops: list[int]


def audit(asker: Asker, view: LogView, read: Reader | None = None) -> Audit:
    """Compare what was received with where it went.

    Args:
        asker: whom to ask; after the view was taken, never before.
        view: where Kafka stands.
        read: reads raw records, to tell a delivery of something stored from a loss.
    """
    refused = {
        (row.topic, row.log): row.records
        for row in ask_all(asker, question("audit_refused"), {}, _Refused)
    }
    in_flight = view.identified.pending + sum(
        view.landing[name].pending for name in _CARRIERS
    )
    on_the_way = refused.get((topics.IDENTIFIED.name, view.identified.log), 0) + sum(
        refused.get((name, view.landing[name].log), 0) for name in _CARRIERS
    )
    partitions = _partitions(_places(asker, view.raw), view.raw, in_flight, on_the_way)
    lost = [] if in_flight else _lost(asker, view.raw, partitions)
    again = _settle_again(asker, lost, partitions, read) if lost and read else 0
    total = _total(partitions)
    landed = _landed(asker)
    by_topic = {topics.RAW.name: total}
    for name, log in view.landing.items():
        by_topic[name] = _landing(name, log, refused.get((name, log.log), 0), landed)
    return Audit(
        balanced=all(balance.balanced for balance in by_topic.values()),
        total=total,
        topics=by_topic,
        partitions=partitions,
        in_flight=in_flight,
        lost=lost if total.missing else [],
        notes=[
            *_notes(view, total, in_flight, on_the_way),
            *_closed_note(by_topic),
            *_again_note(again),
            *_late_note(asker, view.raw),
        ],
    )


def _settle_again(
    asker: Asker, lost: list[Gap], partitions: list[PartitionBalance], read: Reader
) -> int:
    """Count lost records as duplicates where they delivered what is stored."""
    named = sum(gap.last - gap.first + 1 for gap in lost)
    if named != sum(balance.missing for balance in partitions) or named > MOST:
        return 0
    again = delivered_again(asker, lost, read)
    for balance in partitions:
        balance.missing -= again[balance.partition]
        balance.duplicate += again[balance.partition]
    return again.total()


def _closed_note(by_topic: Mapping[str, Balance]) -> list[str]:
    """Why more sessions can be told than there were touchpoints."""
    sent, told = (by_topic[one.name].received for one in (topics.RAW, topics.SESSIONS))
    if told <= sent:
        return []
    note = (
        f"{told:,} records of sessions for {sent:,} touchpoints: time moves with what is "
        "sent, so those of a later day close all sessions that were open until then"
    )
    return [note]


def _late_note(asker: Asker, raw: LogPositions) -> list[str]:
    late = ask_all(asker, question("audit_late"), {"log": raw.log}, _Late)[0].records
    if not late:
        return []
    return [
        (
            f"{late} of the stored touchpoints came later than their channel allows, after "
            "time had gone on: they are in no session and no phase (docs/sessions.md)"
        )
    ]


def _again_note(again: int) -> list[str]:
    if not again:
        return []
    return [
        (
            f"{again} of the duplicates were delivered while it changed whose they are; "
            "their raw records are in no table, since another delivery's row replaced theirs"
        )
    ]


def _places(asker: Asker, raw: LogPositions) -> dict[int, _Place]:
    values = {
        "log": raw.log,
        "topic": topics.RAW.name,
        "ends": [span.end for span in raw.spans],
        "bounds": [span.reached for span in raw.spans],
    }
    rows = ask_all(asker, question("audit_raw"), values, _Place)
    return {row.partition: row for row in rows}


def _partitions(
    places: dict[int, _Place], raw: LogPositions, in_flight: int, on_the_way: int
) -> list[PartitionBalance]:
    """Balance each partition; what is known only in sum explains the first gaps first.

    Args:
        places: what the tables hold, by partition.
        raw: the raw log.
        in_flight: records under way behind the first agent.
        on_the_way: records refused behind the first agent: their dead letters carry
            the coordinates of a later topic.
    """
    balances = []
    for number, span in enumerate(raw.spans):
        place = places.get(number) or _Place(number)
        accounted = place.stored + place.duplicate + place.dead_lettered
        unread = span.pending - (accounted - place.counted_twice - place.below)
        gap = span.reached - place.below
        refused = min(gap, on_the_way)
        flying = min(gap - refused, in_flight)
        on_the_way -= refused
        in_flight -= flying
        balances.append(
            PartitionBalance(
                partition=number,
                received=span.end,
                stored=place.stored,
                duplicate=place.duplicate,
                dead_lettered=place.dead_lettered + refused,
                pending=unread + flying,
                missing=gap - refused - flying,
                counted_twice=place.counted_twice,
            )
        )
    return balances


def _total(partitions: list[PartitionBalance]) -> Balance:
    return Balance(
        **{
            name: sum(getattr(balance, name) for balance in partitions)
            for name in Balance.__struct_fields__
        }
    )


def _landed(asker: Asker) -> dict[tuple[str, str, int], int]:
    rows = ask_all(asker, question("audit_landed"), {}, _Landed)
    return {(row.name, row.log, row.partition): row.newest for row in rows}


def _landing(
    name: str,
    log: LogPositions,
    refused: int,
    landed: dict[tuple[str, str, int], int],
) -> Balance:
    """The balance of a topic that the sink reads.

    Rows replace one another, so the table cannot be counted against the log. But where
    the sink says that it is done, the table must have something of that partition, or
    of that log where rows move between partitions.
    """
    missing = log.expired
    there = {
        number
        for table, of, number in landed
        if (table, of) == (LANDINGS[name], log.log)
    }
    if there and name in _MOVING:
        there = set(range(len(log.spans)))
    for number, span in enumerate(log.spans):
        done = span.reached - span.start
        if number not in there and done > refused:
            missing += done - refused
    pending = log.pending
    return Balance(
        received=log.received,
        stored=log.received - pending - missing - refused,
        dead_lettered=refused,
        pending=pending,
        missing=missing,
    )


def _lost(
    asker: Asker, raw: LogPositions, partitions: list[PartitionBalance]
) -> list[Gap]:
    lost: list[Gap] = []
    for balance in partitions:
        if not balance.missing:
            continue
        values = {
            "log": raw.log,
            "topic": topics.RAW.name,
            "partition": balance.partition,
            "bound": raw.spans[balance.partition].reached,
            "limit": NAMED_GAPS,
        }
        ranges = ask_all(asker, question("audit_gaps"), values, _Ranges)[0]
        lost += [
            Gap(balance.partition, first, stop - 1)
            for first, stop in zip(ranges.firsts, ranges.stops, strict=True)
        ]
    return lost


def _notes(view: LogView, total: Balance, in_flight: int, on_the_way: int) -> list[str]:
    notes = []
    if in_flight and total.missing + total.pending:
        notes.append(
            f"up to {in_flight} records are under way behind the first agent; "
            "`parcours drain` waits for them"
        )
    if on_the_way:
        notes.append(
            f"{on_the_way} records were refused behind the first agent: they count as "
            "dead-lettered, their raw offsets are not known"
        )
    if total.missing and view.raw.expired:
        notes.append(
            f"retention removed {view.raw.expired} raw records before they were read"
        )
    if total.counted_twice:
        notes.append(
            "a raw record in two places: rules or the pseudonym key changed between "
            "two readings of it, or two workers wrote at once"
        )
    return notes
