"""Messages that have expired, and those whose triggers are forgotten."""

from dataclasses import replace

from schemas.messages import Message
from streams.activation.occasions import held_out
from tests.factories.identified import DAY_MS, HOUR_MS, MINUTE_MS, START_MS, rules
from tests.factories.linked import event
from tests.factories.messages import message_rules, rule
from tests.factories.shop import (
    CARD,
    CUSTOMER,
    DUE,
    VISITOR,
    WELCOME,
    Shop,
    enrolled,
    filled,
    linked,
    sent,
    signed_in,
)

AGREED = {"messaging": True}
WARY = {"unless_stated": "refused"}


def later(shop: Shop, at: int) -> None:
    """What is written from now on is written then."""
    shop.cluster.now = at


def test_an_expired_message_stands_though_a_stronger_member_touched_the_cart() -> None:
    """Who gave no consent has no message; that of the visitor is not called off for it."""
    shop = Shop(rule(valid_for="2d"), consent=WARY)
    agrees = event("yes", [VISITOR], consent=AGREED)
    shop.send(filled("a", VISITOR), agrees, filled("b", CUSTOMER), until=DUE + HOUR_MS)
    (before,) = shop.standing
    assert before.person_id == VISITOR
    later(shop, DUE + 3 * DAY_MS)
    shop.send(signed_in(DUE + 3 * DAY_MS), until=DUE + 4 * DAY_MS)
    (after,) = shop.standing
    assert (after.message_id, after.person_id) == (before.message_id, CUSTOMER)


def test_who_was_held_out_stays_so_though_a_stronger_member_touched_the_cart() -> None:
    """Else the held-out ones alone would vanish, and the comparison with them be false."""
    wary = rule(hold_out=0.5, valid_for="2d")
    compiled = message_rules(wary).rules["cart"]
    names = (f"anonymous_id:{n}" for n in range(99))
    compiled = message_rules(wary).rules["cart"]
    visitor = next(n for n in names if held_out("default", compiled, n, ""))
    shop = Shop(wary, consent=WARY)
    agrees = event("yes", [visitor], consent=AGREED)
    shop.send(filled("a", visitor), agrees, filled("b", CUSTOMER), until=DUE + HOUR_MS)
    assert [one.status for one in shop.standing] == ["held_out"]
    later(shop, DUE + 3 * DAY_MS)
    both = event("in", [visitor, CUSTOMER], "signed_in", at=DUE + 3 * DAY_MS)
    shop.send(both, until=DUE + 4 * DAY_MS)
    assert [one.status for one in shop.standing] == ["held_out"]


def test_a_cart_touched_again_after_its_message_expired_has_no_second_one() -> None:
    """By a stronger member, who turns out to be the same person: one a cart."""
    shop = Shop(rule(valid_for="2d"))
    (before,) = shop.send(filled("a", VISITOR), until=DUE + HOUR_MS).standing
    again = DUE + 3 * DAY_MS
    later(shop, again)
    shop.send(filled("b", CUSTOMER, again), signed_in(again), until=again + HOUR_MS)
    later(shop, again + 3 * HOUR_MS)
    shop.send(until=again + 3 * HOUR_MS)
    assert [one.message_id for one in shop.standing] == [before.message_id]


def test_an_earlier_trigger_that_is_heard_of_late_leaves_an_expired_message() -> None:
    """The till tells of the card on Friday; the welcome was of Monday."""
    shop = Shop({**WELCOME, "valid_for": "2d"})
    began = event("new", [CUSTOMER], "account_created", at=START_MS + 30 * MINUTE_MS)
    (before,) = shop.send(began, until=DUE).standing
    later(shop, DUE + 4 * DAY_MS)
    shop.send(enrolled(CUSTOMER), until=DUE + 4 * DAY_MS)
    assert [one.message_id for one in shop.standing] == [before.message_id]


def test_a_message_that_was_sent_stands_though_its_report_comes_after_its_time() -> (
    None
):
    """Called off for another, sent all the same, and reported when both have expired."""
    shop = Shop(rule(valid_for="2d"))
    shop.send(filled("a", VISITOR), filled("b", CUSTOMER), until=DUE + HOUR_MS)
    (visitors,) = [one for one in shop.standing if one.person_id == VISITOR]
    later(shop, DUE + 46 * HOUR_MS)
    shop.send(signed_in(DUE + 46 * HOUR_MS), until=DUE + 46 * HOUR_MS)
    assert [one.person_id for one in shop.standing] == [CUSTOMER]
    later(shop, DUE + 49 * HOUR_MS)
    report = sent(visitors, VISITOR, DUE + 47 * HOUR_MS)
    shop.send(report, until=DUE + 49 * HOUR_MS)
    told = [(m.message_id, m.status, m.sent_at) for m in shop.standing]
    assert told == [(visitors.message_id, "due", DUE + 47 * HOUR_MS)]


def parted_long_after(shop: Shop) -> list[Message]:
    """Which welcomes stand when the card is parted from the customer after twenty days."""
    shop.send(filled("cart", CUSTOMER, START_MS + 16 * DAY_MS))
    at = START_MS + 20 * DAY_MS
    shop.send(until=at)
    shop.send(event("off", [CARD, CUSTOMER], "identity_unlinked", at=at), until=at)
    return [one for one in shop.standing if one.rule == "welcome"]


def test_a_message_stays_with_whose_trigger_it_was_when_that_is_forgotten() -> None:
    """The card's welcome goes with the card, long after its trigger was."""
    shop = Shop(WELCOME, rule())
    (welcome,) = shop.send(enrolled(CARD), linked(START_MS), until=DUE).standing
    assert welcome.person_id == CUSTOMER
    told = [(one.message_id, one.person_id) for one in parted_long_after(shop)]
    assert told == [(welcome.message_id, CARD)]


def test_no_second_welcome_is_made_for_who_was_parted_long_after_the_first() -> None:
    """Once a person: the card had its own."""
    shop = Shop(WELCOME, rule())
    (welcome,) = shop.send(enrolled(CARD), linked(START_MS), until=DUE).standing
    parted_long_after(shop)
    at = START_MS + 21 * DAY_MS
    again = event("new", [CARD], "account_created", at=at)
    shop.send(again, until=at + DAY_MS)
    cards = [one.message_id for one in shop.standing if one.person_id == CARD]
    assert cards == [welcome.message_id]


def test_a_cart_of_more_members_than_are_kept_apart_has_one_message() -> None:
    """What was sent to a member that is none any more counts for the cart."""
    bounded = replace(rules().policy, max_members=2)
    shop = Shop(policy=bounded)
    shop.send(filled("a", VISITOR), until=DUE + HOUR_MS)
    (visitors,) = shop.standing
    report = sent(visitors, VISITOR, DUE + HOUR_MS)
    shop.send(report, filled("b", CUSTOMER, DUE), until=DUE + HOUR_MS)
    shop.send(
        event("seen", [CARD], at=DUE), linked(DUE), signed_in(DUE), until=DUE + DAY_MS
    )
    assert {one.message_id for one in shop.standing} == {visitors.message_id}
