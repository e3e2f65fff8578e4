"""Times: two accepted forms, and the bounds of what is plausible."""

import pytest

from schemas.failure import Reason, Rejected
from streams.enrich.moment import OLDEST_MS, corrected, epoch_ms, occurred_at, sent_at
from streams.enrich.policy import IdentifyPolicy

LATEST = 1_800_000_000_000


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        ("2024-05-04T10:11:12Z", 1_714_817_472_000),
        ("2024-05-04T10:11:12.345Z", 1_714_817_472_345),
        ("2024-05-04T10:11:12.345999Z", 1_714_817_472_345),
        ("2024-05-04T12:11:12.345+02:00", 1_714_817_472_345),
        ("2024-05-04t10:11:12z", 1_714_817_472_000),
        ("2024-05-04 10:11:12-00:00", 1_714_817_472_000),
        (1_714_817_472_345, 1_714_817_472_345),
    ],
)
def test_rfc3339_and_epoch_milliseconds_are_read(
    moment: str | int, expected: int
) -> None:
    """To the millisecond, rounded down, in any zone."""
    assert epoch_ms(moment) == expected


@pytest.mark.parametrize(
    "moment",
    [
        "",
        "now",
        "2024-05-04",
        "2024-05-04T10:11:12",
        "2024-02-30T00:00:00Z",
        "2024-05-04T25:00:00Z",
        "1714817472345",
        "04/05/2024 10:11",
        "2024-05-04T10:11:12+99:00",
        "é" * 25,
        "\x00" * 25,
    ],
)
def test_other_times_are_invalid(moment: str) -> None:
    """No zone, no such day, another form: invalid_time, without quoting it."""
    result = occurred_at(moment, LATEST)
    assert isinstance(result, Rejected)
    assert result.reason is Reason.INVALID_TIME


@pytest.mark.parametrize(
    "moment",
    [0, -1, -(10**30), 1_714_817_472, OLDEST_MS - 1, "1970-01-01T00:00:00Z"],
)
def test_times_before_2000_are_too_old(moment: str | int) -> None:
    """1970 is a missing time, and epoch seconds look like it."""
    result = occurred_at(moment, LATEST)
    assert isinstance(result, Rejected)
    assert result.reason is Reason.TIME_TOO_OLD


@pytest.mark.parametrize("moment", [LATEST + 1, 10**30, "9999-12-31T23:59:59-23:59"])
def test_times_beyond_the_allowed_future_are_rejected(moment: str | int) -> None:
    """A clock may run ahead, but not without bound."""
    result = occurred_at(moment, LATEST)
    assert isinstance(result, Rejected)
    assert result.reason is Reason.TIME_IN_FUTURE


@pytest.mark.parametrize("moment", [OLDEST_MS, LATEST])
def test_the_bounds_themselves_are_accepted(moment: int) -> None:
    """Both bounds are inclusive."""
    assert occurred_at(moment, LATEST) == moment


@pytest.mark.parametrize("moment", ["soon", 0, LATEST + 1])
def test_a_bad_sent_at_is_dropped(moment: str | int) -> None:
    """It only helps: a bad one counts as absent."""
    assert sent_at(moment, LATEST) is None
    assert sent_at("2024-05-04T10:11:12Z", LATEST) == 1_714_817_472_000


NOON, MINUTE = 1_714_817_472_000, 60_000
POLICY = IdentifyPolicy("k" * 16)
LAGGING = IdentifyPolicy("k" * 16, skew_lag_ms=180 * MINUTE)


@pytest.mark.parametrize(
    ("ahead", "by"),
    [
        (4 * MINUTE + 59_999, 0),
        (5 * MINUTE, 5 * MINUTE),
        (7 * MINUTE + 29_999, 5 * MINUTE),
        (7 * MINUTE + 30_001, 10 * MINUTE),
        (120 * MINUTE - 800, 120 * MINUTE),
    ],
)
def test_a_clock_that_is_ahead_is_put_back_in_steps(ahead: int, by: int) -> None:
    """By the multiple of five minutes that is nearest; less than five minutes is left."""
    sent = NOON + ahead
    assert corrected(sent - 1_234, sent, NOON, POLICY) == sent - 1_234 - by


@pytest.mark.parametrize("waited", [0, 1, 6 * MINUTE, 600 * MINUTE, 10**10])
def test_no_delay_on_the_way_moves_a_touchpoint(waited: int) -> None:
    """However long the record waited between sending and receipt."""
    assert corrected(NOON - 5, NOON, NOON + waited, POLICY) == NOON - 5


def test_latency_does_not_reorder_what_a_wrong_clock_sends() -> None:
    """Two records of a clock two hours ahead, one of them half a minute longer on its way:
    both are put back by the same two hours.
    """
    wrong = NOON + 120 * MINUTE
    first = corrected(wrong, wrong, NOON + 30_000, POLICY)
    second = corrected(wrong + 1, wrong + 1, NOON + 200, POLICY)
    assert second - first == 1


@pytest.mark.parametrize("quarters", [1, 2, 3, 4, 8, 23, 50])
def test_a_wrong_zone_is_put_right_alike_for_all_its_records(quarters: int) -> None:
    """Zones differ by quarters of an hour, and steps meet far from those."""
    ahead = quarters * 15 * MINUTE
    for delay in (0, 1, 20_000, 149_999):
        sent = NOON + ahead
        assert corrected(sent, sent, NOON + delay, POLICY) == NOON


def test_where_two_steps_meet_latency_may_reorder() -> None:
    """What a rule without memory cannot avoid somewhere: docs/sessions.md says where."""
    sent = NOON + 7 * MINUTE + 31_000
    slow = corrected(sent, sent, NOON + 4_000, POLICY)
    prompt = corrected(sent + 1_000, sent + 1_000, NOON + 1_000, POLICY)
    assert prompt - slow == 1_000 - 5 * MINUTE


@pytest.mark.parametrize(
    ("behind", "by"),
    [(4, 0), (5, 5), (118, 120), (180, 180), (181, 0), (100_000, 0)],
)
def test_a_lagging_clock_is_put_right_if_the_policy_says_so(
    behind: int, by: int
) -> None:
    """Up to what it takes for lagging; beyond that a record waited, or is history."""
    at = NOON - behind * MINUTE
    assert corrected(at, at, NOON, LAGGING) == at + by * MINUTE


def test_no_correction_leads_before_the_oldest_time() -> None:
    """The bound of what is accepted holds for what comes of it."""
    sent = OLDEST_MS + 60 * MINUTE
    assert corrected(OLDEST_MS, sent, OLDEST_MS, POLICY) == OLDEST_MS
