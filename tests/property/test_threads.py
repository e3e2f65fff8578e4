"""Properties of threads: a state of a thread merges like the set of its touchpoints."""

import random
from collections.abc import Sequence
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import json, structs

from schemas.facts import ACTIVE, Detail, Fact
from schemas.journey import JourneyState as State
from schemas.threads import KINDS, ThreadState
from streams.journey.policy import ThreadPolicy
from streams.journey.thread_marks import fold_threads, merge_threads, note_left
from streams.journey.threads import (
    MAX_SEEN,
    counted,
    finished,
    lifted,
    merged,
    standing,
)

NAMED = {"cart": "cart", "order": "order", "return": "ticket", "ticket": "ticket"}
POLICY = ThreadPolicy(cart_abandoned_ms=3, keep_ms=2)
"""Silences longer than 2 ms are long ones: they are frequent among nine times."""
TYPES = {
    "cart": ("cart_viewed", "checkout_started", "order_completed", "payment_failed"),
    "order": (
        "order_completed",
        "order_shipped",
        "order_delivered",
        "product_returned",
    ),
    "return": ("product_returned", "order_refunded"),
    "ticket": ("call_started", "call_ended", "support_contacted"),
}


@st.composite
def histories(draw: st.DrawFn) -> tuple[str, list[Fact]]:
    """Facts of one thread; few times, so that ties are frequent."""
    kind = draw(st.sampled_from(KINDS))
    one = st.builds(
        Fact,
        at=st.integers(1, 9),
        seq=st.integers(0, 1),
        source=st.sampled_from("ab"),
        id=st.sampled_from([f"e{n}" for n in range(12)]),
        type=st.sampled_from(TYPES[kind]),
        role=st.just(ACTIVE),
        channel=st.sampled_from(["web", "pos"]),
        value_minor=st.integers(0, 3),
        currency=st.sampled_from(["", "EUR", "USD"]),
        more=st.builds(Detail, resolved=st.booleans()),
    )
    return kind, draw(st.lists(one, min_size=1, max_size=12))


def whole(kind: str, facts: list[Fact]) -> ThreadState:
    """The thread of these facts, folded one after the other."""
    state = lifted(kind, facts[0])
    for fact in facts[1:]:
        state = merged(kind, state, lifted(kind, fact), POLICY)
    return state


def in_a_tree(kind: str, facts: list[Fact], chance: random.Random) -> ThreadState:
    """The same, split anywhere and merged as the splits happened to fall."""
    if len(facts) == 1:
        return lifted(kind, facts[0])
    cut = chance.randrange(1, len(facts))
    left = in_a_tree(kind, facts[:cut], chance)
    return merged(kind, left, in_a_tree(kind, facts[cut:], chance), POLICY)


@settings(deadline=None)
@given(histories(), st.integers(0, 2**32))
def test_any_split_merged_in_any_tree_is_the_whole(
    history: tuple[str, list[Fact]], seed: int
) -> None:
    """Order, grouping and repetition change nothing: neither the state nor where it stands."""
    kind, facts = history
    chance = random.Random(seed)
    again = facts + chance.choices(facts, k=chance.randrange(4))
    chance.shuffle(again)
    found, reference = in_a_tree(kind, again, chance), whole(kind, facts)
    assert found == reference
    for now in (0, 8, 20):
        assert standing(kind, found, POLICY, now) == standing(
            kind, reference, POLICY, now
        )


@settings(deadline=None)
@given(histories())
def test_what_comes_long_after_the_end_does_not_count(
    history: tuple[str, list[Fact]],
) -> None:
    """A thread is what it was at the first long silence that found it finished."""
    kind, facts = history
    distinct = list({(fact.source, fact.id): fact for fact in facts}.values())
    distinct.sort()
    told = lifted(kind, distinct[0])
    for before, fact in pairwise(distinct):
        if fact.at - before.at > POLICY.keep_ms and finished(kind, told):
            break
        told = merged(kind, told, lifted(kind, fact), ThreadPolicy())
    assert counted(kind, whole(kind, distinct)) == told


@settings(deadline=None)
@given(st.lists(st.tuples(histories(), st.booleans()), min_size=3, max_size=3))
def test_the_threads_of_persons_merge_as_sets(
    persons: list[tuple[tuple[str, list[Fact]], bool]],
) -> None:
    """Associative, commutative, idempotent, with nobody as identity; and what has left one
    of them has left all.
    """
    a, b, c = (person(*history, gone=gone) for history, gone in persons)
    assert told(a, b, c) == told(c, b, a) == told(merging(b, c), a)
    assert told(a, a) == told(a, person()) == told(person(), a)
    for history, gone in persons:
        assert not gone or f"{history[0]}:x" not in told(a, b, c)[0]


def person(kind: str = "", facts: Sequence[Fact] = (), *, gone: bool = False) -> State:
    """Somebody with one thread, or none; or of whom the thread has left."""
    state = State(0, 0, "default", "customer_id:1")
    for fact in facts:
        fold_threads(state, _named(fact, kind), POLICY)
    if gone:
        note_left(state, f"{kind}:x")
        merge_threads(state, State(0, 0, "default", ""), POLICY)
    return state


def _named(fact: Fact, kind: str) -> Fact:
    more = structs.replace(fact.detail, **{NAMED[kind]: "x"})
    return structs.replace(fact, more=more)


def merging(*states: State) -> State:
    """A new state, of all of these."""
    whole = person()
    for state in states:
        merge_threads(whole, state, POLICY)
    return whole


def told(*states: State) -> tuple[dict, bytes]:
    """What merging these comes to: threads, and what has left."""
    found = merging(*states)
    return json.decode(found.threads), found.threads_left


def test_a_thread_of_a_thousand_touchpoints_stays_small() -> None:
    """The number that it tells stops at its bound; nothing else is given up."""
    state = lifted("cart", _viewed(0))
    for number in range(1, 1_000):
        state = merged("cart", state, lifted("cart", _viewed(number)), POLICY)
    assert len(state.seen) == 8 * MAX_SEEN
    assert [touch.at for touch in state.touches] == [0, 999]
    assert len(json.encode(state)) < 4_096


def _viewed(number: int) -> Fact:
    return Fact(number, 0, "shop", f"e{number}", "cart_viewed", ACTIVE)
