"""What was rolled up last, and what has landed since."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Final

from msgspec import Struct

from insights.asker import Asker, ask_all, question

if TYPE_CHECKING:
    from sinks.clickhouse import Database

PACKAGE: Final = "insights.rollups"
TIMELINES: Final = "timelines"
"""Name of the timelines' entry; the others are those of funnels' definitions."""


class Entry(Struct, frozen=True):
    """One roll-up that was finished.

    Attributes:
        name: `timelines`, or a definition of a registered funnel.
        version: of the rows that it wrote; the next roll-up has a greater one.
        base: up to this version no row was replaced by another one.
        rolled_at: epoch milliseconds.
        as_of: tenant → its newest touchpoint that is part of it, epoch milliseconds.
        marks: table and log → the last offset that is part of it.
    """

    name: str
    version: int
    base: int
    rolled_at: int
    as_of: dict[str, int]
    marks: dict[str, int]


class _Mark(Struct):
    log: str
    reached: int


class _Newest(Struct):
    tenant: str
    newest: int


def entries(asker: Asker) -> dict[str, Entry]:
    """The newest entry of each name."""
    found = ask_all(asker, question("ledger", PACKAGE), {}, Entry)
    return {entry.name: entry for entry in found}


def marks(asker: Asker) -> dict[str, int]:
    """How far each log has landed, by table and log."""
    found = ask_all(asker, question("marks", PACKAGE), {}, _Mark)
    return {mark.log: mark.reached for mark in found}


def newest(asker: Asker) -> dict[str, int]:
    """Each tenant's newest touchpoint, epoch milliseconds."""
    found = ask_all(asker, question("newest", PACKAGE), {}, _Newest)
    return {row.tenant: row.newest for row in found}


def record(database: "Database", entry: Entry) -> None:
    """Write that a roll-up is done; its rows are there already."""
    database.command(
        question("record", PACKAGE),
        {
            "name": entry.name,
            "version": entry.version,
            "base": entry.base,
            "rolled_at": entry.rolled_at,
            "tenants": list(entry.as_of),
            "newest": list(entry.as_of.values()),
            "logs": list(entry.marks),
            "reached": list(entry.marks.values()),
        },
    )


def least(table: str, now: Mapping[str, int], before: Mapping[str, int]) -> int:
    """The offset up to which every log of a table was rolled up before; -1 for none."""
    logs: Sequence[str] = [log for log in now if log.startswith(f"{table}/")]
    return min((before.get(log, -1) for log in logs), default=-1)
