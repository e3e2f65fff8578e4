"""The stored past of all persons, range by range, so that memory stays bounded.

Persons are taken by ranges of the hash that the touchpoints are sorted by: each range is
one stretch of the table.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from msgspec import Struct

from insights.asker import Asker, ask_all, question

RANGE_TOUCHPOINTS: Final = 100_000
RANGE_PERSONS: Final = 20_000
PAGE: Final = 20_000
_HASHES: Final = 2**64


class Size(Struct):
    """How much history a tenant has; `newest` is its latest event time."""

    touchpoints: int
    persons: int
    newest: int


class StoredPosition(Struct):
    """Where a person stands in one model; version 0 and no phase for nowhere yet."""

    person_id: str
    version: int
    phase: str


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
    """The touchpoints of a range's persons, without late ones, bots and machines."""
    after = (0, 0, "", "", "")
    while True:
        asked = _asked(within) | {
            "types": list(wanted.types),
            "properties": wanted.properties,
            "page": PAGE,
        }
        names = ("key", "at", "person", "source", "id")
        asked |= {
            f"after_{name}": value for name, value in zip(names, after, strict=True)
        }
        page = ask_all(asker, question("history_touchpoints"), asked, StoredTouchpoint)
        yield from page
        if len(page) < PAGE:
            return
        one = page[-1]
        after = (one.person_key, one.occurred_at, one.person_id, one.source, one.id)


def _asked(within: Range) -> dict[str, object]:
    return {"tenant": within.tenant, "first": within.first, "last": within.last}
