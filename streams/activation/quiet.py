"""Quiet hours: the same clock for everybody, each in the time zone where they are."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

ZONES_REMEMBERED = 1_024
_MINUTES_REMEMBERED = 8_192
_MINUTE_MS = 60_000


@lru_cache(ZONES_REMEMBERED)
def zone(name: str) -> ZoneInfo | None:
    """The time zone of an IANA name, or None where there is none such."""
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return None


@lru_cache(_MINUTES_REMEMBERED)
def _over(start: int, end: int, minute: int, where: ZoneInfo) -> int:
    """When the quiet hours around a minute since 1970 end; 0 where there are none.

    What is due at one time is due to many: that is worth remembering.
    """
    at, found = minute * 60, 0
    today = datetime.fromtimestamp(at, where).date()
    # Yesterday's may last over a midnight that comes twice; beyond tomorrow, where a
    # zone skipped a day.
    for days in (-1, 0, 1, 2):
        day = today + timedelta(days=days)
        began, _ = _shown(day - timedelta(days=start > end), start, where)
        _, over = _shown(day, end, where)
        if began <= at < over:
            at = found = over
    return found * 1000


@lru_cache(_MINUTES_REMEMBERED)
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
        return max(at, _over(self.start, self.end, at // _MINUTE_MS, where))
