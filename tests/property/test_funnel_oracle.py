"""The funnel engine against trying everything, on the embedded engine."""

from __future__ import annotations

import json
import random
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from insights.funnels.answer import StepAnswer, answer
from insights.funnels.spec import Funnel, Step
from schemas.tables import TOUCHPOINTS
from tests.factories.funnel_oracle import Event, Expected, expected
from tests.unit.insights.store import LOG, Store, open_store

if TYPE_CHECKING:
    from collections.abc import Iterator

TENANTS = 40
PERSONS = 10
BASE = 1_700_000_000_000
TYPES = {
    "page_viewed": "in",
    "product_viewed": "in",
    "order_completed": "in",
    "email_delivered": "out",
    "identity_linked": "in",
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
        yield opened


_moments = st.one_of(st.none(), st.integers(-2, 18).map(lambda s: BASE + s * 1000))
_steps = st.builds(
    lambda types, where: Step(any_of=tuple(types), where=where),
    st.lists(st.sampled_from(list(TYPES)), min_size=1, max_size=3, unique=True),
    st.one_of(st.just({}), st.sampled_from(CONDITIONS)),
)


@st.composite
def funnels(draw: st.DrawFn) -> Funnel:
    """Funnels with every option."""
    start, end = draw(_moments), draw(_moments)
    if start is not None and end is not None and start >= end:
        start, end = None, start
    return Funnel(
        steps=tuple(draw(st.lists(_steps, min_size=1, max_size=4))),
        window=draw(st.sampled_from(["0s", "1s", "2500ms", "5s", "10s", "1h"])),
        unit=draw(st.sampled_from(["person", "session", "cart", "order"])),
        order=draw(st.sampled_from(["ordered", "strict", "any"])),
        from_=start,
        to=end,
        tenant=draw(st.sampled_from(list(POPULATIONS))),
        include_bots=draw(st.booleans()),
        include_machine=draw(st.booleans()),
    )


def _told(step: StepAnswer) -> Expected:
    first, previous = step.seconds_from_first, step.seconds_from_previous
    return Expected(
        step.units,
        step.dropped,
        step.pending,
        (first.median, first.p75, first.p95) if first else None,
        (previous.median, previous.p75, previous.p95) if previous else None,
    )


def _rounded(one: Expected) -> tuple[object, ...]:
    def round_all(values: tuple[float, ...] | None) -> list[float] | None:
        return None if values is None else [round(value, 6) for value in values]

    times = round_all(one.from_first), round_all(one.from_previous)
    return (one.units, one.dropped, one.pending, *times)


@settings(
    max_examples=1000,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(funnel=funnels(), as_of=_moments)
def test_every_funnel_equals_trying_everything(
    store: Store, funnel: Funnel, as_of: int | None
) -> None:
    """Counts, drop-offs, pending and times equal the oracle's, for every option."""
    events: list[Event] = list(POPULATIONS[funnel.tenant])
    told = answer(store.asker, funnel, as_of)
    newest = max(int(str(event["occurred_at"])) for event in events)
    assert told.as_of == (newest if as_of is None else as_of)
    wanted = expected(funnel, events, told.as_of)
    assert [_rounded(_told(step)) for step in told.steps] == list(map(_rounded, wanted))
    assert told.entered == told.converted + told.dropped + told.pending
