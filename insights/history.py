"""The stored past of all persons, range by range, so that memory stays bounded.

Persons are taken by ranges of the hash that the touchpoints are sorted by: each range is
one stretch of the table.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from string import Template
from typing import Final

from msgspec import Struct

from insights.asker import Asker, ask_all, question

RANGE_TOUCHPOINTS: Final = 100_000
RANGE_PERSONS: Final = 20_000
PAGE: Final = 20_000
NAMES: Final = 500
_HASHES: Final = 2**64
_RANGE: Final = "person_key BETWEEN {first:UInt64} AND {last:UInt64}"
_NAMES: Final = """person_key IN (
        SELECT cityHash64({tenant:String}, arrayJoin({names:Array(String)}))
    )
    AND person_id IN {names:Array(String)}"""


class Size(Struct):
    """How much history a tenant has; `newest` is its latest event time."""

    touchpoints: int
    persons: int
    newest: int


class StoredPosition(Struct):
    """Where a person stands in one model; version 0 and no phase for nowhere yet.

    Attributes:
        told_until: silences that began up to here have been told, epoch milliseconds.
        members: the names that turned out to be this person; none for one name only.
    """

    person_id: str
    version: int
    phase: str
    told_until: int
    members: list[str]

    @property
    def others(self) -> list[str]:
        """The names that this person was merged from, without the person's own."""
        return [name for name in self.members if name != self.person_id]


class StoredTouchpoint(Struct):
    """What the rules of phases look at, of one touchpoint."""

    person_key: int
    person_id: str
    occurred_at: int
    source: str
    id: str
    seq: int
    type: str
    channel: str
    direction: str
    store_id: str
    campaign_name: str
    campaign_id: str
    value_minor: int
    currency: str
    properties: str


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which touchpoints to read.

    Attributes:
        types: their types; empty for all.
        properties: whether their properties are looked at.
    """

    types: Sequence[str]
    properties: bool


@dataclass(frozen=True, slots=True)
class Range:
    """Persons of a tenant whose hash lies between two numbers, both included."""

    tenant: str
    first: int
    last: int


class _Tenant(Struct):
    tenant: str


def tenants(asker: Asker) -> list[str]:
    """All tenants that have customers."""
    found = ask_all(asker, question("history_tenants"), {}, _Tenant)
    return [row.tenant for row in found]


def size(asker: Asker, tenant: str) -> Size:
    """How much there is to read."""
    asked = {"tenant": tenant}
    return ask_all(asker, question("history_size"), asked, Size)[0]


def ranges(tenant: str, of: Size) -> list[Range]:
    """Split a tenant's persons into ranges of bearable size."""
    parts = 1 + max(
        of.touchpoints // RANGE_TOUCHPOINTS,
        of.persons // RANGE_PERSONS,
    )
    borders = [_HASHES * part // parts for part in range(parts + 1)]
    return [
        Range(tenant, borders[part], borders[part + 1] - 1) for part in range(parts)
    ]


def positions(asker: Asker, within: Range, model: str) -> Iterator[StoredPosition]:
    """Where the persons of a range stand in a model."""
    after = ""
    while True:
        asked = _asked(within) | {"model": model, "after": after, "page": PAGE}
        page = ask_all(asker, question("history_positions"), asked, StoredPosition)
        yield from page
        if len(page) < PAGE:
            return
        after = page[-1].person_id


def touchpoints(
    asker: Asker, within: Range, wanted: Wanted
) -> Iterator[StoredTouchpoint]:
    """Touchpoints under the names in a range, without late ones, bots and machines."""
    return _pages(asker, _RANGE, _asked(within), wanted)


def touchpoints_of(
    asker: Asker, tenant: str, names: Sequence[str], wanted: Wanted
) -> Iterator[StoredTouchpoint]:
    """The same under certain names, a few hundred at a time."""
    for start in range(0, len(names), NAMES):
        asked = {"tenant": tenant, "names": list(names[start : start + NAMES])}
        yield from _pages(asker, _NAMES, asked, wanted)


def _pages(
    asker: Asker, among: str, whose: Mapping[str, object], wanted: Wanted
) -> Iterator[StoredTouchpoint]:
    sql = Template(question("history_touchpoints")).substitute(among=among)
    after: tuple[object, ...] = (0, 0, "", "", "")
    names = ("after_key", "after_at", "after_person", "after_source", "after_id")
    while True:
        asked = {
            **whose,
            **dict(zip(names, after, strict=True)),
            "types": list(wanted.types),
            "properties": wanted.properties,
            "page": PAGE,
        }
        page = ask_all(asker, sql, asked, StoredTouchpoint)
        yield from page
        if len(page) < PAGE:
            return
        one = page[-1]
        after = (one.person_key, one.occurred_at, one.person_id, one.source, one.id)


def _asked(within: Range) -> dict[str, object]:
    return {"tenant": within.tenant, "first": within.first, "last": within.last}
