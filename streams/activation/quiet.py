"""Quiet hours: the same clock for everybody, each in the time zone where they are."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

ZONES_REMEMBERED = 1_024


@lru_cache(ZONES_REMEMBERED)
def zone(name: str) -> ZoneInfo | None:
    """The time zone of an IANA name, or None where there is none such."""
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return None


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
        local = datetime.fromtimestamp(at // 1000, where)
        minute = local.hour * 60 + local.minute
        if self.start < self.end:
            quiet, tomorrow = self.start <= minute < self.end, False
        else:
            quiet = minute >= self.start or minute < self.end
            tomorrow = minute >= self.start
        if not quiet:
            return at
        day = local.date() + timedelta(days=tomorrow)
        over = datetime(
            day.year, day.month, day.day, self.end // 60, self.end % 60, tzinfo=where
        )
        return max(at, round(over.astimezone(UTC).timestamp()) * 1000)
