"""Properties of the aggregate: journey states merge, and come apart again."""

import random
from collections.abc import Sequence

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs

from schemas.facts import OpenSession
from schemas.journey import Copy, JourneyState
from streams.identity.strength import strength
from streams.journey.forgetting import forget
from streams.journey.known import knows
from streams.journey.live import Journey, decode_state, encode_state
from streams.journey.merge import EMPTY, content, detach, lift, merge
from streams.journey.policy import SessionPolicy, ThreadPolicy
from streams.journey.record import CONTROL_TYPES, Seen
from streams.journey.union import absorb
from tests.factories.histories import (
    NAMES,
    TYPES,
    Event,
    days_later,
    events,
    folded,
    opened,
    seen_of,
)
from tests.factories.identified import rules
from tests.factories.messages import all_rules, message_rules, rule

RULES = all_rules(message_rules(rule(purpose="email")))
ONE = NAMES[:1]
seeds = st.integers(0, 2**32)
# Nothing final yet; a part of it; all of it.
times = st.sampled_from([0, days_later(2.6), days_later(60)])


def by_name(history: list[Event], until: int = 0) -> dict[str, JourneyState]:
    """A state for each name that the history mentions."""
    made = seen_of(history)
    return {
        name: folded(name, [s for s in made if s.person_id == name], RULES, until=until)
        for name in {event.person for event in history}
    }


def in_any_tree(states: Sequence[JourneyState], chance: random.Random) -> JourneyState:
    """Merge pairs picked at random until one state is left."""
    left = [EMPTY, *states]
    while len(left) > 1:
        one = left.pop(chance.randrange(len(left)))
        other = left.pop(chance.randrange(len(left)))
        left.append(merge(one, other, RULES))
    return left[0]


def correctable(state: JourneyState) -> list[tuple]:
    """The facts of a state, each with its member's name."""
    names = state.members or [state.person_id]
    return [(names[f.via], structs.replace(f, via=0)) for f in state.recent]


def again(history: list[Event], names: Sequence[str]) -> dict[str, list[Seen]]:
    """The same touchpoints under several names, each under some of them."""
    under = [
        seen_of([event._replace(person=name) for event in history]) for name in names
    ]
    return {
        name: [
            one for one, event in zip(made, history, strict=True) if event.told != at
        ]
        for at, (name, made) in enumerate(zip(names, under, strict=True))
    }


def copies_of(states: Sequence[JourneyState]) -> list[Copy]:
    """Which rows tell nothing new: a touchpoint stays where it counts and is final, or else
    with the strongest name that has it. All names have it with the same role here.
    """
    left = set()
    for state in states:
        for fact in state.recent:
            final = any(knows(one, fact.source, fact.id) for one in states)
            names = [
                one.person_id
                for one in states
                if any((f.source, f.id) == (fact.source, fact.id) for f in one.recent)
            ]
            if final or state.person_id != min(names, key=strength):
                left.add(Copy(state.person_id, fact.source, fact.id))
    return sorted(left)


def by_id(session: OpenSession) -> str:
    return session.session_id


@settings(deadline=None)
@given(events(), times)
def test_the_empty_state_changes_nothing(history: list[Event], until: int) -> None:
    """Merging nobody, on either side, leaves the content and the facts as they were."""
    for state in by_name(history, until).values():
        for merged in (merge(state, EMPTY, RULES), merge(EMPTY, state, RULES)):
            assert content(merged) == content(state)
            assert merged.recent == state.recent
            assert sorted(merged.sessions, key=by_id) == sorted(
                state.sessions, key=by_id
            )
            assert merged.due_at == state.due_at


@settings(deadline=None)
@given(events(), st.lists(times, min_size=3, max_size=3), seeds)
def test_a_row_under_each_name_but_one_is_a_copy(
    history: list[Event], until: list[int], seed: int
) -> None:
    """Whatever was sent again under another name, in whatever order persons turn out to be
    one; and whoever parts from them keeps what it had.
    """
    sent = again(history, NAMES[:3])
    states = [
        folded(name, seen, RULES, until=when)
        for (name, seen), when in zip(sent.items(), until, strict=True)
        if seen
    ]
    joined = in_any_tree(states, random.Random(seed))
    wanted = copies_of(states)
    assert joined.copies == wanted
    assert decode_state(encode_state(joined)).copies == wanted
    for name in joined.members[1:]:
        rest, own = detach(joined, name, RULES)
        assert sorted([*rest.copies, *own.copies]) == wanted
        assert {one.person_id for one in own.copies} <= {name}


