"""What each option of a funnel does, by an example worked out by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from insights.funnels import statement
from insights.funnels.explain import explain
from insights.funnels.numbers import Seconds
from insights.funnels.persons import choice, persons
from insights.funnels.spec import Breakdown, Exclusion, FunnelError, Step
from insights.funnels.trend import trend
from schemas.tables import TOUCHPOINTS
from tests.factories.lettered import BASE, NAMES, asked, happened, reached, told
from tests.unit.insights.store import Store, open_store

if TYPE_CHECKING:
    from collections.abc import Iterator

LATER = BASE + 10**12


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    with open_store(tmp_path_factory.mktemp("options")) as store:
        yield store


@pytest.fixture
def store(opened: Store) -> Store:
    opened.clear(TOUCHPOINTS)
    return opened


def step(letter: str, **more: object) -> Step:
    return Step(type=NAMES[letter], **more)  # type: ignore[arg-type]


def test_an_optional_step_is_counted_and_blocks_nobody(store: Store) -> None:
    """Time from the step before passes over it, and is its own for itself."""
    store.insert(TOUCHPOINTS, happened("A0 B1 C3"))
    store.insert(TOUCHPOINTS, happened("A0 C5", "2"))
    store.insert(TOUCHPOINTS, happened("A0 B2", "3"))
    steps = told(store, "A B? C").steps
    assert [one.units for one in steps] == [3, 2, 2]
    assert [one.dropped for one in steps] == [1, 0, 0]
    assert steps[1].seconds_from_previous == Seconds(1.5, 1.75, 1.95)
    assert steps[2].seconds_from_previous == Seconds(4, 4.5, 4.9)
    assert steps[2].from_previous == 2 / 3


def test_an_optional_step_does_not_break_a_strict_funnel(store: Store) -> None:
    """Whatever else the customer does between still does."""
    store.insert(TOUCHPOINTS, happened("A0 B1 C3"))
    store.insert(TOUCHPOINTS, happened("A0 B1 X2 C3", "2"))
    assert told(store, "A B? C", order="strict").converted == 1


@pytest.mark.parametrize(
    ("happens", "wanted"),
    [
        ("A0 B2", 1),
        ("A0 B3", 2),
        ("A0 B6", 2),
        ("A0 B7", 1),
        ("A0 A2 B5", 2),
        ("A0 A9 B10", 1),
        ("A0 A9 B10 B12", 2),
    ],
)
def test_a_step_can_need_a_shortest_and_a_longest_time(
    store: Store, happens: str, wanted: int
) -> None:
    """At least three and at most six seconds after the step before, both inclusive."""
    store.insert(TOUCHPOINTS, happened(happens))
    steps = (step("A"), step("B", at_least="3s", within="6s"))
    assert reached(told(store, "A B", steps=steps, window="1h")) == wanted


def test_an_open_funnel_is_entered_with_any_step(store: Store) -> None:
    """Everybody who entered anywhere is the whole of the shares."""
    store.insert(TOUCHPOINTS, happened("A0 B1 C2"))
    store.insert(TOUCHPOINTS, happened("B0 C1", "2"))
    store.insert(TOUCHPOINTS, happened("C0", "3"))
    found = told(store, "A B C", closed=False)
    assert [one.units for one in found.steps] == [1, 2, 3]
    assert [one.from_first for one in found.steps] == [1 / 3, 2 / 3, 1]
    assert [one.from_previous for one in found.steps] == [1, 1, 1]
    assert told(store, "A B C").converted == 1


def test_held_values_are_tried_one_by_one(store: Store) -> None:
    """All steps in one store, and without a store no step."""
    rows = happened("A0", store_id="367") + happened("A1", store_id="401")
    rows += happened("B2", store_id="367") + happened("C3", store_id="401")
    store.insert(TOUCHPOINTS, rows)
    store.insert(TOUCHPOINTS, happened("A0 B1", "2"))
    found = told(store, "A B C", hold=("store_id",))
    assert [one.units for one in found.steps] == [1, 1, 0]
    assert told(store, "A B C").converted == 1


def test_totals_are_attempts_that_do_not_overlap(store: Store) -> None:
    """One ends with its last step, or when its time is over."""
    store.insert(TOUCHPOINTS, happened("A0 A1 B2 B3 A4 A30 B31"))
    found = told(store, "A B", count="totals")
    assert (found.entered, found.converted, found.dropped) == (3, 2, 1)
    assert told(store, "A B").entered == 1


def test_any_touchpoint_can_be_a_step(store: Store) -> None:
    """`*` is every type; one touchpoint is still one step."""
    store.insert(TOUCHPOINTS, happened("A0 X1"))
    assert reached(told(store, "* * *")) == 2


def test_in_any_order_what_is_excluded_clears_everything(store: Store) -> None:
    """And a clean attempt after it counts."""
    store.insert(TOUCHPOINTS, happened("B0 X1 A2"))
    store.insert(TOUCHPOINTS, happened("B0 X1 A2 B3", "2"))
    found = told(store, "A B", order="any", without="X")
    assert (found.converted, found.excluded) == (1, 1)


def test_an_exclusion_has_conditions_and_steps_of_its_own(store: Store) -> None:
    """Between the second and third step alone, and only in one store."""
    store.insert(TOUCHPOINTS, happened("A0 X1 B2 C4"))
    store.insert(TOUCHPOINTS, happened("X3", store_id="401"))
    for place, excluded in (("401", 1), ("367", 0)):
        exclude = Exclusion(type=NAMES["X"], where={"store_id": place}, from_=2, to=3)
        found = told(store, "A B C", exclude=(exclude,))
        assert (found.excluded, found.converted) == (excluded, 1 - excluded)
        assert found.entered == 1


@pytest.mark.parametrize(
    ("attribution", "values"),
    [
        ("first_touch", {"web": 1, "app": 1}),
        ("last_touch", {"store": 1, "app": 1}),
        ("all_steps", {"app": 1, "web": 0}),
        ("step:1", {"web": 1, "app": 1}),
        ("step:2", {"store": 1, "app": 1}),
    ],
)
def test_a_breakdown_attributes_as_asked(
    store: Store, attribution: str, values: dict[str, int]
) -> None:
    """One looks on the web and buys in a store, one does both in the app."""
    store.insert(TOUCHPOINTS, happened("A0", channel="web"))
    store.insert(TOUCHPOINTS, happened("B1", channel="store"))
    store.insert(TOUCHPOINTS, happened("A0 B1", "2", channel="app"))
    found = told(store, "A B", breakdown=Breakdown("channel", attribution))
    assert {one.value: one.converted for one in found.breakdown} == values


def test_rarer_values_are_other(store: Store) -> None:
    """Beyond the limit; what has no value is apart, and no value is taken for it."""
    for person, place in enumerate(("367", "367", "401", "402", "(other)", "")):
        store.insert(TOUCHPOINTS, happened("A0", str(person), store_id=place))
    found = told(store, "A", breakdown=Breakdown("store_id", limit=2))
    assert [(one.kind, one.value, one.entered) for one in found.breakdown] == [
        ("value", "367", 2),
        ("value", "(other)", 1),
        ("other", "(other)", 2),
        ("not_set", "(not set)", 1),
    ]


def test_weeks_begin_on_monday_and_periods_have_no_gaps(store: Store) -> None:
    """Sunday is of the week before; between two entries nobody entered."""
    monday = 1_700_438_400_000  # 2023-11-20, midnight UTC
    for person, days in (("1", -1), ("2", 0), ("3", 14)):
        at = monday + days * 86_400_000
        store.insert(TOUCHPOINTS, happened("A0", person, occurred_at=at))
    points = trend(store.asker, asked("A"), "week", LATER).points
    assert [(one.period, one.entered, one.rate) for one in points] == [
        ("2023-11-13", 1, 1),
        ("2023-11-20", 1, 1),
        ("2023-11-27", 0, None),
        ("2023-12-04", 1, 1),
    ]
    months = trend(store.asker, asked("A"), "month", LATER).points
    assert [(one.period, one.entered) for one in months] == [
        ("2023-11-01", 2),
        ("2023-12-01", 1),
    ]


def test_an_explanation_names_the_touchpoints_and_the_statement(store: Store) -> None:
    """Which touchpoint was which step, of every attempt."""
    store.insert(TOUCHPOINTS, happened("A0 A1 B2 A3"))
    found = explain(store.asker, asked("A B", count="totals"), "customer_id:1", LATER)
    assert [
        (one.state, [(m.step, m.name, m.source, m.id) for m in one.matches])
        for one in found.attempts
    ] == [
        (
            "converted",
            [(1, "page_viewed", "shop", "A1-1"), (2, "product_viewed", "shop", "B2-2")],
        ),
        ("dropped", [(1, "page_viewed", "shop", "A3-3")]),
    ]
    again = store.asker.ask(found.evidence.sql, found.evidence.parameters)
    assert len(again.rows) == 3
    assert explain(store.asker, asked("A B"), "customer_id:2", LATER).attempts == []


def test_who_did_too_much_is_cut_and_counted(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The answer says how many units it did not look at to their end."""
    monkeypatch.setattr(statement, "MAX_TOUCHPOINTS", 3)
    store.insert(TOUCHPOINTS, happened("A0 A1 A2 B3"))
    store.insert(TOUCHPOINTS, happened("A0 B3", "2"))
    found = told(store, "A B")
    assert (found.converted, found.capped) == (1, 1)
    assert any("capped: 1 persons" in str(note) for note in found.notes)


def test_twenty_steps_are_answered(store: Store) -> None:
    """Ordered and strict take far more steps than a page shows."""
    store.insert(TOUCHPOINTS, happened(" ".join(f"A{n}" for n in range(20))))
    for order in ("ordered", "strict"):
        assert told(store, " ".join("A" * 20), order=order, window="1h").converted == 1


def test_pages_and_states_that_are_not_there_are_refused(store: Store) -> None:
    """With what there is instead."""
    with pytest.raises(FunnelError, match="STEP:STATE"):
        choice("2:lost")
    with pytest.raises(FunnelError, match="steps 1 to 2"):
        persons(store.asker, asked("A B"), choice("3:dropped"), LATER)
    assert choice("2").state == "reached"
    assert (choice("2:pending").step, choice("excluded").step) == (2, 0)
