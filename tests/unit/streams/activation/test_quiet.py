"""Quiet hours, by the clock where the person is."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from streams.activation.quiet import QuietHours, zone

PARIS = ZoneInfo("Europe/Paris")
NIGHT = QuietHours(21 * 60, 8 * 60)
LUNCH = QuietHours(12 * 60, 14 * 60)


def at(text: str, tz: ZoneInfo = PARIS) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=tz).timestamp() * 1000)


def instant(text: str) -> int:
    return int(datetime.fromisoformat(text).timestamp() * 1000)


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


EVENING = QuietHours(21 * 60, 2 * 60 + 30)
LATE = QuietHours(23 * 60, 30)


@pytest.mark.parametrize(
    ("quiet", "tz", "asked", "told"),
    [
        # 02:00 to 03:00 comes twice, in summer time and an hour later in winter time.
        (EVENING, "Europe/Paris", "2026-10-24T22:00Z", "2026-10-25T01:30Z"),
        (EVENING, "Europe/Paris", "2026-10-25T00:10Z", "2026-10-25T01:30Z"),
        (EVENING, "Europe/Paris", "2026-10-25T00:45Z", "2026-10-25T01:30Z"),
        (EVENING, "Europe/Paris", "2026-10-25T01:10Z", "2026-10-25T01:30Z"),
        (EVENING, "Europe/Paris", "2026-10-25T01:30Z", "2026-10-25T01:30Z"),
        # Here it is the hour after midnight.
        (LATE, "America/Havana", "2026-11-01T03:30Z", "2026-11-01T05:30Z"),
        (LATE, "America/Havana", "2026-11-01T04:40Z", "2026-11-01T05:30Z"),
        (LATE, "America/Havana", "2026-11-01T05:10Z", "2026-11-01T05:30Z"),
        (LATE, "America/Havana", "2026-11-01T05:40Z", "2026-11-01T05:40Z"),
        # 02:00 to 03:00 is skipped; so is the hour after midnight.
        (EVENING, "Europe/Paris", "2026-03-29T00:59Z", "2026-03-29T01:00Z"),
        (EVENING, "Europe/Paris", "2026-03-29T01:10Z", "2026-03-29T01:10Z"),
        (LATE, "America/Havana", "2026-03-08T04:30Z", "2026-03-08T05:00Z"),
        (LATE, "America/Havana", "2026-03-08T05:10Z", "2026-03-08T05:10Z"),
        # And where they begin in such an hour.
        (
            QuietHours(150, 300),
            "Europe/Paris",
            "2026-10-25T01:10Z",
            "2026-10-25T04:00Z",
        ),
        (
            QuietHours(150, 300),
            "Europe/Paris",
            "2026-03-29T00:59Z",
            "2026-03-29T00:59Z",
        ),
        (
            QuietHours(150, 300),
            "Europe/Paris",
            "2026-03-29T01:00Z",
            "2026-03-29T03:00Z",
        ),
    ],
)
def test_hours_that_the_clock_shows_twice_or_not_at_all(
    quiet: QuietHours, tz: str, asked: str, told: str
) -> None:
    """Quiet begins with the first of two, and ends with the second; nobody is woken."""
    found = quiet.after(instant(asked), ZoneInfo(tz))
    assert datetime.fromtimestamp(found / 1000, UTC) == datetime.fromisoformat(told)


@pytest.mark.parametrize(
    ("tz", "day"),
    [
        ("Europe/Paris", "2026-10-24"),
        ("Europe/Paris", "2026-03-28"),
        ("America/Havana", "2026-10-31"),
        ("America/Havana", "2026-03-07"),
        ("America/St_Johns", "2006-10-28"),
        ("Pacific/Apia", "2011-12-28"),
        ("Asia/Tokyo", "2026-05-01"),
    ],
)
@pytest.mark.parametrize("quiet", [NIGHT, LUNCH, EVENING, LATE, QuietHours(0, 1439)])
def test_what_is_moved_is_moved_out_of_them(
    quiet: QuietHours, tz: str, day: str
) -> None:
    """Minute by minute through nights in which clocks are changed."""
    where = ZoneInfo(tz)
    start = instant(f"{day}T00:00Z")
    for at in range(start, start + 3 * 86_400_000, 60_000):
        moved = quiet.after(at, where)
        local = datetime.fromtimestamp(moved / 1000, where)
        clock = local.hour * 60 + local.minute
        since, until = clock >= quiet.start, clock < quiet.end
        asleep = since and until if quiet.start < quiet.end else since or until
        assert moved >= at
        assert not asleep, (at, local)


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
