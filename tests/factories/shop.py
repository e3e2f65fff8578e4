"""A shop whose customers turn out to be one, and every message that it is told of."""

import random

from msgspec import json

from schemas.messages import Message
from schemas.touchpoint import Touchpoint
from streams.journey.policy import SessionPolicy
from tests.factories.cluster import Cluster
from tests.factories.identified import HOUR_MS, START_MS
from tests.factories.linked import event
from tests.factories.messages import all_rules, message_rules, properties, rule

VISITOR, CUSTOMER = "anonymous_id:v", "customer_id:9"
CARD = "loyalty_id:5"
DUE = START_MS + 2 * HOUR_MS
WELCOME = rule(
    "welcome",
    trigger={"types": ["account_created", "loyalty_enrolled"]},
    after="1h",
    absent=[],
    once="person",
)


class Shop:
    """Everything that is said of messages while touchpoints arrive and time passes."""

    def __init__(
        self,
        *rules: dict[str, object],
        policy: SessionPolicy | None = None,
        **fields: object,
    ) -> None:
        self.records: list[Message] = []
        self.cluster = Cluster(
            all_rules(message_rules(*rules, **fields), policy),
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
    """Somebody puts something into the one cart."""
    return event(id_, [who], "cart_product_added", at=at, cart_id="c1")


def signed_in(at: int) -> Touchpoint:
    """The visitor turns out to be the customer."""
    return event("in", [VISITOR, CUSTOMER], "signed_in", at=at)


def sent(message: Message, who: str, at: int) -> Touchpoint:
    """The sender reports a message as sent."""
    told = properties(message_id=message.message_id)
    return event("sent", [who], "message_sent", at=at, properties=told)


def enrolled(who: str) -> Touchpoint:
    """The till tells of a new card."""
    return event("card", [who], "loyalty_enrolled", at=START_MS)


def linked(at: int) -> Touchpoint:
    """The card turns out to be the customer's."""
    return event("both", [CARD, CUSTOMER], "identity_linked", at=at)
