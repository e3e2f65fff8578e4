"""What the sink gathers before it writes; pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import inf
from typing import TYPE_CHECKING, Final, NamedTuple, Protocol

import msgspec

from schemas.failure import Reason, Rejected
from sinks.rows import framed

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from schemas.settings import Settings
    from sinks.rows import Landing


SETTLE_SECONDS: Final = 0.05
"""How long a batch gathers at least: what one touchpoint leads to comes in several topics."""

TIMES_APART: Final = 2.5
"""Beginnings of two writes lie so many times apart as the former took: an insert has a
price of its own, whatever its rows, and a busy machine is to pay it less often."""

MOST_APART_SECONDS: Final = 2.0
"""Farther apart they never are: a write that had to be tried again says nothing of the next."""

_EMPTY: Final = Rejected(Reason.EMPTY, "the record has no value")


class Record(Protocol):
    """What is needed of a Kafka record: the client's own, or a test's."""

    @property
    def offset(self) -> int:
        """Offset in its partition."""

    @property
    def timestamp(self) -> int:
        """Its time, epoch milliseconds."""

    @property
    def value(self) -> bytes | None:
        """Its bytes; None for a tombstone."""


class Row(NamedTuple):
    """A row to be: a record's bytes and coordinates.

    Attributes:
        partition: Kafka partition.
        offset: offset in it.
        timestamp: time of the record, epoch milliseconds.
        value: JSON.
    """

    partition: int
    offset: int
    timestamp: int
    value: bytes


@dataclass(frozen=True, slots=True)
class Refused:
    """A record that cannot become a row, and why."""

    landing: Landing
    log: str
    row: Row
    why: Rejected


@dataclass(frozen=True, slots=True)
class BatchPolicy:
    """When a batch is written: whichever limit it reaches first.

    Attributes:
        rows: rows it holds at most, over all tables.
        size: bytes of their records.
        seconds: between the beginnings of two writes at least; a batch after a pause is
            not kept waiting, and still no more batches are written in any time.
    """

    rows: int = 100_000
    size: int = 67_108_864
    seconds: float = 0.5

    def apart(self, took: float) -> float:
        """Seconds from the beginning of a write to that of the next one.

        Args:
            took: seconds that the write before took.
        """
        return max(self.seconds, min(TIMES_APART * took, MOST_APART_SECONDS))

    @classmethod
    def of(cls, settings: Settings) -> BatchPolicy:
        """The policy that a process's settings ask for."""
        return cls(
            settings.sink_batch_rows,
            settings.sink_batch_bytes,
            settings.sink_batch_seconds,
        )


@dataclass(slots=True)
class Lot:
    """Rows of one table and one log, in the order of their offsets in each partition.

    That order matters: a part of a lot may be written before the rest, and high-water
    marks say that everything before them is there.
    """

    landing: Landing
    log: str
    rows: list[Row]

    def body(self) -> bytes:
        """What the engine reads, see `Database.load`."""
        return b"".join(
            [framed(row.partition, row.offset, row.value) for row in self.rows]
        )

    def halves(self) -> tuple[Lot, Lot]:
        """Its first and its second half."""
        middle = len(self.rows) // 2
        first, second = self.rows[:middle], self.rows[middle:]
        return Lot(self.landing, self.log, first), Lot(self.landing, self.log, second)

    def newest(self) -> tuple[Lot, list[Refused]]:
        """One row for each identity, with the highest revision's content.

        It carries the coordinates of the identity's last record, whichever revision
        that was, so that the high-water mark reaches the end of the batch.
        """
        version = self.landing.version
        if version is None:
            return self, []
        kept: dict[tuple[object, ...], tuple[int, Row]] = {}
        refused = []
        for row in self.rows:
            try:
                identity, revision = version(row.value)
            except (msgspec.MsgspecError, UnicodeError) as error:
                why = Rejected(Reason.ROW_REFUSED, type(error).__name__)
                refused.append(Refused(self.landing, self.log, row, why))
                continue
            # Taken out and put back: the dictionary keeps the order of last records.
            known = kept.pop(identity, None)
            if known is not None and known[0] > revision:
                kept[identity] = (known[0], row._replace(value=known[1].value))
            else:
                kept[identity] = (revision, row)
        rows = [row for _, row in kept.values()]
        return Lot(self.landing, self.log, rows), refused


@dataclass(slots=True)
class Batch:
    """What has been read and not yet written.

    Attributes:
        lots: topic → rows.
        refused: records that cannot become rows.
        ends: (topic, partition) → first offset after what was read: to be committed.
        received: topic → records read.
        skipped: topic → records that the table had already.
        erased: topic → records without a value where that means something.
        size: bytes of the rows' records.
        since: time of the first record, on the caller's clock; None while empty.
    """

    lots: dict[str, Lot] = field(default_factory=dict)
    refused: list[Refused] = field(default_factory=list)
    ends: dict[tuple[str, int], int] = field(default_factory=dict)
    received: dict[str, int] = field(default_factory=dict)
    skipped: dict[str, int] = field(default_factory=dict)
    erased: dict[str, int] = field(default_factory=dict)
    size: int = 0
    since: float | None = None

    @property
    def pending(self) -> int:
        """Rows to be written, and records to be refused."""
        return sum(len(lot.rows) for lot in self.lots.values()) + len(self.refused)

    def add(
        self,
        landing: Landing,
        log: str,
        partition: int,
        records: Sequence[Record],
        landed: Iterable[int] = (),
    ) -> int:
        """Gather records of one partition, as they came.

        Args:
            landing: what becomes of them.
            log: identity of the topic's log; one lot has one.
            partition: their partition.
            records: in the order of their offsets.
            landed: offsets among them that the table has already.

        Returns:
            How many of them say that their key is no more: nothing lands of these.
        """
        topic = landing.topic.name
        there = frozenset(landed)
        self.ends[topic, partition] = records[-1].offset + 1
        self.received[topic] = self.received.get(topic, 0) + len(records)
        self.skipped[topic] = self.skipped.get(topic, 0) + len(there)
        rows = [
            Row(partition, record.offset, record.timestamp, record.value)
            for record in records
            if record.value and record.offset not in there
        ]
        self.lots.setdefault(topic, Lot(landing, log, [])).rows.extend(rows)
        self.size += sum([len(row.value) for row in rows])
        if len(rows) + len(there) == len(records):
            return 0
        empty = [r for r in records if not r.value and r.offset not in there]
        erased = 0
        if landing.topic.tombstone:
            erased = sum(r.value is None for r in empty)
            self.erased[topic] = self.erased.get(topic, 0) + erased
            empty = [r for r in empty if r.value is not None]
        self.refused += [
            Refused(landing, log, Row(partition, r.offset, r.timestamp, b""), _EMPTY)
            for r in empty
        ]
        return erased

    def due_in(self, policy: BatchPolicy, now: float, earliest: float) -> float:
        """How many seconds it is until this is to be written; none left where it is due.

        Args:
            policy: when a batch is written.
            now: on the clock of `since`; so is the last one.
            earliest: when time alone may have it written; a full one does not wait.
        """
        if self.since is None:
            return inf
        if self.size >= policy.size or self.pending >= policy.rows:
            return 0.0
        settled = self.since + min(SETTLE_SECONDS, policy.seconds)
        return max(settled, earliest) - now
