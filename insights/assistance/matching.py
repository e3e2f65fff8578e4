"""Exact matching in strata, and how sure its difference is; pure numbers.

Sources: coarsened exact matching, each stratum weighted by those treated in it (Iacus,
King and Porro 2012, Political Analysis 20(1): 1-24). The standard error is the
delete-a-group jackknife over parts of the persons (Kott 2001, Journal of Official
Statistics 17(4): 521-526), which leaves out a person with all their visits, and whose
expectation is not below the variance (Efron and Stein 1981); the interval is Student's,
with one degree of freedom fewer than there are parts with comparable visits.
"""

from collections import defaultdict
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from math import sqrt
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtrit

_WITH: Final = 1
_WITHOUT: Final = 0

_Sums = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Tally:
    """Visits of one stratum, by persons of one part.

    Attributes:
        stratum: what is comparable.
        part: of the persons; all visits of a person are of one part.
        assisted: with help.
        visits: how many.
        outcome: what came of them, in sum.
    """

    stratum: Hashable
    part: int
    assisted: bool
    visits: int
    outcome: float


@dataclass(frozen=True, slots=True)
class Compared:
    """Visits with help against comparable ones without.

    Attributes:
        assisted: visits with help that have a comparable one.
        unassisted: the comparable ones.
        strata: in how many strata.
        mean: outcome of a visit with help.
        mean_without: of a comparable one, the strata weighted by visits with help.
        outcome: of all these visits, in sum.
        error: standard error of the difference; None where it cannot be told.
        parts: of the persons, that have such visits.
    """

    assisted: int
    unassisted: int
    strata: int
    mean: float
    mean_without: float
    outcome: float
    error: float | None
    parts: int

    @property
    def difference(self) -> float:
        """Of both means."""
        return self.mean - self.mean_without

    def interval(self, level: float) -> tuple[float, float] | None:
        """The interval of the difference; None where it cannot be told.

        Args:
            level: of confidence: 0.95.
        """
        if self.error is None:
            return None
        reach = float(stdtrit(self.parts - 1, (1 + level) / 2)) * self.error
        return self.difference - reach, self.difference + reach


def compare(tallies: Iterable[Tally]) -> Compared | None:
    """The difference; None where no stratum has visits of both kinds.

    Args:
        tallies: one a stratum, part and kind.
    """
    listed = list(tallies)
    places = {stratum: n for n, stratum in enumerate({t.stratum: 0 for t in listed})}
    visits = np.zeros((len(places), 2))
    outcomes = np.zeros((len(places), 2))
    by_part: dict[int, list[Tally]] = defaultdict(list)
    for tally in listed:
        at = places[tally.stratum], int(tally.assisted)
        visits[at] += tally.visits
        outcomes[at] += tally.outcome
    means = _means(visits, outcomes)
    if means is None:
        return None
    both = visits.min(axis=1) > 0
    for tally in listed:
        if both[places[tally.stratum]]:  # the others make no difference, nor a freedom
            by_part[tally.part].append(tally)
    differences = []
    for part in by_part.values():
        left, came = visits.copy(), outcomes.copy()
        for tally in part:
            at = places[tally.stratum], int(tally.assisted)
            left[at] -= tally.visits
            came[at] -= tally.outcome
        without_it = _means(left, came)
        differences.append(without_it and without_it[0] - without_it[1])
    return Compared(
        int(visits[both, _WITH].sum()),
        int(visits[both, _WITHOUT].sum()),
        int(both.sum()),
        *means,
        float(outcomes[both].sum()),
        _error(differences),
        len(by_part),
    )


def _means(visits: _Sums, outcomes: _Sums) -> tuple[float, float] | None:
    both = visits.min(axis=1) > 0
    had, had_not = visits[both, _WITH], visits[both, _WITHOUT]
    if not had.sum():
        return None
    expected = had * outcomes[both, _WITHOUT] / had_not
    mean = outcomes[both, _WITH].sum() / had.sum()
    return float(mean), float(expected.sum() / had.sum())


def _error(differences: Sequence[float | None]) -> float | None:
    known = [one for one in differences if one is not None]
    parts = len(differences)
    if parts < 2 or len(known) < parts:  # noqa: PLR2004 - of one there is no spread
        return None
    middle = sum(known) / parts
    squared = sum((one - middle) ** 2 for one in known)
    return sqrt((parts - 1) / parts * squared)
