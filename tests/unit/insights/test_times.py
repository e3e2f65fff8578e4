"""Moments, durations and zones as people write them."""

import pytest

from insights.funnels.spec import Funnel, Step
from insights.scope import Scope
from insights.times import TimeError, duration_ms, zone_of

HOUR = 3_600_000


@pytest.mark.parametrize("text", ["3661d", "999999999999w", "9999999999999ms"])
def test_a_duration_is_at_most_ten_years(text: str) -> None:
    """Longer ones would not fit into sums of times, and make wrong numbers."""
    assert duration_ms("3660d") == 3660 * 24 * HOUR
    with pytest.raises(TimeError):
        duration_ms(text)


@pytest.mark.parametrize("name", ["right/UTC", "posix/Europe/Paris", "Europe", "", "x"])
def test_a_zone_is_one_that_the_database_knows_too(name: str) -> None:
    """Files of zones have more names than IANA."""
    assert zone_of("Europe/Paris").key == "Europe/Paris"
    with pytest.raises(TimeError, match="no time zone"):
        zone_of(name)


@pytest.mark.parametrize(
    ("day", "after", "zone", "hours"),
    [
        ("2025-03-30", "2025-03-31", "Europe/Paris", 23),
        ("2025-10-26", "2025-10-27", "Europe/Paris", 25),
        ("2025-06-01", "2025-06-02", "Asia/Tokyo", 24),
        ("2025-06-01", "2025-06-02", "UTC", 24),
    ],
)
def test_a_day_is_the_same_in_funnels_and_everywhere(
    day: str, after: str, zone: str, hours: int
) -> None:
    """Dates are midnights of the question's zone, of 23 or 25 hours where clocks change."""
    first, end = Scope(from_=day, to=after, timezone=zone).range_ms()
    funnel = Funnel((Step(type="*"),), from_=day, to=after, timezone=zone)
    assert (first, end) == (funnel.from_ms, funnel.to_ms)
    assert end - first == hours * HOUR
