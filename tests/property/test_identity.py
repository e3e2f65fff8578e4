"""Properties of identity: whatever the order, the timing and the crashes, the same persons."""

import random
from collections import defaultdict
from collections.abc import Iterable

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import json, structs

from schemas.journey import JourneyState, Session, Transition
from schemas.messages import Message
from schemas.progress import Progress
from schemas.touchpoint import Touchpoint
from streams.journey.live import decode_state
from streams.journey.merge import content
from streams.journey.outcome import Outcome
from streams.journey.partition import PartitionJourneys
from tests.factories.cluster import Cluster
from tests.factories.identified import HOUR_MS, MINUTE_MS, START_MS, records
from tests.factories.linked import event, history, parents, root
from tests.factories.messages import all_rules, message_rules, rule

MESSAGES = message_rules(
    rule(
        goal={"types": ["order_completed"], "within": "5h"},
        cap="few",
        priority=5,
        hold_out=0.3,
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
        "again",
        trigger={"types": ["order_completed"]},
        after="90m",
        absent=[{"types": ["store_visit_started"], "scope": "person"}],
        once={"days": 1},
        cap="few",
    ),
    caps={"few": {"at_most": 2, "days": 1}},
    consent={"unless_stated": "given", "refused_by": ["unsubscribed"]},
)
RULES = all_rules(MESSAGES)
END = START_MS + 1_000 * HOUR_MS


class Tables:
    """What replacing tables downstream would hold."""

    def __init__(self) -> None:
        self.sessions: dict[str, Session] = {}
        self.transitions: dict[tuple[str, int], Transition] = {}
        self.messages: dict[str, Message] = {}
        self.raw: defaultdict[tuple[int, int], set[str]] = defaultdict(set)

    def take(self, outcome: Outcome) -> None:
        for _, value in outcome.touchpoints:
            one = json.decode(value, type=Touchpoint)
            assert b'"via"' not in value
            self.raw[one.raw_partition, one.raw_offset].add("stored")
        for _, value in outcome.duplicates:
            one = json.decode(value, type=Touchpoint)
            self.raw[one.raw_partition, one.raw_offset].add("duplicate")
        for _, value in outcome.sessions:
            session = json.decode(value, type=Session)
            known = self.sessions.get(session.session_id)
            if known is None or session.revision >= known.revision:
                self.sessions[session.session_id] = session
        for _, value in outcome.transitions:
            move = json.decode(value, type=Transition)
            identity = (move.person_id, move.transition_no)
            held = self.transitions.get(identity)
            if held is None or move.revision >= held.revision:
                self.transitions[identity] = move

        for _, value in outcome.messages:
            message = json.decode(value, type=Message)
            told = self.messages.get(message.message_id)
            if told is None or message.revision >= told.revision:
                self.messages[message.message_id] = message

    def truth(self, states: Iterable[JourneyState]) -> dict[str, object]:
        """Everything that must not depend on arrival, and nothing else.

        Sessions and messages are told by who they are of now, as readers follow the
        redirects. The id of a message about a cart names the member who touched it, and
        the truth knows no members: such messages are told by the cart alone.
        """
        states = list(states)
        redirects = {name: one.person_id for one in states for name in one.members}
        return {
            "states": {
                s.person_id: {k: v for k, v in content(s).items() if k != "members"}
                for s in states
                if not s.merged_into and (s.touchpoints or s.recent)
            },
            "sessions": sorted(
                (
                    redirects.get(s.person_id, s.person_id),
                    *structs.astuple(structs.replace(s, revision=0, person_id="")),
                )
                for s in self.sessions.values()
                if s.status != "superseded"
            ),
            "transitions": sorted(
                (t.person_id, t.transition_no, t.from_phase, t.to_phase, t.cause.id)
                for t in self.transitions.values()
                if not t.deleted
            ),
            "messages": sorted(
                (
                    (
                        redirects.get(m.person_id, m.person_id),
                        *structs.astuple(
                            structs.replace(
                                m,
                                revision=0,
                                person_id="",
                                message_id="" if m.key else m.message_id,
                            )
                        ),
                    )
                    for m in self.messages.values()
                    if m.status != "cancelled"
                ),
                key=repr,
            ),
        }


