"""What the clock on the wall said when event time got somewhere, out of the log alone."""

import heapq
from bisect import bisect_left
from collections.abc import Iterator
from typing import Final

from streams.activation.language import DAY_MS, MINUTE_MS

_FAR_MS: Final = 2 * DAY_MS


class Timeline:
    """When the records read so far were written, and how that went along with event time.

    Where the raw topic is read anew, event time passes through the past once more, but
    what the first agent writes then bears today's time: so it is recognised that what
    became due is stale. All of it depends on the log, not on how it is cut into batches.

    Args:
        now: where to go on, epoch milliseconds.

    Attributes:
        now: newest time at which a record was written, epoch milliseconds.
    """

    __slots__ = ("_steps", "now")

    def __init__(self, now: int = 0) -> None:
        self.now = now
        self._steps: list[tuple[int, int]] = []

    def begin(self) -> None:
        """A batch begins."""
        self._steps.clear()

    def note(self, watermark: int) -> None:
        """Event time may have moved."""
        self._steps.append((watermark, self.now))

    def at(self, watermark: int) -> int:
        """What the clock said when event time passed a moment within this batch."""
        place = bisect_left(self._steps, (watermark, 0))
        return self._steps[place][1] if place < len(self._steps) else self.now


class Alarms:
    """Which persons have an occasion whose time comes, minute by minute of event time.

    Far ones wait in days, so that a million persons who might be won back in three
    months cost a few sets. An entry may be out of date: whoever rings looks again.
    """

    __slots__ = ("_days", "_minutes", "_order", "_until")

    def __init__(self) -> None:
        self._minutes: dict[int, set[bytes]] = {}
        self._days: dict[int, dict[bytes, int]] = {}
        self._order: list[tuple[int, int, bool]] = []
        self._until = 0

    def set(self, key: bytes, at: int) -> None:
        """Ring for a person at a time, a whole minute in epoch milliseconds."""
        if at > self._until + _FAR_MS:
            day = at // DAY_MS
            far = self._days.get(day)
            if far is None:
                far = self._days[day] = {}
                heapq.heappush(self._order, (day * DAY_MS, day, True))
            far[key] = at
            return
        minute = at // MINUTE_MS
        near = self._minutes.get(minute)
        if near is None:
            near = self._minutes[minute] = set()
            heapq.heappush(self._order, (minute * MINUTE_MS, minute, False))
        near.add(key)

    def ring(self, now: int) -> Iterator[bytes]:
        """Whose time has come by `now`, the earliest first; each entry rings once."""
        self._until = max(self._until, now)
        while self._order and self._order[0][0] <= now:
            _, number, far = heapq.heappop(self._order)
            if far:
                for key, at in self._days.pop(number).items():
                    self.set(key, at)
            else:
                yield from self._minutes.pop(number)
