"""Quiet hours: the same clock for everybody, each in the time zone where they are."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

ZONES_REMEMBERED = 1_024
_QUARTERS_REMEMBERED = 8_192
_QUARTER_MS = 900_000


@lru_cache(ZONES_REMEMBERED)
def zone(name: str) -> ZoneInfo | None:
    """The time zone of an IANA name, or None where there is none such."""
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return None


@lru_cache(_QUARTERS_REMEMBERED)
def _offset(quarter: int, where: ZoneInfo) -> int | None:
    """Seconds that a clock is ahead of UTC; None where it is set meanwhile."""
    ends = (quarter * 900, quarter * 900 + 899)
    first, last = (datetime.fromtimestamp(at, where).utcoffset() for at in ends)
    if first is None or first != last or first.microseconds:
        return None
    return first.days * 86_400 + first.seconds


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
            where: time zone of the person. An hour that its clock skips or shows twice
                is taken as the zone's rules have it: the end of quiet hours never lies
                before `at`.
        """
        if self.start == self.end:
            return at
        offset = _offset(at // _QUARTER_MS, where)
        if offset is not None and not self._quiet((at // 1000 + offset) // 60 % 1440):
            return at
        local = datetime.fromtimestamp(at // 1000, where)
        minute = local.hour * 60 + local.minute
        if not self._quiet(minute):
            return at
        tomorrow = minute >= self.start > self.end
        day = local.date() + timedelta(days=tomorrow)
        over = datetime(
            day.year, day.month, day.day, self.end // 60, self.end % 60, tzinfo=where
        )
        return max(at, round(over.astimezone(UTC).timestamp()) * 1000)

    def _quiet(self, minute: int) -> bool:
        if self.start < self.end:
            return self.start <= minute < self.end
        return minute >= self.start or minute < self.end