def truth(touchpoints: list[Touchpoint]) -> dict[str, object]:
    """What the touchpoints come to where each person was known by one name from the start."""
    found = parents(touchpoints)
    named = [
        structs.replace(one, person_id=root(found, one.person_id))
        for one in touchpoints
    ]
    journeys = PartitionJourneys({}, Progress("log", 0, "raw", 0), RULES, 1)
    tables = Tables()
    tables.take(journeys.apply(records(named)))
    alone = Cluster(RULES, random.Random(0), 1)
    alone.tick(END)
    closing = alone.logs[0][0]._replace(offset=len(named))
    tables.take(journeys.apply([closing]))
    return tables.truth(map(decode_state, journeys.states.values()))


def played(
    touchpoints: list[Touchpoint], chance: random.Random, crashes: float = 0.0
) -> tuple[dict[str, object], Cluster, Tables]:
    """What the touchpoints come to in a cluster, in any order and timing."""
    tables = Tables()
    cluster = Cluster(RULES, chance, chance.randint(1, 4), crashes, tables.take)
    cluster.longest = chance.choice((9, 100))
    for one in chance.sample(touchpoints, len(touchpoints)):
        cluster.put(structs.replace(one))
        if chance.random() < 0.3:
            cluster.run(chance.randint(0, 6))
        if chance.random() < 0.1:
            cluster.tick(START_MS + chance.randrange(20 * 60) * MINUTE_MS)
    cluster.run()
    cluster.tick(END)
    cluster.run()
    return tables.truth(states(cluster)), cluster, tables


def states(cluster: Cluster) -> list[JourneyState]:
    return [decode_state(value) for p in cluster.running for value in p.states.values()]


seeds = st.integers(0, 2**40)
sizes = st.integers(1, 30)


@settings(deadline=None, max_examples=300)
@given(seeds, sizes)
def test_who_is_one_does_not_depend_on_order_or_timing(seed: int, size: int) -> None:
    """Persons, states, sessions and transitions are those of the evidence as a whole."""
    chance = random.Random(seed)
    touchpoints = history(chance, size)
    found, _, _ = played(touchpoints, chance)
    assert found == truth(touchpoints)


@settings(deadline=None, max_examples=300)
@given(seeds, sizes)
def test_crashes_in_the_middle_of_merges_change_nothing(seed: int, size: int) -> None:
    """Killed between any two writes: nobody is lost, doubled, or left half merged."""
    chance = random.Random(seed)
    touchpoints = history(chance, size)
    found, _, tables = played(touchpoints, chance, crashes=0.3)
    assert found == truth(touchpoints)
    assert [sorted(places) for places in tables.raw.values()] == [["stored"]] * size


@settings(deadline=None, max_examples=50)
@given(seeds)
def test_customers_at_one_till_stay_who_they_are(seed: int) -> None:
    """However many sign in on one device, each is a person, and the device is nobody's."""
    chance = random.Random(seed)
    made = []
    for number in range(25):
        till = {"device_id:till", "anonymous_id:till"}
        customer = f"customer_id:{number}"
        made += [
            event(f"s{number}", {customer, *till}, "signed_in"),
            event(f"b{number}", {customer, *till}, "order_completed"),
            event(f"p{number}", {"anonymous_id:till"}),
        ]
    found, cluster, _ = played(made, chance)
    assert found == truth(made)
    persons = [s for s in states(cluster) if s.orders]
    assert len(persons) == 25
    assert all(state.orders == 1 for state in persons)


@settings(deadline=None, max_examples=200)
@given(seeds, sizes)
def test_unlinking_restores_exactly_what_was_before(seed: int, size: int) -> None:
    """Merged and then unlinked, two histories are again what they were."""
    chance = random.Random(seed)
    touchpoints = history(chance, size)
    link = event("link", ["anonymous_id:x", "customer_id:x"], "identity_linked")
    own = [
        event("x1", ["anonymous_id:x"], "product_viewed", at=START_MS + 1),
        event("x2", ["customer_id:x"], "order_completed", at=START_MS + 2),
        event("x3", ["anonymous_id:x"], "page_viewed", at=START_MS + 3),
    ]
    unlink = event(
        "unlink",
        ["anonymous_id:x", "customer_id:x"],
        "identity_unlinked",
        at=START_MS + chance.randint(1, 5),
    )
    everything = [*touchpoints, link, *own, unlink]
    found, cluster, _ = played(everything, chance, crashes=chance.choice((0.0, 0.2)))
    assert found == truth(everything)
    apart = {s.person_id: s for s in states(cluster)}
    assert apart["anonymous_id:x"].touchpoints == 2
    assert apart["customer_id:x"].orders == 1
