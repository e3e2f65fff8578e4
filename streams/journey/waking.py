"""Waking journeys by event time: sessions that end, silences, carts, messages due."""

import heapq
from collections.abc import Iterable
from typing import Final

from streams.activation.timeline import Alarms
from streams.activation.waiting import suppressed
from streams.journey.closing import closings_of, pending
from streams.journey.encoded import Times, times_of
from streams.journey.holdings import Batch, Holdings
from streams.journey.thread_set import ThreadChange

WHEEL_MS: Final = 60_000


class Waker:
    """Knows when event time changes something about whom, minute by minute.

    Args:
        held: what the partition holds.
        times: when time changes something about whom.
        watermark: event time at which the partition was left, epoch milliseconds.

    Attributes:
        open: how many persons have sessions that are open.
    """

    __slots__ = ("_alarms", "_held", "_minutes", "_wheel", "open")

    def __init__(
        self, held: Holdings, times: Iterable[tuple[bytes, Times]], watermark: int
    ) -> None:
        self._held = held
        self._wheel: dict[int, set[bytes]] = {}
        self._minutes: list[int] = []
        self._alarms = Alarms()
        # What was due before this was emitted as closed before the progress was written.
        held.closed_until = watermark // WHEEL_MS * WHEEL_MS
        self.open = 0
        for key, (_, until, silence, rings) in times:
            due = 0
            if until and until >= held.closed_until:
                value = held.states[key]
                found = pending(value, held.rules.policy, held.closed_until)
                self.open += found.open
                due = found.due
            if due or silence:
                self.expect(key, due, silence)
            # What rang before was heard, whether the state says so or not.
            if rings > watermark:
                self._alarms.set(key, rings)

    def expect(self, key: bytes, due: int, silent: int) -> None:
        """Wake a person when a session is over or a silence begins; 0 for never."""
        if due or silent:
            self._schedule(key, min(due or silent, silent or due))

    def ring(self, key: bytes, at: int) -> None:
        """Wake a person when a message may be due; 0 for never."""
        if at:
            self._alarms.set(key, at)

    def wake(self, batch: Batch) -> None:
        """Send what time has changed for persons whose states stay as they are.

        Args:
            batch: where it is sent; journeys whose states change are among the touched
                ones afterwards.
        """
        held, touched = self._held, batch.touched
        now = held.watermark.now
        while self._minutes and self._minutes[0] * WHEEL_MS <= now:
            minute = heapq.heappop(self._minutes)
            for key in self._wheel.pop(minute):
                journey = touched.get(key)
                if journey is not None and journey.wake(now, held.timeline):
                    continue
                encoded = held.states[key]
                due, _, silence, _ = times_of(encoded)
                if silence and silence // WHEEL_MS + 1 <= minute:
                    opened = held.reopen(key)
                    if opened.wake(now, held.timeline):
                        touched[key] = opened
                        continue
                # A state written since may be due later; then it stands there, too.
                if due // WHEEL_MS + 1 <= minute:
                    self._pass(key, encoded, minute, batch)
            held.closed_until = max(held.closed_until, minute * WHEEL_MS)
        # While no time is known, what is to be decided at once still waits.
        if now:
            self._ring(now, batch)
            held.heard_until = now

    def _ring(self, now: int, batch: Batch) -> None:
        """Hear the alarms; a journey is opened only where more comes of one than a count."""
        held, touched = self._held, batch.touched
        heard: set[bytes] = set()
        for key in self._alarms.ring(now):
            known = held.states.get(key)
            if known is None or key in touched or key in heard:
                continue
            if not held.heard_until < times_of(known).message <= now:
                continue
            heard.add(key)
            tally = suppressed(known, held.rules.messages, now, held.timeline.at)
            if tally is None:
                touched[key] = held.reopen(key)
            else:
                batch.outcome.messaged.update(tally)

    def _schedule(self, key: bytes, due: int) -> None:
        minute = due // WHEEL_MS + 1
        keys = self._wheel.get(minute)
        if keys is None:
            keys = self._wheel[minute] = set()
            heapq.heappush(self._minutes, minute)
        keys.add(key)

    def _pass(self, key: bytes, encoded: bytes, minute: int, batch: Batch) -> None:
        """Let a minute pass for one person."""
        since, until = (minute - 1) * WHEEL_MS, minute * WHEEL_MS
        closings = closings_of(encoded, self._held.rules.policy, since, until)
        batch.outcome.tell_sessions(key, closings.sessions)
        given_up = [ThreadChange(thread, moved=True) for thread in closings.threads]
        batch.outcome.tell_threads(key, given_up)
        self.open -= bool(closings.sessions) and not closings.pending.open
        self.expect(key, closings.pending.due, times_of(encoded).silence)
