"""Rates: how many touchpoints a second, and what they cost."""

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

import msgspec

from bench.processes import Child, wait_for

START_SECONDS: Final = 60.0
SWEEP_SECONDS: Final = 300.0


class Rate(msgspec.Struct, omit_defaults=True):
    """Measured from the first touchpoint taken to the last one done.

    Attributes:
        touchpoints_per_s: delivered records, the repeated ones included.
        cpu_us: CPU time of the process for one of them; of all measured processes
            together where there are several.
        records: how many were delivered.
        seconds: how long it took.
        rss_mb: resident memory at the end, MB; the sum where there are several.
        cpu_us_of: the same as `cpu_us` by process, those that only carry included.
        note: what a reader must know.
    """

    touchpoints_per_s: float
    cpu_us: float
    records: int
    seconds: float
    rss_mb: float
    cpu_us_of: dict[str, float] = {}
    note: str = ""


class Skipped(msgspec.Struct):
    """A part that was not measured, and why."""

    skipped: str


class Meter:
    """CPU time and wall-clock time of some processes from now on.

    Args:
        measured: processes whose CPU time is the work's.
        carrying: others on the same cores, reported beside.
    """

    def __init__(
        self, measured: Iterable[Child], carrying: Iterable[Child | None] = ()
    ) -> None:
        """Start measuring."""
        self._measured = list(measured)
        self._carrying = [child for child in carrying if child is not None]
        self._began = self._used()
        self._started_at = time.monotonic()

    def rate(self, records: int, note: str = "") -> Rate:
        """The rate from then until now."""
        seconds = time.monotonic() - self._started_at
        used = self._used()
        cost = {
            name: round((used[name] - self._began[name]) / records * 1e6, 2)
            for name in used
        }
        own = sum(cost[child.name] for child in self._measured)
        return Rate(
            touchpoints_per_s=round(records / seconds, 1),
            cpu_us=round(own, 2),
            records=records,
            seconds=round(seconds, 3),
            rss_mb=round(sum(c.memory().now_mb for c in self._measured), 1),
            cpu_us_of=cost,
            note=note,
        )

    def _used(self) -> dict[str, float]:
        children = self._measured + self._carrying
        return {child.name: child.cpu_seconds() for child in children}


@dataclass(frozen=True, slots=True)
class Progress:
    """How a sweep is observed.

    Attributes:
        taken: records that left the first stage; the clock starts with the first.
        done: records that are completely done.
        total: how many there are.
    """

    taken: Callable[[], int]
    done: Callable[[], int]
    total: int


def sweep(child: Child, broker: Child | None, progress: Progress) -> Rate:
    """Measure one process that works off a full topic.

    Args:
        child: the process.
        broker: the broker, where it runs here.
        progress: how to see how far it is.

    Raises:
        PartError: nothing was taken, or not all was done in time.
    """
    total = progress.total
    wait_for("its first record", lambda: progress.taken() > 0, START_SECONDS, child)
    meter = Meter([child], [broker])
    before = progress.done()
    what = f"{child.name} does {total} records"
    wait_for(what, lambda: progress.done() >= total, SWEEP_SECONDS, child)
    return meter.rate(total - before)
