"""Roll-ups beside the sink: it owns an embedded store, and only an owner may write."""

import logging
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

from insights.rollups.registered import built_in, from_folder
from insights.rollups.roller import Roller
from insights.rollups.timelines import HaltedError
from insights.trails.keeping import Keeper
from schemas.metrics import Metrics
from schemas.settings import Settings
from sinks.clickhouse import Database, DatabaseError

MOST_SHARE: Final = 0.1
"""Of the time is spent on roll-ups, at most: landing goes first."""

KEEP_SECONDS: Final = 5.0
"""Pause between two times that trails are brought up to what has landed."""

logger = logging.getLogger(__name__)


def beside(settings: Settings) -> Callable[[Database, Metrics], Callable[[], None]]:
    """What the sink is to start on its database.

    Args:
        settings: of this process; its registered funnels are read now.

    Raises:
        QuestionError: a registered funnel makes no sense.
    """
    folder = settings.funnel_folder
    registered = from_folder(Path(folder)) if folder else built_in()

    def start(database: Database, metrics: Metrics) -> Callable[[], None]:
        if not database.embedded or not settings.rollup_seconds:
            return lambda: None
        ended = threading.Event()
        roller = Roller(database, registered, ended.is_set)
        keeper = Keeper(database, ended.is_set)
        thread = threading.Thread(
            target=_run,
            args=(
                _Both(keeper, roller, settings.rollup_seconds),
                ended,
                min(KEEP_SECONDS, settings.rollup_seconds),
                metrics,
            ),
            name="rollups",
            daemon=True,
        )
        thread.start()

        def end() -> None:
            ended.set()
            thread.join()

        return end

    return start


class _Both:
    """Trails at each turn, since what is younger costs every question; the rest seldom."""

    def __init__(self, keeper: Keeper, roller: Roller, pause: float) -> None:
        self._keeper = keeper
        self._roller = roller
        self._pause_ms = pause * 1000
        self._due_ms: float | None = None

    def __call__(self, now_ms: int) -> None:
        self._keeper.keep(now_ms)
        if self._due_ms is None:
            self._due_ms = now_ms + self._pause_ms
        elif now_ms >= self._due_ms:
            rolled = self._roller.roll(now_ms)
            self._due_ms = now_ms + self._pause_ms
            logger.debug("rolled_up version=%d", rolled.version)


def _run(
    roll: Callable[[int], None], ended: threading.Event, pause: float, metrics: Metrics
) -> None:
    last = time.monotonic()
    age = metrics.gauge("parcours_rollup_age_seconds")
    age.set_function(lambda: time.monotonic() - last)
    wait = pause
    while not ended.wait(wait):
        began = time.monotonic()
        try:
            roll(time.time_ns() // 1_000_000)
            last = time.monotonic()
        except HaltedError:
            return
        except DatabaseError as error:
            logger.warning("rollup_failed kind=%s code=%d", error.kind, error.code)
        except Exception as error:  # noqa: BLE001 the boundary of a background thread
            logger.warning("rollup_failed error=%s", type(error).__name__)
        wait = max(pause, (time.monotonic() - began) / MOST_SHARE)
