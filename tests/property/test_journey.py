"""Properties of the fold: order, batches, duplicates and crashes change nothing."""

import random
from collections.abc import Iterable
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import Raw, json
from msgspec.structs import replace

from schemas.journey import JourneyState, Session, Transition
from schemas.progress import Tick
from schemas.threads import CART_TYPES, ORDER_TYPES, TICKET_TYPES, Thread
from schemas.touchpoint import Touchpoint
from streams.journey.live import decode_state
from streams.journey.outcome import Outcome
from streams.journey.partition import PartitionJourneys
from tests.factories.crashing import killed
from tests.factories.identified import (
    HOUR_MS,
    START_MS,
    Record,
    identified,
    partition,
    records,
    rules,
)

TYPES = (
    "page_viewed",
    "product_viewed",
    "order_completed",
    "mailing_delivered",
    "store_visit_started",
    "referral_sent",
    "cart_product_added",
    "checkout_started",
    "order_delivered",
    "product_returned",
    "order_refunded",
    "call_started",
    "call_ended",
    "product_reviewed",
    "payment_failed",
    "call_started",
)
EMOTIONS = {
    "product_reviewed": {"emotion": 0.67, "emotion_observed": True},
    "payment_failed": {"emotion": -2.0},
}

# Within every channel's lateness, so that nothing is late in any order.
history = st.lists(
    st.tuples(
        st.integers(0, 20 * HOUR_MS // 60_000).map(lambda m: START_MS + m * 60_000),
        st.sampled_from(TYPES),
        st.integers(1, 3),
        st.sampled_from(["d1", "d2"]),
    ),
    max_size=40,
)


def touchpoints(events: Iterable[tuple[int, str, int, str]]) -> list[Touchpoint]:
    made = []
    for number, (at, type_, person, device) in enumerate(events):
        store = "s1" if type_.startswith("store") else None
        made.append(
            identified(
                f"e{number}",
                type_,
                at=at,
                person=f"customer_id:{person}",
                device=device,
                store=store,
                value_minor=100 if type_ == "order_completed" else None,
                currency="EUR" if type_ == "order_completed" else None,
                **threads_by(type_, device, number),
                **EMOTIONS.get(type_, {}),
            )
        )
    return made


def threads_by(type_: str, device: str, number: int) -> dict[str, object]:
    """Two carts, orders and tickets, by device; every other call resolves its ticket."""
    named: dict[str, object] = {}
    if type_ in CART_TYPES:
        named["cart_id"] = f"c-{device}"
    if type_ in ORDER_TYPES:
        named["order_id"] = f"o-{device}"
    if type_ in TICKET_TYPES:
        named["ticket_id"] = f"t-{device}"
        named["properties"] = Raw(b'{"resolved":true}' if number % 2 else b"{}")
    return named


class Tables:
    """What replacing tables downstream would hold."""

    def __init__(self) -> None:
        self.sessions: dict[str, Session] = {}
        self.transitions: dict[tuple[str, str, int], Transition] = {}
        self.threads: dict[tuple[str, str, str], Thread] = {}
        self.touchpoints: set[tuple[str, str]] = set()

    def take(self, outcome: Outcome) -> None:
        for _, value in outcome.touchpoints:
            one = json.decode(value, type=Touchpoint)
            self.touchpoints.add((one.source, one.id))
        for _, value in outcome.sessions:
            session = json.decode(value, type=Session)
            known = self.sessions.get(session.session_id)
            if known is None or session.revision >= known.revision:
                self.sessions[session.session_id] = session
        for _, value in outcome.transitions:
            move = json.decode(value, type=Transition)
            identity = (move.person_id, move.model, move.transition_no)
            held = self.transitions.get(identity)
            if held is None or move.revision >= held.revision:
                self.transitions[identity] = move
        for _, value in outcome.threads:
            thread = json.decode(value, type=Thread)
            name = (thread.person_id, thread.kind, thread.thread_id)
            there = self.threads.get(name)
            if there is None or thread.revision >= there.revision:
                self.threads[name] = thread


def truth(tables: Tables, journeys: PartitionJourneys) -> tuple:
    """Everything that must not depend on arrival, and nothing else."""
    states = [decode_state(value) for value in journeys.states.values()]
    return (
        sorted(tables.touchpoints),
        sorted(
            (
                s.session_id,
                s.status,
                s.started_at,
                s.ended_at,
                s.touchpoints,
                s.orders,
                s.value_minor,
                s.entry_type,
                s.exit_type,
                s.engaged,
            )
            for s in tables.sessions.values()
            if s.status != "superseded"
        ),
        sorted(
            (
                *(t.person_id, t.model, t.model_version, t.transition_no),
                *(t.from_phase, t.to_phase, t.occurred_at, t.rule, t.cause.id),
            )
            for t in tables.transitions.values()
            if not t.deleted
        ),
        sorted(map(public, states)),
        sorted(json.encode(replace(t, revision=0)) for t in tables.threads.values()),
    )


def public(state: JourneyState) -> tuple:
    return (
        state.person_id,
        state.phase,
        state.phase_since,
        state.touchpoints,
        state.first_at,
        state.last_at,
        state.orders,
        sorted(state.counts.items()),
        sorted(state.value_minor.items()),
        state.sessions_total,
        sorted(
            (name, at.version, at.phase, at.since, at.transitions)
            for name, at in state.models.items()
            if at.phase
        ),
        bytes(state.threads),
        state.emotions and (state.emotions.observed, state.emotions.inferred),
    )


def run(made: list[Record], cuts: list[int], *, close: bool = True) -> tuple:
    journeys, tables = partition(), Tables()
    borders = sorted({0, len(made), *(cut % (len(made) + 1) for cut in cuts)})
    for start, end in pairwise(borders):
        tables.take(journeys.apply(made[start:end]))
    if close:
        tables.take(journeys.apply([closing(len(made))]))
    return truth(tables, journeys)


def closing(offset: int) -> Record:
    tick = Tick("raw", START_MS, {0: START_MS + 1_000 * HOUR_MS}, {})
    return Record(offset, None, json.encode(tick), START_MS)


cuts = st.lists(st.integers(0, 100), max_size=8)
seeds = st.integers(0, 2**32)


@settings(deadline=None)
@given(history, cuts, seeds)
def test_arrival_order_and_batches_change_nothing(
    events: list, where: list[int], seed: int
) -> None:
    """Any permutation, cut anywhere, comes to the same sessions, phases and states."""
    in_order = sorted(events)
    reference = run(records(touchpoints(in_order)), [])
    shuffled = touchpoints(in_order)
    random.Random(seed).shuffle(shuffled)
    assert run(records(shuffled), where) == reference


@settings(deadline=None)
@given(history, cuts, seeds)
def test_duplicates_change_nothing(events: list, where: list[int], seed: int) -> None:
    """Every touchpoint delivered again, at any moment, counts once."""
    reference = run(records(touchpoints(events)), [])
    twice = touchpoints(events) + touchpoints(events)
    random.Random(seed).shuffle(twice)
    assert run(records(twice), where) == reference


@settings(max_examples=400, deadline=None)
@given(history, seeds)
def test_crashes_change_nothing(events: list, seed: int) -> None:
    """Killed between any two writes, restored, replayed: the tables end up the same."""
    chance = random.Random(seed)
    made = [*records(touchpoints(events)), closing(len(events))]
    reference, tables = Tables(), Tables()
    whole = partition()
    reference.take(whole.apply(made))
    journeys = killed(made, rules(), chance, tables.take)
    assert truth(tables, journeys) == truth(reference, whole)
