"""Threads as a mark of the aggregate: as a state holds them, folded, merged and bounded."""

from collections.abc import Mapping

from msgspec import Raw, json

from schemas.journey import Fact
from schemas.threads import ThreadState
from streams.journey.belonging import threads_of
from streams.journey.policy import ThreadPolicy
from streams.journey.threads import due, lifted, merged

Name = tuple[str, str]
"""Kind and id of a thread; in a state they are one text, `kind:id`."""

_decode_all = json.Decoder(dict[str, ThreadState]).decode
_encode = json.Encoder(order="deterministic").encode


def name_of(key: str) -> Name:
    """Kind and id of the thread that a state holds under this key."""
    kind, _, id_ = key.partition(":")
    return kind, id_


def key_of(name: Name) -> str:
    """The key under which a state holds a thread of this kind and id."""
    return f"{name[0]}:{name[1]}"


def decode_threads(threads: Raw) -> dict[Name, ThreadState]:
    """The threads of a state, by kind and id."""
    return {name_of(key): thread for key, thread in _decode_all(threads).items()}


def encode_threads(threads: Mapping[str, ThreadState | Raw]) -> Raw:
    """Threads as a state holds them: the same bytes for the same threads."""
    return Raw(_encode(threads))


def fold_threads(threads: Raw, fact: Fact) -> Raw:
    """The threads with one fact more; one that they have already changes nothing."""
    known = _decode_all(threads)
    for name in threads_of(fact):
        new = lifted(name[0], fact)
        there = known.get(key_of(name))
        known[key_of(name)] = new if there is None else merged(name[0], there, new)
    return encode_threads(known)


def merge_threads(one: Raw, other: Raw) -> Raw:
    """The threads of two states: associative, commutative and idempotent.

    Args:
        one: threads as a state holds them.
        other: those of the other state.
    """
    known, others = _decode_all(one), _decode_all(other)
    for key, thread in others.items():
        there = known.get(key)
        kind, _ = name_of(key)
        known[key] = thread if there is None else merged(kind, there, thread)
    return encode_threads(known)


def dues_of(threads: Raw, policy: ThreadPolicy) -> list[int]:
    """When the carts among threads are given up, or were, sorted."""
    named = _decode_all(threads).items()
    ends = (due(name_of(key)[0], thread, policy) for key, thread in named)
    return sorted(end for end in ends if end)


def left(thread: ThreadState, policy: ThreadPolicy, watermark: int) -> bool:
    """Whether nothing has come to a thread for so long that it leaves the state."""
    return thread.touches[-1].at + policy.keep_ms < watermark


def shrink_threads(
    threads: Raw, policy: ThreadPolicy, limit: int, watermark: int
) -> tuple[Raw, int]:
    """Let those leave that are at rest for too long, and of the others the oldest.

    Args:
        threads: as a state holds them.
        policy: how long a thread is kept.
        limit: how many may stay.
        watermark: event time, epoch milliseconds.

    Returns:
        What stays, and how many left for lack of room.
    """
    known = _decode_all(threads)
    resting = sorted((thread.touches[-1], key) for key, thread in known.items())
    staying = [key for _, key in resting if not left(known[key], policy, watermark)]
    excess = max(0, len(staying) - limit)
    if len(staying) - excess == len(known):
        return threads, 0
    return encode_threads({key: known[key] for key in staying[excess:]}), excess
