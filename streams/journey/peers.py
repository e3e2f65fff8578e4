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
"""Time is told when it has moved by this much, where partitions are few."""
FEW: Final = 24
"""Beyond so many partitions time is told the more rarely the more there are."""
_UNKNOWN: Final = (0,) * HOPS


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

    __slots__ = (
        "_asked",
        "_grain",
        "_least",
        "_marks",
        "_partitions",
        "_slowest",
        "_told",
    )

    def __init__(self, partitions: int, progress: Progress) -> None:
        self._partitions = range(partitions)
        self._marks = {number: [*mark] for number, mark in progress.marks.items()}
        self._told = [*progress.told]
        # Each of n tells n: with a grain that grows like n² a cluster of any size writes
        # about as many marks.
        self._grain = GRAIN_MS * max(FEW, partitions) ** 2 // FEW**2
        # Of each level the least, and how many partitions are no farther than that.
        self._least, self._slowest = [0] * HOPS, [0] * HOPS
        self._asked = -1
        for level in range(HOPS):
            self._look(level)

    def note(self, mark: TimeMark) -> None:
        """Take note of how far a partition is."""
        sender = mark.sent[0]
        before = self._marks.get(sender, _UNKNOWN)
        self._marks[sender] = levels = list(map(max, before, mark.levels))
        if sender not in self._partitions:
            return
        for level, (was, now) in enumerate(zip(before, levels, strict=True)):
            if was < now and was == self._least[level]:
                self._slowest[level] -= 1
                if not self._slowest[level]:
                    self._look(level)
                    self._asked = -1

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
        if arrived == self._asked:
            return []  # nothing has moved since
        self._asked = arrived
        told = self._told or _UNKNOWN
        levels = [arrived, *(min(arrived, least) for least in self._least[:-1])]
        if all(
            level < before + self._grain
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
        progress.marks = dict(self._marks)
        progress.told = [*self._told]

    def _look(self, level: int) -> None:
        """Find the slowest partitions of a level."""
        known = [self._marks.get(n, _UNKNOWN)[level] for n in self._partitions]
        self._least[level] = least = min(known, default=0)
        self._slowest[level] = known.count(least)
