"""Timelines: who was touched since the last time, and their rows written anew.

What makes a timeline stale: a touchpoint that landed, early or late; an identifier that
was merged into the person, or taken from it. Both leave a row with a new offset, in
`touchpoints` or in `journey_states`, so the touched persons follow from the data; a
process that is killed half-way has noted nothing, and does the same again. What leaves
no row (deleting in place) needs a rebuild.
"""

from collections.abc import Callable, Iterable, Iterator
from itertools import pairwise
from string import Template
from typing import Final

from msgspec import Struct

from insights.asker import DatabaseAsker, ask_all, question
from insights.rollups.ledger import PACKAGE, Entry, least
from sinks.clickhouse import Database

SLICE_TOUCHPOINTS: Final = 2_000_000
"""How many touchpoints one statement sorts: bounds memory, and keeps it in the cache."""

SLICE_PERSONS: Final = 100_000
_HASHES: Final = 2**64
_TOUCHED: Final = (
    "(tenant, person_id) IN (SELECT tenant, person_id FROM touched_persons)"
)


Halted = Callable[[], bool]
"""Whether to end; asked between statements."""


def _never() -> bool:
    return False


class _Count(Struct):
    rows: int


class _Share(Struct):
    share: float


class _Version(Struct):
    newest: int


def next_version(database: Database) -> int:
    """A number greater than every version written before, finished or not."""
    asked = (
        "SELECT greatest(max(version), (SELECT max(version) FROM rollups)) AS newest"
    )
    found = ask_all(DatabaseAsker(database), f"{asked} FROM timelines", {}, _Version)
    return found[0].newest + 1


class HaltedError(RuntimeError):
    """A roll-up that was told to end; the next one does it again."""


def build_all(database: Database, now: Entry, halted: Halted = _never) -> None:
    """Write everybody's timeline; arguments and errors as of `refresh`."""
    slices = 1 + _count(database, "touchpoints") // SLICE_TOUCHPOINTS
    _write(database, "all", now, _slices(slices, halted))
    _clear(database, "true", now.version)


def refresh(
    database: Database, now: Entry, before: Entry, halted: Halted = _never
) -> int:
    """Write the timelines of those who were touched; returns how many that may be.

    Args:
        database: a handle that may write.
        now: version of the rows written, until when touchpoints count, and how far each
            log has landed.
        before: the last entry of the timelines.
        halted: whether to end before it is done.

    Raises:
        HaltedError: it was.
    """
    database.command("TRUNCATE TABLE touched_persons")
    logs = {log: at for log, at in before.marks.items() if log in now.marks}
    database.command(
        question("touched", PACKAGE),
        {
            "logs": list(logs),
            "reached": list(logs.values()),
            "least_touchpoint": least("touchpoints", now.marks, before.marks),
            "least_state": least("journey_states", now.marks, before.marks),
        },
    )
    database.command(question("touched_members", PACKAGE))
    touched = _count(database, "touched_persons")
    if touched:
        slices = _slices(1 + touched // SLICE_PERSONS, halted)
        _write(database, "touched", now, slices)
        _clear(database, _TOUCHED, now.version)
    return touched


def replaced(database: Database) -> float:
    """Which share of the rows has been replaced by newer ones."""
    asked = (
        "SELECT if(count() = 0, 0, 1 - uniqExact(person_key, person_id) / count()) "
        "AS share FROM timelines"
    )
    return ask_all(DatabaseAsker(database), asked, {}, _Share)[0].share


def _write(
    database: Database, chosen: str, now: Entry, slices: Iterable[tuple[int, int]]
) -> None:
    text = Template(question("timelines", PACKAGE)).substitute(
        chosen=question(f"timelines_{chosen}", PACKAGE)
    )
    for first, after in slices:
        values = {
            "version": now.version,
            "tenants": list(now.as_of),
            "newest": list(now.as_of.values()),
            "first": first,
            "last": after - 1,
        }
        database.command(text, values)


def _slices(count: int, halted: Halted) -> Iterator[tuple[int, int]]:
    borders = [_HASHES * part // count for part in range(count + 1)]
    for first, after in pairwise(borders):
        if halted():
            message = "told to end"
            raise HaltedError(message)
        yield first, after


def _clear(database: Database, chosen: str, version: int) -> None:
    text = Template(question("timelines_gone", PACKAGE)).substitute(chosen=chosen)
    database.command(text, {"version": version})


def _count(database: Database, table: str) -> int:
    asked = f"SELECT count() AS rows FROM {table}"  # noqa: S608 - names of ours
    return ask_all(DatabaseAsker(database), asked, {}, _Count)[0].rows
