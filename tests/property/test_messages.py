"""Properties of messages: they are the truth of the whole history, however it came."""

import random
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import Raw, json

from schemas.messages import Activation
from schemas.touchpoint import Place, Touchpoint
from streams.activation.memory import merge
from streams.activation.rules import rules_from
from streams.journey.live import decode_state
from tests.factories.crashing import killed
from tests.factories.identified import HOUR_MS, START_MS, Record, identified, records
from tests.factories.message_oracle import digest, truth
from tests.factories.messages import Mailbox, all_rules, messaging_partition, rule
from tests.property.test_journey import closing

DOCUMENT = {
    "quiet_hours": {"from": "21:00", "to": "06:00"},
    "timezone": "Europe/Paris",
    "consent": {"unless_stated": "refused"},
    "caps": {"few": {"at_most": 2, "days": 1}},
    "rules": [
        rule(
            cap="few",
            priority=5,
            hold_out=0.3,
            valid_for="300d",
            goal={"types": ["order_completed"], "within": "5h"},
        ),
        rule(
            "welcome",
            trigger={"types": ["account_created"]},
            after="1h",
            absent=[],
            once="person",
            orders_at_most=0,
        ),
        rule(
            "second",
            trigger={"types": ["order_completed"]},
            after="3h",
            absent=[],
            once="person",
            orders_at_least=1,
            orders_at_most=1,
            cap="few",
        ),
        rule(
            "review",
            trigger={"types": ["order_delivered"], "key": "order"},
            after="1h",
            absent=[
                {"types": ["product_returned"], "scope": "key"},
                {"types": ["product_reviewed"], "scope": "person"},
            ],
            cap="few",
            priority=9,
        ),
        rule(
            "win_back",
            trigger={"types": ["order_completed"]},
            after="5h",
            absent=[],
            once={"days": 1},
        ),
        rule(
            "detractor",
            trigger={
                "types": ["survey_answered"],
                "where": [
                    {"property": "kind", "any_of": ["nps"]},
                    {"property": "score", "at_most": 6},
                ],
            },
            after="30m",
            absent=[],
            once={"days": 1},
        ),
        rule(
            "first_steps",
            trigger={"types": ["product_viewed"]},
            after="1h",
            absent=[],
            once="person",
            phases=["onboarding"],
        ),
    ],
}
RULES = rules_from(DOCUMENT)
TYPES = (
    "page_viewed",
    "product_viewed",
    "cart_product_added",
    "cart_product_added",
    "cart_product_added",
    "order_completed",
    "account_created",
    "order_delivered",
    "product_returned",
    "product_reviewed",
    "survey_answered",
    "consent_updated",
    "unsubscribed",
    "customer_updated",
    "message_sent",
)

