"""Roll-ups beside the sink: it owns an embedded store, and only an owner may write."""

import logging
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

from insights.rollups.roller import Roller
from insights.rollups.timelines import HaltedError
from insights.trails.keeping import Keeper
from parcours.registering import follow_registered
from schemas.metrics import Metrics
from schemas.settings import Settings
from sinks.clickhouse import Database, DatabaseError
from sinks.run import Companion

MOST_SHARE: Final = 0.1
"""Of the time is spent on roll-ups, at most: landing goes first."""

KEEP_SECONDS: Final = 5.0
"""Pause between two times that trails are brought up to what has landed."""

logger = logging.getLogger(__name__)


def beside(
    data_dir: Path, settings: Settings
) -> Callable[[Database, Metrics], Companion | None]:
    """What the sink is to start on its database.

    Args:
        data_dir: of the system, whose registered funnels and journey models count.
        settings: of this process.
    """

    def start(database: Database, metrics: Metrics) -> Companion | None:
        if not database.embedded or not settings.rollup_seconds:
            return None
        # First: a file that makes no sense ends the sink, with what is wrong in it.
        registered = follow_registered(data_dir)
        bell = Bell()
        roller = Roller(database, registered, bell.ended)
        keeper = Keeper(database, bell.ended)
        pause = min(KEEP_SECONDS, settings.rollup_seconds)
        thread = threading.Thread(
            target=_run,
            args=(
                _Both(keeper, roller, bell, settings.rollup_seconds),
                bell,
                pause,
                metrics,
            ),
            name="rollups",
            daemon=True,
        )
        thread.start()

        def end() -> None:
            bell.end()
            thread.join()

        return Companion(end, bell.ring)

    return start


class Bell:
    """Wakes who rolls up: to end, or because somebody waits for it."""

    def __init__(self) -> None:
        """Nobody has rung."""
        self._woken = threading.Event()
        self._ended = threading.Event()
        self._waiting: list[threading.Event] = []

    def end(self) -> None:
        """Let it end, in the middle of its work too; nobody waits any longer."""
        self._ended.set()
        self._woken.set()
        # Who answers takes them off the list meanwhile.
        for one in list(self._waiting):
            one.set()

    def ended(self) -> bool:
        """Whether it is to end."""
        return self._ended.is_set()

    def ring(self, seconds: float) -> bool:
        """Have all rolled up that has landed by now; whether it was done in time."""
        done = threading.Event()
        self._waiting.append(done)
        self._woken.set()
        return not self.ended() and done.wait(seconds) and not self.ended()

    def rung(self) -> bool:
        """Whether anybody waits."""
        return bool(self._waiting)

    def pause(self, seconds: float) -> list[threading.Event]:
        """Wait until somebody rings, at most so long; who waits for what is done now."""
        self._woken.wait(seconds)
        self._woken.clear()
        return list(self._waiting)

    def answer(self, waiting: list[threading.Event]) -> None:
        """Tell them that it is done."""
        for one in waiting:
            self._waiting.remove(one)
            one.set()


class _Both:
    """Trails at each turn, since what is younger costs every question.

    The rest seldom, or where somebody waits for it.
    """

    def __init__(
        self, keeper: Keeper, roller: Roller, bell: Bell, pause: float
    ) -> None:
        self._bell = bell
        self._keeper = keeper
        self._roller = roller
        self._pause_ms = pause * 1000
        self._due_ms: float | None = None

    def __call__(self, now_ms: int) -> None:
        self._keeper.keep(now_ms)
        if self._due_ms is None:
            self._due_ms = now_ms + self._pause_ms
        if self._bell.rung() or now_ms >= self._due_ms:
            rolled = self._roller.roll(now_ms)
            self._due_ms = now_ms + self._pause_ms
            logger.debug("rolled_up version=%d", rolled.version)


def _run(
    roll: Callable[[int], None], bell: Bell, pause: float, metrics: Metrics
) -> None:
    last = time.monotonic()
    age = metrics.gauge("parcours_rollup_age_seconds")
    age.set_function(lambda: time.monotonic() - last)
    wait = pause
    while True:
        waiting = bell.pause(wait)
        if bell.ended():
            return
        began = time.monotonic()
        try:
            roll(time.time_ns() // 1_000_000)
            last = time.monotonic()
            bell.answer(waiting)
        except HaltedError:
            return
        except DatabaseError as error:
            logger.warning("rollup_failed kind=%s code=%d", error.kind, error.code)
        except Exception as error:  # noqa: BLE001 the boundary of a background thread
            logger.warning("rollup_failed error=%s", type(error).__name__)
        wait = max(pause, (time.monotonic() - began) / MOST_SHARE)
