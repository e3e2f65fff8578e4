"""A partition that sends messages, and everything that it sent."""

from msgspec import json

from schemas.messages import Message
from schemas.progress import Tick
from schemas.touchpoint import Touchpoint
from streams.activation.rules import MessageRules
from streams.journey.policy import SessionPolicy
from tests.factories.identified import (
    DAY_MS,
    START_MS,
    Record,
    records,
)
from tests.factories.messages import (
    Mailbox,
    message_rules,
    messaging_partition,
)

LONG_AFTER = START_MS + 400 * DAY_MS


class Post:
    """A partition, its mailbox, and a log that grows."""

    def __init__(
        self, rules: MessageRules, policy: SessionPolicy | None = None
    ) -> None:
        self.rules = rules
        self.journeys = messaging_partition(rules, policy=policy)
        self.box = Mailbox()
        self.log: list[Record] = []

    def send(self, *touchpoints: Touchpoint, written_at: int = 0) -> "Post":
        made = records(touchpoints, len(self.log))
        if written_at:
            made = [record._replace(timestamp=written_at) for record in made]
        return self._append(made)

    def until(self, at: int, *, written_at: int = START_MS) -> "Post":
        value = json.encode(Tick("raw", at, {0: at}, {}))
        return self._append([Record(len(self.log), None, value, written_at)])

    def _append(self, made: list[Record]) -> "Post":
        self.log += made
        self.box.take(self.journeys.apply(made))
        return self

    @property
    def due(self) -> list[Message]:
        return [m for m in self.box.standing if m.status == "due"]


def post(*rules: dict[str, object], **fields: object) -> Post:
    return Post(message_rules(*rules, **fields))


def by_hand(
    *touchpoints: Touchpoint, rules: MessageRules | None = None
) -> list[Message]:
    """What is due in the end."""
    mail = Post(rules or message_rules())
    return mail.send(*touchpoints).until(LONG_AFTER).due
