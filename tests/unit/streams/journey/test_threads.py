"""Carts, orders, returns and tickets: every status, in whatever order it is told."""

from itertools import permutations

import pytest
import yaml
from msgspec import Raw, ValidationError, json

from schemas.touchpoint import Touchpoint
from streams.journey.live import decode_state
from streams.journey.policy import SessionPolicy, ThreadPolicy, policy_from
from streams.journey.thread_set import TIDY_FROM
from tests.factories.identified import (
    DAY_MS,
    HOUR_MS,
    MINUTE_MS,
    START_MS,
    identified,
)
from tests.factories.told import (
    Told,
    cart,
    contact,
    in_any_order,
    one_by_one,
    order,
)


@pytest.mark.parametrize(
    ("types", "status", "cause"),
    [
        (["cart_product_added"], "open", "e0"),
        (["cart_product_added", "cart_viewed"], "open", "e0"),
        (["cart_product_added", "checkout_started"], "progressed", "e1"),
        (["cart_product_added", "payment_failed"], "progressed", "e1"),
        (
            ["cart_product_added", "checkout_started", "order_completed"],
            "completed",
            "e2",
        ),
        (["order_completed", "cart_viewed"], "completed", "e0"),
    ],
)
def test_a_cart_comes_to_what_was_done_with_it(
    types: list[str], status: str, cause: str
) -> None:
    """Open, progressed, completed: whatever the order in which its touchpoints arrive."""
    touchpoints = [cart(f"e{n}", type_, n) for n, type_ in enumerate(types)]
    for told in in_any_order(touchpoints):
        row = told.rows["cart", "c1"]
        assert (row.status, row.cause.id, row.touchpoints) == (
            status,
            cause,
            len(types),
        )
        assert (row.started_at, row.updated_at) == (
            START_MS,
            START_MS + (len(types) - 1) * MINUTE_MS,
        )


@pytest.mark.parametrize(
    ("types", "status", "cause"),
    [
        (["order_completed"], "open", "e0"),
        (["order_completed", "order_updated"], "progressed", "e1"),
        (["order_completed", "order_shipped"], "progressed", "e1"),
        (["order_completed", "order_shipped", "order_delivered"], "completed", "e2"),
        (["order_completed", "order_picked_up"], "completed", "e1"),
        (["order_completed", "order_delivered", "product_returned"], "returned", "e2"),
        (["order_completed", "order_cancelled", "order_refunded"], "cancelled", "e1"),
        (["order_completed", "order_refunded"], "returned", "e1"),
    ],
)
def test_an_order_comes_to_what_was_done_with_it(
    types: list[str], status: str, cause: str
) -> None:
    """Open, progressed, completed, cancelled, returned: in any order of arrival."""
    touchpoints = [order(f"e{n}", type_, n) for n, type_ in enumerate(types)]
    for told in in_any_order(touchpoints):
        row = told.rows["order", "o1"]
        assert (row.status, row.cause.id, row.steps) == (status, cause, types)


def test_goods_bought_at_a_till_are_handed_over() -> None:
    """Such an order is completed at once; one in the web shop is not."""
    told = Told().tell(order("e0", "order_completed", channel="pos"))
    row = told.rows["order", "o1"]
    assert (row.status, row.cause.type) == ("completed", "order_completed")
    assert row.steps == ["order_completed", "handed_over"]


def test_a_return_is_a_thread_of_its_own() -> None:
    """Open until the money is back; the order says returned all the while."""
    told = Told().tell(
        order("o", "order_completed", value_minor=5_000, currency="EUR"),
        order("d", "order_delivered", 48),
        order("r", "product_returned", 72),
    )
    assert (told.status("order", "o1"), told.status("return", "o1")) == (
        "returned",
        "open",
    )
    money = {"value_minor": 2_000, "currency": "EUR"}
    told.tell(order("m", "order_refunded", 96, **money))
    told.tell(order("n", "order_refunded", 97, **money))
    row = told.rows["return", "o1"]
    assert (row.status, row.cause.id, row.value_minor) == ("completed", "m", 4_000)
    assert told.rows["order", "o1"].value_minor == 5_000


