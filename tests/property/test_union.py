"""Properties of merging and parting persons while their journeys are folded."""

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs

from schemas.journey import JourneyState, Session, Transition
from schemas.threads import Thread  # noqa: TC001 - as the sessions
from streams.journey.live import Journey
from streams.journey.merge import content
from streams.journey.record import Seen
from streams.journey.union import absorb, dissolve, release
from tests.factories.histories import (
    Event,
    days_later,
    events,
    folded,
    seen_of,
)
from tests.factories.identified import rules

RULES = rules()
STRONG, WEAK = "customer_id:1", "anonymous_id:a"
history = events((STRONG, WEAK))
END = days_later(400)


class Tables:
    """What replacing tables hold: of each session and transition the newest revision."""

    def __init__(self) -> None:
        self.sessions: dict[str, Session] = {}
        self.told_by: dict[str, str] = {}
        self.transitions: dict[tuple[str, str, int], Transition] = {}
        self.threads: dict[tuple[str, str, str], Thread] = {}

    def settle(self, journey: Journey, watermark: int = 0) -> JourneyState:
        """Take what a journey emits; it goes on as its record says."""
        sessions, transitions = journey.settle(watermark)
        for one in sessions:
            known = self.sessions.get(one.session_id)
            # Whoever it is of by now: the name that it began under stays.
            assert known is None or known.person_id == one.person_id
            by = self.told_by.setdefault(one.session_id, journey.state.person_id)
            if known is not None and by != journey.state.person_id:
                # They come from two partitions: the order of their arrival is open.
                assert known.revision != one.revision
                self.told_by[one.session_id] = journey.state.person_id
            if known is None or one.revision >= known.revision:
                self.sessions[one.session_id] = one
        for move in transitions:
            identity = (move.person_id, move.model, move.transition_no)
            held = self.transitions.get(identity)
            if held is None or move.revision >= held.revision:
                self.transitions[identity] = move
        for thread, _ in journey.thread_changes:
            name = (thread.person_id, thread.kind, thread.thread_id)
            there = self.threads.get(name)
            if there is None or thread.revision >= there.revision:
                self.threads[name] = thread
        return journey.state

    def truth(self, members: JourneyState | None = None) -> tuple:
        """The rows that count, without versions; the sessions of members as the person's."""
        redirects = dict.fromkeys(members.members, members.person_id) if members else {}
        sessions = [
            structs.replace(
                one, revision=0, person_id=redirects.get(one.person_id, one.person_id)
            )
            for one in self.sessions.values()
            if one.status != "superseded"
        ]
        transitions = [
            structs.replace(one, revision=0)
            for one in self.transitions.values()
            if not one.deleted
        ]
        threads = [
            structs.replace(one, revision=0)
            for one in self.threads.values()
            if not one.deleted
        ]
        return (
            sorted(threads, key=lambda t: (t.person_id, t.kind, t.thread_id)),
            sorted(sessions, key=lambda s: s.session_id),
            sorted(transitions, key=lambda t: (t.person_id, t.model, t.transition_no)),
        )


def opened(state: JourneyState) -> Journey:
    return Journey(state, RULES, 0)


def blank(name: str) -> JourneyState:
    return JourneyState(0, 0, "default", name)


def told_apart(made: list[Seen], tables: Tables) -> dict[str, JourneyState]:
    """Both persons, each with its own touchpoints, some of them settled in between."""
    states = {}
    for name in (STRONG, WEAK):
        own = [seen for seen in made if seen.person_id == name]
        state = blank(name)
        for batch in (own[: len(own) // 2], own[len(own) // 2 :]):
            journey = opened(state)
            for seen in batch:
                journey.fold(seen, 0)
            state = tables.settle(journey)
        states[name] = state
    return states


def expected(*persons: tuple[str, list[Seen]]) -> tuple:
    """The tables, had it been known from the start who is who."""
    tables = Tables()
    for name, made in persons:
        journey = opened(blank(name))
        for seen in made:
            journey.fold(seen, 0)
        tables.settle(journey)
        tables.settle(opened(journey.state), END)
    return tables.truth()


def united(
    states: dict[str, JourneyState], tables: Tables, watermark: int
) -> JourneyState:
    """The weak one dissolved, the strong one absorbing it."""
    leaving = opened(states[WEAK])
    given_ = dissolve(leaving)
    tables.settle(leaving)
    assert content(leaving.state) == content(blank(WEAK))
    staying = opened(states[STRONG])
    absorb(staying, given_, watermark)
    return tables.settle(staying, watermark)


@settings(max_examples=400, deadline=None)
@given(history, history, st.sampled_from([0, days_later(0.5)]))
def test_after_a_merge_the_tables_are_those_of_one_person(
    before: list[Event], after: list[Event], watermark: int
) -> None:
    """Sessions joined, superseded and closed, transitions moved and taken back: as if the
    two had been one from the first touchpoint on, whatever time it is.
    """
    tables = Tables()
    made = seen_of(before)
    state = united(told_apart(made, tables), tables, watermark)
    later = seen_of(after, "later")
    journey = opened(state)
    for seen in later:
        journey.fold(seen, watermark)
    tables.settle(journey, watermark)
    tables.settle(opened(journey.state), END)
    assert tables.truth(journey.state) == expected((STRONG, made + later))


@settings(max_examples=400, deadline=None)
@given(history, history, history)
def test_after_parting_the_tables_are_those_of_two_persons(
    before: list[Event], during: list[Event], after: list[Event]
) -> None:
    """Merged, folded on, parted, folded on: each row is as if they had never been one."""
    tables = Tables()
    made = seen_of(before)
    joined = opened(united(told_apart(made, tables), tables, 0))
    for seen in seen_of(during, "during"):
        joined.fold(seen, 0)
    parted = opened(tables.settle(joined))
    given_ = release(parted, WEAK, 0)
    again = opened(JourneyState(0, 0, "default", WEAK))
    absorb(again, given_, 0)
    states = {STRONG: tables.settle(parted), WEAK: tables.settle(again)}
    for seen in seen_of(after, "after"):
        journey = opened(states[seen.person_id])
        journey.fold(seen, 0)
        tables.settle(journey)
    for name in (STRONG, WEAK):
        tables.settle(opened(states[name]), END)
    everything = made + seen_of(during, "during") + seen_of(after, "after")
    alone = {
        name: [seen for seen in everything if seen.person_id == name]
        for name in (STRONG, WEAK)
    }
    assert tables.truth() == expected(*alone.items())
    for name in (STRONG, WEAK):
        left = folded(name, alone[name], RULES, until=END)
        assert content(states[name]) == content(left)