# Within every channel's lateness, so that nothing is late in any order.
history = st.lists(
    st.tuples(
        st.integers(0, 20 * 4).map(lambda q: START_MS + q * HOUR_MS // 4),
        st.sampled_from(TYPES),
        st.integers(1, 2),
        st.integers(0, 5),
    ),
    max_size=30,
)
seeds = st.integers(0, 2**32)
cuts = st.lists(st.integers(0, 100), max_size=8)


def touchpoint(number: int, event: tuple[int, str, int, int]) -> Touchpoint:
    at, type_, person, variant = event
    told: dict[str, object] = {}
    more: dict[str, object] = {"backfill": variant == 5}
    if type_ == "survey_answered":
        told = {"kind": "nps", "score": variant * 2}
    elif type_ == "customer_updated":
        told = {"facts": {"tz": ("Asia/Tokyo", "America/New_York")[variant % 2]}}
    elif type_ == "message_sent":
        about = f"key\0c{variant % 3}\0customer_id:{person}"
        told = {"message_id": digest(f"default\0cart\0{about}")}
    elif type_ == "consent_updated":
        more["consent"] = {"messaging": variant > 0}
    elif type_ == "order_completed":
        more |= {"cart_id": f"c{variant}" if variant < 2 else None}
    elif type_ == "cart_product_added":
        more |= {"cart_id": f"c{variant % 3}"}  # of both persons
        more["place"] = Place(tz="Australia/Sydney") if variant == 4 else None
    elif type_ in ("order_delivered", "product_returned"):
        more |= {"order_id": f"o{variant % 2}-{person}", "channel": "web"}
    return identified(
        f"e{number}",
        type_,
        at=at,
        person=f"customer_id:{person}",
        properties=Raw(json.encode(told)),
        **more,
    )


def touchpoints(events: list) -> list[Touchpoint]:
    consent = (START_MS, "consent_updated", 1, 1)
    return [touchpoint(n, event) for n, event in enumerate([consent, *events])]


def standing(box: Mailbox) -> dict[str, tuple]:
    return {
        m.message_id: (m.status, m.due_at, m.sent_at, m.converted_at)
        for m in box.standing
    }


def expected(made: list[Touchpoint]) -> dict[str, tuple]:
    found: dict[str, tuple] = {}
    for person in {t.person_id for t in made}:
        own = [t for t in made if t.person_id == person]
        for id_, one in truth(own, DOCUMENT).items():
            found[id_] = (one.status, one.due_at, one.sent_at, one.converted_at)
    return found


def run(made: list[Record], where: list[int]) -> Mailbox:
    journeys, box = messaging_partition(RULES), Mailbox()
    borders = sorted({0, len(made), *(cut % (len(made) + 1) for cut in where)})
    for start, end in pairwise(borders):
        box.take(journeys.apply(made[start:end]))
    box.take(journeys.apply([closing(len(made))]))
    return box


@settings(max_examples=300, deadline=None)
@given(history, cuts, seeds)
def test_messages_are_the_truth_in_any_order(
    events: list, where: list[int], seed: int
) -> None:
    """Any permutation, cut anywhere: what stands is what the whole history comes to."""
    made = touchpoints(events)
    truth_ = expected(made)
    random.Random(seed).shuffle(made)
    assert standing(run(records(made), where)) == truth_


@settings(max_examples=200, deadline=None)
@given(history, cuts, cuts)
def test_the_same_log_has_the_same_bytes(
    events: list, where: list[int], elsewhere: list[int]
) -> None:
    """Cut into other batches, each message ends with the very same record."""
    made = records(touchpoints(events))
    one, other = run(made, where), run(made, elsewhere)
    assert one.newest == other.newest


@settings(max_examples=300, deadline=None)
@given(history, seeds)
def test_crashes_and_replays_make_no_other_messages(events: list, seed: int) -> None:
    """Killed between any two writes, restored, replayed: exactly the same messages."""
    chance = random.Random(seed)
    made = touchpoints(events)
    chance.shuffle(made)
    log = [*records(made), closing(len(made))]
    reference, box = Mailbox(), Mailbox()
    reference.take(messaging_partition(RULES).apply(log))
    killed(log, all_rules(RULES), chance, box.take)
    assert standing(box) == standing(reference) == expected(made)


@settings(max_examples=200, deadline=None)
@given(history, seeds)
def test_memories_merge(events: list, seed: int) -> None:
    """In any grouping, in any order, and with a part counted twice: the same memory."""
    chance = random.Random(seed)
    made = touchpoints([(at, type_, 1, v) for at, type_, _, v in events])
    whole = memory_of(made)
    parts = [memory_of(chance.sample(made, len(made) // 2)) for _ in range(2)]
    rest = memory_of([t for t in made if chance.random() < 0.5])
    one = merge(merge(parts[0], parts[1], RULES), merge(rest, whole, RULES), RULES)
    other = merge(whole, merge(rest, merge(parts[1], parts[0], RULES), RULES), RULES)
    assert marks(one) == marks(other) == marks(merge(whole, Activation(), RULES))


def memory_of(made: list[Touchpoint]) -> Activation:
    """The memory of a person to whom time has not yet happened."""
    journeys = messaging_partition(RULES)
    journeys.apply(records(made))
    for value in journeys.states.values():
        return decode_state(value).messages or Activation()
    return Activation()


def marks(memory: Activation) -> tuple:
    return (
        memory.spans,
        memory.happened,
        memory.orders,
        {name: said for name, said in memory.said.items() if said},
        memory.reports,
    )
