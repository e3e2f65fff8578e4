"""What partitions tell each other of time, so that none is ahead of what is still sent."""

from collections.abc import Iterator
from itertools import count
from typing import Final

from schemas.progress import Progress, TimeMark
from streams.partition import partition_of

HOPS: Final = 8
"""How many ways in a row something may take. A link found at one identifier makes a second
one move to a third, which sends what it has on to a fourth; implied links take a few more.
Of 4,200 persons of made-up years with shared devices, read in one go, two ways were too few
for 18, six for one, eight for nobody."""

GRAIN_MS: Final = 1_000
"""Time is told when it has moved by this much."""


class Peers:
    """How far the partitions are that may send something here, this one included.

    Each tells all how far it is with what it reads first hand: what it sends later is not
    older than that, but for lateness. So whoever goes by the least of them misses nothing
    that takes one way. For two ways in a row it has to go by the least of what the others
    could go by, and so on: each tells that many levels, of which each follows from the
    one before. None follows from itself, so nothing waits in a circle.

    Args:
        partitions: how many there are; with 0 nothing is waited for.
        progress: where to go on.
    """

    __slots__ = ("_least", "_marks", "_partitions", "_told")

    def __init__(self, partitions: int, progress: Progress) -> None:
        self._partitions = range(partitions)
        self._marks = {number: [*mark] for number, mark in progress.marks.items()}
        self._told = [*progress.told]
        self._least: list[int] = []
        self._look()

    def note(self, mark: TimeMark) -> None:
        """Take note of how far a partition is."""
        sender = mark.sent[0]
        before = self._marks.get(sender, mark.levels)
        self._marks[sender] = list(map(max, before, mark.levels))
        self._look()

    def reached(self, arrived: int) -> int:
        """The time to go by.

        Args:
            arrived: up to when everything has come that comes first hand.
        """
        return min(arrived, self._least[-1]) if self._partitions else arrived

    def news(self, arrived: int) -> list[int]:
        """What is to be told to all, if anything is; it counts as told then."""
        if not self._partitions:
            return []
        levels = [arrived, *(min(arrived, least) for least in self._least[:-1])]
        told = self._told or [0] * HOPS
        if all(
            level < before + GRAIN_MS
            for level, before in zip(levels, told, strict=True)
        ):
            return []
        self._told = levels
        return levels

    def keys(self) -> Iterator[bytes]:
        """A key for each partition, by which a record comes there."""
        total = len(self._partitions)
        for number in self._partitions:
            keys = (b"mark/%d" % n for n in count())
            yield next(key for key in keys if partition_of(key, total) == number)

    def snapshot(self, progress: Progress) -> None:
        """Write what a replay needs into a progress record."""
        progress.marks = {number: [*mark] for number, mark in self._marks.items()}
        progress.told = [*self._told]

    def _look(self) -> None:
        known = [self._marks.get(number, [0] * HOPS) for number in self._partitions]
        self._least = [min(levels) for levels in zip(*known, strict=True)]