def test_returns_with_ids_of_their_own_are_kept_apart() -> None:
    """Two returns of one order; the id may be a number."""
    told = Told().tell(
        order("a", "product_returned", properties=Raw(b'{"return_id":"R1"}')),
        order("b", "product_returned", 1, properties=Raw(b'{"return_id":2}')),
        order("c", "order_refunded", 2, properties=Raw(b'{"return_id":"R1"}')),
    )
    assert {key: row.status for key, row in told.rows.items()} == {
        ("order", "o1"): "returned",
        ("return", "R1"): "completed",
        ("return", "2"): "open",
    }


def test_a_ticket_is_as_its_latest_touchpoint_leaves_it() -> None:
    """Open, progressed, resolved, and open again when the customer comes back."""
    resolved = Raw(b'{"resolved":true}')
    contacts = [
        (contact("a", "support_contacted"), "open"),
        (contact("b", "call_started", 1), "open"),
        (contact("c", "call_ended", 2), "progressed"),
        (contact("d", "call_ended", 3, properties=resolved), "resolved"),
        (contact("e", "support_contacted", 4), "open"),
        (
            contact("f", "call_ended", 5, properties=Raw(b'{"resolved":"true"}')),
            "resolved",
        ),
    ]
    told = Told()
    for touchpoint, status in contacts:
        told.tell(touchpoint)
        assert told.status("ticket", "t1") == status
    # The contact of minute 4 tells its news last: it is no reopening any more.
    late = one_by_one(enumerate(t for n, (t, _) in enumerate(contacts) if n != 4))
    late.tell(contact("e", "support_contacted", 4))
    assert late.status("ticket", "t1") == "resolved"
    assert late.rows["ticket", "t1"].touchpoints == 6


def test_a_ticket_reopened_late_is_told_in_any_order() -> None:
    """A resolution that arrives after the contact that followed it closes nothing."""
    resolved = contact("r", "call_ended", 1, properties=Raw(b'{"resolved":true}'))
    again = contact("s", "support_contacted", 2)
    for told in in_any_order([contact("q", "call_started"), resolved, again]):
        assert (told.status("ticket", "t1"), told.rows["ticket", "t1"].cause.id) == (
            "open",
            "s",
        )


def test_odd_properties_name_no_thread() -> None:
    """Sources err: an id that is no id is none, and nothing breaks."""
    odd = [b'{"return_id":1e999}', b'{"return_id":[1]}', b'{"return_id":true}', b"{}"]
    made = [
        order(f"e{n}", "product_returned", n, properties=Raw(text))
        for n, text in enumerate(odd)
    ]
    told = Told().tell(*made)
    assert set(told.rows) == {("order", "o1"), ("return", "o1")}


def test_the_longest_at_rest_leave_where_there_are_too_many() -> None:
    """The bound holds, and what is given up is counted."""
    policy = SessionPolicy(threads=ThreadPolicy(max_kept=3))
    told = Told(policy).tell(
        *(cart(f"e{n}", "cart_viewed", n, f"c{n}") for n in range(5))
    )
    (state,) = map(decode_state, told.journeys.states.values())
    kept = list(json.decode(state.threads))
    assert (kept, state.given_up) == (
        ["cart:c2", "cart:c3", "cart:c4"],
        {"threads": 2},
    )
    assert {row.thread_id for row in told.rows.values()} == {f"c{n}" for n in range(5)}


