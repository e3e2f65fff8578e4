"""The live counts of one tenant: one look at the store a moment, for all who listen."""

import asyncio
import logging
import secrets
import threading
from collections import deque
from collections.abc import AsyncIterator, Callable, Sequence
from concurrent.futures import Executor
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

import msgspec
from msgspec import Struct

from insights.api.asking import OneTenant
from insights.asker import Asker, AskError
from insights.live import (
    NEWEST,
    Arrival,
    Landed,
    Marks,
    Standings,
    read_landed,
    read_marks,
    read_standings,
)
from insights.summary import PhaseCount
from sinks.clickhouse import DatabaseError

HISTORY: Final = 300
"""Events that somebody who comes back can still get."""

logger = logging.getLogger(__name__)


class Live(Struct):
    """The state of things, as one event.

    Attributes:
        at: when it was looked at, epoch milliseconds.
        touchpoints_per_second: that land, over the last seconds.
        newest: what has landed since the last event; at first the newest known.
        sessions_open: sessions that go on.
        phases: persons in each phase of the default model.
    """

    at: int
    touchpoints_per_second: float
    newest: list[Arrival]
    sessions_open: int
    phases: list[PhaseCount]


@dataclass(frozen=True, slots=True)
class Pace:
    """How often a feed looks, and how often it speaks.

    Attributes:
        look_seconds: between two looks at what has landed.
        standings_seconds: between two counts of persons and sessions.
        rest: how many times as long as a look took there is none, at least.
        mean_seconds: time over which touchpoints a second are measured.
        beat_seconds: silence after which a comment shows that the line is open.
        line_seconds: how long one line stays open; the client comes back by itself.
    """

    look_seconds: float = 1.0
    standings_seconds: float = 10.0
    rest: float = 9.0
    mean_seconds: float = 10.0
    beat_seconds: float = 15.0
    line_seconds: float = 900.0


PACE: Final = Pace()


class Feed:
    """Looks while somebody listens, and hands everybody the same events."""

    def __init__(  # noqa: PLR0913, PLR0917 - each is another part of the world
        self,
        asker: Asker,
        tenant: str,
        thread: Executor,
        clock: Callable[[], float],
        phases: Callable[[], Sequence[str]],
        pace: Pace = PACE,
    ) -> None:
        """Look at nothing before somebody listens.

        Args:
            asker: whom to ask.
            tenant: whose data.
            thread: where to ask.
            clock: seconds since 1970.
            phases: gives those of the default model, in their order.
            pace: how often.
        """
        self._everybody = asker
        self._asker = OneTenant(asker, tenant, threading.Event())
        self._tenant = tenant
        self._thread = thread
        self._clock = clock
        self._phases = phases
        self._pace = pace
        self._life = secrets.token_hex(4)
        self._number = 0
        self._events: deque[tuple[int, bytes]] = deque(maxlen=HISTORY)
        self._newest: deque[Arrival] = deque(maxlen=NEWEST)
        self._rates: deque[tuple[float, int]] = deque()
        self._latest: Live | None = None
        self._changed = asyncio.Condition()
        self._listeners = 0
        self._looking: asyncio.Task[None] | None = None

    async def listen(self, last_id: str) -> AsyncIterator[bytes]:
        """The events, as server-sent events, until the line is closed.

        Args:
            last_id: of the last event that the client has; empty for none.
        """
        self._listeners += 1
        if self._looking is None or self._looking.done():
            self._looking = asyncio.create_task(self._look())
        try:
            yield b"retry: 2000\n\n"
            seen = self._seen(last_id)
            if seen is None:
                seen = self._number
                if self._latest is not None:
                    yield self._event(seen, self._now(list(self._newest)))
            ends = asyncio.get_running_loop().time() + self._pace.line_seconds
            while asyncio.get_running_loop().time() < ends:
                missed = [(n, event) for n, event in self._events if n > seen]
                for number, event in missed:
                    yield event
                    seen = number
                if not missed and not await self._wait(seen):
                    yield b": still here\n\n"
        finally:
            self._listeners -= 1

    def _seen(self, last_id: str) -> int | None:
        """The number of the last event that a client has, if all later ones are here."""
        life, _, number = last_id.partition("-")
        if life != self._life or not number.isdecimal():
            return None
        seen = int(number)
        oldest = self._events[0][0] if self._events else self._number + 1
        return seen if oldest - 1 <= seen <= self._number else None

    async def _wait(self, seen: int) -> bool:
        with suppress(TimeoutError):
            async with self._changed:
                await asyncio.wait_for(
                    self._changed.wait_for(lambda: self._number > seen),
                    self._pace.beat_seconds,
                )
            return True
        return False

    async def _look(self) -> None:
        """Look again and again, as long as somebody listens."""
        loop = asyncio.get_running_loop()
        # Nobody listened meanwhile: what was told before is found again.
        self._newest.clear()
        self._rates.clear()
        marks: Marks | None = None
        standings: Standings | None = None
        counted = 0.0
        while self._listeners:
            started = loop.time()
            try:
                after, landed = await loop.run_in_executor(
                    self._thread, self._read, marks
                )
                if (
                    standings is None
                    or started - counted > self._pace.standings_seconds
                ):
                    standings = await loop.run_in_executor(
                        self._thread,
                        read_standings,
                        self._asker,
                        self._tenant,
                        self._phases(),
                    )
                    counted = loop.time()
            except (AskError, DatabaseError) as error:
                logger.warning("live_look_failed error=%s", type(error).__name__)
            else:
                marks = after
                await self._tell(landed, standings, loop.time())
            took = loop.time() - started
            await asyncio.sleep(max(self._pace.look_seconds, self._pace.rest * took))
        self._latest = None

    def _read(self, before: Marks | None) -> tuple[Marks, Landed]:
        after = read_marks(self._everybody)
        if before is None:  # what had landed before does not count, and is shown
            month = max((key[0] for key in after), default=0)
            recent = {
                key: at - NEWEST if key[0] == month else at for key, at in after.items()
            }
            landed = read_landed(self._asker, self._tenant, recent, after)
            return after, Landed(0, landed.newest)
        return after, read_landed(self._asker, self._tenant, before, after)

    async def _tell(self, landed: Landed, standings: Standings, now: float) -> None:
        self._rates.append((now, landed.touchpoints))
        while now - self._rates[0][0] > self._pace.mean_seconds:
            self._rates.popleft()
        self._newest.extendleft(reversed(landed.newest))
        span = max(now - self._rates[0][0], self._pace.look_seconds)
        rate = sum(count for _, count in self._rates) / span
        state = Live(
            round(self._clock() * 1000),
            round(rate, 1),
            landed.newest,
            standings.sessions_open,
            standings.phases,
        )
        before, self._latest = self._latest, state
        if before and _same(before, state) and not landed.touchpoints:
            return
        async with self._changed:
            self._number += 1
            told = state if before else self._now(list(self._newest))
            self._events.append((self._number, self._event(self._number, told)))
            self._changed.notify_all()

    def _now(self, newest: list[Arrival]) -> Live:
        latest = self._latest
        if latest is None:
            message = "nothing has been looked at yet"
            raise RuntimeError(message)
        return msgspec.structs.replace(latest, newest=newest)

    def _event(self, number: int, state: Live) -> bytes:
        head = f"id: {self._life}-{number}\nevent: live\ndata: "
        return head.encode() + msgspec.json.encode(state) + b"\n\n"


def _same(one: Live, other: Live) -> bool:
    return (one.touchpoints_per_second, one.sessions_open, one.phases) == (
        other.touchpoints_per_second,
        other.sessions_open,
        other.phases,
    )
