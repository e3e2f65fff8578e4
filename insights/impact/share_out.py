"""Money and shares given out so that they add up; pure."""

from collections.abc import Mapping
from typing import Final

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

THOUSANDTHS: Final = 1_000
INTERVAL: Final = (2.5, 97.5)


def share_out(total: int, milli: Mapping[str, int]) -> dict[str, int]:
    """Whole numbers that add up to a total, by the method of the largest remainder.

    Each name gets its quota without the fraction; what is left goes, one by one, to the
    largest fractions, among equals by name (Hamilton's method).

    Args:
        total: what is given out, in the smallest unit.
        milli: quotas in thousandths of that unit. They add up to the total but for
            their rounding.
    """
    given = {name: quota // THOUSANDTHS for name, quota in milli.items()}
    left = total - sum(given.values())
    by_fraction = sorted(milli, key=lambda name: (-(milli[name] % THOUSANDTHS), name))
    if not by_fraction:
        return {}
    # Rounding may leave a unit too few or, rarer, one too many.
    step = 1 if left >= 0 else -1
    order = by_fraction if left >= 0 else by_fraction[::-1]
    for place in range(abs(left)):
        given[order[place % len(order)]] += step
    return given


def draw_parts(parts: int, replicates: int, seed: int) -> Floats:
    """How often each part is drawn in each replicate of a bootstrap.

    Args:
        parts: how many there are.
        replicates: how many samples, each of as many parts, drawn with replacement.
        seed: the same seed draws the same.

    Returns:
        Shape (replicates, parts).
    """
    generator = np.random.Generator(np.random.PCG64(seed))
    each = np.full(parts, 1 / parts)
    return generator.multinomial(parts, each, size=replicates).astype(np.float64)


def shares_of(amounts: Floats) -> Floats:
    """Amounts by row as shares of the row's sum; NaN where that is none.

    Args:
        amounts: shape (rows, names).
    """
    sums = amounts.sum(axis=1, keepdims=True)
    shares = np.full(amounts.shape, np.nan)
    np.divide(amounts, sums, out=shares, where=sums > 0)
    return shares


def intervals(shares: Floats) -> list[tuple[float, float] | None]:
    """Where 95 % of the replicates lie, name by name; None where none has a share.

    Args:
        shares: shape (replicates, names).
    """
    known = shares[~np.isnan(shares).any(axis=1)]
    if not len(known):
        return [None] * shares.shape[1]
    low, high = np.percentile(known, INTERVAL, axis=0)
    return [(float(a), float(b)) for a, b in zip(low, high, strict=True)]
