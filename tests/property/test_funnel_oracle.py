"""The funnel engine against trying everything, on the embedded engine."""

from __future__ import annotations

import json
import random
from collections import Counter, defaultdict
from dataclasses import astuple
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from insights.asker import ask_all
from insights.funnels.answer import FunnelAnswer, answer
from insights.funnels.numbers import KINDS, Numbers
from insights.funnels.persons import State, Wanted, persons
from insights.funnels.spec import Breakdown, Exclusion, Funnel, Step
from insights.funnels.statement import Asked, Period, over_attempts
from insights.funnels.trend import trend
from schemas.tables import TOUCHPOINTS
from tests.factories.funnel_oracle import Found, expected, found
from tests.unit.insights.store import LOG, OverJson, Store, open_store

if TYPE_CHECKING:
    from collections.abc import Iterator

SPECS = 600
CASES = 10_000
ALL = 10_000
STATES = ("converted", "dropped", "pending", "excluded")
TENANTS = 20
PERSONS = 24
BASE = 1_700_002_792_000
"""Eight seconds before midnight in Paris."""
TYPES = {
    "page_viewed": "in",
    "product_viewed": "in",
    "order_completed": "in",
    "email_delivered": "out",
    "identity_linked": "in",
    "order_cancelled": "in",
}
PROPERTIES = [
    {},
    {"n": 5},
    {"n": "5"},
    {"n": 5.5, "deep": {"flag": True}},
    {"n": None, "deep": {"flag": False}},
    {"n": True, "deep": 3},
]
CONDITIONS: list[dict[str, object]] = [
    {"store_id": 367},
    {"store_id": {"ne": "367"}},
    {"store_id": ["367", 401]},
    {"store_id": {"not_in": [367]}},
    {"store_id": {"exists": True}},
    {"store_id": {"contains": "6", "starts_with": "3"}},
    {"value_minor": {"ge": 0, "lt": 700}},
    {"value_minor": {"gt": 499.5}},
    {"value_minor": {"ne": 500}},
    {"value_minor": {"exists": False}},
    {"late": True},
    {"late": {"ne": True}},
    {"properties.n": 5},
    {"properties.n": "5"},
    {"properties.n": {"le": 5.5}},
    {"properties.n": {"ne": 5}},
    {"properties.n": {"exists": True}},
    {"properties.n": [5, "5", True]},
    {"properties.deep.flag": True},
    {"properties.deep.flag": {"exists": False}, "store_id": "367"},
]


def _event(draw: random.Random, person: int, number: int) -> dict[str, object]:
    """One touchpoint; times are few, so that ties are many."""
    name = draw.choice(list(TYPES))
    return {
        "person_id": f"customer_id:{person}",
        "occurred_at": BASE + draw.randrange(16) * 1000,
        "seq": draw.choice([0, 0, 1]),
        "source": draw.choice(["shop", "tills"]),
        "id": f"{draw.randrange(10**6)}-{person}-{number}",
        "type": name,
        "direction": TYPES[name],
        "session_id": draw.choice(["", f"s{person}", f"t{person}"]),
        "cart_id": draw.choice(["", f"c{person // 2}", f"d{person}"]),
        "order_id": draw.choice(["", "", f"o{person}"]),
        "store_id": draw.choice(["", "367", "401"]),
        "value_minor": draw.choice([None, 0, 500, 700]),
        "late": draw.random() < 0.3,
        "bot": draw.random() < 0.1,
        "machine": draw.random() < 0.1,
        "properties": json.dumps(draw.choice(PROPERTIES)),
        "raw_log": LOG,
    }


def _population(tenant: int) -> list[dict[str, object]]:
    draw = random.Random(tenant)  # the same touchpoints in every run
    return [
        _event(draw, person, number) | {"tenant": f"tenant-{tenant}"}
        for person in range(PERSONS)
        for number in range(draw.randrange(9))
    ]


POPULATIONS = {f"tenant-{tenant}": _population(tenant) for tenant in range(TENANTS)}


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """All populations, each touchpoint with an outdated version of itself."""
    with open_store(tmp_path_factory.mktemp("funnels")) as opened:
        rows = [event for events in POPULATIONS.values() for event in events]
        outdated = {"type": "page_viewed", "late": True, "properties": '{"n":5}'}
        opened.writer.command("SYSTEM STOP MERGES")
        opened.insert(TOUCHPOINTS, [row | outdated for row in rows])
        opened.insert(TOUCHPOINTS, [row | {"received_at": BASE} for row in rows])
        yield Store(opened.writer, OverJson(opened.asker))


def _kind(draw: random.Random) -> dict[str, Any]:
    every = draw.random() < 0.1
    some = draw.sample(list(TYPES), draw.choice([1, 1, 1, 2, 3]))
    where = draw.choice(CONDITIONS) if draw.random() < 0.35 else {}
    return {"any_of": ("*",) if every else tuple(some), "where": where}


