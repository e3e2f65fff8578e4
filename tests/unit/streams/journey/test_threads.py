"""Carts, orders, returns and tickets: every status, in whatever order it is told."""

from collections.abc import Iterable
from itertools import permutations

import pytest
import yaml
from msgspec import Raw, ValidationError, json

from schemas.journey import Session
from schemas.progress import Progress, Tick
from schemas.threads import Thread
from schemas.touchpoint import Touchpoint
from streams.journey.live import decode_state
from streams.journey.partition import PartitionJourneys
from streams.journey.policy import SessionPolicy, ThreadPolicy, policy_from
from streams.journey.thread_set import TIDY_FROM
from tests.factories.identified import (
    DAY_MS,
    HOUR_MS,
    MINUTE_MS,
    START_MS,
    Record,
    identified,
    newest,
    partition,
    records,
    rules,
)

REST_MS = 4 * HOUR_MS


def cart(id_: str, type_: str, minutes: int = 0, cart_id: str = "c1", **more: object):  # noqa: ANN201
    """A touchpoint of a cart, so many minutes after the start."""
    at = START_MS + minutes * MINUTE_MS
    return identified(id_, type_, at=at, cart_id=cart_id, **more)


def order(id_: str, type_: str, hours: int = 0, **more: object) -> Touchpoint:
    """A touchpoint of an order, so many hours after the start."""
    return identified(id_, type_, at=START_MS + hours * HOUR_MS, order_id="o1", **more)


def contact(id_: str, type_: str, minutes: int = 0, **more: object) -> Touchpoint:
    """A contact about ticket t1."""
    at = START_MS + minutes * MINUTE_MS
    return identified(id_, type_, at=at, **{"ticket_id": "t1", **more})


def tick(offset: int, at: int) -> Record:
    """A record that says that time has come to `at`."""
    return Record(offset, None, json.encode(Tick("raw", at, {0: at}, {})), at)


class Told:
    """A partition, and the threads as a replacing table would hold them."""

    def __init__(self, policy: SessionPolicy | None = None) -> None:
        self.journeys = partition(policy)
        self.rows: dict[tuple[str, str], Thread] = {}
        self.history: list[Thread] = []
        self.states_written = 0

    def tell(self, *touchpoints: Touchpoint, until: int = 0) -> "Told":
        """One batch; then let time come to `until`."""
        made = records(touchpoints, self.journeys.next_offset)
        if until:
            made.append(tick(self.journeys.next_offset + len(made), until))
        outcome = self.journeys.apply(made)
        assert outcome.rejected == []
        self.states_written += len(outcome.states)
        for _, value in outcome.threads:
            row = json.decode(value, type=Thread)
            self.history.append(row)
            known = self.rows.get((row.kind, row.thread_id))
            if known is None or row.revision >= known.revision:
                self.rows[row.kind, row.thread_id] = row
        return self

    def status(self, kind: str, id_: str) -> str:
        return self.rows[kind, id_].status


def in_any_order(touchpoints: Iterable[Touchpoint]) -> list[Told]:
    """Every order of arrival, one touchpoint a batch."""
    return [_one_by_one(arrived) for arrived in permutations(enumerate(touchpoints))]


def _one_by_one(arrived: Iterable[tuple[int, Touchpoint]]) -> Told:
    told = Told()
    for _, touchpoint in arrived:
        told.tell(touchpoint)
    return told


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
    late = _one_by_one(enumerate(t for n, (t, _) in enumerate(contacts) if n != 4))
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
    later = START_MS + 91 * DAY_MS
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
    assert state.given_up == {"threads": 1}
    told.tell(identified("z", "order_completed", at=later, cart_id="c1"))
    row = told.rows["cart", "c1"]
    assert (row.status, row.touchpoints, row.started_at) == ("completed", 2, START_MS)


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


def test_numbers_come_from_the_policy_file() -> None:
    """How long a cart may rest, and how long threads are kept."""
    text = "threads: {cart_abandoned_hours: 1.5, keep_days: 30, max_kept: 8}"
    policy = policy_from(yaml.safe_load(text))
    assert policy.threads == ThreadPolicy(90 * MINUTE_MS, 30 * DAY_MS, 8)
    told = Told(policy).tell(cart("a", "cart_viewed"), until=START_MS + 2 * HOUR_MS)
    assert told.status("cart", "c1") == "abandoned"
    with pytest.raises(ValidationError, match="cart_abandoned_hours"):
        policy_from({"threads": {"cart_abandoned_hours": 0}})
