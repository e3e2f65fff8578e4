"""Quiet hours, by the clock where the person is."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from streams.activation.quiet import QuietHours, zone

PARIS = ZoneInfo("Europe/Paris")
NIGHT = QuietHours(21 * 60, 8 * 60)
LUNCH = QuietHours(12 * 60, 14 * 60)


def at(text: str, tz: ZoneInfo = PARIS) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=tz).timestamp() * 1000)


@pytest.mark.parametrize(
    ("quiet", "asked", "told"),
    [
        (NIGHT, "2024-05-06T20:59:59", "2024-05-06T20:59:59"),
        (NIGHT, "2024-05-06T21:00", "2024-05-07T08:00"),
        (NIGHT, "2024-05-07T07:59:59", "2024-05-07T08:00"),
        (NIGHT, "2024-05-07T08:00", "2024-05-07T08:00"),
        (LUNCH, "2024-05-06T12:00", "2024-05-06T14:00"),
        (LUNCH, "2024-05-06T14:00", "2024-05-06T14:00"),
        (QuietHours(0, 0), "2024-05-06T00:00", "2024-05-06T00:00"),
        # The nights in which the clock is put forward and back.
        (NIGHT, "2024-03-30T22:00", "2024-03-31T08:00"),
        (NIGHT, "2024-10-26T22:00", "2024-10-27T08:00"),
    ],
)
def test_what_falls_into_quiet_hours_waits_for_their_end(
    quiet: QuietHours, asked: str, told: str
) -> None:
    """Exactly the end, over midnight and over changes of the clock."""
    assert quiet.after(at(asked), PARIS) == at(told)


def test_it_is_the_clock_of_the_person() -> None:
    """Noon in Paris is night in New York."""
    york = ZoneInfo("America/New_York")
    noon = at("2024-05-06T12:00")
    assert NIGHT.after(noon, PARIS) == noon
    assert NIGHT.after(noon, york) == at("2024-05-06T08:00", york)


@pytest.mark.parametrize("name", ["", "Mars/Olympus", "../etc/passwd", "Europe"])
def test_a_time_zone_that_does_not_exist_is_none(name: str) -> None:
    """Whatever a source calls a time zone, the default one takes its place."""
    assert zone(name) is None
