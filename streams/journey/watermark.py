"""Event time of one journey partition, out of what its raw partitions have reached."""

from typing import Final

from schemas.progress import Progress, Tick, TimeMark
from streams.journey.peers import Peers

IDLE_MS: Final = 60_000
"""A raw partition silent for this long no longer holds time back."""


class Watermark:
    """The time up to which the past is complete, as far as the log can tell.

    It is the smallest of the newest event times of the raw partitions, since each of
    them is read at its own speed. A partition that a tick found read to its end moves
    on with the clock of that tick, and after `IDLE_MS` of silence it is left out; but
    only for touchpoints received before the tick, since what came later may have come
    to the silent partition too. A partition of which nothing is known holds time. Time
    never goes back. All of it is a function of the records: a replay sees the same.

    Args:
        raw_partitions: how many there are.
        progress: where to go on.
        partitions: journey partitions, whose letters are waited for; 0 for not.

    Attributes:
        arrived: the time up to which everything has come that comes first hand.
        now: the time to go by, which waits for what other partitions may still send.
        peers: how far those are.
    """

    __slots__ = (
        "_confirmed",
        "_fronts",
        "_idle",
        "_raw",
        "_received",
        "arrived",
        "now",
        "peers",
    )

    def __init__(
        self, raw_partitions: int, progress: Progress, partitions: int = 0
    ) -> None:
        self._raw = range(raw_partitions)
        self._fronts = dict(progress.fronts)
        self._idle = dict(progress.idle)
        self._confirmed = dict(progress.confirmed)
        self._received = progress.received
        self.now = progress.watermark
        self.arrived = max(progress.arrived, progress.watermark)
        self.peers = Peers(partitions, progress)

    def reset(self) -> None:
        """Forget the raw partitions: their log was made anew. Time itself stays."""
        self._fronts.clear()
        self._idle.clear()
        self._confirmed.clear()

    def observe(self, partition: int, occurred_at: int, received_at: int) -> None:
        """Take note of one touchpoint, whose clock is not believed beyond its receipt."""
        at = min(received_at, occurred_at)
        if at > self._fronts.get(partition, 0):
            self._fronts[partition] = at
        if received_at > self._received:  # noqa: PLR1730 a call for every touchpoint
            self._received = received_at

    def tick(self, tick: Tick) -> None:
        """Take note of what a worker knows of the raw partitions it owns."""
        for partition, front in tick.fronts.items():
            if front > self._fronts.get(partition, 0):
                self._fronts[partition] = front
        for partition, idle in tick.idle.items():
            if tick.at >= self._confirmed.get(partition, 0):
                self._idle[partition] = idle
                self._confirmed[partition] = tick.at
        self.advance()

    def heed(self, mark: TimeMark) -> None:
        """Take note of how far a journey partition is."""
        self.peers.note(mark)
        self.now = max(self.now, self.peers.reached(self.arrived))

    def advance(self) -> None:
        """Move to where the raw partitions are now; when to ask is the caller's affair."""
        slowest = fastest = 0
        for partition in self._raw:
            front = self._fronts.get(partition, 0)
            idle = 0
            if self._confirmed.get(partition, 0) >= self._received:
                idle = self._idle.get(partition, 0)
                fastest = max(fastest, front + idle if front else 0)
                if not front or idle >= IDLE_MS:
                    continue
            elif not front:
                return
            if not slowest or front + idle < slowest:
                slowest = front + idle
        self.arrived = max(self.arrived, slowest or fastest)
        self.now = max(self.now, self.peers.reached(self.arrived))

    def snapshot(self, progress: Progress) -> None:
        """Write what a replay needs into a progress record."""
        progress.fronts = dict(self._fronts)
        progress.idle = dict(self._idle)
        progress.confirmed = dict(self._confirmed)
        progress.received = self._received
        progress.watermark = self.now
        progress.arrived = self.arrived
        self.peers.snapshot(progress)

    @property
    def newest(self) -> int:
        """Newest event time seen anywhere, epoch milliseconds."""
        return max(self._fronts.values(), default=0)
