"""Threads as a mark of the aggregate: as a state holds them, folded, merged and bounded.

A state holds threads, and the identities of finished ones that have left. Both merge by
union, and what has left on either side has left: so a fragment of a thread that comes
to light later, with another name of the person, cannot take the place of the whole.
"""

from collections.abc import Mapping
from hashlib import blake2b
from typing import Final

from msgspec import Raw, json

from schemas.facts import Fact
from schemas.journey import JourneyState
from schemas.threads import ThreadState
from streams.journey.belonging import threads_of
from streams.journey.known import identities
from streams.journey.policy import ThreadPolicy
from streams.journey.threads import (
    counted,
    due,
    finished,
    left,
    lifted,
    merged,
    smallest,
)

MAX_LEFT: Final = 256
"""Identities of threads that have left, the smallest of them: so that it stays a union."""

Name = tuple[str, str]
"""Kind and id of a thread; in a state they are one text, `kind:id`."""

decode_keys = json.Decoder(dict[str, Raw]).decode
decode_thread = json.Decoder(ThreadState).decode
_decode_all = json.Decoder(dict[str, ThreadState]).decode
_encode = json.Encoder(order="deterministic").encode


def name_of(key: str) -> Name:
    """Kind and id of the thread that a state holds under this key."""
    kind, _, id_ = key.partition(":")
    return kind, id_


def key_of(name: Name) -> str:
    """The key under which a state holds a thread of this kind and id."""
    return f"{name[0]}:{name[1]}"


def decode_carts(threads: Raw) -> list[tuple[Name, ThreadState]]:
    """The carts among the threads of a state; no other is decoded."""
    return [
        (name_of(key), decode_thread(thread))
        for key, thread in decode_keys(threads).items()
        if key.startswith("cart:")
    ]


def encode_threads(threads: Mapping[str, ThreadState | Raw]) -> Raw:
    """Threads as a state holds them: the same bytes for the same threads."""
    return Raw(_encode(threads))


def has_left(state: JourneyState, key: str) -> bool:
    """Whether this thread was finished and has left the state."""
    left = state.threads_left
    return bool(left) and _identity(key) in identities(left)


def note_left(state: JourneyState, key: str) -> None:
    """Remember that this thread was finished and has left, in place."""
    state.threads_left = smallest(state.threads_left, _identity(key), MAX_LEFT)


def fold_threads(state: JourneyState, fact: Fact, policy: ThreadPolicy) -> None:
    """Fold one fact into the threads of a state; one that they have changes nothing."""
    names = threads_of(fact)
    if not names:
        return
    known = _decode_all(state.threads)
    for name in names:
        key, new = key_of(name), lifted(name[0], fact)
        there = known.get(key)
        if there is not None:
            known[key] = merged(name[0], there, new, policy)
        elif not has_left(state, key):
            known[key] = new
    state.threads = encode_threads(known)


def merge_threads(
    state: JourneyState, other: JourneyState, policy: ThreadPolicy
) -> None:
    """Join the threads of another state: associative, commutative, idempotent; in place."""
    state.threads_left = smallest(state.threads_left, other.threads_left, MAX_LEFT)
    known, others = _decode_all(state.threads), _decode_all(other.threads)
    for key, thread in others.items():
        there = known.get(key)
        kind, _ = name_of(key)
        known[key] = thread if there is None else merged(kind, there, thread, policy)
    state.threads = encode_threads(
        {key: thread for key, thread in known.items() if not has_left(state, key)}
    )


def dues_of(threads: Raw, policy: ThreadPolicy) -> list[int]:
    """When the carts among threads are given up, or were, sorted."""
    named = _decode_all(threads).items()
    ends = (due(name_of(key)[0], thread, policy) for key, thread in named)
    return sorted(end for end in ends if end)


def leaving(
    threads: Mapping[str, ThreadState], policy: ThreadPolicy, limit: int, now: int
) -> tuple[list[str], list[str]]:
    """Which threads have to leave a state.

    Args:
        threads: all of them, by key.
        policy: how long a finished thread is kept.
        limit: how many may stay.
        now: event time, epoch milliseconds.

    Returns:
        Finished ones, and others that leave for lack of room; of both kinds those go
        first that rest for longest.
    """
    told = {key: counted(name_of(key)[0], thread) for key, thread in threads.items()}
    done = sorted(
        (thread.touches[-1], key)
        for key, thread in told.items()
        if finished(name_of(key)[0], thread)
    )
    over = [key for _, key in done if left(told[key], policy, now)]
    excess = max(0, len(threads) - len(over) - limit)
    over += [key for _, key in done[len(over) :][:excess]]
    short = max(0, len(threads) - len(over) - limit)
    finished_ones = {key for _, key in done}
    others = sorted(
        (thread.touches[-1], key)
        for key, thread in told.items()
        if key not in finished_ones
    )
    return over, [key for _, key in others[:short]]


def shrink_parts(state: JourneyState, policy: ThreadPolicy, now: int) -> None:
    """Let finished threads leave a merged person and its members together, in place.

    Args:
        state: a person of several members.
        policy: how long a finished thread is kept.
        now: event time, epoch milliseconds.
    """
    known = _decode_all(state.threads)
    over, _ = leaving(known, policy, len(known), now)
    if over:
        for key in over:
            note_left(state, key)
            del known[key]
        state.threads = encode_threads(known)
    for part in state.parts.values():
        threads = _decode_all(part.threads)
        gone = threads.keys() - known.keys()
        for key in gone:
            del threads[key]
            if has_left(state, key):
                note_left(part, key)
        if gone:
            part.threads = encode_threads(threads)


def _identity(key: str) -> bytes:
    return blake2b(key.encode(), digest_size=8).digest()
