"""Trails are written anew: of everybody, or of whom anything landed about.

Who was touched follows from the data, as for timelines: a process that is killed half-way
has noted nothing, and does the same again. What leaves no row (deleting in place) needs a
rebuild.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import pairwise
from string import Template
from typing import Final

from msgspec import Struct

from insights.asker import DatabaseAsker, ask_all, question
from insights.rollups import ledger
from insights.rollups.ledger import Entry
from insights.rollups.timelines import HaltedError
from insights.trails.landed import PACKAGE, behind, conditions, landed
from schemas.vocabulary import TYPES
from sinks.clickhouse import Database

REVISION: Final = 2
"""Of how trails are made: raise it, and everything is written again."""

CONTROL: Final = sorted(name for name, kind in TYPES.items() if kind.control)
"""What tells Parcours something, such as a consent, is no step of the journey."""

STALE_SHARE: Final = 0.05
"""Rows written since the last full write, of all, from which on they are merged away."""

SLICE_TOUCHPOINTS: Final = 2_000_000
SLICE_PERSONS: Final = 100_000
_HASHES: Final = 2**64
_TOUCHED: Final = "(SELECT cityHash64(tenant, person_id) FROM touched_persons)"


class _Models(Struct):
    model: str
    tenants: list[str]


class _Count(Struct):
    rows: int


class _Version(Struct):
    newest: int


def entry_name(model: str) -> str:
    """What the ledger calls the trails of a journey model."""
    return f"trails-{REVISION}-{model}"


class Keeper:
    """Keeps the trails of one database; there must be one at a time.

    Args:
        database: a handle that may write.
        halted: whether to end in the middle; asked between statements.
    """

    def __init__(
        self, database: Database, halted: Callable[[], bool] = lambda: False
    ) -> None:
        self._database = database
        self._asker = DatabaseAsker(database)
        self._halted = halted

    def keep(self, now_ms: int, *, rebuild: bool = False) -> dict[str, int | None]:
        """Bring the trails of every journey model up to what has landed.

        Args:
            now_ms: what is noted as the time of it, epoch milliseconds.
            rebuild: write everybody's trail anew, touched or not.

        Returns:
            How many names were touched, by journey model; None where all trails were
            written.

        Raises:
            DatabaseError: the database refused; the next time does it again.
            HaltedError: it was told to end.
        """
        # Read before the rows: what lands meanwhile is behind the marks, and comes again.
        reached = ledger.marks(self._asker)
        known = ledger.entries(self._asker)
        trails = [one for name, one in known.items() if name.startswith(entry_name(""))]
        if trails and not rebuild and all(one.marks == reached for one in trails):
            return {}
        newest = ledger.newest(self._asker)
        models = ask_all(self._asker, question("models", PACKAGE), {}, _Models)
        done: dict[str, int | None] = {}
        for one in models:
            as_of = {name: newest[name] for name in one.tenants if name in newest}
            before = None if rebuild else known.get(entry_name(one.model))
            if (
                before
                and before.marks == reached
                and before.as_of.keys() >= as_of.keys()
            ):
                continue
            now = Entry(entry_name(one.model), 0, 0, now_ms, as_of, reached)
            done[one.model] = self._keep(one.model, now, before)
        return done

    def _keep(self, model: str, now: Entry, before: Entry | None) -> int | None:
        version = self._next_version()
        known = [name for name in now.as_of if before and name in before.as_of]
        new = [name for name in now.as_of if name not in known]
        touched: int | None = None
        if new:
            self._write_all(model, new, version)
        if before and known:
            touched = self._write_touched(model, known, before.marks, version)
        base = before.base if before else 0
        if not before or new or self._written_since(base) > STALE_SHARE:
            self._database.command("OPTIMIZE TABLE trails FINAL")
            base = version
        ledger.record(
            self._database,
            Entry(now.name, version, base, now.rolled_at, now.as_of, now.marks),
        )
        return touched

    def _write_all(self, model: str, tenants: Sequence[str], version: int) -> None:
        slices = 1 + self._count("touchpoints") // SLICE_TOUCHPOINTS
        between = "BETWEEN {first:UInt64} AND {last:UInt64}"
        texts = {
            "touchpoints": question("everybody", PACKAGE),
            "persons": f"cityHash64(tenant, person) {between}",
            "transitions": f"cityHash64(tenant, person_id) {between}",
        }
        values = {"model": model, "tenants": list(tenants), "version": version}
        self._write(texts, values, slices)
        self._gone("true", values)

    def _write_touched(
        self, model: str, tenants: Sequence[str], marks: Mapping[str, int], version: int
    ) -> int:
        values = {"model": model, "tenants": list(tenants)}
        self._note_touched(values, marks)
        touched = self._count("touched_persons")
        if touched:
            between = "BETWEEN {first:UInt64} AND {last:UInt64}"
            persons = f"cityHash64(tenant, person) IN {_TOUCHED}"
            moved = f"cityHash64(tenant, person_id) IN {_TOUCHED}"
            texts = {
                "touchpoints": f"person_key IN {_TOUCHED}",
                "persons": f"{persons} AND cityHash64(tenant, person) {between}",
                "transitions": f"{moved} AND cityHash64(tenant, person_id) {between}",
            }
            written = values | {"version": version}
            self._write(texts, written, 1 + touched // SLICE_PERSONS)
            self._gone(f"person_key IN {_TOUCHED}", written)
        return touched

    def _note_touched(
        self, values: Mapping[str, object], marks: Mapping[str, int]
    ) -> None:
        self._database.command("TRUNCATE TABLE touched_persons")
        where, bound = conditions(behind(landed(self._asker), marks), marks)
        self._note(touched_text("touched", **where), {**values, **bound})
        # Who counts as one with them, did until now, and who that makes.
        for name in ("family", "carried", "family"):
            self._note(touched_text(name, keys=_TOUCHED), values)

    def _note(self, text: str, values: Mapping[str, object]) -> None:
        asked = f"INSERT INTO touched_persons (tenant, person_id) {text}"
        named = {key: value for key, value in values.items() if f"{{{key}:" in text}
        self._database.command(asked, named)

    def _write(
        self, texts: Mapping[str, str], values: Mapping[str, object], slices: int
    ) -> None:
        trails = Template(question("trail", PACKAGE)).substitute(texts)
        text = Template(question("write", PACKAGE)).substitute(trails=trails)
        for first, after in self._slices(slices):
            bounds = {"first": first, "last": after - 1, "control": CONTROL}
            self._database.command(text, {**values, **bounds})

    def _gone(self, chosen: str, values: Mapping[str, object]) -> None:
        text = Template(question("gone", PACKAGE)).substitute(chosen=chosen)
        self._database.command(text, dict(values))

    def _slices(self, count: int) -> Iterator[tuple[int, int]]:
        borders = [_HASHES * part // count for part in range(count + 1)]
        for first, after in pairwise(borders):
            if self._halted():
                message = "told to end"
                raise HaltedError(message)
            yield first, after

    def _next_version(self) -> int:
        asked = (
            "SELECT greatest(max(version), (SELECT max(version) FROM rollups)) + 1 "
            "AS newest FROM trails"
        )
        return ask_all(self._asker, asked, {}, _Version)[0].newest

    def _written_since(self, base: int) -> float:
        asked = "SELECT count() AS rows FROM trails WHERE version > {base:UInt64}"
        found = ask_all(self._asker, asked, {"base": base}, _Count)[0].rows
        return found / max(1, self._count("trails"))

    def _count(self, table: str) -> int:
        asked = f"SELECT count() AS rows FROM {table}"  # noqa: S608 - names of ours
        return ask_all(self._asker, asked, {}, _Count)[0].rows


def touched_text(name: str, **texts: str) -> str:
    """One of the questions about who was touched, put together."""
    return Template(question(name, PACKAGE)).substitute(texts)