@settings(deadline=None)
@given(events(), times, times)
def test_merge_is_commutative(history: list[Event], one: int, other: int) -> None:
    """Which of two persons is merged into which does not matter."""
    made = seen_of(history)
    a = folded(NAMES[0], made[::2], RULES, until=one)
    b = folded(NAMES[2], made[1::2], RULES, until=other)
    there, back = merge(a, b, RULES), merge(b, a, RULES)
    assert content(there) == content(back)
    assert correctable(there) == correctable(back)
    assert there.sessions == back.sessions


@settings(deadline=None)
@given(events(), st.tuples(times, times, times))
def test_merge_is_associative(history: list[Event], until: tuple) -> None:
    """Of three persons, any two may be merged first, whatever of them is final."""
    made = seen_of(history)
    a, b, c = (
        folded(name, made[n::3], RULES, until=until[n])
        for n, name in enumerate((NAMES[2], NAMES[0], NAMES[2]))
    )
    left = merge(merge(a, b, RULES), c, RULES)
    right = merge(a, merge(b, c, RULES), RULES)
    assert content(left) == content(right)
    assert correctable(left) == correctable(right)
    for name in left.parts:
        assert content(left.parts[name]) == content(right.parts[name])


@settings(deadline=None)
@given(events(), times, seeds)
def test_a_state_merged_twice_counts_once(
    history: list[Event], until: int, seed: int
) -> None:
    """merge(a, a) is a, for a person of several names too, and so is merging a part again."""
    states = list(by_name(history, until).values())
    whole = in_any_tree(states, random.Random(seed))
    assert content(merge(whole, whole, RULES)) == content(whole)
    for state in states:
        assert content(merge(whole, state, RULES)) == content(whole)


@settings(max_examples=1_000, deadline=None)
@given(events(ONE))
def test_fold_is_merging_what_a_touchpoint_lifts_to(history: list[Event]) -> None:
    """After every touchpoint: fold(state, t) says the same as merge(state, lift(t))."""
    journey = opened(ONE[0], RULES)
    merged = EMPTY
    for seen in seen_of(history):
        merged = merge(merged, lift(seen, RULES), RULES)
        journey.fold(seen, 0)
        journey.settle(0)
        assert content(journey.state) == content(merged)
        assert journey.state.recent == merged.recent


@settings(max_examples=300, deadline=None)
@given(events(), seeds)
def test_fold_of_a_merged_person_is_merging_too(
    history: list[Event], seed: int
) -> None:
    """The same for a person of several names, each touchpoint under one of them."""
    blank = [JourneyState(0, 0, "default", name) for name in NAMES]
    merged = in_any_tree(blank, random.Random(seed))
    journey = Journey(in_any_tree(blank, random.Random(seed)), RULES, 0)
    for seen in seen_of(history):
        merged = merge(merged, lift(seen, RULES), RULES)
        journey.fold(seen, 0)
    journey.settle(0)
    assert content(journey.state) == content(merged)
    assert correctable(journey.state) == correctable(merged)


@settings(max_examples=300, deadline=None)
@given(events(ONE, size=40), st.integers(1, 6), seeds)
def test_any_partition_of_a_history_merges_to_its_fold(
    history: list[Event], groups: int, seed: int
) -> None:
    """Dealt out to states, some touchpoints twice, each folded in any order, merged in any
    tree: the same as folding everything in order.
    """
    chance = random.Random(seed)
    made = seen_of(history)
    piles: list[list[Seen]] = [[] for _ in range(groups)]
    for seen in made:
        for pile in chance.choices(piles, k=chance.choice((1, 1, 2))):
            pile.insert(chance.randint(0, len(pile)), seen)
    states = [folded(ONE[0], pile, RULES) for pile in piles]
    assert content(in_any_tree(states, chance)) == (
        content(folded(ONE[0], made, RULES)) | {"members": []}
    )


