"""How long things took, as answers tell it."""

from collections.abc import Sequence

from msgspec import Struct


class Spread(Struct, frozen=True):
    """Half of them took at most `median`, and so on; interpolated, in seconds."""

    median: float
    p75: float
    p95: float


def spread(milliseconds: Sequence[float | None], count: int) -> Spread | None:
    """The engine's quantiles as seconds; None where there was nothing to measure.

    Args:
        milliseconds: quantiles 0.5, 0.75 and 0.95.
        count: of how many.
    """
    if not count:
        return None
    median, p75, p95 = (value / 1000 for value in milliseconds if value is not None)
    return Spread(median, p75, p95)


def share(part: int, whole: int) -> float | None:
    """`part` of `whole`; None where there is no whole."""
    return part / whole if whole else None
