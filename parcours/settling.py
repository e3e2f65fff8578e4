"""Whether time has settled: whatever the passing of time brings about is in the topics."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from schemas.progress import Progress, Tick
from streams.journey.peers import GRAIN_MS, HOPS
from streams.journey.watermark import IDLE_MS

TOLD_TO_MS: Final = HOPS * GRAIN_MS
"""So far behind a partition's time may stay: each level is told to a second."""


@dataclass(frozen=True)
class Unsettled:
    """Journey partitions whose time may still move by what has been produced.

    Attributes:
        unheard: those that have not heard a tick of each quiet raw partition since the
            newest touchpoint.
        behind: the others, and by how many milliseconds they are behind.
    """

    unheard: tuple[int, ...] = ()
    behind: Mapping[int, int] | None = None

    def __bool__(self) -> bool:
        """Whether there are any."""
        return bool(self.unheard or self.behind)

    @property
    def partitions(self) -> int:
        """How many."""
        return len(self.unheard) + len(self.behind or ())

    def __str__(self) -> str:
        """Tell a person what is waited for."""
        if self.unheard:
            numbers = ", ".join(map(str, self.unheard))
            return (
                f"journey partitions {numbers} have not heard of every raw partition "
                "that it is read to its end; workers tell it with their ticks"
            )
        most = max((self.behind or {}).values(), default=0)
        return f"journey time is {most / 1000:,.0f} s behind what has arrived"


class Settling:
    """Waits, look by look, until time has passed what had been produced.

    Time is what ticks allow: a raw partition read to its end no longer holds it. So first
    every journey partition has to hear of every quiet raw partition that it was at its
    end after the newest touchpoint; what has arrived by then is the time to be reached.
    Then each has to reach the least of them, which takes the levels of decision 0010. A
    raw partition that a source keeps writing to moves time by itself.

    Args:
        journeys: how many journey partitions there are.
        heard: newest receipt of a touchpoint, epoch milliseconds; 0 where none came.
    """

    def __init__(self, journeys: int, heard: int) -> None:
        self._journeys = range(journeys)
        self._heard = heard
        self._goal: int | None = None

    @classmethod
    def after(cls, journeys: int, known: Mapping[int, Progress]) -> "Settling":
        """Begin when all touchpoints have been applied.

        Args:
            journeys: how many journey partitions there are.
            known: progress by journey partition.
        """
        return cls(journeys, max((one.received for one in known.values()), default=0))

    def look(self, known: Mapping[int, Progress], quiet: frozenset[int]) -> Unsettled:
        """What is missing still.

        Args:
            known: progress by journey partition.
            quiet: raw partitions to which nothing has been added since.
        """
        if not self._heard:
            return Unsettled()
        if self._goal is None:
            unheard = tuple(
                n for n in self._journeys if not self._told(known, n, quiet)
            )
            if unheard:
                return Unsettled(unheard)
            self._goal = min(known[number].arrived for number in self._journeys)
        missing = {
            number: self._goal - known[number].watermark for number in self._journeys
        }
        return Unsettled(
            behind={number: ms for number, ms in missing.items() if ms > TOLD_TO_MS}
        )

    def _told(
        self, known: Mapping[int, Progress], number: int, quiet: frozenset[int]
    ) -> bool:
        progress = known.get(number)
        return progress is not None and all(
            progress.confirmed.get(raw, 0) >= self._heard for raw in quiet
        )


def last_tick(
    raw_log: str, known: Mapping[int, Progress], quiet: frozenset[int]
) -> Tick:
    """What a worker's tick will say when a minute of silence has passed.

    Whoever knows that the sources have sent all they have may say it at once: time then
    moves on to the newest touchpoint. Nothing is said of what is received later: with it
    the silent ones hold time again until a worker's tick.

    Args:
        raw_log: identity of the raw log.
        known: progress by journey partition; all of them have applied what these raw
            partitions hold.
        quiet: raw partitions that are read to their end.
    """
    fronts: dict[int, int] = {}
    at, silent = 0, IDLE_MS
    for progress in known.values():
        at = max([at, progress.received, *progress.confirmed.values()])
        silent = max([silent, *progress.idle.values()])
        for raw, front in progress.fronts.items():
            if raw in quiet:
                fronts[raw] = max(front, fronts.get(raw, 0))
    return Tick(raw_log, at, fronts, dict.fromkeys(sorted(quiet), silent))
