"""High-water marks: what of a log the tables have already, asked of the tables."""

from __future__ import annotations

from importlib import resources
from typing import TYPE_CHECKING, Final, cast

import msgspec

from sinks.batch import Lot
from sinks.rows import LANDINGS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sinks.batch import Record
    from sinks.clickhouse import Database
    from sinks.rows import Landing

_SQL: Final = resources.files("sinks") / "sql"
_MARKS: Final = (_SQL / "marks.sql").read_text("utf-8")
_MARKS_BY_MONTH: Final = (_SQL / "marks_by_month.sql").read_text("utf-8")


class Marks:
    """The newest offset landed, for each table partition and Kafka partition.

    They belong to one log for each topic: offsets of another log mean nothing here.
    Rows up to a mark landed with it or before it, since a table partition's part is
    written whole and lots are written in the order of their offsets.
    """

    def __init__(self, marks: Mapping[tuple[str, int], Mapping[int, int]]) -> None:
        """Hold them.

        Args:
            marks: (topic, Kafka partition) → table partition → offset.
        """
        self._marks = marks
        self._highest = {place: max(found.values()) for place, found in marks.items()}

    def known(self, topic: str, partition: int) -> bool:
        """Whether anything of this partition has landed."""
        return (topic, partition) in self._marks

    def landed(
        self, landing: Landing, partition: int, records: Sequence[Record]
    ) -> list[int]:
        """Offsets, among these records, that the table has already.

        Args:
            landing: what becomes of them.
            partition: their Kafka partition.
            records: in the order of their offsets.
        """
        place = (landing.topic.name, partition)
        if records[0].offset > self._highest.get(place, -1):
            return []
        months = self._marks[place]
        return [
            record.offset
            for record in records
            if record.value
            and record.offset <= months.get(_month(landing, record.value), -1)
        ]

    def rest(self, lot: Lot) -> Lot:
        """The rows of a lot that have not landed; for an insert of unknown outcome."""
        landing = lot.landing
        topic = landing.topic.name
        rows = [
            row
            for row in lot.rows
            if row.offset
            > self._marks.get((topic, row.partition), {}).get(
                _month(landing, row.value), -1
            )
        ]
        return Lot(landing, lot.log, rows)


def _month(landing: Landing, value: bytes) -> int:
    if landing.month is None:
        return 0
    try:
        return landing.month(value)
    except (msgspec.MsgspecError, UnicodeError, ValueError, OverflowError, OSError):
        # Not a touchpoint: it cannot have landed.
        return -1


def read_marks(database: Database, logs: Mapping[str, str]) -> Marks:
    """Ask every table how far it is.

    Args:
        database: the tables.
        logs: topic → identity of its log.

    Raises:
        DatabaseError: the database does not answer.
    """
    marks: dict[tuple[str, int], dict[int, int]] = {}
    for topic, log in logs.items():
        landing = LANDINGS[topic]
        sql = _MARKS_BY_MONTH if landing.month else _MARKS
        answer = database.query(sql, {"table": landing.table.name, "log": log})
        for month, partition, offset in cast("list[tuple[int, int, int]]", answer.rows):
            marks.setdefault((topic, partition), {})[month] = offset
    return Marks(marks)
