"""Message rules for tests, small enough for a day, and partitions that obey them."""

from dataclasses import replace

from msgspec import Raw, json

from schemas.messages import Message
from schemas.progress import Progress
from schemas.touchpoint import Touchpoint
from streams.activation.rules import LATENESS_MS, MessageRules, rules_from
from streams.journey.live import Rules
from streams.journey.outcome import Outcome
from streams.journey.partition import PartitionJourneys
from streams.journey.policy import SessionPolicy
from tests.factories.identified import START_MS, identified, rules

CONSENT = {"messaging": True}


def rule(name: str = "cart", **fields: object) -> dict[str, object]:
    """One rule: a cart that nobody bought for two hours."""
    whole: dict[str, object] = {
        "name": name,
        "version": 1,
        "trigger": {"types": ["cart_product_added"], "key": "cart"},
        "after": "2h",
        "absent": [
            {"types": ["order_completed"], "scope": "key"},
            {"types": ["order_completed"], "scope": "person"},
        ],
    }
    return whole | fields


def document(*rules_: dict[str, object], **fields: object) -> dict[str, object]:
    """A file of rules in which consent is assumed and nobody sleeps."""
    whole = {"rules": list(rules_ or (rule(),)), "consent": {"unless_stated": "given"}}
    return whole | fields


def message_rules(
    *rules_: dict[str, object], lateness_ms: int = LATENESS_MS, **fields: object
) -> MessageRules:
    """Such a file, compiled."""
    return rules_from(document(*rules_, **fields), lateness_ms=lateness_ms)


def all_rules(messages: MessageRules, policy: SessionPolicy | None = None) -> Rules:
    """The built-in rules of the journey with these for messages."""
    return replace(rules(policy), messages=messages)


def messaging_partition(
    messages: MessageRules,
    states: dict[bytes, bytes] | None = None,
    policy: SessionPolicy | None = None,
) -> PartitionJourneys:
    """A journey partition that sends messages."""
    progress = Progress("log", 0, "raw", 0)
    return PartitionJourneys(states or {}, progress, all_rules(messages, policy), 1)


def cart(
    id_: str = "c", at: int = START_MS, name: str = "c1", **fields: object
) -> Touchpoint:
    """Something put into a cart."""
    fields = {"cart_id": name} | fields
    return identified(id_, "cart_product_added", at=at, **fields)  # type: ignore[arg-type]


def order(id_: str = "o", at: int = START_MS, **fields: object) -> Touchpoint:
    """An order, as a rule on the web."""
    fields = {"value_minor": 100, "currency": "EUR"} | fields
    return identified(id_, "order_completed", at=at, **fields)  # type: ignore[arg-type]


def properties(**told: object) -> Raw:
    """Properties of a touchpoint."""
    return Raw(json.encode(told))


class Mailbox:
    """What a table of messages holds: of each the newest record."""

    def __init__(self) -> None:
        self.newest: dict[str, Message] = {}
        self.records: list[bytes] = []

    def take(self, outcome: Outcome) -> None:
        """Land what a batch came to."""
        for _, value in outcome.messages:
            self.records.append(value)
            message = json.decode(value, type=Message)
            known = self.newest.get(message.message_id)
            if known is None or message.revision >= known.revision:
                self.newest[message.message_id] = message

    @property
    def standing(self) -> list[Message]:
        """Messages that were not called off, by due time."""
        alive = [m for m in self.newest.values() if m.status != "cancelled"]
        return sorted(alive, key=lambda m: (m.due_at, m.message_id))
