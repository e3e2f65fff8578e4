"""Durations and moments as people write them."""

from contextlib import suppress
from datetime import datetime
from functools import cache
from re import fullmatch
from typing import Final
from zoneinfo import ZoneInfo, available_timezones

from insights.asker import QuestionError
from insights.sentences import say

UNITS_MS: Final = {
    "ms": 1,
    "s": 1_000,
    "m": 60_000,
    "h": 3_600_000,
    "d": 86_400_000,
    "w": 604_800_000,
}
MAX_DURATION_MS: Final = 3_660 * UNITS_MS["d"]
"""Ten years: no duration is longer, so that sums of times stay within 64 bits."""

END_OF_TIME_MS: Final = 4_102_444_800_000
"""2100-01-01; no touchpoint lies later."""

EARLIEST_MS: Final = -2_208_988_800_000
"""1900-01-01, before which neither the database nor a question goes."""
LATEST_MS: Final = 7_258_118_400_000
"""2200-01-01, at and after which no question goes."""


class TimeError(QuestionError):
    """Not a duration, or not a moment."""


def duration_ms(text: str) -> int:
    """`30m`, `24h`, `14d`: a number with `ms`, `s`, `m`, `h`, `d` (24 hours) or `w`.

    Raises:
        TimeError: it is something else, or longer than ten years.
    """
    match = fullmatch(r"(\d{1,12})\s*(ms|s|m|h|d|w)", text.strip())
    if match is None:
        raise TimeError(say("duration", text=text))
    duration = int(match[1]) * UNITS_MS[match[2]]
    if duration > MAX_DURATION_MS:
        raise TimeError(say("long", text=text))
    return duration


def zone_of(name: str) -> ZoneInfo:
    """The time zone of an IANA name.

    Raises:
        TimeError: there is none of that name.
    """
    if name not in _zones():
        raise TimeError(say("zone", zone=name))
    return ZoneInfo(name)


@cache
def _zones() -> frozenset[str]:
    """Names that the database knows as well; files of zones have others, too."""
    return frozenset(available_timezones())


def instant_ms(value: str | int | None, zone: str = "UTC") -> int | None:
    """A date (its midnight), an RFC 3339 time, or epoch milliseconds; of 1900 to 2199.

    Args:
        value: what was written; None stays None.
        zone: IANA name of the zone whose midnight is meant.

    Raises:
        TimeError: it is something else, or there is no such zone.
    """
    if value is None:
        return None
    at = value if isinstance(value, int) else written_ms(value, zone)
    if not EARLIEST_MS <= at < LATEST_MS:
        raise TimeError(say("years", value=str(value)))
    return at


def written_ms(value: str, zone: str = "UTC") -> int:
    """A date (its midnight in a zone) or an RFC 3339 time, of any year.

    Raises:
        TimeError: it is something else, or there is no such zone.
    """
    where = zone_of(zone)
    with suppress(ValueError, OverflowError):
        moment = datetime.fromisoformat(value)
        if fullmatch(r"\d{4}-\d{2}-\d{2}", value):
            moment = moment.replace(tzinfo=where)
        if moment.tzinfo is not None:
            return round(moment.timestamp() * 1000)
    raise TimeError(say("moment", value=value))