def test_a_finished_thread_leaves_the_state_in_its_time() -> None:
    """Its row stays as it is, whatever comes after that, which is counted; what is not
    finished stays: a cart may be taken up again after months.
    """
    told = Told().tell(cart("a", "cart_viewed"), order("o", "order_cancelled"))
    later = START_MS + 121 * DAY_MS
    told.tell(identified("w", at=later), until=later + 1)
    told.tell(
        *(
            identified(f"x{n}", "cart_viewed", at=later, cart_id=f"d{n}")
            for n in range(TIDY_FROM)
        )
    )
    (state,) = map(decode_state, told.journeys.states.values())
    kept = json.decode(state.threads)
    assert sorted(kept) == sorted(
        ["cart:c1", *(f"cart:d{n}" for n in range(TIDY_FROM))]
    )
    assert (state.given_up, told.status("order", "o1")) == ({}, "cancelled")
    told.tell(identified("y", "order_delivered", at=later, order_id="o1"))
    row = told.rows["order", "o1"]
    assert (row.status, row.touchpoints) == ("cancelled", 1)
    (state,) = map(decode_state, told.journeys.states.values())
    assert state.given_up == {"afterwards": 1}
    told.tell(identified("z", "order_completed", at=later, cart_id="c1"))
    row = told.rows["cart", "c1"]
    assert (row.status, row.touchpoints, row.started_at) == ("completed", 2, START_MS)


def while_time_stands_still(*touchpoints: Touchpoint) -> list[Told]:
    """Every order of arrival, none of them late: time stays where the first one left it."""
    first = identified("first", at=START_MS)
    return [
        one_by_one(enumerate([first, *arrived]))
        for arrived in permutations(touchpoints)
    ]


@pytest.mark.parametrize("late", [0, 1])
def test_what_comes_long_after_the_end_is_no_longer_the_threads(late: int) -> None:
    """90 days to the millisecond: by the touchpoints' own time, whatever came between."""
    at = START_MS + ThreadPolicy().keep_ms + late
    bought = order("b", "order_completed", channel="pos")
    back = identified("r", "product_returned", at=at, order_id="o1")
    in_time = Told().tell(bought, until=at).tell(back)
    for told in (in_time, *while_time_stands_still(bought, back)):
        row = told.rows["order", "o1"]
        status = "completed" if late else "returned"
        assert (row.status, row.touchpoints) == (status, 2 - late)


def test_a_thread_leaves_when_nothing_can_come_that_counts() -> None:
    """On a channel that allows 30 days the last touchpoint in time arrives after 120."""
    policy = policy_from({"channels": {"web": {"lateness_hours": 720}}})
    bought = order("b", "order_completed", channel="pos")
    at = START_MS + policy.threads.keep_ms
    back = identified("r", "product_returned", at=at, order_id="o1", channel="web")
    told = Told(policy).tell(bought, until=at + 30 * DAY_MS)
    assert told.tell(back).status("order", "o1") == "returned"


def test_what_comes_in_between_makes_long_silences_short() -> None:
    """The order was changed in between: its return months later counts, in any order."""
    for told in while_time_stands_still(
        order("b", "order_completed", channel="pos"),
        order("u", "order_updated", 60 * 24),
        order("r", "product_returned", 120 * 24),
    ):
        row = told.rows["order", "o1"]
        assert (row.status, row.cause.id, row.touchpoints) == ("returned", "r", 3)


def test_a_ticket_resolved_long_ago_stays_resolved() -> None:
    """A contact half a year later leaves it as it was; one never resolved goes on."""
    done = contact("r", "call_ended", properties=Raw(b'{"resolved":true}'))
    again = contact("s", "support_contacted", 180 * 24 * 60)
    for told in while_time_stands_still(done, again):
        row = told.rows["ticket", "t1"]
        assert (row.status, row.cause.id, row.touchpoints) == ("resolved", "r", 1)
    for told in while_time_stands_still(contact("q", "support_contacted"), again):
        assert told.rows["ticket", "t1"].touchpoints == 2


def test_numbers_come_from_the_policy_file() -> None:
    """How long a cart may rest, and how long threads are kept."""
    text = "threads: {cart_abandoned_hours: 1.5, keep_days: 30, max_kept: 8}"
    policy = policy_from(yaml.safe_load(text))
    assert policy.threads == ThreadPolicy(90 * MINUTE_MS, 30 * DAY_MS, 8)
    told = Told(policy).tell(cart("a", "cart_viewed"), until=START_MS + 2 * HOUR_MS)
    assert told.status("cart", "c1") == "abandoned"
    with pytest.raises(ValidationError, match="cart_abandoned_hours"):
        policy_from({"threads": {"cart_abandoned_hours": 0}})
