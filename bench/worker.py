"""(a) Our worker alone: a full raw topic, until every touchpoint has left it."""

from bench.broker import Ends
from bench.measure import Progress, Rate, sweep
from bench.produce import fill
from bench.run import Project, Run
from schemas.topics import DEAD_LETTERS, DUPLICATES, ENRICHED, IDENTIFIED, RAW


def worker(run: Run) -> Rate:
    """Measure the worker from the first identified touchpoint to the last one folded."""
    run.broker.fresh_project()
    total = fill(run.load(RAW.name)).records
    with Project(run, "worker").worker() as child, run.broker.ends() as ends:
        progress = Progress(lambda: ends.of(IDENTIFIED.name), lambda: left(ends), total)
        return sweep(child, run.broker.child, progress)


def left(ends: Ends) -> int:
    """How many touchpoints the worker is done with: each leaves on one of these."""
    return ends.of(ENRICHED.name, DUPLICATES.name, DEAD_LETTERS.name)
