"""Ends a worker that has silently stopped working, so that its manager starts a new one."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

LOOP_SECONDS: Final = 30.0
REBALANCE_SECONDS: Final = 180.0


@dataclass(slots=True)
class Vitals:
    """What the watchdog looks at; written by the worker's loop.

    Attributes:
        beat_at: when the loop last ran, monotonic seconds.
        progress_at: when a batch was last acknowledged, or nothing was left to do.
        rebalancing_since: start of the present rebalance; 0 for none.
    """

    beat_at: float
    progress_at: float
    rebalancing_since: float = 0.0

    def complaint(self, now: float, stall_seconds: float) -> str | None:
        """What is wrong, or None.

        Args:
            now: monotonic seconds.
            stall_seconds: lag without progress that is too long.
        """
        if now - self.beat_at > LOOP_SECONDS:
            return f"event loop stood still for {now - self.beat_at:.0f} s"
        if self.rebalancing_since:
            lasted = now - self.rebalancing_since
            if lasted > REBALANCE_SECONDS:
                return f"rebalance lasts {lasted:.0f} s"
            return None
        if now - self.progress_at > stall_seconds:
            return f"lag without progress for {now - self.progress_at:.0f} s"
        return None


def watch(
    vitals: Vitals, stall_seconds: float, stop: Callable[[str], None]
) -> threading.Thread:
    """Start the watchdog.

    Args:
        vitals: what to look at.
        stall_seconds: lag without progress that is too long.
        stop: called once with the complaint; ends the process.

    Returns:
        The thread, running, a daemon.
    """

    def run() -> None:
        while True:
            time.sleep(1)
            complaint = vitals.complaint(time.monotonic(), stall_seconds)
            if complaint is not None:
                stop(complaint)
                return

    thread = threading.Thread(target=run, name="watchdog", daemon=True)
    thread.start()
    return thread
