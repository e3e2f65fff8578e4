"""Objectives on the embedded engine: values by hand, and when they are on track."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from prometheus_client import CollectorRegistry

from insights.asker import QuestionError
from insights.objectives.answer import Progress, objectives
from insights.objectives.gauges import export
from insights.objectives.spec import ObjectiveError, parse_objectives, read_objectives
from insights.personas.spec import built_in
from schemas.metrics import Metrics
from schemas.tables import JOURNEY_STATES, TABLES, TOUCHPOINTS, TRANSITIONS
from tests.unit.insights.store import OverJson, Row, Store, open_store

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytest.importorskip("chdb")
pytestmark = pytest.mark.clickhouse

BASE = 1_704_067_200_000  # 2024-01-01
DAY = 86_400_000
PHASES = {"default": ("awareness", "acquisition", "onboarding")}


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    with open_store(tmp_path_factory.mktemp("objectives")) as store:
        yield store


@pytest.fixture
def store(opened: Store) -> Store:
    opened.clear(*TABLES)
    return opened


def touch(person: int, day: float, type_: str, **more: object) -> Row:
    row: dict[str, object] = {
        "person_id": f"customer_id:{person}",
        "occurred_at": int(BASE + day * DAY),
        "received_at": BASE,
        "source": "shop",
        "id": f"{person}-{day}-{type_}",
        "type": type_,
        "channel": "web",
        "direction": "in",
    }
    return row | more


def order(person: int, day: float, value: int, currency: str = "EUR") -> Row:
    money = {"value_minor": value, "currency": currency}
    return touch(person, day, "order_completed", **money)


def answered(person: int, day: float, emotion: float) -> Row:
    felt = {"emotion": emotion, "emotion_observed": True, "emotion_evidence": "nps"}
    return touch(person, day, "survey_answered", **felt)


def passed(person: int, *steps: tuple[str, float]) -> list[Row]:
    return [
        {
            "person_id": f"customer_id:{person}",
            "model": "default",
            "transition_no": number,
            "from_phase": steps[number - 2][0] if number > 1 else "",
            "to_phase": phase,
            "occurred_at": int(BASE + day * DAY),
            "revision": 1,
        }
        for number, (phase, day) in enumerate(steps, 1)
    ]


def ask(store: Store, text: str, day: float | None = None) -> Progress:
    period = "" if "from:" in text else ", from: 2024-01-01, to: 2024-04-10"
    wanted = parse_objectives(f"objectives: [{{name: it{period}, {text}}}]".encode())
    as_of = None if day is None else int(BASE + day * DAY)
    asker = OverJson(store.asker)
    (found,) = objectives(asker, wanted, [built_in()], PHASES, as_of)
    again = asker.ask(found.evidence.sql, found.evidence.parameters)
    assert len(again.rows) == 1
    return found


ORDERS = [order(n, n, 1_000) for n in range(10)] + [order(99, 3, 700, "USD")]


def test_sums_are_expected_evenly(store: Store) -> None:
    """100 days for 40 orders: 10 after 25 days are on track, after 26 they are not."""
    store.insert(TOUCHPOINTS, ORDERS[:-1])
    found = ask(store, "metric: orders, target: 40", 25)
    assert (found.value, found.expected, found.on_track) == (10, 10, True)
    assert (found.elapsed, found.progress, found.status) == (0.25, 0.25, "on_track")
    later = ask(store, "metric: orders, target: 40", 26)
    assert (later.on_track, later.status) == (False, "behind")
    limit = ask(store, "metric: orders, target: 40, at_most: true", 26)
    assert limit.on_track


def test_what_comes_later_does_not_count(store: Store) -> None:
    """The moment is included, what is after it is not; without one it is the newest."""
    store.insert(TOUCHPOINTS, ORDERS)
    assert ask(store, "metric: orders, target: 40", 4).value == 6
    assert ask(store, "metric: orders, target: 40").as_of == BASE + 9 * DAY


def test_a_stay_that_ends_later_still_goes_on(store: Store) -> None:
    """As of a moment nobody has left a phase after it: they are pending."""
    left = passed(1, ("awareness", 1), ("acquisition", 11))
    store.insert(TRANSITIONS, [*left, *passed(2, ("awareness", 2), ("acquisition", 4))])
    for metric in ("median_dwell_days", "median_days_to_move"):
        text = f"metric: {metric}, phase: awareness, target: 5"
        early, later = ask(store, text, 5), ask(store, text, 11)
        assert (early.value, early.known, early.pending) == (2, 1, 1)
        assert (later.value, later.known, later.pending) == (6, 2, 0)


def test_revenue_is_of_one_currency_and_period(store: Store) -> None:
    """Others are not added; the first moment is in, the last is out."""
    store.insert(TOUCHPOINTS, ORDERS)
    text = "metric: revenue, currency: EUR, target: 5000"
    found = ask(store, f"{text}, from: 2024-01-03, to: 2024-01-06", 60)
    assert (found.value, found.known, found.status) == (3_000, 3, "missed")
    assert ask(store, text, 200).status == "reached"


def test_before_the_period_nothing_is_said(store: Store) -> None:
    """No expectation, and no verdict."""
    store.insert(TOUCHPOINTS, ORDERS)
    found = ask(store, "metric: orders, target: 5, from: 2025-01-01, to: 2025-02-01", 9)
    assert (found.value, found.expected, found.on_track) == (0, None, None)
    assert found.status == "not_started"


def test_persons_reaching_a_phase_count_once(store: Store) -> None:
    """Also where they come back to it; only who entered in the period."""
    rows = passed(
        1, ("awareness", 1), ("onboarding", 2), ("dormant", 3), ("onboarding", 4)
    )
    rows += passed(2, ("onboarding", -5)) + passed(3, ("onboarding", 5))
    store.insert(TRANSITIONS, rows)
    found = ask(store, "metric: persons_reaching, phase: onboarding, target: 10", 50)
    assert (found.value, found.expected) == (2, 5)


def test_conversion_waits_for_the_horizon(store: Store) -> None:
    """40 entered long ago, 30 of them moved on in time, 2 too late, 3 into silence; 7
    entered lately and are pending, also where they moved on.
    """
    rows = []
    for n in range(40):
        left = (
            [("onboarding", 10)] if n < 30 else [("onboarding", 45)] if n < 32 else []
        )
        left = [("dormant", 12)] if 35 <= n < 38 else left
        rows += passed(n, ("awareness", 1), ("acquisition", 5), *left)
    for n in range(40, 47):
        rows += passed(
            n, ("acquisition", 50), *([("onboarding", 51)] if n < 43 else [])
        )
    store.insert(TRANSITIONS, rows)
    text = "metric: conversion, phase: acquisition"
    found = ask(store, f"{text}, target: 0.7", 60)
    assert (found.value, found.known, found.pending) == (0.75, 40, 7)
    assert (found.expected, found.on_track) == (0.7, True)
    assert ask(store, f"{text}, target: 0.8", 60).status == "behind"
    early = ask(store, f"{text}, target: 0.8", 10)
    assert (early.value, early.status, early.pending) == (None, "too_early", 40)


def test_median_dwell_and_a_limit(store: Store) -> None:
    """Of stays that are over; who is still there is pending."""
    rows = []
    for n in range(31):
        rows += passed(n, ("acquisition", 1), ("onboarding", 1 + n))
    rows += passed(99, ("acquisition", 1))
    store.insert(TRANSITIONS, rows)
    text = "metric: median_dwell_days, phase: acquisition, at_most: true"
    found = ask(store, f"{text}, target: 15", 90)
    assert (found.value, found.known, found.pending) == (15, 31, 1)
    assert found.on_track
    assert ask(store, f"{text}, target: 14.9", 90).on_track is False
    silent = [passed(n, ("acquisition", 1), ("dormant", 81)) for n in range(200, 240)]
    store.insert(TRANSITIONS, [row for one in silent for row in one])
    assert ask(store, f"{text}, target: 15", 90).value > 15  # type: ignore[operator]
    moved = text.replace("median_dwell_days", "median_days_to_move")
    assert ask(store, f"{moved}, target: 15", 90).value == 15


def test_emotion_and_nps_are_of_what_was_said(store: Store) -> None:
    """By hand: 20 promoters, 10 passive, 10 detractors: 25 points; few are too early."""
    rows = [answered(n, 1, 2.0 if n % 2 else 1.5) for n in range(20)]
    rows += [answered(n, 1, 0.5) for n in range(20, 30)]
    rows += [answered(n, 1, -1.0) for n in range(30, 40)]
    rows += [touch(50, 1, "payment_failed", emotion=-2.0)]
    store.insert(TOUCHPOINTS, rows)
    assert ask(store, "metric: nps, target: 20", 50).value == 25
    felt = ask(store, "metric: emotion_observed, target: 1", 50)
    assert felt.value == pytest.approx((10 * 2 + 10 * 1.5 + 10 * 0.5 - 10) / 40)
    assert felt.status == "behind"
    few = ask(store, "metric: nps, target: 20, store: paris", 50)
    assert (few.value, few.status) == (None, "too_early")


def test_an_objective_may_be_of_a_persona(store: Store) -> None:
    """Of what its persons do, and of the phases they enter."""
    store.insert(TOUCHPOINTS, ORDERS)
    store.insert(
        TRANSITIONS, passed(1, ("onboarding", 1)) + passed(2, ("onboarding", 1))
    )
    known = {
        "revision": 1,
        "touchpoints": 1,
        "first_at": BASE,
        "last_at": BASE,
        "facts": "{}",
    }
    store.insert(
        JOURNEY_STATES,
        [
            {**known, "person_id": "customer_id:1", "orders": 5},
            {**known, "person_id": "customer_id:2", "orders": 1},
        ],
    )
    assert ask(store, "metric: orders, persona: loyal, target: 1", 50).value == 1
    reached = "metric: persons_reaching, phase: onboarding, persona: loyal, target: 1"
    assert ask(store, reached, 50).value == 1


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("metric: orders, target: 0", "above zero"),
        ("metric: orders, target: 1, phase: onboarding", "has no phase"),
        ("metric: conversion, target: 1", "needs a phase"),
        ("metric: revenue, target: 1", "needs a currency"),
        ("metric: smiles, target: 1", r"docs/objectives\.md"),
        (
            "metric: orders, target: 1, from: 2024-02-01, to: 2024-01-01",
            "range is empty",
        ),
        ("metric: conversion, target: 1, phase: onboarding, store: x", "store"),
        ("metric: conversion, target: 1, phase: nowhere", "no phase 'nowhere'"),
        ("metric: orders, target: 1, persona: nobody", "no persona"),
    ],
)
def test_an_objective_without_sense_is_refused(
    store: Store, text: str, said: str
) -> None:
    """With a word on what to change."""
    with pytest.raises(QuestionError, match=said):
        ask(store, text, 1)


def test_a_file_is_named_and_names_are_unique(tmp_path: Path) -> None:
    """The message says which file, or which name."""
    file = tmp_path / "objectives.yaml"
    with pytest.raises(ObjectiveError, match="check the path"):
        read_objectives(file)
    one = "{name: a, metric: orders, target: 1, from: 2024-01-01, to: 2024-02-01}"
    file.write_text(f"objectives: [{one}, {one}]")
    with pytest.raises(ObjectiveError, match=r"objectives\.yaml: two objectives"):
        read_objectives(file)
    for wrong, told in (("to: 2023-02-01", "the range"), ("horizon: soon", "")):
        file.write_text(
            f"objectives: [{one[:-1]}, {wrong}}}]".replace("to: 2024-02-01, to", "to")
        )
        with pytest.raises(ObjectiveError, match=rf"objectives\.yaml: a: {told}"):
            read_objectives(file)


def test_gauges_say_what_is_known(store: Store) -> None:
    """What nobody can say has no gauge, also where it had one before."""
    store.insert(TOUCHPOINTS, ORDERS)
    metrics = Metrics(CollectorRegistry())

    def shown(name: str) -> float | None:
        labels = {"objective": "it"}
        return metrics.registry.get_sample_value(f"parcours_objective_{name}", labels)

    export([ask(store, "metric: orders, target: 40", 50)], metrics)
    assert (shown("target"), shown("value"), shown("on_track")) == (40, 11, 0)
    assert (shown("expected"), shown("progress_ratio")) == (20, 11 / 40)
    export([ask(store, "metric: nps, target: 20", 50)], metrics)
    assert (shown("target"), shown("value"), shown("on_track")) == (20, None, None)
