"""One roll-up after the other: timelines first, then what is counted from them."""

from collections.abc import Callable, Iterable
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from insights.asker import DatabaseAsker
from insights.rollups import ledger, timelines
from insights.rollups.alike import alike, types_of
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
        counted: the funnels whose days were counted, for the tenants whose timelines
            tell the types of their steps apart.
    """

    version: int
    touched: int | None
    counted: list[str]


class Roller:
    """Keeps the roll-ups of one database; there must be one at a time.

    Args:
        database: a handle that may write.
        registered: gives the funnels to count; asked at each roll-up.
        halted: whether to end in the middle; asked between statements.
    """

    def __init__(
        self,
        database: Database,
        registered: Callable[[], Iterable[Registered]],
        halted: Callable[[], bool] = lambda: False,
    ) -> None:
        self._halted = halted
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
            HaltedError: it was told to end.
        """
        # Read before the rows: what lands meanwhile is behind the marks, and comes again.
        reached = ledger.marks(self._asker)
        as_of = ledger.newest(self._asker)
        known = ledger.entries(self._asker)
        before = known.get(TIMELINES)
        touched: int | None = 0
        if before is None or rebuild or before.marks != reached:
            version = timelines.next_version(self._database)
            now = Entry(TIMELINES, version, version, now_ms, as_of, reached)
            now, touched = self._write(now, None if rebuild else before)
        else:
            now = replace(before, rolled_at=now_ms)
        ledger.record(self._database, now)
        counted = [
            one.name
            for one in self._registered()
            if self._count(one, known.get(one.definition), now)
        ]
        return Rolled(now.version, touched, counted)

    def _write(self, now: Entry, before: Entry | None) -> tuple[Entry, int | None]:
        if before is None:
            timelines.build_all(self._database, now, self._halted)
            touched, bearable = None, 0.0
        else:
            touched = timelines.refresh(self._database, now, before, self._halted)
            bearable = STALE_SHARE
        if timelines.replaced(self._database) > bearable:
            self._database.command("OPTIMIZE TABLE timelines FINAL")
        elif before is not None:
            now = replace(now, base=before.base)
        return now, touched

    def _count(self, one: Registered, last: Entry | None, now: Entry) -> bool:
        if last is not None and last.version == now.version:
            return False
        # Of whom no days can be counted nothing is noted: the touchpoints are asked.
        unclear = set[str]()
        if not one.model:
            found = alike(self._asker, now.as_of, types_of(one.funnel))
            unclear = {pair.tenant for pair in found}
        told = {name: at for name, at in now.as_of.items() if name not in unclear}
        for tenant, as_of in told.items():
            count_days(self._database, one, tenant, now.version, as_of)
        ledger.record(self._database, replace(now, name=one.definition, as_of=told))
        return True