@settings(max_examples=300, deadline=None)
@given(events(size=40), seeds)
def test_persons_merge_to_what_one_person_would_have_been(
    history: list[Event], seed: int
) -> None:
    """Several names merged in any tree: sessions, phases and counts of one person."""
    states = list(by_name(history).values())
    merged = in_any_tree(states, random.Random(seed))
    alone = [event._replace(person=merged.person_id) for event in history]
    expected = folded(merged.person_id, seen_of(alone), RULES)
    found = content(merged) | {"members": []}
    assert found == content(expected) | ({} if history else {"tenant": ""})


@settings(max_examples=300, deadline=None)
@given(events(size=40), events(size=15), times, times, seeds)
def test_taking_a_member_away_undoes_the_merge(
    history: list[Event], later: list[Event], before: int, until: int, seed: int
) -> None:
    """However merged, whatever was folded since under any name, whatever became final:
    each member comes out as if it had been alone, and so does the rest. Only how many
    final sessions three members had together is not known, which is counted.
    """
    chance = random.Random(seed)
    states = by_name(history, before)
    journey = Journey(in_any_tree(list(states.values()), chance), RULES, 0)
    names = journey.state.members or list(states)
    days = 24 * 60 * (61 if before else 0)
    after = [
        seen
        for seen in seen_of([e._replace(minute=e.minute + days) for e in later], "l")
        if seen.person_id in names
    ]
    for seen in after:
        journey.fold(seen, 0)
    journey.settle(0)
    if until:
        aged(journey, until)
    made = [*seen_of(history), *after]
    alone = {
        name: folded(name, [s for s in made if s.person_id == name], RULES)
        for name in names
    }
    left = journey.state
    for name in chance.sample(names, len(names)):
        left, own = detach(left, name, RULES)
        assert content(own) == content(alone.pop(name))
        expected = content(in_any_tree(list(alone.values()), chance))
        if left.given_up or before:
            # Sessions that were final before the merge were never joined.
            expected["sessions_total"] = left.sessions_total
        assert content(left) | {"tenant": ""} == expected | {"tenant": ""}


def aged(journey: Journey, until: int) -> None:
    """Let time move, and forget what became final by then."""
    journey.settle(until)
    forget(journey.state, RULES.policy, RULES.models, RULES.emotion, until)


@settings(max_examples=25, deadline=None)
@given(st.integers(1, 12), seeds)
def test_a_state_is_bounded_whoever_is_merged(persons: int, seed: int) -> None:
    """However many touchpoints and members: facts, identities, sessions, statements and
    members stay within the policy's numbers, sums stay right, and the loss is counted.
    """
    small = rules(
        SessionPolicy(
            max_recent=32,
            max_known=64,
            max_open=4,
            max_statements=4,
            max_members=6,
            threads=ThreadPolicy(max_kept=8),
        )
    )
    chance = random.Random(seed)
    journey, total = opened("customer_id:1", small), 0
    for person in range(persons):
        history = [
            Event(
                chance.randrange(20 * 60),
                chance.choice(TYPES),
                f"anonymous_id:{person}",
                f"d{chance.randrange(9)}",
                chance.randrange(3),
            )
            for _ in range(60)
        ]
        made = seen_of(history, f"{person}-")
        absorb(journey, folded(f"anonymous_id:{person}", made, small), 0)
        journey.settle(0)
        total += sum(seen.type not in CONTROL_TYPES for seen in made)
    state, policy = journey.state, small.policy
    assert len(state.recent) <= policy.max_recent
    assert len(state.sessions) <= policy.max_open
    assert len(state.members) == len(state.parts) <= policy.max_members
    assert sum(len(part.known) for part in state.parts.values()) <= 8 * policy.max_known
    assert len(state.facts) <= policy.max_statements
    # What any number of touchpoints comes to under these bounds, 8 threads and the contacts
    # that frictions look back on most of it: of the whole, of the first part, which holds
    # all members beyond the bound, and less of each other, which is 60 touchpoints: 3,500
    # bytes on the average. With facts and open sessions, 150 each, no more than 40,000.
    whole = structs.replace(state, parts={}, recent=[], sessions=[])
    first, *others = (len(encode_state(part)) for part in state.parts.values())
    assert len(encode_state(whole)) < 10_000
    assert first < 7_000
    assert all(other < 4_500 for other in others)
    assert len(encode_state(state)) < 40_000
    assert state.touchpoints == total
    assert state.given_up["facts"] >= persons * 60 - policy.max_recent
    assert persons < policy.max_members or state.given_up["members"]
