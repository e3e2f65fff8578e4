"""What a run says: a table for people, JSON for programs, ratios against the bars."""

import os
import platform
import sys
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Final

import msgspec
from rich.console import Console
from rich.table import Table

from bench.answers import Answers
from bench.frameworks import PINS
from bench.latency import Latency
from bench.measure import Rate, Skipped
from bench.recovery import Recovery

LATEST: Final = Path(__file__).with_name("results") / "latest.json"
TITLES: Final = {
    "worker": "our worker alone, raw to states",
    "faust_plain": "plain Faust, same work",
    "quix": "Quix Streams, same work",
    "bytewax": "Bytewax, same work",
    "end_to_end": "end to end, raw to rows",
}
PACKAGES: Final = (
    "faust-streaming",
    "aiokafka",
    "kafka-python",
    "msgspec",
    "clickhouse-connect",
    "chdb",
)


class Machine(msgspec.Struct):
    """Where it ran."""

    cpu: str
    cores: int
    memory_gb: float
    system: str
    python: str


class Input(msgspec.Struct):
    """What was measured with."""

    touchpoints: int
    records: int
    persons: int
    seed: int
    broker: str
    partitions: int


class Report(msgspec.Struct, omit_defaults=True):
    """All results of a run; a part that was not asked for is absent."""

    at: str
    machine: Machine
    versions: dict[str, str]
    input: Input
    worker: Rate | Skipped | None = None
    faust_plain: Rate | Skipped | None = None
    quix: Rate | Skipped | None = None
    bytewax: Rate | Skipped | None = None
    end_to_end: Rate | Skipped | None = None
    latency: Latency | Skipped | None = None
    recovery: Recovery | Skipped | None = None
    answers: Answers | Skipped | None = None
    bars: list["Bar"] = []


class Bar(msgspec.Struct):
    """One bar, and whether it was reached."""

    what: str
    bar: str
    measured: str
    reached: bool


@dataclass(frozen=True, slots=True)
class _Wanted:
    """A bar over two results: (worker, plain) → their ratio, for instance."""

    what: str
    of: tuple[str, ...]
    value: Callable[..., float]
    bar: float
    unit: str
    at_most: bool = False


def _ratio(ours: Rate, theirs: Rate) -> float:
    return ours.touchpoints_per_s / theirs.touchpoints_per_s


WANTED: Final = (
    _Wanted("worker / plain Faust", ("worker", "faust_plain"), _ratio, 8, " times"),
    _Wanted("worker / Quix Streams", ("worker", "quix"), _ratio, 1, " times"),
    _Wanted("worker / Bytewax", ("worker", "bytewax"), _ratio, 1, " times"),
    _Wanted("end to end", ("end_to_end",), lambda r: r.touchpoints_per_s, 40_000, "/s"),
    _Wanted(
        "to the state, p99",
        ("latency",),
        lambda r: r.state_p99_ms,
        150,
        " ms",
        at_most=True,
    ),
    _Wanted(
        "to an answer, p99",
        ("latency",),
        lambda r: r.query_p99_ms,
        1500,
        " ms",
        at_most=True,
    ),
    _Wanted("memory", ("recovery",), lambda r: r.rss_mb, 1536, " MB", at_most=True),
    _Wanted("recovery", ("recovery",), lambda r: r.seconds, 15, " s", at_most=True),
)


def _of_answers(name: str, number: str) -> Callable[[Answers], float]:
    return lambda result: float(getattr(getattr(result, name), number))


WANTED_OF_ANSWERS: Final = tuple(
    _Wanted(what, ("answers",), _of_answers(name, number), bar, " ms", at_most=True)
    for what, name, number, bar in (
        ("registered funnel, p99", "registered", "p99_ms", 50),
        ("phase funnel, p99", "phases", "p99_ms", 50),
        ("ad-hoc funnel, median", "funnel", "median_ms", 1000),
        ("ad-hoc funnel by channel, median", "breakdown", "median_ms", 2000),
    )
)
"""Over 100,000,000 touchpoints of 5,000,000 persons."""


def machine() -> Machine:
    """The machine that this runs on."""
    pages = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    info = Path("/proc/cpuinfo").read_text()
    names = [line for line in info.splitlines() if line.startswith("model name")]
    return Machine(
        cpu=names[0].partition(": ")[2] if names else platform.processor(),
        cores=len(os.sched_getaffinity(0)),
        memory_gb=round(pages / 2**30, 1),
        system=f"{platform.system()} {platform.release()}",
        python=sys.version.split()[0],
    )


def versions() -> dict[str, str]:
    """Versions of what is compared."""
    return {name: version(name) for name in PACKAGES} | PINS


def judge(report: Report) -> list[Bar]:
    """Hold the results against the bars; parts that were not measured say nothing."""
    bars = []
    for wanted in (*WANTED, *WANTED_OF_ANSWERS):
        parts = [getattr(report, name) for name in wanted.of]
        if any(part is None or isinstance(part, Skipped) for part in parts):
            continue
        value = wanted.value(*parts)
        reached = value <= wanted.bar if wanted.at_most else value >= wanted.bar
        sign = "≤" if wanted.at_most else "≥"
        bars.append(
            Bar(
                wanted.what,
                f"{sign} {wanted.bar:,}{wanted.unit}",
                f"{value:,.1f}{wanted.unit}",
                reached,
            )
        )
    return bars


def write(report: Report) -> None:
    """Replace `bench/results/latest.json`."""
    LATEST.parent.mkdir(exist_ok=True)
    LATEST.write_bytes(msgspec.json.format(msgspec.json.encode(report), indent=2))


def line(name: str, result: Rate | Latency | Recovery | Answers | Skipped) -> str:
    """One result in one line."""
    told = msgspec.to_builtins(result).items()
    shown = (
        f"{key} {value:,}" for key, value in told if isinstance(value, int | float)
    )
    shown = [*shown, *_timed(result)] if isinstance(result, Answers) else shown
    said = result.skipped if isinstance(result, Skipped) else ", ".join(shown)
    return f"{name}: {said}"


def _timed(result: Answers) -> list[str]:
    told = msgspec.to_builtins(result).items()
    return [
        f"{key} {one['median_ms']:,} ms (p99 {one['p99_ms']:,}, CPU {one['cpu_ms']:,})"
        for key, one in told
        if isinstance(one, dict)
    ]


def show(report: Report, console: Console) -> None:
    """Print the results as tables."""
    rates = Table("part", "touchpoints/s", "CPU µs each", "MB", "remark")
    for name, title in TITLES.items():
        result = getattr(report, name)
        if isinstance(result, Rate):
            numbers = (
                f"{result.touchpoints_per_s:,.0f}",
                f"{result.cpu_us:.1f}",
                f"{result.rss_mb:,.0f}",
            )
            rates.add_row(title, *numbers, result.note)
        elif isinstance(result, Skipped):
            rates.add_row(title, "", "", "", result.skipped)
    if rates.row_count:
        console.print(rates)
    bars = Table("bar", "wanted", "measured", "")
    for bar in report.bars:
        bars.add_row(bar.what, bar.bar, bar.measured, "yes" if bar.reached else "NO")
    if bars.row_count:
        console.print(bars)
