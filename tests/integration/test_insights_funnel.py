"""The funnel engine: the cases that funnels usually get wrong, each by name."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from insights.funnels.answer import answer
from insights.funnels.numbers import Seconds
from insights.funnels.spec import Funnel, Step
from schemas.tables import TABLES, TOUCHPOINTS
from tests.factories.lettered import BASE, happened, reached, told
from tests.unit.insights.store import Store, open_store

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """One store for the module."""
    with open_store(tmp_path_factory.mktemp("funnel")) as store:
        yield store


@pytest.fixture
def store(opened: Store) -> Store:
    """The store, empty."""
    opened.clear(TOUCHPOINTS)
    return opened


@pytest.mark.parametrize(
    ("happens", "steps", "order", "wanted"),
    [
        ("A1 B2 C3", "A B C", "ordered", 3),
        ("A1 B1 C1", "A B C", "ordered", 3),
        ("C1 B1 A1", "A B C", "ordered", 1),
        ("A1", "A A", "ordered", 1),
        ("A1 B2", "A A B", "ordered", 1),
        ("A1 A1 B2", "A A B", "ordered", 3),
        ("A1 B2 B3 C3", "A B C", "ordered", 3),
        ("A1 A2 B2", "A B", "ordered", 2),
        ("A1 B2 A3 C4", "A B A C", "ordered", 4),
        ("A1", "A|B A", "ordered", 1),
        ("A0 B5 C10", "A B C", "ordered", 3),
        ("A0 B5 C11", "A B C", "ordered", 2),
        ("A0 A8 B9 C15", "A B C", "ordered", 3),
        ("A0 B2 A8 C11", "A B C", "ordered", 2),
        ("A1 X2 A3 B4", "A B", "strict", 2),
        ("A1 X2 B3", "A B", "strict", 1),
        ("A1 P2 B3", "A B", "strict", 2),
        ("A1 A2 B2", "A B", "strict", 2),
        ("A1 B2 A3 C4", "A B C", "strict", 2),
        ("A1 B2 A3 C4", "A B A C", "strict", 4),
        ("C1 B2 A3", "A B C", "any", 3),
        ("A1", "A A", "any", 1),
        ("A1 B2", "A|B A|B A|B", "any", 2),
        ("C0 A5 B11", "A B C", "any", 2),
        ("B1 C2", "A B C", "any", 2),
    ],
)
def test_steps_reached(
    store: Store, happens: str, steps: str, order: str, wanted: int
) -> None:
    """Ties, repeated steps, windows, second attempts and intruders, in every order."""
    store.insert(TOUCHPOINTS, happened(happens))
    assert reached(told(store, steps, order=order)) == wanted


def test_window_is_inclusive_to_the_millisecond(store: Store) -> None:
    """Exactly the window is in, one millisecond more is out."""
    store.insert(TOUCHPOINTS, happened("A0 B10"))
    assert told(store, "A B", window="10s").converted == 1
    assert told(store, "A B", window="9999ms").converted == 0


def test_times_are_those_of_the_latest_start(store: Store) -> None:
    """Of the chains that finish first, the one that began last is timed."""
    store.insert(TOUCHPOINTS, happened("A0 A8 B9 C15"))
    found = told(store, "A B C", window="1h")
    last = found.steps[-1]
    assert last.seconds_from_first == Seconds(7.0, 7.0, 7.0)
    assert last.seconds_from_previous == Seconds(6.0, 6.0, 6.0)


def test_range_is_of_the_entry_and_completion_may_follow(store: Store) -> None:
    """Who entered inside the range converts also after its end, never the reverse."""
    store.insert(TOUCHPOINTS, happened("A5 B12"))
    inside = {"from_": BASE + 5000, "to": BASE + 6000}
    assert told(store, "A B", **inside).converted == 1
    assert told(store, "A B", to=BASE + 5000).entered == 0
    assert told(store, "A B", from_=BASE + 5001).entered == 0


def test_who_still_has_time_is_pending(store: Store) -> None:
    """Without a conversion, the entry is dropped only when its window is over."""
    store.insert(TOUCHPOINTS, happened("A0 X9"))
    early, late = (told(store, "A B", as_of=BASE + at) for at in (10_000, 10_001))
    assert (early.pending, early.dropped) == (1, 0)
    assert (late.pending, late.dropped) == (0, 1)
    # The data end at second 9: nobody can know yet.
    assert told(store, "A B", as_of=None).pending == 1


def test_strict_attempt_that_was_broken_is_dropped(store: Store) -> None:
    """A strict walk has no time left once something came between."""
    store.insert(TOUCHPOINTS, happened("A0 X1"))
    assert told(store, "A B", order="strict", as_of=BASE + 2000).dropped == 1


def test_what_comes_after_the_moment_does_not_count(store: Store) -> None:
    """An answer for a moment knows nothing of what came later."""
    store.insert(TOUCHPOINTS, happened("A0 B5"))
    assert told(store, "A B", as_of=BASE + 4000).converted == 0


def test_rates_without_entrants_are_null(store: Store) -> None:
    """Nobody entered: no rate, neither 0 nor infinity."""
    found = told(store, "A B")
    assert [(s.units, s.from_first, s.from_previous) for s in found.steps] == [
        (0, None, None),
        (0, None, None),
    ]
    assert found.steps[0].seconds_from_first is None
    assert told(store, "A B", as_of=None).as_of == 0


def test_bots_and_machine_opens_are_left_out_and_that_is_said(store: Store) -> None:
    """Both are out by default, each can be asked for, and the answer says which."""
    store.insert(TOUCHPOINTS, happened("A0", bot=True))
    store.insert(TOUCHPOINTS, happened("A1", machine=True, person_id="customer_id:2"))
    assert told(store, "A").entered == 0
    assert told(store, "A", include_bots=True).entered == 1
    both = told(store, "A", include_bots=True, include_machine=True)
    assert both.entered == 2
    left_out = [str(one) for one in told(store, "A").left_out]
    assert left_out == ["what bots did", "what mail proxies opened"]
    assert both.left_out == []


def test_units_are_persons_sessions_carts_orders_or_tickets(store: Store) -> None:
    """The unit decides what has to be common to the steps."""
    shared = {"cart_id": "c1", "ticket_id": "t1"}
    first = {"session_id": "s1", "order_id": "o1", **shared}
    second = {"session_id": "s2", "person_id": "customer_id:2", **shared}
    store.insert(TOUCHPOINTS, happened("A0", **first))
    store.insert(TOUCHPOINTS, happened("B1", **second))
    found = {
        unit: (one.entered, one.converted)
        for unit in ("person", "session", "cart", "order", "ticket")
        for one in [told(store, "A B", unit=unit)]
    }
    assert found == {
        "person": (1, 0),
        "session": (1, 0),
        "cart": (1, 1),
        "order": (1, 0),
        "ticket": (1, 1),
    }


def test_tenants_are_apart(store: Store) -> None:
    """A funnel sees one tenant."""
    store.insert(TOUCHPOINTS, happened("A0", tenant="other"))
    assert told(store, "A").entered == 0
    assert told(store, "A", tenant="other").entered == 1


HOSTILE = "x') OR 1 = 1; DROP TABLE touchpoints; --\\' \" ` {v0:String} $mask \n\t\0é"


def test_hostile_names_can_do_nothing(store: Store) -> None:
    """Names, types, keys and values that look like SQL are only ever values."""
    store.insert(TOUCHPOINTS, happened("A0", store_id=HOSTILE))
    step = Step(
        type=HOSTILE,
        name=HOSTILE,
        where={
            "properties." + HOSTILE.replace(".", ""): HOSTILE,
            "store_id": [HOSTILE],
        },
    )
    funnel = Funnel(steps=(step,), name=HOSTILE, tenant=HOSTILE)
    assert answer(store.asker, funnel).entered == 0
    page = Step(type="page_viewed", where={"store_id": HOSTILE})
    assert answer(store.asker, Funnel(steps=(page,))).entered == 1
    left = store.asker.ask("SHOW TABLES").rows
    assert {name for (name,) in left} >= {table.name for table in TABLES}
