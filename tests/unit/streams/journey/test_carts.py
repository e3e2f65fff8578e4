"""Carts: at rest, given up, taken up again, and what they are worth."""

import pytest
from msgspec import json

from schemas.journey import Session
from schemas.progress import Progress
from schemas.threads import Thread
from streams.journey.live import decode_state
from streams.journey.partition import PartitionJourneys
from tests.factories.identified import (
    DAY_MS,
    HOUR_MS,
    MINUTE_MS,
    START_MS,
    identified,
    newest,
    records,
    rules,
)
from tests.factories.told import Told, cart, in_any_order, tick

REST_MS = 4 * HOUR_MS


def test_exactly_the_rest_keeps_a_cart_and_a_millisecond_more_gives_it_up() -> None:
    """Time alone changes it, without writing the state; its last touchpoint is the cause."""
    told = Told().tell(cart("a", "cart_product_added"), cart("b", "cart_viewed", 1))
    due = START_MS + MINUTE_MS + REST_MS + 1
    assert told.rows["cart", "c1"].due_at == due
    written = told.states_written
    told.tell(until=due - 1)
    assert told.status("cart", "c1") == "open"
    told.tell(until=due + MINUTE_MS)
    row = told.rows["cart", "c1"]
    assert (row.status, row.since, row.cause.id) == ("abandoned", due, "b")
    assert (row.revision % 2, told.states_written) == (1, written)
    told.tell(until=due + DAY_MS)
    assert [r.status for r in told.history].count("abandoned") == 1


def test_a_session_and_a_cart_of_one_person_end_each_in_its_time() -> None:
    """The session after its gap, the cart later; neither writes the state."""
    told = Told().tell(cart("a", "cart_product_added"))
    written = told.states_written
    first = told.journeys.apply([tick(1, START_MS + HOUR_MS)])
    ended = newest(first.sessions, Session, "session_id")
    assert [s.status for s in ended.values()] == ["closed"]
    assert (first.threads, first.states, told.journeys.open) == ([], [], 0)
    told.tell(until=START_MS + 5 * HOUR_MS)
    assert told.status("cart", "c1") == "abandoned"
    assert told.states_written == written


def test_a_purchase_that_arrives_late_takes_the_abandonment_back() -> None:
    """The till of another channel tells it days later, and names the cart."""
    told = Told().tell(cart("a", "cart_product_added"), until=START_MS + DAY_MS)
    assert told.status("cart", "c1") == "abandoned"
    told.tell(cart("b", "order_completed", 30, channel="store"))
    row = told.rows["cart", "c1"]
    assert (row.status, row.since, row.due_at) == (
        "completed",
        START_MS + 30 * MINUTE_MS,
        0,
    )


def test_a_purchase_that_names_no_cart_leaves_the_cart_alone() -> None:
    """That somebody bought something is not that they bought what is in the cart."""
    told = Told().tell(cart("a", "cart_product_added"))
    told.tell(identified("b", "order_completed", at=START_MS + HOUR_MS, channel="pos"))
    told.tell(until=START_MS + DAY_MS)
    assert told.status("cart", "c1") == "abandoned"


def test_an_abandoned_cart_that_is_touched_again_is_open_again() -> None:
    """And is given up again, a rest after that."""
    told = Told().tell(cart("a", "checkout_started"))
    told.tell(until=START_MS + DAY_MS)
    told.tell(cart("b", "cart_reopened", 26 * 60))
    assert told.status("cart", "c1") == "progressed"
    told.tell(until=START_MS + 26 * HOUR_MS + REST_MS + 2 * MINUTE_MS)
    row = told.rows["cart", "c1"]
    assert (row.status, row.cause.id) == ("abandoned", "b")
    assert [r.status for r in told.history] == [
        "progressed",
        "abandoned",
        "progressed",
        "abandoned",
    ]