def _step(draw: random.Random, number: int, last: int, order: str) -> Step:
    between = order != "any" and number > 1
    near = between and draw.random() < 0.25
    far = between and draw.random() < 0.2
    optional = between and number < last and draw.random() < 0.3
    return Step(
        **_kind(draw),
        optional=optional,
        within=draw.choice(["2s", "3s", "6s"]) if near and not optional else None,
        at_least=draw.choice(["0s", "1s", "2s"]) if far and not optional else None,
    )


def _exclusion(draw: random.Random, steps: list[Step], order: str) -> Exclusion:
    required = [n for n, step in enumerate(steps, 1) if not step.optional]
    if order == "any":
        return Exclusion(**_kind(draw))
    first, to = sorted(draw.sample(required, 2))
    end = None if to == len(steps) and draw.random() < 0.5 else to
    return Exclusion(**_kind(draw), from_=first, to=end)


def _breakdown(draw: random.Random, steps: list[Step], order: str) -> Breakdown:
    required = [n for n, step in enumerate(steps, 1) if not step.optional]
    choices = ["first_touch", "last_touch", "all_steps"]
    if order != "any":
        choices += [f"step:{n}" for n in required]
    return Breakdown(
        draw.choice(["store_id", "value_minor", "properties.n", "late", "source"]),
        draw.choice(choices),
        draw.choice([1, 2, 10]),
    )


def _funnel(seed: int) -> Funnel:
    """A funnel with any of the options."""
    draw = random.Random(seed)
    order = draw.choice(["ordered", "ordered", "strict", "any"])
    last = draw.choice([1, 2, 2, 3, 3, 4])
    steps = [_step(draw, number, last, order) for number in range(1, last + 1)]
    start, end = (draw.choice([None, None, draw.randrange(-2, 18)]) for _ in range(2))
    if start is not None and end is not None and start >= end:
        start, end = None, start
    needed = sum(not step.optional for step in steps)
    excluding = needed > 1 and draw.random() < 0.35
    exclude = excluding and [
        _exclusion(draw, steps, order) for _ in range(draw.choice([1, 1, 2]))
    ]
    hold = draw.sample(["store_id", "properties.n", "cart_id", "source"], 1)
    count = draw.choice(["uniques", "uniques", "totals"])
    may_open = order != "any" and count == "uniques"
    breaking = order == "strict" and draw.random() < 0.3
    return Funnel(
        steps=tuple(steps),
        window=draw.choice(["0s", "1s", "2500ms", "5s", "5s", "10s", "10s", None]),
        unit=draw.choice(["person", "person", "session", "cart", "order"]),  # type: ignore[arg-type]
        order=order,  # type: ignore[arg-type]
        session=draw.random() < 0.1,
        closed=not (may_open and draw.random() < 0.25),
        exclude=tuple(exclude or ()),
        hold=tuple(hold) if draw.random() < 0.2 else (),
        from_=None if start is None else BASE + start * 1000,
        to=None if end is None else BASE + end * 1000,
        breakdown=_breakdown(draw, steps, order) if draw.random() < 0.5 else None,
        count=count,  # type: ignore[arg-type]
        timezone=draw.choice(["UTC", "Europe/Paris", "America/New_York"]),
        tenant=f"tenant-{draw.randrange(TENANTS)}",
        eligible=("page_viewed", "email_delivered") if breaking else None,
        net=draw.random() < 0.2,
        include_bots=draw.random() < 0.5,
        include_machine=draw.random() < 0.5,
    )


def _as_of(seed: int) -> int | None:
    draw = random.Random(-seed)
    return draw.choice([None, BASE + draw.randrange(20) * 1000])


def _members(attempts: list[Found]) -> list[tuple[object, ...]]:
    told = []
    for one in attempts:
        times = [time for time in one.times if time is not None]
        kind = KINDS.index(one.bucket[0])  # type: ignore[arg-type]
        told.append((one.unit, one.state, one.step, min(times), kind, one.bucket[1]))
    return sorted(told)


def _wanted(funnel: Funnel, attempts: list[Found]) -> list[tuple[object, ...]]:
    return [
        tuple(
            tuple(round(v, 6) for v in value) if isinstance(value, tuple) else value
            for value in astuple(step)
        )
        for step in expected(funnel, attempts)
    ]


def _told(whole: Numbers) -> list[tuple[object, ...]]:
    return [
        (
            step.units,
            step.from_first,
            step.from_previous,
            step.dropped,
            step.pending,
            *(
                seconds
                and tuple(
                    round(v, 6) for v in (seconds.median, seconds.p75, seconds.p95)
                )
                for seconds in (step.seconds_from_first, step.seconds_from_previous)
            ),
        )
        for step in whole.steps
    ]


class _Matched(msgspec.Struct):
    unit: str
    state: State
    stop: int
    kind: int
    value: str
    step: int
    occurred_at: int
    source: str
    id: str
    attempt: int


def _taken(store: Store, asked: Asked) -> list[tuple[object, ...]]:
    asking = over_attempts("matched", asked)
    rows = ask_all(store.asker, asking.text, asking.values, _Matched)
    return sorted((r.unit, r.state, r.kind, r.value, r.step, r.id) for r in rows)


