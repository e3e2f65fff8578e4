"""The Markov removal effect: what would be lost without a name; pure.

Anderl, Becker, von Wangenheim and Schumann (2016), "Mapping the customer journey: Lessons
learned from graph-based online attribution modeling", International Journal of Research
in Marketing 33(3): paths as an absorbing chain with the states start, conversion and null.
The chain is solved exactly, as a system of linear equations; nothing is simulated.
"""

from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt
from scipy.sparse import csc_array, eye_array
from scipy.sparse.linalg import splu

Floats = npt.NDArray[np.float64]
_Ints = npt.NDArray[np.int64]

GOES_ON: Final = 0
CONVERTS: Final = 1
ENDS: Final = 2


class Step(NamedTuple):
    """One kind of transition.

    Attributes:
        state: the last contacts, at most as many as the chain remembers; () is the start.
        name: the contact that follows; empty at an end.
        ends: GOES_ON, CONVERTS or ENDS.
    """

    state: tuple[str, ...]
    name: str
    ends: int


class Chain:
    """An absorbing chain over kinds of transitions, counted in one or many samples.

    Args:
        steps: kinds of transitions, each once. Whole paths: whatever state one of them
            leads to has a way on, so that every path is absorbed.
        order: how many contacts a state remembers.
    """

    def __init__(self, steps: Sequence[Step], order: int) -> None:
        states = dict.fromkeys([(), *(step.state for step in steps)])
        number = {state: place for place, state in enumerate(states)}
        self._states = len(number)
        self._from = np.array([number[step.state] for step in steps], np.int64)
        self._to = np.array(
            [
                number[(*step.state, step.name)[-order:]] if not step.ends else -1
                for step in steps
            ],
            np.int64,
        )
        self._ends = np.array([step.ends for step in steps], np.int64)
        self._names = np.array([step.name for step in steps], object)

    def removal_effects(self, counts: Floats, names: Sequence[str]) -> Floats:
        """By which share fewer paths would convert without each name.

        A path that comes to the name that is taken out ends in nothing. Where nothing
        converts there is nothing to lose: 0.

        Args:
            counts: how often each kind of transition happens; shape (samples, steps).
            names: whom to take out, one at a time.

        Returns:
            Shape (samples, names), from 0 to 1.
        """
        chances = self._chances(counts)
        base = self._conversion(chances, self._ends == GOES_ON)
        lost = [
            base - self._conversion(
                chances, (self._ends == GOES_ON) & (self._names != name)
            )
            for name in names
        ]  # fmt: skip
        effects = np.stack(lost, axis=1) if lost else np.zeros((len(base), 0))
        whole = base[:, None]
        shares = np.divide(effects, whole, out=np.zeros_like(effects), where=whole > 0)
        return np.clip(shares, 0.0, 1.0)

    def _chances(self, counts: Floats) -> Floats:
        """Counts as shares of all that leaves the state; 0 where a sample has none."""
        leaving = np.zeros((len(counts), self._states))
        for sample, row in enumerate(counts):
            leaving[sample] = np.bincount(self._from, row, self._states)
        whole = leaving[:, self._from]
        return np.divide(counts, whole, out=np.zeros_like(counts), where=whole > 0)

    def _conversion(self, chances: Floats, kept: npt.NDArray[np.bool_]) -> Floats:
        """The probability to get from the start to a conversion, sample by sample.

        All samples are one system of equations, x = Qx + r, in blocks. A state that a
        sample does not know has neither way in nor out there, and x = 0.
        """
        samples = len(chances)
        offsets = np.arange(samples, dtype=np.int64)[:, None] * self._states
        size = samples * self._states
        stays = self._matrix(chances, kept, offsets, size)
        gains = chances[:, self._ends == CONVERTS]
        places = (offsets + self._from[self._ends == CONVERTS]).ravel()
        right = np.bincount(places, gains.ravel(), size)
        solved: Floats = splu(csc_array(eye_array(size) - stays)).solve(right)
        return solved[:: self._states]

    def _matrix(
        self, chances: Floats, kept: npt.NDArray[np.bool_], offsets: _Ints, size: int
    ) -> csc_array:
        rows = (offsets + self._from[kept]).ravel()
        columns = (offsets + self._to[kept]).ravel()
        return csc_array((chances[:, kept].ravel(), (rows, columns)), (size, size))
