"""Messages of persons who turned out to be one."""

from schemas.messages import Message
from streams.activation.occasions import held_out
from tests.factories.identified import DAY_MS, HOUR_MS, MINUTE_MS, START_MS
from tests.factories.linked import event
from tests.factories.messages import all_rules, message_rules, rule
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


def test_what_a_merge_brought_before_time_was_known_comes_due() -> None:
    """A visitor's cart, then a sign-in, with nothing yet to tell the time by: once."""
    shop = Shop().send(filled("cart", VISITOR), signed_in(START_MS + 1))
    assert shop.records == []
    shop.send(until=START_MS + 5 * HOUR_MS)
    told = [(one.person_id, one.key, one.status) for one in shop.records]
    assert told == [(CUSTOMER, "c1", "due")]


def test_a_cart_of_two_persons_is_an_occasion_of_each() -> None:
    """Begun on a shared device, gone on with at home: neither hides the other's."""
    one, other = filled("a", VISITOR), filled("b", CUSTOMER)
    shop = Shop().send(one, other, until=START_MS + 5 * HOUR_MS)
    told = {(m.person_id, m.key, m.status) for m in shop.standing}
    assert told == {(VISITOR, "c1", "due"), (CUSTOMER, "c1", "due")}


def test_two_who_are_one_have_one_message_about_their_cart() -> None:
    """Both had theirs when it was found that they are one: the strongest keeps it."""
    shop = Shop().send(filled("a", VISITOR), filled("b", CUSTOMER), until=DUE + HOUR_MS)
    assert len(shop.standing) == 2
    shop.send(signed_in(DUE + HOUR_MS), until=DUE + 2 * HOUR_MS)
    (kept,) = shop.standing
    (own, *_) = [m for m in shop.records if m.person_id == CUSTOMER]
    assert (kept.message_id, kept.person_id) == (own.message_id, CUSTOMER)


def test_what_was_sent_stands_whoever_had_it() -> None:
    """A visitor got the mail; as a customer it is not due once more."""
    shop = Shop().send(filled("a", VISITOR), filled("b", CUSTOMER), until=DUE + HOUR_MS)
    (visitors,) = [m for m in shop.standing if m.person_id == VISITOR]
    report = sent(visitors, VISITOR, DUE + HOUR_MS)
    shop.send(report, signed_in(DUE + HOUR_MS), until=DUE + 2 * HOUR_MS)
    (kept,) = shop.standing
    assert kept.message_id == visitors.message_id
    assert kept.sent_at == DUE + HOUR_MS


def welcomed() -> tuple[Shop, Message]:
    """A customer who was sent the one welcome that there is."""
    shop = Shop(WELCOME)
    began = event("new", [CUSTOMER], "account_created", at=START_MS + 30 * MINUTE_MS)
    (welcome,) = shop.send(began, until=DUE).standing
    shop.send(sent(welcome, CUSTOMER, DUE), until=DUE + HOUR_MS)
    return shop, welcome


def told(shop: Shop) -> list[tuple[str, str, int]]:
    return [(one.message_id, one.status, one.sent_at) for one in shop.standing]


def test_an_earlier_trigger_that_comes_late_makes_no_second_message() -> None:
    """The till tells of the card when the welcome is out: the same one stands."""
    shop, welcome = welcomed()
    shop.send(enrolled(CUSTOMER), until=DUE + 2 * HOUR_MS)
    assert told(shop) == [(welcome.message_id, "due", DUE)]


def test_an_earlier_trigger_of_somebody_else_makes_no_second_message() -> None:
    """Whose card it was turns out when the welcome is out: the same one stands."""
    shop, welcome = welcomed()
    refusal = event("no", [CARD], "unsubscribed", at=START_MS)
    agreed = event("yes", [CUSTOMER], at=START_MS + 1, consent={"messaging": True})
    shop.send(enrolled(CARD), refusal, agreed, until=DUE + HOUR_MS)
    shop.send(linked(DUE + HOUR_MS), until=DUE + 2 * HOUR_MS)
    assert told(shop) == [(welcome.message_id, "due", DUE)]


