"""Touchpoints for the benchmarks: seeded, believable, the same bytes in every run.

How often a person appears follows Zipf-Mandelbrot, weight (rank + 50) ** -0.8, on top
of one touchpoint each. Of 1,000,000 touchpoints of 200,000 persons the busiest person
has 0.07 %, some 740 in 30 days; without the shift it would be 2 %, which is no person.
Touchpoints come in visits, so that sessions have something to join.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from bench.catalogue import FINDS, KINDS, Person, Scene, person_of, scene_of
from schemas.touchpoint import Place, RawTouchpoint

FORMAT: Final = 1
"""Part of the name of the cached file: raise it when the bytes change."""

START_MS: Final = 1_772_323_200_000
"""1 March 2026: a fixed date, since the bytes must not depend on the clock."""

SPAN_MS: Final = 30 * 86_400_000
ZIPF_EXPONENT: Final = 0.8
ZIPF_SHIFT: Final = 50
VISIT_LENGTH: Final = 5.0
LATE_SHARE: Final = 0.05
LATE_MS: Final = (5 * 60_000, 12 * 3_600_000)
TWICE_SHARE: Final = 0.02
TWICE_MS: Final = (200, 120_000)

Integers = NDArray[np.int64]
Record = tuple[bytes, bytes]
"""Key (the person's identifier) and value (canonical JSON) of one Kafka record."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What to generate.

    Attributes:
        touchpoints: how many different ones; those delivered twice come on top.
        persons: how many persons they belong to, each with one at least.
        seed: of all that is random.
    """

    touchpoints: int = 1_000_000
    persons: int = 200_000
    seed: int = 7

    @property
    def name(self) -> str:
        """File name of the cached records."""
        return f"v{FORMAT}-{self.touchpoints}-{self.persons}-{self.seed}.tsv"

    @property
    def records(self) -> int:
        """How many records are delivered."""
        return self.touchpoints + int(self.touchpoints * TWICE_SHARE)


@dataclass(frozen=True, slots=True)
class _Table:
    """One row a touchpoint, in no order; `arrival` is when it reaches the raw topic."""

    person: Integers
    visit: Integers
    kind: Integers
    choice: Integers
    at: Integers
    arrival: Integers


def cached(plan: Plan, folder: Path) -> Path:
    """The file of a plan's records, one `key TAB json` a line; made when absent."""
    path = folder / plan.name
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        half = path.with_suffix(".part")
        with half.open("wb") as file:
            for key, value in records(plan):
                file.write(b"%s\t%s\n" % (key, value))
        half.rename(path)
    return path


def read(path: Path, limit: int | None = None) -> Iterator[Record]:
    """The records of a cached file, in order, at most `limit` of them."""
    with path.open("rb", buffering=1 << 20) as file:
        for number, line in enumerate(file):
            if number == limit:
                return
            key, _, value = line.partition(b"\t")
            yield key, value[:-1]


def records(plan: Plan) -> Iterator[Record]:
    """Every record of a plan in order of arrival, the repeated ones included."""
    random = np.random.default_rng(plan.seed)
    table = _table(plan, random)
    order = _deliveries(plan, table, random)
    encode = msgspec.json.Encoder().encode
    scenes: dict[int, Scene] = {}
    persons: dict[int, Person] = {}
    columns = zip(
        order.tolist(),
        table.person[order].tolist(),
        table.visit[order].tolist(),
        table.kind[order].tolist(),
        table.choice[order].tolist(),
        table.at[order].tolist(),
        strict=True,
    )
    for row, number, visit, kind, choice, at in columns:
        person = persons.get(number)
        if person is None:
            person = persons[number] = person_of(number)
        scene = scenes.get(visit)
        if scene is None:
            scene = scenes[visit] = scene_of(person, kind, visit)
        yield person.key, encode(_touchpoint(row, scene, choice, at))


def _touchpoint(row: int, scene: Scene, choice: int, at: int) -> RawTouchpoint:
    find = FINDS[scene.kind][choice % len(FINDS[scene.kind])]
    touchpoint = RawTouchpoint(
        id=f"{row:08x}-{choice:08x}",
        source=scene.source,
        type=find.type,
        time=at,
        actor=scene.actor,
        sent_at=at + 40 + choice % 400,
        channel=scene.channel,
        campaign=scene.campaign,
        properties=scene.properties(find, choice),
    )
    if scene.store:
        touchpoint.place = Place(store_id=scene.store, country="FR")
    if find.cart:
        touchpoint.cart_id = scene.cart
    if find.order:
        touchpoint.order_id = f"O-{row:08d}"
    if find.money:
        touchpoint.value_minor = 199 + choice % 25_000
        touchpoint.currency = "EUR"
    return touchpoint


def _table(plan: Plan, random: np.random.Generator) -> _Table:
    """Visits, spread out into touchpoints."""
    persons = np.concatenate(
        [random.permutation(plan.persons), _busy_persons(plan, random)]
    )
    lengths = np.ones(len(persons), np.int64)
    lengths[plan.persons :] = random.geometric(
        1 / VISIT_LENGTH, len(persons) - plan.persons
    )
    ends = np.cumsum(lengths)
    visits = int(np.searchsorted(ends, plan.touchpoints)) + 1
    lengths = lengths[:visits]
    visit = np.repeat(np.arange(visits), lengths)[: plan.touchpoints]
    first = (ends[:visits] - lengths)[visit]
    count = len(visit)
    gaps = random.exponential(45_000, count).astype(np.int64) + 1
    since = np.cumsum(gaps)
    start = random.integers(0, SPAN_MS, visits)[visit]
    at = START_MS + start + since - since[first]
    shares = np.array([kind.share for kind in KINDS])
    kind = random.choice(len(KINDS), visits, p=shares / shares.sum())[visit]
    late = random.random(count) < LATE_SHARE
    shortest, longest = np.log(LATE_MS).tolist()
    delay = np.exp(random.uniform(shortest, longest, count)).astype(np.int64)
    arrival = at + random.integers(50, 2_000, count) + np.where(late, delay, 0)
    choice = random.integers(0, 2**31 - 1, count)
    return _Table(persons[visit], visit, kind, choice, at, arrival)


def _busy_persons(plan: Plan, random: np.random.Generator) -> Integers:
    """Whose visits follow after everybody's first one; more than can be needed."""
    left = max(plan.touchpoints - plan.persons, 0)
    weight = (np.arange(plan.persons) + ZIPF_SHIFT + 1.0) ** -ZIPF_EXPONENT
    edges = np.cumsum(weight) / weight.sum()
    found = np.searchsorted(edges, random.random(left + 1))
    return random.permutation(plan.persons)[np.minimum(found, plan.persons - 1)]


def _deliveries(plan: Plan, table: _Table, random: np.random.Generator) -> Integers:
    """Rows in order of arrival; some come twice."""
    twice = random.choice(
        plan.touchpoints, plan.records - plan.touchpoints, replace=False
    )
    again = table.arrival[twice] + random.integers(*TWICE_MS, len(twice))
    rows = np.concatenate([np.arange(plan.touchpoints), twice])
    arrival = np.concatenate([table.arrival, again])
    return rows[np.argsort(arrival, kind="stable")].astype(np.int64)
