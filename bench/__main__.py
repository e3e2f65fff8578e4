"""`python -m bench`: measure everything in one run, or the parts named by `--only`."""

import datetime as dt
import logging
from collections.abc import Callable
from typing import Annotated

import typer
from aiokafka.errors import KafkaError as ClientError
from kafka.errors import KafkaError
from rich.console import Console

from bench import report
from bench.answers import TOUCHPOINTS, Answers, answers
from bench.broker import broker
from bench.end_to_end import end_to_end
from bench.frameworks import bytewax, faust_plain, quix
from bench.generate import Plan
from bench.latency import Latency, latency
from bench.measure import Rate, Skipped
from bench.processes import PartError
from bench.recovery import Recovery, recovery
from bench.run import Run, fresh_folder
from bench.worker import worker
from parcours.asking import AskError

Result = Rate | Latency | Recovery | Answers | Skipped
PLAIN_RECORDS = 120_000
FAILURES = (PartError, AskError, KafkaError, ClientError, OSError)
"""What ends one part, and not the run."""

PARTS: dict[str, Callable[[Run], Result]] = {
    "worker": worker,
    "faust_plain": lambda run: faust_plain(run, PLAIN_RECORDS),
    "quix": quix,
    "bytewax": bytewax,
    "end_to_end": end_to_end,
    "latency": latency,
    "recovery": recovery,
    "answers": answers,
}


def main(  # noqa: PLR0913, PLR0917 - each is an option of the command line
    only: Annotated[
        str, typer.Option(help="Parts to run, comma-separated.")
    ] = ",".join(PARTS),
    broker_at: Annotated[
        str | None,
        typer.Option(
            "--broker",
            metavar="HOST:PORT",
            help="A Kafka broker without topics of Parcours; Tansu unless said.",
        ),
    ] = None,
    touchpoints: Annotated[int, typer.Option(help="Different ones.")] = 1_000_000,
    persons: Annotated[int, typer.Option(help="Whom they belong to.")] = 200_000,
    partitions: Annotated[int, typer.Option(help="Of every topic.")] = 4,
    rate: Annotated[int, typer.Option(help="Records/s for latency.")] = 10_000,
    rate_seconds: Annotated[int, typer.Option(help="How long, for latency.")] = 20,
    states: Annotated[int, typer.Option(help="Persons to recover.")] = 1_000_000,
) -> None:
    """Measure throughput, latency, recovery and answers; print tables, write JSON.

    `--only answers --touchpoints N` measures the answers over so many touchpoints of a
    twentieth as many persons; together with others it is 100,000,000.

    Every part is bounded in time. A part that fails is reported as skipped, and the
    exit status is 1.
    """
    names = only.split(",")
    if unknown := set(names) - set(PARTS):
        message = f"no such part: {', '.join(sorted(unknown))}"
        raise typer.BadParameter(message)
    # Topics that were just made have no leader yet: its retries are of no interest.
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)
    console = Console()
    plan = Plan(touchpoints, persons)
    failed = False
    files = fresh_folder()
    with broker(broker_at, partitions, files / "logs") as at:
        # The answers have touchpoints of their own, which come from no broker.
        alone = names == ["answers"]
        history = touchpoints if alone else TOUCHPOINTS
        run = Run(at, plan, files, rate, rate_seconds, states, history)
        result = report.Report(
            at=dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
            machine=report.machine(),
            versions=report.versions(),
            input=report.Input(
                plan.touchpoints,
                plan.records,
                plan.persons,
                plan.seed,
                at.name,
                partitions,
            ),
        )
        if not alone:
            with console.status("generating touchpoints"):
                run.file()
        for name in names:
            with console.status(f"measuring {name}"):
                try:
                    found = PARTS[name](run)
                except FAILURES as error:
                    said = f"{type(error).__name__}: {error}"
                    found, failed = Skipped(said), True
            setattr(result, name, found)
            console.print(report.line(name, found))
            report.write(result)
    result.bars = report.judge(result)
    report.write(result)
    report.show(result, console)
    raise typer.Exit(failed)


if __name__ == "__main__":
    typer.run(main)
