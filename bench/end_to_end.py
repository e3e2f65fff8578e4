"""(e) Everything at once: a producer, the worker and the sink, until all has landed."""

from typing import Final

from bench import landing
from bench.measure import Meter, Rate
from bench.processes import wait_for
from bench.produce import fill
from bench.run import Producer, Project, Run
from schemas.topics import RAW

WARM_RECORDS: Final = 2_000
WARM_SECONDS: Final = 60.0
SECONDS: Final = 300.0


def end_to_end(run: Run) -> Rate:
    """Measure from the first record produced to the last row that a query finds.

    The last row of every table, states and sessions included.
    """
    project = Project(run, "end_to_end")
    project.prepare()
    total = run.plan.records
    with (
        run.broker.ends() as ends,
        project.sink() as sink,
        project.worker() as worker,
    ):

        def landed(records: int, seconds: float) -> None:
            wait_for(
                f"{records} records land",
                lambda: landing.count(project.asker) >= records,
                seconds,
                sink,
                worker,
            )

        fill(run.load(RAW.name, count=WARM_RECORDS))
        landed(WARM_RECORDS, WARM_SECONDS)
        producer = Producer(run, run.load(RAW.name, skip=WARM_RECORDS))
        try:
            wait_for(
                "the producer starts",
                lambda: ends.of(RAW.name) > WARM_RECORDS,
                WARM_SECONDS,
            )
            meter = Meter([worker, sink], [run.broker.child])
            landed(total, SECONDS)
            wanted = landing.ends_of(ends)
            wait_for(
                "the last rows land",
                lambda: not landing.missing(project.asker, wanted),
                WARM_SECONDS,
                sink,
                worker,
            )
            rate = meter.rate(total - WARM_RECORDS)
            sent = producer.sent(WARM_SECONDS)
        finally:
            producer.stop()
    rate.cpu_us_of["producer"] = round(sent.cpu_seconds / sent.records * 1e6, 2)
    return rate