def test_a_late_touchpoint_inside_the_rest_keeps_a_cart_from_being_given_up() -> None:
    """It came after the abandonment was told, and moves it."""
    told = Told().tell(cart("a", "cart_product_added"), until=START_MS + 5 * HOUR_MS)
    assert told.status("cart", "c1") == "abandoned"
    told.tell(cart("b", "cart_viewed", 3 * 60))
    assert told.status("cart", "c1") == "open"
    told.tell(until=START_MS + 8 * HOUR_MS)
    assert told.rows["cart", "c1"].since == START_MS + 3 * HOUR_MS + REST_MS + 1


def test_two_carts_at_once_are_two_threads() -> None:
    """One is bought, the other given up; each counts its own touchpoints."""
    told = Told().tell(
        cart("a", "cart_product_added"),
        cart("b", "cart_product_added", 1, "c2"),
        cart("c", "cart_viewed", 2, "c2", value_minor=900, currency="EUR"),
        cart("d", "order_completed", 3, value_minor=1_500, currency="EUR"),
        until=START_MS + DAY_MS,
    )
    found = {
        row.thread_id: (row.status, row.touchpoints, row.value_minor)
        for row in told.rows.values()
    }
    assert found == {"c1": ("completed", 2, 1_500), "c2": ("abandoned", 2, 900)}


def test_a_cart_moved_between_devices_is_one_thread() -> None:
    """Filled on the phone, bought at the desk: two sessions, one cart."""
    told = Told().tell(
        cart("a", "cart_product_added", device="phone", channel="app"),
        cart("b", "order_completed", 90, device="desk"),
    )
    row = told.rows["cart", "c1"]
    assert (row.status, row.touchpoints, len(told.rows)) == ("completed", 2, 1)


def test_the_newest_statement_is_what_a_cart_is_worth() -> None:
    """Whatever came last; the price of a product put in says nothing of the whole."""
    touchpoints = [
        cart("a", "cart_viewed", 1, value_minor=1_000, currency="EUR"),
        cart("b", "cart_product_added", 3, value_minor=7, currency="EUR"),
        cart("c", "checkout_started", 2, value_minor=2_000, currency="EUR"),
    ]
    for told in in_any_order(touchpoints):
        row = told.rows["cart", "c1"]
        assert (row.value_minor, row.currency) == (2_000, "EUR")


def test_the_value_of_a_cart_is_no_value_of_a_session_or_person() -> None:
    """Only orders are worth money there."""
    told = Told()
    viewed = cart("a", "cart_viewed", value_minor=1_000, currency="EUR")
    outcome = told.journeys.apply(records([viewed]))
    (state,) = map(decode_state, told.journeys.states.values())
    (session,) = newest(outcome.sessions, Session, "session_id").values()
    assert (state.value_minor, session.value_minor, session.currency) == ({}, 0, "")


def test_bots_and_foreign_verdicts_touch_no_cart() -> None:
    """A crawler's page views and another system's `cart_abandoned` are stored only."""
    told = Told().tell(
        cart("a", "cart_viewed", bot=True), cart("b", "cart_abandoned", 1)
    )
    assert told.rows == {}


@pytest.mark.parametrize("hours", [0.5, 3, 4.5, 30])
def test_a_restored_partition_gives_up_what_was_pending(hours: float) -> None:
    """Started anew from states and progress at any time: nothing is forgotten."""
    told = Told()
    at = START_MS + round(hours * HOUR_MS)
    told.tell(cart("a", "cart_viewed"), cart("b", "cart_viewed", 60, "c2"))
    before = told.journeys.apply([tick(2, at)])
    assert before.states == []
    progress = json.decode(before.progress, type=Progress)
    again = PartitionJourneys(dict(told.journeys.states), progress, rules(), 1)
    assert again.open == told.journeys.open
    after = again.apply([tick(3, START_MS + 2 * DAY_MS)])
    rows = [json.decode(value, type=Thread) for _, value in before.threads]
    rows += [json.decode(value, type=Thread) for _, value in after.threads]
    last = {row.thread_id: row.status for row in rows}
    assert last == {"c1": "abandoned", "c2": "abandoned"}
