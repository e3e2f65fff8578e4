"""Chance that comes out the same on every machine: seeded, and of sums and products alone.

Only `Random.random` promises its numbers to all versions of Python, and only the four
basic operations promise their last bit to all machines: no logarithm, no power, no sum
of floats is taken here.
"""

from bisect import bisect
from collections.abc import Iterable, Sequence
from itertools import accumulate
from random import Random
from typing import Generic, TypeVar

_T = TypeVar("_T")


class Weighted(Generic[_T]):
    """Things to draw from, each as often as its weight says.

    Args:
        weighted: (weight, thing).
    """

    __slots__ = ("_edges", "_last", "_things", "_whole")

    def __init__(self, weighted: Iterable[tuple[float, _T]]) -> None:
        pairs = list(weighted)
        self._things = [thing for _, thing in pairs]
        self._edges = list(accumulate(weight for weight, _ in pairs))
        self._whole = self._edges[-1]
        self._last = len(pairs) - 1

    def at(self, place: float) -> _T:
        """The thing at a place from 0 up to 1."""
        found = bisect(self._edges, place * self._whole)
        return self._things[min(found, self._last)]


class Chance:
    """Draws for one simulation, in the order in which they are asked for."""

    __slots__ = ("_next",)

    def __init__(self, seed: int) -> None:
        self._next = Random(seed).random  # noqa: S311 - no secret is made of it

    def share(self, share: float) -> bool:
        """True in this share of all draws."""
        return self._next() < share

    def below(self, end: int) -> int:
        """A whole number from 0 up to, without, `end`."""
        return int(self._next() * end)

    def between(self, start: int, end: int) -> int:
        """A whole number from `start` up to, without, `end`."""
        return start + int(self._next() * (end - start))

    def pick(self, things: Sequence[_T]) -> _T:
        """One of these, each as likely."""
        return things[int(self._next() * len(things))]

    def draw(self, weighted: Weighted[_T]) -> _T:
        """One of these, as likely as its weight."""
        return weighted.at(self._next())

    def quantile(self, points: Sequence[int]) -> int:
        """A whole number whose distribution has these quantiles, straight in between.

        Args:
            points: minimum, quantiles at equal steps, maximum; rising.
        """
        place = self._next() * (len(points) - 1)
        step = int(place)
        low = points[step]
        return low + int((place - step) * (points[step + 1] - low))
