"""One roll-up after the other: timelines first, then what is counted from them."""

from collections.abc import Sequence
from typing import Final

from msgspec import Struct

from insights.asker import DatabaseAsker
from insights.rollups import ledger, timelines
from insights.rollups.days import count_days
from insights.rollups.ledger import TIMELINES, Entry
from insights.rollups.registered import Registered
from sinks.clickhouse import Database

STALE_SHARE: Final = 0.05
"""Replaced rows, as a share of all, from which on they are merged away at once."""


class Rolled(Struct, frozen=True):
    """What one roll-up did.

    Attributes:
        version: of the timelines now.
        touched: how many persons' timelines were looked at again; None where all were.
        counted: the funnels whose days were counted.
    """

    version: int
    touched: int | None
    counted: list[str]


class Roller:
    """Keeps the roll-ups of one database; there must be one at a time.

    Args:
        database: a handle that may write.
        registered: the funnels to count.
    """

    def __init__(self, database: Database, registered: Sequence[Registered]) -> None:
        self._database = database
        self._asker = DatabaseAsker(database)
        self._registered = registered

    def roll(self, now_ms: int, *, rebuild: bool = False) -> Rolled:
        """Bring everything up to what has landed.

        Args:
            now_ms: what is noted as the time of this roll-up, epoch milliseconds.
            rebuild: write everybody's timeline anew, touched or not.

        Raises:
            DatabaseError: the database refused; the next roll-up does it again.
        """
        # Read before the rows: what lands meanwhile is behind the marks, and comes again.
        reached = ledger.marks(self._asker)
        as_of = ledger.newest(self._asker)
        known = ledger.entries(self._asker)
        before = known.get(TIMELINES)
        touched: int | None = 0
        if before is None or rebuild or before.marks != reached:
            before, touched = self._timelines(before, rebuild, reached, as_of)
        kept = Entry(
            TIMELINES, before.version, before.base, now_ms, before.as_of, before.marks
        )
        ledger.record(self._database, kept)
        counted = [
            one.name
            for one in self._registered
            if self._count(one, known.get(one.definition), kept)
        ]
        return Rolled(kept.version, touched, counted)

    def _timelines(
        self,
        before: Entry | None,
        rebuild: bool,  # noqa: FBT001
        reached: dict[str, int],
        as_of: dict[str, int],
    ) -> tuple[Entry, int | None]:
        version = timelines.next_version(self._database)
        touched: int | None = None
        base = version
        if before is None or rebuild:
            timelines.build_all(self._database, version, as_of)
        else:
            touched = timelines.refresh(self._database, version, as_of, reached, before)
            base = before.base
        bearable = 0.0 if touched is None else STALE_SHARE
        if timelines.replaced(self._database) > bearable:
            self._database.command("OPTIMIZE TABLE timelines FINAL")
            base = version
        return Entry(TIMELINES, version, base, 0, as_of, reached), touched

    def _count(self, one: Registered, last: Entry | None, now: Entry) -> bool:
        if last is not None and last.version == now.version:
            return False
        for tenant, as_of in now.as_of.items():
            count_days(self._database, one, tenant, now.version, as_of)
        done = Entry(
            one.definition, now.version, 0, now.rolled_at, now.as_of, now.marks
        )
        ledger.record(self._database, done)
        return True
