"""Messages of persons who turned out to be one."""

import random

from msgspec import json

from schemas.messages import Message
from schemas.touchpoint import Touchpoint
from tests.factories.cluster import Cluster
from tests.factories.identified import HOUR_MS, START_MS
from tests.factories.linked import event
from tests.factories.messages import all_rules, message_rules, properties

VISITOR, CUSTOMER = "anonymous_id:v", "customer_id:9"
DUE = START_MS + 2 * HOUR_MS


class Shop:
    """Everything that is said of messages while touchpoints arrive and time passes."""

    def __init__(self) -> None:
        self.records: list[Message] = []
        self.cluster = Cluster(
            all_rules(message_rules()),
            random.Random(1),
            take=lambda outcome: self.records.extend(
                json.decode(value, type=Message) for _, value in outcome.messages
            ),
        )

    def send(self, *touchpoints: Touchpoint, until: int = 0) -> "Shop":
        """Let these arrive, then time pass."""
        for one in touchpoints:
            self.cluster.put(one)
        self.cluster.run()
        if until:
            self.cluster.tick(until)
            self.cluster.run()
        return self

    @property
    def standing(self) -> list[Message]:
        """The newest record of each message that was not called off."""
        newest: dict[str, Message] = {}
        for one in self.records:
            known = newest.get(one.message_id)
            if known is None or known.revision <= one.revision:
                newest[one.message_id] = one
        return [one for one in newest.values() if one.status != "cancelled"]


def filled(id_: str, who: str, at: int = START_MS) -> Touchpoint:
    return event(id_, [who], "cart_product_added", at=at, cart_id="c1")


def signed_in(at: int) -> Touchpoint:
    return event("in", [VISITOR, CUSTOMER], "signed_in", at=at)


def sent(message: Message, who: str, at: int) -> Touchpoint:
    told = properties(message_id=message.message_id)
    return event("sent", [who], "message_sent", at=at, properties=told)


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
