"""Quiet hours: the same clock for everybody, each in the time zone where they are."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
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
    local = datetime.fromtimestamp(minute * 60, where)
    clock = local.hour * 60 + local.minute
    if start < end:
        quiet, tomorrow = start <= clock < end, False
    else:
        quiet = clock >= start or clock < end
        tomorrow = clock >= start
    if not quiet:
        return 0
    day = local.date() + timedelta(days=tomorrow)
    over = datetime(day.year, day.month, day.day, end // 60, end % 60, tzinfo=where)
    return round(over.astimezone(UTC).timestamp()) * 1000


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
        return max(at, _over(self.start, self.end, at // _MINUTE_MS, where))
