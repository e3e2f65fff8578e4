"""(g) A worker with a million journey states, killed and started again."""

import time
from typing import Final

import msgspec

from bench.generate import Plan
from bench.processes import wait_for
from bench.produce import fill
from bench.run import Project, Run
from bench.worker import left
from schemas.topics import ENRICHED, RAW, STATES

TOUCHPOINTS_EACH: Final = 1.2
"""Touchpoints of a person on average: most states are small, as they are in real life."""

PROBES: Final = 200
FILL_SECONDS: Final = 300.0
RECOVER_SECONDS: Final = 120.0
QUIET_SECONDS: Final = 3.0


class Recovery(msgspec.Struct):
    """A restart.

    Attributes:
        persons: journey states restored.
        rss_mb: resident memory once it works again, MB.
        seconds: from the start of the process until it has processed a touchpoint in
            every partition that gets one.
        peak_mb: most memory while restoring.
        state_records: records in the topic of states, which it reads: not compacted yet.
    """

    persons: int
    rss_mb: float
    seconds: float
    peak_mb: float
    state_records: int


def recovery(run: Run) -> Recovery:
    """Build the states, kill the worker, start another, and time it."""
    plan = Plan(int(run.persons * TOUCHPOINTS_EACH), run.persons, run.plan.seed + 1)
    file = str(run.file(plan))
    run.broker.fresh_project()
    fill(run.load(RAW.name, file=file, count=plan.records - PROBES))
    project = Project(run, "recovery")
    with run.broker.ends() as ends:
        with project.worker() as worker:
            wait_for(
                "all states are built",
                lambda: left(ends) >= plan.records - PROBES,
                FILL_SECONDS,
                worker,
            )
            # What it has acknowledged is committed about every second.
            time.sleep(QUIET_SECONDS)
            worker.kill()
        before = ends.each(ENRICHED.name)
        state_records = ends.of(STATES.name)
        fill(run.load(RAW.name, file=file, skip=plan.records - PROBES))
        with project.worker() as worker:
            began = worker.started_at
            wait_for(
                "the worker goes on",
                lambda: all(
                    end > before[partition]
                    for partition, end in ends.each(ENRICHED.name).items()
                ),
                RECOVER_SECONDS,
                worker,
            )
            seconds = time.monotonic() - began
            memory = worker.memory()
    return Recovery(
        persons=run.persons,
        rss_mb=round(memory.now_mb, 1),
        seconds=round(seconds, 2),
        peak_mb=round(memory.peak_mb, 1),
        state_records=state_records,
    )
