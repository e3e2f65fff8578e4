"""Quiet hours: the same clock for everybody, each in the time zone where they are."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

ZONES_REMEMBERED = 1_024
_DAYS_REMEMBERED = 4_096
_DAY_MS = 86_400_000
_EPOCH = date(1970, 1, 1).toordinal()


@lru_cache(ZONES_REMEMBERED)
def zone(name: str) -> ZoneInfo | None:
    """The time zone of an IANA name, or None where there is none such."""
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return None


@lru_cache(_DAYS_REMEMBERED)
def _spans(
    start: int, end: int, day: int, where: ZoneInfo
) -> tuple[tuple[int, int], ...]:
    """The quiet hours that a moment of a day may lie in, or come into by waiting.

    What is due on one day is due to many: that is worth remembering.

    Args:
        start: minutes since midnight.
        end: minutes since midnight.
        day: days since 1970 by UTC; elsewhere it may be the one before, or after.
        where: the time zone.

    Returns:
        When each begins and ends, epoch milliseconds, in their order.
    """
    found = []
    # Those of the evening before may last over a midnight that comes twice; beyond the
    # next day, where a zone skipped one.
    for ordinal in range(_EPOCH + day - 2, _EPOCH + day + 4):
        last = date.fromordinal(ordinal)
        began, _ = _shown(last - timedelta(days=start > end), start, where)
        _, over = _shown(last, end, where)
        found.append((began * 1000, over * 1000))
    return tuple(found)


def _shown(day: date, clock: int, where: ZoneInfo) -> tuple[int, int]:
    """When a zone's clock shows a time first and last; where it skips it, when it has.

    Args:
        day: the date that it shows.
        clock: minutes since midnight.
        where: the time zone.

    Returns:
        Epoch seconds; twice the same but for an hour that comes twice.
    """
    wall = datetime(day.year, day.month, day.day, clock // 60, clock % 60)  # noqa: DTZ001 as a clock on the wall shows it
    both = (wall.replace(fold=fold, tzinfo=where) for fold in (0, 1))
    first, last = sorted(round(one.timestamp()) for one in both)
    if _wall(first, where) == wall:
        return first, last
    passed = next(at for at in range(first, last + 1, 60) if _wall(at, where) > wall)
    return passed, passed


def _wall(at: int, where: ZoneInfo) -> datetime:
    return datetime.fromtimestamp(at, where).replace(tzinfo=None, fold=0)


@dataclass(frozen=True, slots=True)
class QuietHours:
    """From one time of day to another, over midnight where `start` is the later one.

    Attributes:
        start: minutes since midnight; with it quiet begins.
        end: minutes since midnight; with it quiet is over.
    """

    start: int
    end: int

    def after(self, at: int, where: ZoneInfo) -> int:
        """The first moment not before `at` that is not quiet.

        Args:
            at: epoch milliseconds.
            where: time zone of the person. Of an hour that its clock shows twice, quiet
                begins with the first and ends with the second; of one that it skips,
                with the moment at which it does.
        """
        if self.start == self.end:
            return at
        for began, over in _spans(self.start, self.end, at // _DAY_MS, where):
            if began <= at < over:
                at = over
        return at
