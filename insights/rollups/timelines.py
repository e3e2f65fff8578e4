"""Timelines: who was touched since the last time, and their rows written anew.

What makes a timeline stale: a touchpoint that landed, early or late; an identifier that
was merged into the person, or taken from it. Both leave a row with a new offset, in
`touchpoints` or in `journey_states`, so the touched persons follow from the data; a
process that is killed half-way has noted nothing, and does the same again. What leaves
no row (deleting in place) needs a rebuild.
"""

from collections.abc import Mapping
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


def build_all(database: Database, version: int, as_of: Mapping[str, int]) -> int:
    """Write everybody's timeline; returns in how many slices."""
    slices = 1 + _count(database, "touchpoints") // SLICE_TOUCHPOINTS
    _write(database, "all", version, as_of, slices)
    _clear(database, "true", version)
    return slices


def refresh(
    database: Database,
    version: int,
    as_of: Mapping[str, int],
    now: Mapping[str, int],
    before: Entry,
) -> int:
    """Write the timelines of those who were touched; returns how many that may be.

    Args:
        database: a handle that may write.
        version: of the rows written.
        as_of: tenant → moment after which nothing counts yet.
        now: how far each log has landed.
        before: the last entry of the timelines.
    """
    database.command("TRUNCATE TABLE touched_persons")
    logs = {log: offset for log, offset in before.marks.items() if log in now}
    database.command(
        question("touched", PACKAGE),
        {
            "logs": list(logs),
            "reached": list(logs.values()),
            "least_touchpoint": least("touchpoints", now, before.marks),
            "least_state": least("journey_states", now, before.marks),
        },
    )
    database.command(question("touched_members", PACKAGE))
    touched = _count(database, "touched_persons")
    if touched:
        _write(database, "touched", version, as_of, 1 + touched // SLICE_PERSONS)
        _clear(database, _TOUCHED, version)
    return touched


def replaced(database: Database) -> float:
    """Which share of the rows has been replaced by newer ones."""
    asked = (
        "SELECT if(count() = 0, 0, 1 - uniqExact(person_key, person_id) / count()) "
        "AS share FROM timelines"
    )
    return ask_all(DatabaseAsker(database), asked, {}, _Share)[0].share


def _write(
    database: Database, chosen: str, version: int, as_of: Mapping[str, int], slices: int
) -> None:
    text = Template(question("timelines", PACKAGE)).substitute(
        chosen=question(f"timelines_{chosen}", PACKAGE)
    )
    borders = [_HASHES * part // slices for part in range(slices + 1)]
    for first, after in pairwise(borders):
        values = {
            "version": version,
            "tenants": list(as_of),
            "newest": list(as_of.values()),
            "first": first,
            "last": after - 1,
        }
        database.command(text, values)


def _clear(database: Database, chosen: str, version: int) -> None:
    text = Template(question("timelines_gone", PACKAGE)).substitute(chosen=chosen)
    database.command(text, {"version": version})


def _count(database: Database, table: str) -> int:
    asked = f"SELECT count() AS rows FROM {table}"  # noqa: S608 - names of ours
    return ask_all(DatabaseAsker(database), asked, {}, _Count)[0].rows