def test_a_message_stays_with_whose_trigger_it_was_though_an_earlier_one_came() -> None:
    """Parted from the customer, the card keeps its welcome, and gets no other."""
    shop = Shop(WELCOME)
    began = event("new", [CARD], "account_created", at=START_MS + 30 * MINUTE_MS)
    (welcome,) = shop.send(began, linked(START_MS), until=DUE).standing
    shop.send(sent(welcome, CARD, DUE), enrolled(CARD), until=DUE + HOUR_MS)
    unlink = event("off", [CARD, CUSTOMER], "identity_unlinked", at=DUE + HOUR_MS)
    shop.send(unlink, until=DUE + 2 * HOUR_MS)
    assert told(shop) == [(welcome.message_id, "due", DUE)]
    assert [one.person_id for one in shop.standing] == [CARD]


def test_a_message_called_off_after_it_was_sent_still_counts_for_the_cap() -> None:
    """Two mails went out about one cart: the third is one too many, early and late."""
    thanks = rule(
        "thanks",
        trigger={"types": ["account_created"]},
        after="1h",
        absent=[],
        cap="few",
        once={"days": 1},
    )
    shop = Shop(rule(cap="few"), thanks, caps={"few": {"at_most": 2, "days": 30}})
    shop.send(filled("a", VISITOR), filled("b", CUSTOMER), until=DUE + HOUR_MS)
    for number, message in enumerate(shop.standing):
        report = sent(message, message.person_id, DUE + HOUR_MS)
        report.id = f"sent {number}"
        shop.send(report)
    began = event("new", [CUSTOMER], "account_created", at=DUE + 2 * HOUR_MS)
    shop.send(signed_in(DUE + HOUR_MS), began, until=DUE + 4 * HOUR_MS)
    assert {one.rule for one in shop.standing} == {"cart"}
    shop.send(until=DUE + 30 * DAY_MS)
    assert {one.rule for one in shop.standing} == {"cart"}


def test_what_a_former_wording_said_of_a_cart_is_not_said_again() -> None:
    """A visitor's message of version 1 stands when the customer's would be of version 2."""
    shop = Shop()
    shop.send(filled("a", VISITOR), until=DUE + HOUR_MS)
    (former,) = shop.standing
    shop.cluster.restart(all_rules(message_rules(rule(version=2))))
    late = filled("b", CUSTOMER, START_MS + MINUTE_MS)
    shop.send(late, signed_in(DUE), until=DUE + 2 * HOUR_MS)
    assert [one.message_id for one in shop.standing] == [former.message_id]


def test_who_was_held_out_stays_so_when_the_message_has_expired() -> None:
    """Else nobody is left to compare with: a visitor signs in when it is too late to send."""
    wary = rule(hold_out=0.5, valid_for="1d")
    cart = message_rules(wary).rules["cart"]

    def one_of(namespace: str, *, held: bool) -> str:
        names = (f"{namespace}:{n}" for n in range(99))
        return next(n for n in names if held_out("default", cart, n, "") is held)

    visitor = one_of("anonymous_id", held=True)
    customer = one_of("customer_id", held=False)
    shop = Shop(wary)
    shop.send(filled("a", visitor), until=DUE + HOUR_MS)
    assert [one.status for one in shop.standing] == ["held_out"]
    signs_in = event("in", [visitor, customer], "signed_in", at=DUE + 3 * DAY_MS)
    signs_in.received_at = shop.cluster.now = DUE + 3 * DAY_MS
    shop.send(signs_in, until=DUE + 4 * DAY_MS)
    assert [one.status for one in shop.standing] == ["held_out"]


def test_who_tells_of_a_cart_does_not_wait_for_the_next_message() -> None:
    """Known to be one before the customer touched the cart, or after: the same at once."""
    customers = filled("b", CUSTOMER, DUE + 2 * HOUR_MS)
    found = []
    for first, second in ((signed_in(DUE), customers), (customers, signed_in(DUE))):
        shop = Shop().send(filled("a", VISITOR), until=DUE + HOUR_MS)
        shop.send(first).send(second)
        found.append({(m.message_id, m.person_id) for m in shop.standing})
    assert found[0] == found[1]
    assert len(found[0]) == 1
