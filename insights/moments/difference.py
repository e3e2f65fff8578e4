"""How far two shares differ, over strata of what is comparable; pure numbers.

Sources: the risk difference over strata of Mantel and Haenszel as Greenland and Robins
(1985) give it; its variance by Sato (1989), right for many small strata as for few large
ones; the test of Cochran, Mantel and Haenszel (1959), with the correction for
continuity. Several cells at once: Bonferroni.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from math import sqrt
from statistics import NormalDist
from typing import Final

_NORMAL: Final = NormalDist()


@dataclass(frozen=True, slots=True)
class Stratum:
    """Persons who are comparable.

    Attributes:
        treated: those who had the touchpoint.
        treated_moved: those of them who moved on.
        others: those who had not.
        others_moved: those of them who moved on.
    """

    treated: int
    treated_moved: int
    others: int
    others_moved: int


@dataclass(frozen=True, slots=True)
class Difference:
    """Shares of those who moved on, weighted by what the strata can tell.

    Attributes:
        share: of those who had the touchpoint.
        share_without: of comparable ones who had not.
        error: standard error of the difference of both.
        p_value: of the test that there is none, two-sided, for this one cell.
    """

    share: float
    share_without: float
    error: float
    p_value: float

    @property
    def value(self) -> float:
        """The difference."""
        return self.share - self.share_without

    def interval(self, cells: int, level: float) -> tuple[float, float]:
        """The interval that holds for this and all other cells at once.

        Args:
            cells: how many are looked at.
            level: confidence that all of them lie within theirs: 0.95.
        """
        z = _NORMAL.inv_cdf(1 - (1 - level) / (2 * cells))
        reach = z * self.error
        return max(-1.0, self.value - reach), min(1.0, self.value + reach)


def difference(strata: Iterable[Stratum]) -> Difference | None:
    """The difference over strata; None where no stratum has both kinds of persons.

    Args:
        strata: each with those who had the touchpoint, and those who had not.
    """
    weight = share = without = trend = spread = 0.0
    excess = variance = 0.0
    for one in strata:
        had, had_not = one.treated, one.others
        total = had + had_not
        if not had or not had_not:
            continue
        w = had * had_not / total
        yes, no = one.treated_moved, one.others_moved
        weight += w
        share += w * yes / had
        without += w * no / had_not
        trend += (
            had**2 * no - had_not**2 * yes + had * had_not * (had_not - had) / 2
        ) / total**2
        spread += (yes * (had_not - no) + no * (had - yes)) / (2 * total)
        moved = yes + no
        excess += yes - had * moved / total
        if total > 1:
            variance += (
                had * had_not * moved * (total - moved) / (total**2 * (total - 1))
            )
    if not weight:
        return None
    share, without = share / weight, without / weight
    squared = ((share - without) * trend + spread) / weight**2
    return Difference(share, without, sqrt(max(squared, 0.0)), _p(excess, variance))


def _p(excess: float, variance: float) -> float:
    if variance <= 0:
        return 1.0
    z = max(abs(excess) - 0.5, 0.0) / sqrt(variance)
    return 2 * (1 - _NORMAL.cdf(z))
