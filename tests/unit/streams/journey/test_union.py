"""Two who turn out to be one: what is told of sessions that both had."""

from msgspec import structs

from streams.journey.union import absorb, dissolve
from tests.factories.histories import Event, days_later, opened, seen_of
from tests.factories.identified import rules

RULES = rules()
CUSTOMER, VISITOR = "customer_id:1", "anonymous_id:a"


def test_a_session_of_both_is_told_anew_by_the_one_who_stays() -> None:
    """Sent again with the customer in it, and more: the newest row has to be the one with
    all of it, though the visitor's was closed at a higher revision.
    """
    over = days_later(0.2)
    pages = seen_of([Event(n, "page_viewed", VISITOR, "d1", 0) for n in range(3)])
    calls = [Event(n, "mailing_delivered", VISITOR, "d1", 0) for n in range(9)]
    bought = seen_of([Event(9, "order_completed", CUSTOMER, "d1", 1)], prefix="o")
    visitor, customer = opened(VISITOR, RULES), opened(CUSTOMER, RULES)
    for one in (*pages, *seen_of(calls, prefix="m")):
        visitor.fold(one, 0)
    (before,), _ = visitor.settle(over)
    for one in (*pages, *bought):
        customer.fold(structs.replace(one, person_id=CUSTOMER), 0)
    (own,), _ = customer.settle(over)
    assert own.session_id == before.session_id
    assert own.revision < before.revision
    for journey in (visitor, customer):
        journey._moved.clear()
    absorb(customer, dissolve(visitor), over)
    told = {one.session_id: one for one in customer.settle(over)[0]}
    joined = told[before.session_id]
    assert (joined.touchpoints, joined.orders) == (4, 1)
    assert joined.revision > before.revision
