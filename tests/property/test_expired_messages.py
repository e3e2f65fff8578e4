"""Properties of messages that expire, of persons of several members, as time goes by."""

import random
from collections import defaultdict

from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from msgspec import json

from schemas.messages import Message
from schemas.touchpoint import Touchpoint
from streams.journey.live import decode_state
from tests.factories.cluster import Cluster
from tests.factories.identified import HOUR_MS, MINUTE_MS, START_MS
from tests.factories.linked import event
from tests.factories.messages import all_rules, message_rules, properties, rule

MEMBERS = ("anonymous_id:1", "anonymous_id:2", "email_hash:1", "customer_id:1")
RULES = all_rules(
    message_rules(
        rule(valid_for="3h", hold_out=0.3),
        rule(
            "welcome",
            trigger={"types": ["account_created", "loyalty_enrolled"]},
            after="1h",
            absent=[],
            once="person",
            valid_for="3h",
        ),
        consent={"unless_stated": "refused"},
    )
)
TYPES = ("page_viewed", "cart_product_added", "cart_product_added", "account_created")
LOOK_MS = 30 * MINUTE_MS
"""How often time is told."""


def history(chance: random.Random, size: int) -> list[tuple[int, Touchpoint]]:
    """Touchpoints of few identifiers about one cart, by when they arrive."""
    made = []
    for number in range(size):
        drawn = chance.sample(MEMBERS, chance.choice((1, 1, 1, 2)))
        names = {name.partition(":")[0]: name for name in drawn}
        parting = len(names) > 1 and chance.random() < 0.15
        type_ = "identity_unlinked" if parting else chance.choice(TYPES)
        more: dict[str, object] = {}
        if type_ == "cart_product_added":
            more["cart_id"] = "a cart"
        if chance.random() < 0.3:
            more["consent"] = {"messaging": True}
        at = START_MS + chance.randrange(20 * 60) * MINUTE_MS
        # Who is one with whom is mostly found when it is too late to send.
        late = chance.choice((5, 12) if len(names) > 1 else (0, 0, 0, 1, 5)) * HOUR_MS
        arrives = at + late + chance.randrange(60) * MINUTE_MS
        one = event(f"e{number}", names.values(), type_, at=at, **more)
        one.received_at = arrives
        made.append((arrives, one))
    return sorted(made, key=lambda pair: pair[0])


class Day:
    """A cluster whose clock goes along, and a sender who is late now and then."""

    def __init__(self, chance: random.Random) -> None:
        self.chance = chance
        self.newest: dict[str, Message] = {}
        self.cluster = Cluster(RULES, chance, chance.randint(1, 3), take=self.take)

    def take(self, outcome: object) -> None:
        for _, value in outcome.messages:  # type: ignore[attr-defined]
            one = json.decode(value, type=Message)
            known = self.newest.get(one.message_id)
            if known is None or known.revision <= one.revision:
                self.newest[one.message_id] = one

    def until(self, at: int) -> None:
        while self.cluster.now + LOOK_MS < at:
            self.cluster.now += LOOK_MS
            self.cluster.tick(self.cluster.now)
            self.cluster.run()

    def put(self, at: int, one: Touchpoint) -> None:
        self.until(at)
        self.cluster.now = max(self.cluster.now, at)
        self.cluster.put(one)
        if self.chance.random() < 0.7:
            self.cluster.run()
        due = [m for m in self.newest.values() if m.status == "due" and not m.sent_at]
        if due and self.chance.random() < 0.2:
            self.report(self.chance.choice(due), at)

    def report(self, message: Message, at: int) -> None:
        told = properties(message_id=message.message_id)
        name = f"sent {message.message_id} {at}"
        one = event(name, [message.person_id], "message_sent", at=at, properties=told)
        one.received_at = at
        self.cluster.put(one)

    def by_occasion(self) -> dict[tuple[str, str, str], list[Message]]:
        """The newest records by who everybody is, rule, and cart."""
        states = [
            decode_state(value)
            for one in self.cluster.running
            for value in one.states.values()
        ]
        now = {
            name: state.person_id
            for state in states
            if not state.merged_into
            for name in state.members or [state.person_id]
        }
        found = defaultdict(list)
        for one in self.newest.values():
            who = now.get(one.person_id, one.person_id)
            found[who, one.rule, one.key].append(one)
        return found


# Seeds do not shrink to anything simpler.
@settings(max_examples=40, phases=(Phase.reuse, Phase.generate), deadline=None)
@given(st.integers(0, 2**40), st.integers(3, 14))
def test_what_expires_is_not_called_off_for_nothing(seed: int, size: int) -> None:
    """Of one person and cart no two stand that were not both sent; and where one was
    called off for another, another stands, or had a reason of its own not to.
    """
    chance = random.Random(seed)
    day = Day(chance)
    for at, one in history(chance, size):
        day.put(at, one)
    day.cluster.run()
    day.until(day.cluster.now + 30 * HOUR_MS)
    for told in day.by_occasion().values():
        standing = [one for one in told if one.status != "cancelled"]
        assert len(standing) <= 1 or all(one.sent_at for one in standing)
        assert standing or {one.reason for one in told} - {"superseded", "stale"}
