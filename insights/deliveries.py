"""Raw records that are in no table, since another delivery of the same touchpoint is.

A touchpoint that is delivered twice while it changes whose it is may be taken for new
where each delivery arrives. The person, when put together again, has it once, and so has
the table: the row of one delivery replaces the other's, and nothing names the other.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Final

from msgspec import Struct

from insights.asker import Asker, ask_all, question

if TYPE_CHECKING:
    from insights.audit import Gap

MOST: Final = 1_000
"""Records that are looked at; more than these are lost, whatever they say."""


class Delivery(Struct, frozen=True):
    """A raw record, and the touchpoint that it delivers."""

    partition: int
    offset: int
    tenant: str
    source: str
    id: str


class _Stored(Struct):
    tenant: str
    source: str
    id: str


Reader = Callable[[Sequence[tuple[int, int]]], Sequence[Delivery]]
"""Reads raw records by partition and offset; leaves out what it cannot read."""


def delivered_again(asker: Asker, lost: Sequence[Gap], read: Reader) -> Counter[int]:
    """How many lost records delivered what is stored, by partition.

    Args:
        asker: whom to ask.
        lost: every record that is nowhere; not more than `MOST`.
        read: reads raw records.
    """
    places = [
        (gap.partition, offset)
        for gap in lost
        for offset in range(gap.first, gap.last + 1)
    ]
    deliveries = read(places)
    if not deliveries:
        return Counter()
    values = {
        "tenants": [one.tenant for one in deliveries],
        "sources": [one.source for one in deliveries],
        "ids": [one.id for one in deliveries],
    }
    rows = ask_all(asker, question("audit_delivered"), values, _Stored)
    stored = {(row.tenant, row.source, row.id) for row in rows}
    return Counter(
        one.partition
        for one in deliveries
        if (one.tenant, one.source, one.id) in stored
    )
