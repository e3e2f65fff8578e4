"""Properties of messages that were sent, of persons of several members: no second one."""

import random
from collections import Counter, defaultdict

from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.messages import Message, Span
from schemas.touchpoint import Touchpoint
from streams.activation.occasions import message_id
from tests.factories.identified import MINUTE_MS, START_MS
from tests.factories.linked import event
from tests.factories.messages import properties
from tests.property.test_identity import MESSAGES, played, states

MEMBERS = (
    "anonymous_id:1",
    "anonymous_id:2",
    "device_id:1",
    "email_hash:1",
    "customer_id:1",
)
CARTS = ("a cart", "another")
NO_SPAN = Span(0, "", 0, "", "", "")
TYPES = (
    "page_viewed",
    "order_completed",
    "cart_product_added",
    "cart_product_added",
    "cart_product_added",
    "account_created",
    "unsubscribed",
)


def history(chance: random.Random, size: int) -> list[Touchpoint]:
    """Touchpoints of few identifiers that share two carts, and what was sent of these."""
    made = []
    touched: defaultdict[str, set[str]] = defaultdict(set)
    for number in range(size):
        drawn = chance.sample(MEMBERS, chance.choice((1, 1, 1, 2, 2)))
        names = {name.partition(":")[0]: name for name in drawn}
        parting = len(names) > 1 and chance.random() < 0.2
        type_ = "identity_unlinked" if parting else chance.choice(TYPES)
        at = START_MS + chance.randrange(20 * 60) * MINUTE_MS
        cart = chance.choice(CARTS)
        more = {"cart_id": cart} if type_ == "cart_product_added" else {}
        one = event(f"e{number}", names.values(), type_, at=at, **more)
        made.append(one)
        if more:
            touched[cart].add(one.person_id)
    pairs = [(cart, who) for cart in sorted(touched) for who in sorted(touched[cart])]
    sent = [pair for pair in pairs if chance.random() < 0.4]
    return made + [report(cart, who, chance) for cart, who in sent]


def report(cart: str, who: str, chance: random.Random) -> Touchpoint:
    """A sender tells that somebody has got the message about a cart."""
    rule = MESSAGES.rules["cart"]
    identity = message_id("default", rule, cart, NO_SPAN, who)
    at = START_MS + chance.randrange(20 * 60) * MINUTE_MS
    told = properties(message_id=identity)
    return event(f"sent {cart} {who}", [who], "message_sent", at=at, properties=told)


def standing(touchpoints: list[Touchpoint], chance: random.Random) -> list[tuple]:
    """The messages that stand at the end, by who everybody turned out to be."""
    crashes = chance.choice((0.0, 0.0, 0.3))
    _, cluster, tables = played(touchpoints, chance, crashes)
    now = {name: one.person_id for one in states(cluster) for name in one.members}
    return sorted(
        (now.get(one.person_id, one.person_id), one.rule, one.key, *told(one))
        for one in tables.messages.values()
        if one.status != "cancelled"
    )


def told(one: Message) -> tuple:
    return (one.message_id, one.status, one.due_at, one.sent_at, one.converted_at)


@settings(deadline=None, max_examples=100)
@given(st.integers(0, 2**40), st.integers(1, 25))
def test_what_was_sent_stands_in_any_timing(seed: int, size: int) -> None:
    """The same messages, by the same ids, and of one cart one for each person."""
    chance = random.Random(seed)
    touchpoints = history(chance, size)
    found = standing(touchpoints, chance)
    assert found == standing(touchpoints, chance)
    carts = Counter((person, key) for person, rule, key, *_ in found if rule == "cart")
    assert all(number == 1 for number in carts.values())
