"""When: the two accepted forms of a time, as epoch milliseconds."""

from datetime import UTC, datetime, timedelta
from typing import Final

from schemas.failure import Reason, Rejected
from streams.enrich.policy import IdentifyPolicy

OLDEST_MS: Final = 946_684_800_000
"""2000-01-01T00:00:00Z: nothing older is taken for a touchpoint."""

LATEST_MS: Final = 4_070_908_800_000
"""2099-01-01T00:00:00Z: nothing is received later; the tables reckon to that year's end."""

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND: Final = timedelta(milliseconds=1)
_NOT_RFC3339: Final = Rejected(
    Reason.INVALID_TIME,
    "$.time: RFC 3339 with zone, or epoch milliseconds, expected",
)
_TOO_OLD: Final = Rejected(
    Reason.TIME_TOO_OLD, "$.time: before 2000-01-01 (milliseconds, not seconds?)"
)


def epoch_ms(moment: str | int) -> int | None:
    """A time as epoch milliseconds, rounded down.

    Args:
        moment: RFC 3339 with zone (also the rest of ISO 8601), or epoch milliseconds.

    Returns:
        The milliseconds, or None where it has neither form or is no possible date.
    """
    if isinstance(moment, int):
        return moment
    try:
        return (datetime.fromisoformat(moment) - _EPOCH) // _MILLISECOND
    except (ValueError, TypeError):
        # RFC 3339 allows a small z, Python does not. The rest is no date, or a time
        # without a zone, from which the epoch cannot be taken.
        return epoch_ms(moment[:-1] + "Z") if moment.endswith("z") else None


def occurred_at(moment: str | int, latest_ms: int) -> int | Rejected:
    """The time of a touchpoint, if it can be.

    Args:
        moment: as the source sent it.
        latest_ms: latest acceptable time, epoch milliseconds.
    """
    at = epoch_ms(moment)
    if at is None:
        return _NOT_RFC3339
    if at < OLDEST_MS:
        return _TOO_OLD
    if at > latest_ms:
        detail = "$.time: further in the future of its record than is allowed"
        return Rejected(Reason.TIME_IN_FUTURE, detail)
    return at


def corrected(at: int, sent: int, received_at: int, policy: IdentifyPolicy) -> int:
    """The time of a touchpoint by a right clock, as far as its source's was provably wrong.

    Nothing is received before it was sent: a source that says so has a clock that runs
    ahead. How far it lags cannot be told from how long its record travelled or waited,
    so that is only corrected within what the policy takes for lagging. Both in steps,
    never by what a single record took on its way: two records of one source, sent
    together, keep their distance, unless what they took leads to different steps. Those
    meet halfway between multiples, since clocks are mostly wrong by a zone, which is one.

    Args:
        at: when it occurred, by the source's clock; all times are epoch milliseconds.
        sent: when it was sent, by the same clock.
        received_at: when it was received, by the broker's.
        policy: the step, and what is taken for a wrong clock.
    """
    skew = received_at - sent
    if -skew < policy.skew_from_ms and (
        not policy.skew_from_ms <= skew <= policy.skew_lag_ms
    ):
        return at
    step = policy.skew_step_ms
    return max(at + (skew + step // 2) // step * step, OLDEST_MS)


def sent_at(moment: str | int, latest_ms: int) -> int | None:
    """The time of sending, or None where it cannot be."""
    at = epoch_ms(moment)
    return at if at is not None and OLDEST_MS <= at <= latest_ms else None
