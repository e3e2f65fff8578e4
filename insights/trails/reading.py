"""Which trails an answer may be made of: those written before, and of the touched, anew.

An answer from trails is that of the touchpoints, always: of whomever anything has landed
about since the trails were written, the trail is made at the question.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from string import Template
from typing import Final

from msgspec import Struct

from insights.asker import Asker, ask_all, question
from insights.conditions import Values
from insights.cost import estimate
from insights.rollups.ledger import entries
from insights.scope import Personas, Scope, persons_of
from insights.statements import Statement, statement
from insights.times import END_OF_TIME_MS
from insights.trails.keeping import CONTROL, entry_name, touched_text
from insights.trails.landed import PACKAGE, behind, conditions, landed

SMALL: Final = 20_000
"""Touchpoints of a scope up to which they are counted as they are: it takes a moment."""

MOST_TOUCHED: Final = 5_000
"""Names of which trails are made at the question; of more, the touchpoints are counted."""

MOST_FRESH: Final = 100_000
"""Letters of the trails that are made once for all statements of an answer, and given back
with each; of more, each statement makes them. A server takes no value above 128 KiB."""

SPARE: Final = 12
"""How many touchpoints can be read in a trail in the time that one takes otherwise."""

_KEYS: Final = "{touched:Array(UInt64)}"
_TOUCHED: Final = {
    "touchpoints": f"person_key IN {_KEYS}",
    "persons": f"cityHash64(tenant, person) IN {_KEYS}",
    "transitions": f"cityHash64(tenant, person_id) IN {_KEYS}",
}


@dataclass(frozen=True, slots=True)
class Asked:
    """Which trails a statement reads, and what of them.

    Attributes:
        scope: whose touchpoints count; steps always do.
        columns: of the trails.
        personas: knows the scope's persona.
    """

    scope: Scope
    columns: tuple[str, ...]
    personas: Personas | None = None


class _Key(Struct):
    key: int


class _Fresh(Struct):
    trails: str


class _Newest(Struct):
    newest: int


@dataclass(frozen=True, slots=True)
class Trails:
    """The trails of one tenant, in one journey model, as they are at one moment.

    Attributes:
        scope: whose, and of which model.
        base: up to this version of the rows, none was replaced by another one.
        touched: hashes of the names whose trails are made at the question.
        newest: the tenant's newest touchpoint, epoch milliseconds.
        fresh: the trails of the touched, in the engine's own form; empty where each
            statement makes them.
    """

    scope: Scope
    base: int
    touched: tuple[int, ...]
    newest: int
    fresh: str = ""

    def statement(
        self, text: str, asked: Asked, values: Mapping[str, object]
    ) -> Statement:
        """A statement over trails.

        Args:
            text: of the statement, with `$trails` where the query for them is to stand.
            asked: which trails, and what of them.
            values: its own values.
        """
        bound = Values()
        whole = self._narrowed(asked, bound)
        fixed: dict[str, object] = {
            "tenant": self.scope.tenant,
            "model": self.scope.model,
            "base": self.base,
            "tenants": [self.scope.tenant],
            "control": CONTROL,
            "touched": list(self.touched),
            "fresh": self.fresh,
        }
        sql = Template(text).substitute(trails=whole)
        return statement(sql, {**fixed, **values, **bound.bound})

    def _narrowed(self, asked: Asked, bound: Values) -> str:
        kept = _kept(asked.scope, bound)
        if not kept:
            return self._whole(", ".join(asked.columns), asked, bound)
        needed = {*asked.columns, "moments", "channels", "stores"}
        # Texts of ours, and places of bound values.
        return (
            f"SELECT {', '.join(map(_filtered, asked.columns))}\n"  # noqa: S608
            f"FROM (SELECT *, arrayMap((moment, channel, store) -> {kept}, moments, "
            f"channels, stores) AS kept FROM (\n"
            f"{self._whole(', '.join(sorted(needed)), asked, bound)}\n)) AS whole"
        )

    def _whole(self, columns: str, asked: Asked, bound: Values) -> str:
        among = persons_of(asked.scope, bound, asked.personas)
        text = "known" if self.fresh else "both" if self.touched else "before"
        return Template(question(text, PACKAGE)).substitute(
            columns=columns,
            chosen=f"person_id IN ({among})" if among else "true",
            current=question("current", PACKAGE),
            trails=Template(question("trail", PACKAGE)).substitute(_TOUCHED),
        )


def _kept(scope: Scope, bound: Values) -> str:
    first, end = scope.range_ms()
    tests = []
    if first > 0:
        tests.append(f"moment >= {bound.bind(first, 'Int64')}")
    if end < END_OF_TIME_MS:
        tests.append(f"moment < {bound.bind(end, 'Int64')}")
    if scope.channel:
        tests.append(f"channel = {bound.bind(scope.channel, 'String')}")
    if scope.store:
        tests.append(f"store = {bound.bind(scope.store, 'String')}")
    return " AND ".join(tests)


def _filtered(column: str) -> str:
    if column == "person_id" or column.startswith("step_"):
        return f"whole.{column} AS {column}"
    return f"arrayFilter((one, keep) -> keep, whole.{column}, kept) AS {column}"


def prepared(asker: Asker, scope: Scope, *, small: int = SMALL) -> Trails | None:
    """The trails that a question about a scope may be answered from.

    Args:
        asker: whom to ask.
        scope: tenant, range and journey model.
        small: up to so many touchpoints, they are counted as they are.

    Returns:
        None where the touchpoints are to be counted: nothing is written yet, too much has
        landed since, or there is little to count.
    """
    entry = entries(asker).get(entry_name(scope.model))
    if entry is None or scope.tenant not in entry.as_of:
        return None
    if not _worthwhile(asker, scope, small):
        return None
    news = behind(landed(asker), entry.marks)
    newest = entry.as_of[scope.tenant]
    if not news:
        return Trails(scope, entry.base, (), newest)
    where, values = conditions(news, entry.marks)
    touched = _touched(asker, scope, where, values)
    if touched is None:
        return None
    asked = f"{question('newest_landed', PACKAGE)} AND {where['touchpoints']}"
    found = ask_all(asker, asked, _named(asked, values, scope), _Newest)
    newest = max(newest, found[0].newest)
    return Trails(scope, entry.base, touched, newest, _fresh(asker, scope, touched))


def _worthwhile(asker: Asker, scope: Scope, small: int) -> bool:
    if small < 0:
        return True
    first, end = scope.range_ms()
    text = question("some", PACKAGE)
    every = estimate(asker, text, {"tenant": scope.tenant, "first": 0, "end": 2**41})
    if every <= small:
        return False
    values = {"tenant": scope.tenant, "first": first, "end": min(end, 2**41)}
    return estimate(asker, text, values) * SPARE > every


def _touched(
    asker: Asker, scope: Scope, where: dict[str, str], values: dict[str, object]
) -> tuple[int, ...] | None:
    found = _keys(asker, touched_text("touched", **where), scope, values)
    # Who counts as one with them, did until now, and who that makes.
    for name in ("family", "carried", "family"):
        if found and len(found) <= MOST_TOUCHED:
            text = touched_text(name, keys="{keys:Array(UInt64)}")
            found |= _keys(asker, text, scope, {"keys": sorted(found)})
    return tuple(sorted(found)) if len(found) <= MOST_TOUCHED else None


def _fresh(asker: Asker, scope: Scope, touched: tuple[int, ...]) -> str:
    trails = Template(question("trail", PACKAGE)).substitute(_TOUCHED)
    asked = Template(question("fresh", PACKAGE)).substitute(trails=trails)
    values = {"touched": list(touched), "control": CONTROL}
    found = ask_all(asker, asked, _named(asked, values, scope), _Fresh)[0].trails
    return found if len(found) <= MOST_FRESH else ""


def _keys(asker: Asker, text: str, scope: Scope, values: dict[str, object]) -> set[int]:
    asked = Template(question("keys", PACKAGE)).substitute(names=text)
    found = ask_all(asker, asked, _named(asked, values, scope), _Key)
    return {row.key for row in found}


def _named(text: str, values: dict[str, object], scope: Scope) -> dict[str, object]:
    fixed: dict[str, object] = {
        "tenant": scope.tenant,
        "tenants": [scope.tenant],
        "model": scope.model,
        "most": MOST_TOUCHED,
    }
    return {k: v for k, v in (fixed | values).items() if f"{{{k}:" in text}
