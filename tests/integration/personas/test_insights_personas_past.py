"""Personas at a moment of the past, and how they drift, on the embedded engine."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from insights.personas.answer import drift, personas
from insights.scope import Scope
from schemas.tables import JOURNEY_STATES, TOUCHPOINTS, TRANSITIONS
from tests.factories.personas import BASE, DAY, counted, declared, state, touch
from tests.unit.insights.store import OverJson

if TYPE_CHECKING:
    from tests.unit.insights.store import Store

pytest.importorskip("chdb")
pytestmark = pytest.mark.clickhouse


def test_the_past_is_counted_from_touchpoints(store: Store) -> None:
    """What came later does not count; phase and value are those of the moment."""
    store.insert(JOURNEY_STATES, [state("a", facts='{"age":"young"}')])
    bought = {"value_minor": 6_000, "currency": "EUR"}
    store.insert(
        TOUCHPOINTS,
        [
            touch("a", 1, "order_completed", **bought),
            touch("a", 2, "customer_updated", channel="system"),
            touch("a", 3, "order_completed", **bought),
        ],
    )
    moved = {"person_id": "a", "model": "default", "revision": 1}
    store.insert(
        TRANSITIONS,
        [
            {**moved, "transition_no": 1, "to_phase": "one", "occurred_at": BASE},
            {**moved, "transition_no": 2, "to_phase": "two", "occurred_at": BASE + 9},
            {
                **moved,
                "transition_no": 3,
                "to_phase": "advocacy",
                "occurred_at": BASE + 3 * DAY,
            },
        ],
    )
    model = declared("""
kind: rules
name: then
personas:
  - {name: advocate, where: {phase: advocacy}}
  - {name: rich, where: {value.EUR: {ge: 10000}}}
  - name: first
    where: {phase: two, orders: 1, touchpoints: 1, days_since_last: 1, fact.age: young}
""")
    at = [
        counted(personas(store.asker, Scope(), model, BASE + day * DAY))
        for day in (1, 2, 4)
    ]
    assert at == [{}, {"first": 1}, {"advocate": 1}]


def test_drift_is_the_stability_index(store: Store) -> None:
    """By hand: (0.75 - 0.5) ln 1.5 + (0.25 - 0.5) ln 0.5 = 0.2747."""
    model = declared("""
kind: rules
name: two
personas: [{name: buyer, where: {orders: {ge: 1}}}]
""")
    rows = [touch(str(n), 1) for n in range(4)] + [touch(str(n), 20) for n in range(4)]
    rows += [touch(str(n), 2, "order_completed") for n in range(2)]
    rows += [touch("2", 21, "order_completed")]
    store.insert(TOUCHPOINTS, rows)
    first = Scope(from_=BASE, to=BASE + 10 * DAY)
    second = Scope(from_=BASE + 10 * DAY, to=BASE + 30 * DAY)
    found = drift(store.asker, model, first, second)
    assert found.psi == pytest.approx(0.274653, abs=1e-6)
    assert found.verdict == "large"
    assert drift(store.asker, model, first, first).psi == 0
    empty = Scope(from_=BASE - DAY, to=BASE)
    assert drift(store.asker, model, empty, first).psi is None


def test_a_period_that_goes_on_ends_with_what_is_known(store: Store) -> None:
    """Without an end, or one to come, nobody counts as silent until then."""
    model = declared("""
kind: rules
name: two
personas: [{name: silent, where: {days_since_last: {ge: 30}}}]
""")
    store.insert(TOUCHPOINTS, [touch(str(n), day) for n in range(4) for day in (1, 20)])
    before = Scope(to=BASE + 10 * DAY)
    for end in (None, "2090-01-01"):
        found = drift(store.asker, model, before, Scope(from_=BASE + 10 * DAY, to=end))
        assert (found.psi, found.after.at) == (0, BASE + 20 * DAY + 1)
    then = personas(store.asker, Scope(), model, "2090-01-01")
    assert counted(then) == {"others": 4}


def test_a_silence_that_was_noticed_is_known(store: Store) -> None:
    """It comes after the newest touchpoint of all, and is known all the same."""
    model = declared(
        "{kind: rules, name: mine, personas: [{name: gone, where: {phase: dormant}}]}"
    )
    store.insert(TOUCHPOINTS, [touch("a", 1), touch("b", 3)])
    silence = {"model": "default", "to_phase": "dormant", "revision": 1}
    moved = {"person_id": "a", "transition_no": 1, "occurred_at": BASE + 5 * DAY}
    store.insert(TRANSITIONS, [silence | moved])
    told = personas(store.asker, Scope(), model, BASE + 9 * DAY)
    assert told.at == BASE + 5 * DAY + 1
    assert counted(told) == {"gone": 1, "others": 1}
    before, after = Scope(to=BASE + 4 * DAY), Scope()
    moves = drift(store.asker, model, before, after).personas
    assert [(one.before, one.after) for one in moves] == [(0, 1), (2, 1)]


def test_now_is_the_past_of_this_moment(store: Store) -> None:
    """What came late counts now as it does then: orders, values, channels, emotions."""
    bought = {"value_minor": 500, "currency": "EUR", "channel": "pos", "late": True}
    rows = [
        touch("a", 1, emotion=1.0, emotion_observed=True),
        touch("a", 2, "order_completed", value_minor=70, currency="EUR", order_id="1"),
        touch("a", 3, "order_completed", **bought, order_id="1"),
        touch("a", 0.5, "order_completed", **bought, order_id="2"),
        touch(
            "a", 4, "review_submitted", late=True, emotion=-1.0, emotion_observed=True
        ),
        touch("b", 4, late=True, channel="store"),
    ]
    store.insert(TOUCHPOINTS, rows)
    store.insert(
        JOURNEY_STATES,
        [
            state(
                "a",
                touchpoints=2,
                orders=1,
                value_minor={"EUR": 70},
                counts={"page_viewed": 1, "order_completed": 1},
                channels={"web": 2},
                first_at=BASE + DAY,
                last_at=BASE + 2 * DAY,
                emotions_observed=1,
                emotions_observed_sum=1.0,
                members=["b"],
                late=4,
            ),
            state("b", merged_into="a", touchpoints=0),
        ],
    )
    model = declared("""
kind: rules
name: same
personas:
  - name: exact
    where: {touchpoints: 6, orders: 2, value.EUR: 1000, count.order_completed: 3,
            channel.pos: 2, channel.store: 1, emotion_observed: 0,
            days_known: {ge: 3.49, le: 3.51}}
""")
    for at in (None, BASE + 9 * DAY):
        found = personas(OverJson(store.asker), Scope(), model, at)
        assert counted(found) == {"exact": 1}, at
