"""When things happen in a shop: seasons, weekdays, hours of the day, opening hours."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from parcours.simulating.chance import Chance, Weighted

ZONE_NAME: Final = "Europe/Paris"
MINUTE_MS: Final = 60_000
HOUR_MS: Final = 3_600_000
DAY_MS: Final = 86_400_000
SUNDAY: Final = 6
DECEMBER: Final = 12

_ZONE: Final = ZoneInfo(ZONE_NAME)
_WEEK: Final = (0.92, 0.95, 0.98, 1.0, 1.08, 1.25, 0.82)
_MONTHS: Final = (1.1, 0.8, 0.9, 0.95, 1.0, 1.05, 1.0, 0.7, 0.95, 1.0, 1.35, 1.4)
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


def _hours(weights: str) -> Weighted[int]:
    return Weighted((int(digit), hour) for hour, digit in enumerate(weights))


# One digit an hour, from midnight on.
_ONLINE: Final = _hours("211001124565667556678974")
# Stores open at 10; who comes in last is out by half past 20.
_IN_STORE: Final = _hours("000000000034664467900000")
_DESK: Final = _hours("000000000687656776543000")


@dataclass(frozen=True, slots=True)
class Day:
    """One day of the shop.

    Attributes:
        number: from 0.
        starts: its first millisecond: midnight, as its noon has it.
        open: whether stores are open: Monday to Saturday, and on December's Sundays.
        weekday: 0 for Monday.
        weight: how much happens, about 1.
    """

    number: int
    starts: int
    open: bool
    weekday: int
    weight: float

    @property
    def ends(self) -> int:
        """First millisecond of the next day, on every day without a change of clocks."""
        return self.starts + DAY_MS


def days(start: date, count: int) -> Iterator[Day]:
    """The days of a period, in order."""
    for number in range(count):
        day = start + timedelta(days=number)
        noon = datetime.combine(day, time(12), _ZONE)
        starts = (noon - _EPOCH) // timedelta(milliseconds=1) - 12 * HOUR_MS
        weekday = day.weekday()
        is_open = weekday != SUNDAY or day.month == DECEMBER
        weight = _WEEK[weekday] * _MONTHS[day.month - 1]
        yield Day(number, starts, is_open, weekday, weight)


def online(chance: Chance, day: Day) -> int:
    """A moment at which somebody sits down in front of a screen."""
    return _within(chance, day, _ONLINE)


def in_store(chance: Chance, day: Day) -> int:
    """A moment within opening hours."""
    return _within(chance, day, _IN_STORE)


def at_desk(chance: Chance, day: Day) -> int:
    """A moment at which the call centre answers."""
    return _within(chance, day, _DESK)


def rfc3339(at: int) -> str:
    """A time as the systems of stores and carriers write it: UTC, milliseconds."""
    return (
        f"{datetime.fromtimestamp(at // 1000, UTC).isoformat()[:19]}.{at % 1000:03d}Z"
    )


def _within(chance: Chance, day: Day, hours: Weighted[int]) -> int:
    return day.starts + chance.draw(hours) * HOUR_MS + chance.below(HOUR_MS)
