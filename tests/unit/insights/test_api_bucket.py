"""The token bucket of the API."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from insights.api.bucket import Bucket


def test_a_burst_is_let_through_and_then_the_rate() -> None:
    """Three at once; a fourth when its share of a minute has passed."""
    bucket = Bucket(per_minute=60, burst=3)
    assert [bucket.take(100.0) for _ in range(3)] == [0, 0, 0]
    assert bucket.take(100.0) == pytest.approx(1.0)
    assert bucket.take(100.5) == pytest.approx(0.5)
    assert bucket.take(101.0) == 0


def test_it_never_holds_more_than_its_burst() -> None:
    """Long silence buys nothing."""
    bucket = Bucket(per_minute=60, burst=2)
    bucket.take(0.0)
    assert [bucket.take(9_999.0) == 0 for _ in range(3)] == [True, True, False]


@given(st.lists(st.floats(0, 3), min_size=1, max_size=80))
def test_no_more_come_through_than_burst_and_rate_allow(gaps: list[float]) -> None:
    """Whenever they come."""
    bucket, now, passed = Bucket(per_minute=30, burst=4), 0.0, 0
    for gap in gaps:
        now += gap
        passed += bucket.take(now) == 0
    assert passed <= 4 + now * 30 / 60 + 1e-6


def test_who_waits_as_told_is_let_through() -> None:
    """The wait is exact."""
    bucket = Bucket(per_minute=7, burst=1)
    bucket.take(0.0)
    assert bucket.take(bucket.take(0.0)) == 0