def _taken_by_oracle(attempts: list[Found]) -> list[tuple[object, ...]]:
    return sorted(
        (one.unit, one.state, KINDS.index(one.bucket[0]), one.bucket[1], step, name)  # type: ignore[arg-type]
        for one in attempts
        for step, name in enumerate(one.done, 1)
        if name is not None
    )


def _listed(
    store: Store, funnel: Funnel, wanted: Wanted, as_of: int
) -> list[tuple[object, ...]]:
    page = persons(store.asker, funnel, wanted, as_of)
    assert not page.more
    return sorted(
        (m.unit, m.state, m.step, m.entered_at, KINDS.index(m.kind), m.value)
        for m in page.members
    )


def _differences(store: Store, seed: int) -> list[str]:
    """What the engine says differently from the oracle."""
    funnel, draw = _funnel(seed), random.Random(seed)
    events = POPULATIONS[funnel.tenant]
    told = answer(store.asker, funnel, _as_of(seed))
    as_of = told.as_of
    whole = found(funnel, events, as_of)
    wrong = []
    if _told(told) != _wanted(funnel, whole):
        wrong.append("numbers")
    counts = Counter(one.state for one in whole)
    numbers = (told.converted, told.dropped, told.pending, told.excluded)
    if (told.entered, *numbers) != (len(whole), *(counts[state] for state in STATES)):
        wrong.append("states")
    if _listed(store, funnel, Wanted(limit=ALL), as_of) != _members(whole):
        wrong.append("persons")
    step = draw.randint(1, len(funnel.steps))
    if (
        len(_listed(store, funnel, Wanted("reached", step, limit=ALL), as_of))
        != told.steps[step - 1].units
    ):
        wrong.append("persons of a step")
    if (
        len(_listed(store, funnel, Wanted("dropped", step, limit=ALL), as_of))
        != told.steps[step - 1].dropped
    ):
        wrong.append("persons dropped")
    asked = Asked(funnel, as_of, bucketed=funnel.breakdown is not None, detailed=True)
    apart = found(funnel, events, as_of, bucketed=asked.bucketed)
    if _taken(store, asked) != _taken_by_oracle(apart):
        wrong.append("touchpoints")
    if asked.bucketed:
        wrong += _differences_of_buckets(store, told, apart, funnel)
    period: Period = draw.choice(["day", "week", "month"])
    wrong += _differences_of_trend(store, funnel, period, as_of)
    return [f"{seed}: {what}" for what in wrong]


def _differences_of_trend(
    store: Store, funnel: Funnel, period: Period, as_of: int
) -> list[str]:
    events, wrong = POPULATIONS[funnel.tenant], []
    points = trend(store.asker, funnel, period, as_of).points
    entered = found(funnel, events, as_of, period=period)
    by_period = Counter((one.period, one.state) for one in entered)
    for point in points:
        found_numbers = (point.converted, point.dropped, point.pending, point.excluded)
        if found_numbers != tuple(by_period[point.period, state] for state in STATES):
            wrong.append("trend")
    if sum(point.entered for point in points) != len(entered):
        wrong.append("trend in total")
    return wrong


def _differences_of_buckets(
    store: Store, told: FunnelAnswer, apart: list[Found], funnel: Funnel
) -> list[str]:
    assert funnel.breakdown is not None
    limit = funnel.breakdown.limit
    sizes = Counter(one.bucket for one in apart if one.bucket[0] == "value")
    shown = sorted(sizes, key=lambda bucket: (-sizes[bucket], bucket[1]))[:limit]
    groups: dict[tuple[str, str], list[Found]] = defaultdict(list)
    for one in apart:
        other = one.bucket[0] == "value" and one.bucket not in shown
        groups[("other", "") if other else one.bucket].append(one)
    if {(b.kind, b.value if b.kind == "value" else "") for b in told.breakdown} != set(
        groups
    ):
        return ["buckets"]
    wrong = []
    for bucket in told.breakdown:
        mine = groups[bucket.kind, bucket.value if bucket.kind == "value" else ""]
        if _told(bucket) != _wanted(funnel, mine):
            wrong.append(f"bucket {bucket.kind}")
        wanted = Wanted(kind=bucket.kind, value=bucket.value, limit=ALL)
        if (
            len(_listed(store, funnel, wanted, told.as_of))
            != bucket.entered
            != len(mine)
        ):
            wrong.append(f"persons of bucket {bucket.kind}")
    return wrong


def test_every_funnel_equals_trying_everything(store: Store) -> None:
    """Numbers, buckets, persons, touchpoints and trends, for every option."""
    cases, wrong = 0, []
    for seed in range(SPECS):
        funnel = _funnel(seed)
        ids = {str(e[f"{funnel.unit}_id"]) for e in POPULATIONS[funnel.tenant]} - {""}
        cases += len(ids)
        wrong += _differences(store, seed)
    print(f"{cases:,} cases of {SPECS} funnels, {len(wrong)} differences")  # noqa: T201
    assert wrong == []
    assert cases >= CASES
