"""(h) Answers over a year of a large retailer: roll-ups, ad-hoc funnels, the peers' query.

Runs in a process of its own, since a process has one embedded store. `python -m
bench.answers FOLDER TOUCHPOINTS PERSONS` makes the store if it is not there, and prints
what it measured as JSON.
"""

import resource
import shutil
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

import msgspec

from bench.history import History, generate
from bench.processes import PartError
from bench.run import CACHE, Run
from insights.asker import DatabaseAsker
from insights.funnels.answer import answer
from insights.funnels.spec import Breakdown, Funnel, Step
from insights.rollups.read import answer_days
from insights.rollups.registered import Registered, built_in, named
from insights.rollups.roller import Roller
from sinks.clickhouse import Database, Limits
from sinks.migrate import migrate

TOUCHPOINTS: Final = 100_000_000
TOUCHPOINTS_EACH: Final = 20
SECONDS: Final = 3_600.0
QUICK_ROUNDS: Final = 200
ROUNDS: Final = 7
PEER_ROUNDS: Final = 3
STEPS: Final = (
    "product_viewed",
    "cart_product_added",
    "checkout_started",
    "payment_info_entered",
    "order_completed",
)
RANGES: Final = (
    (None, None),
    ("2025-01-01", "2025-04-01"),
    ("2025-11-01", "2025-12-01"),
    ("2025-06-10", "2025-06-17"),
)
_PEERS: Final = Path(__file__).with_name("sql") / "peers.sql"


class Timed(msgspec.Struct):
    """One question, asked several times.

    Attributes:
        median_ms: wall-clock time.
        p99_ms: the same; the longest where there are fewer than a hundred.
        cpu_ms: time of all cores together, median: what it costs wherever others work.
        rounds: how often it was asked.
    """

    median_ms: float
    p99_ms: float
    cpu_ms: float
    rounds: int


class Answers(msgspec.Struct):
    """What was measured over one generated history.

    Attributes:
        generate_s: making the history; 0 where it was there.
        roll_s: building timelines and days of everything, from nothing.
        again_s: a roll-up when nothing has landed.
        store_gb, timelines_gb: on disk.
        registered: the cart funnel, over several ranges of days.
        phases: the phase funnel, over the same.
        funnel: ordered, five steps, window of a week, all persons, with its times.
        breakdown: the same by channel, besides the whole.
        peers: plain windowFunnel: how many persons reached which step, nothing else.
        same: whether the peers' persons by step are those of `funnel`.
    """

    touchpoints: int
    persons: int
    generate_s: float
    roll_s: float
    again_s: float
    store_gb: float
    timelines_gb: float
    registered: Timed
    phases: Timed
    funnel: Timed
    breakdown: Timed
    peers: Timed
    same: bool


def answers(run: Run) -> Answers:
    """Measure in a process of its own."""
    history = History(run.history, run.history // TOUCHPOINTS_EACH)
    folder = str(CACHE / history.name)
    told = (folder, str(history.touchpoints), str(history.persons))
    with run.python("answers", "-m", "bench.answers", *told) as child:
        if child.wait(SECONDS):
            raise PartError(child.last_words())
        return msgspec.json.decode(child.last_words(), type=Answers)


def measure(folder: Path, history: History) -> Answers:
    """Make the history where it is not there, then ask."""
    done = folder / "generated"
    began = time.monotonic()
    if not done.exists():
        shutil.rmtree(folder, ignore_errors=True)
    database = Database.connect(f"chdb://{folder}")
    migrate(database)
    generated = 0.0
    if not done.exists():
        generate(database, history)
        done.touch()
        generated = time.monotonic() - began
    for table in ("timelines", "touched_persons", "funnel_days", "rollups"):
        database.command(f"TRUNCATE TABLE {table}")
    roller = Roller(database, built_in)
    rolls = [_seconds(lambda: roller.roll(1)), _seconds(lambda: roller.roll(2))]
    reader = Database.connect(
        f"chdb://{folder}", readonly=True, limits=Limits(600, 8_000_000_000)
    )
    try:
        return _asked(DatabaseAsker(reader), history, (generated, *rolls))
    finally:
        reader.close()
        database.close()


def _asked(
    asker: DatabaseAsker, history: History, seconds: tuple[float, ...]
) -> Answers:
    funnel = Funnel(tuple(Step(type=name) for name in STEPS), window="7d")
    by_channel = msgspec.structs.replace(funnel, breakdown=Breakdown("channel"))
    peers: list[int] = []

    def ask_peers() -> None:
        rows = asker.ask(_PEERS.read_text(), {"steps": list(STEPS)}).rows
        ended = {int(str(level)): int(str(n)) for level, n in rows}
        peers[:] = [
            sum(n for level, n in ended.items() if level >= k) for k in range(1, 6)
        ]

    timed = {
        "registered": _timed(_ranges(asker, named("cart", built_in())), QUICK_ROUNDS),
        "phases": _timed(_ranges(asker, named("phases", built_in())), QUICK_ROUNDS),
        "funnel": _timed(lambda: answer(asker, funnel), ROUNDS),
        "breakdown": _timed(lambda: answer(asker, by_channel), ROUNDS),
        "peers": _timed(ask_peers, PEER_ROUNDS),
    }
    return Answers(
        history.touchpoints,
        history.persons,
        *seconds,
        store_gb=_gigabytes(asker, "%"),
        timelines_gb=_gigabytes(asker, "timelines"),
        **timed,
        same=peers == [step.units for step in answer(asker, funnel).steps],
    )


def _ranges(asker: DatabaseAsker, one: Registered) -> Callable[[], None]:
    place = 0

    def ask() -> None:
        nonlocal place
        first, end = RANGES[place % len(RANGES)]
        place += 1
        asked = msgspec.structs.replace(one.funnel, from_=first, to=end)
        if answer_days(asker, one, asked) is None:
            message = f"the days of {one.name} do not answer {first} to {end}"
            raise PartError(message)

    return ask


def _timed(ask: Callable[[], object], rounds: int) -> Timed:
    ask()
    walls, cpus = [], []
    for _ in range(rounds):
        used = _cpu()
        walls.append(_seconds(ask) * 1000)
        cpus.append((_cpu() - used) * 1000)
    p99 = sorted(walls)[min(len(walls) - 1, int(len(walls) * 0.99))]
    return Timed(
        round(statistics.median(walls), 1),
        round(p99, 1),
        round(statistics.median(cpus), 1),
        rounds,
    )


def _seconds(action: Callable[[], object]) -> float:
    began = time.monotonic()
    action()
    return round(time.monotonic() - began, 3)


def _cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def _gigabytes(asker: DatabaseAsker, table: str) -> float:
    asked = (
        "SELECT round(sum(bytes_on_disk) / 1e9, 2) FROM system.parts "
        "WHERE active AND table LIKE {table:String}"
    )
    return float(str(asker.ask(asked, {"table": table}).rows[0][0]))


if __name__ == "__main__":
    where, touchpoints, persons = sys.argv[1:]
    found = measure(Path(where), History(int(touchpoints), int(persons)))
    print(msgspec.json.encode(found).decode())
