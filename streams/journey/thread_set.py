"""The threads of one person, opened only when a touchpoint concerns one of them."""

from typing import Final, NamedTuple

from msgspec import Raw, json

from schemas.journey import Fact, JourneyState
from schemas.threads import Thread, ThreadState
from streams.journey.belonging import threads_of
from streams.journey.policy import ThreadPolicy
from streams.journey.threads import due, lifted, merged, published, standing

Name = tuple[str, str]
"""Kind and id of a thread."""

TIDY_FROM: Final = 16
"""Threads from which those at rest for too long leave whenever one is touched."""

_decode_all = json.Decoder(dict[str, ThreadState]).decode
_decode_names = json.Decoder(dict[str, Raw]).decode
_decode_one = json.Decoder(ThreadState).decode
_encode = json.Encoder(order="deterministic").encode


class ThreadChange(NamedTuple):
    """A thread to be emitted, and whether its status is a new one."""

    thread: Thread
    moved: bool


class ThreadSet:
    """The threads of a journey state while a batch is folded into it.

    Only those that are touched are decoded.

    Args:
        state: the person's state; `settle` changes its fields of threads.
        policy: how long a cart may rest, how many threads are kept, and how long.
        closed_until: what time changed before this was emitted already.

    Attributes:
        dropped: threads that had to leave for lack of room since it was opened.
    """

    __slots__ = (
        "_before",
        "_closed_until",
        "_dues",
        "_known",
        "_policy",
        "_state",
        "_told",
        "dropped",
    )

    def __init__(
        self, state: JourneyState, policy: ThreadPolicy, closed_until: int
    ) -> None:
        self.dropped = 0
        self._state = state
        self._policy = policy
        self._closed_until = closed_until
        self._known: dict[str, Raw | ThreadState] = {**_decode_names(state.threads)}
        self._dues = list(state.threads_due)
        self._before: dict[str, str] = {}
        self._told: dict[str, ThreadState] = {}

    def fold(self, fact: Fact, watermark: int) -> None:
        """Fold a fact into the threads that it belongs to.

        Args:
            fact: seen for the first time.
            watermark: event time; a thread that had left by then begins again.
        """
        for kind, id_ in threads_of(fact):
            key = f"{kind}:{id_}"
            new = lifted(kind, fact)
            known = self._open(key)
            if known is not None and self._left(known, watermark):
                self._forget(key, known)
                known = None
            if known is None:
                self._before[key] = ""
                self._make_room(watermark)
            else:
                self._touch(key, known)
                self._forget(key, known)
                new = merged(kind, known, new)
            self._keep(key, new)

    def settle(self, watermark: int) -> list[ThreadChange]:
        """Say what is new, and write the threads back into the state.

        Args:
            watermark: event time, epoch milliseconds.

        Returns:
            Threads with new touchpoints, and carts that time has given up.
        """
        if any(self._closed_until <= end <= watermark for end in self._dues):
            self._give_up(watermark)
        if len(self._known) >= TIDY_FROM:
            self._leave(watermark)
        state = self._state
        state.threads = Raw(_encode(self._known))
        state.threads_due = sorted(end for end in self._dues if end > watermark)
        state.threads_dropped += self.dropped
        return [self._change(key, watermark) for key in self._before]

    def _open(self, key: str) -> ThreadState | None:
        known = self._known.get(key)
        if isinstance(known, Raw):
            known = self._known[key] = _decode_one(known)
        return known

    def _all(self) -> dict[str, ThreadState]:
        return {key: one for key in self._known if (one := self._open(key))}

    def _keep(self, key: str, thread: ThreadState) -> None:
        self._known[key] = self._told[key] = thread
        end = due(_name(key)[0], thread, self._policy)
        if end:
            self._dues.append(end)

    def _forget(self, key: str, thread: ThreadState) -> None:
        del self._known[key]
        end = due(_name(key)[0], thread, self._policy)
        if end in self._dues:
            self._dues.remove(end)

    def _touch(self, key: str, thread: ThreadState) -> None:
        """Note the status that was emitted last."""
        self._told[key] = thread
        if key not in self._before:
            kind, _ = _name(key)
            was = standing(kind, thread, self._policy, self._closed_until)
            self._before[key] = was.status

    def _give_up(self, watermark: int) -> None:
        for key, thread in self._all().items():
            end = due(_name(key)[0], thread, self._policy)
            if end and self._closed_until <= end <= watermark:
                self._touch(key, thread)

    def _change(self, key: str, now: int) -> ThreadChange:
        state = self._state
        told = published(
            (state.tenant, state.person_id, state.revision),
            _name(key),
            self._told[key],
            self._policy,
            now,
        )
        return ThreadChange(told, told.status != self._before[key])

    def _left(self, thread: ThreadState, watermark: int) -> bool:
        return thread.touches[-1].at + self._policy.keep_ms < watermark

    def _leave(self, watermark: int) -> None:
        """Let those go to which nothing has come for long."""
        for key, thread in self._all().items():
            if self._left(thread, watermark):
                self._forget(key, thread)

    def _make_room(self, watermark: int) -> None:
        """Let those go that rest for longest, where there are too many."""
        limit = self._policy.max_kept
        if len(self._known) < limit:
            return
        self._leave(watermark)
        resting = sorted(
            self._all().items(), key=lambda named: (named[1].touches[-1], named[0])
        )
        excess = max(0, len(resting) + 1 - limit)
        for key, thread in resting[:excess]:
            self._forget(key, thread)
        self.dropped += excess


def decode_threads(threads: Raw) -> dict[Name, ThreadState]:
    """The threads of a state, by kind and id."""
    return {_name(key): thread for key, thread in _decode_all(threads).items()}


def merge_threads(one: Raw, other: Raw, policy: ThreadPolicy) -> tuple[Raw, list[int]]:
    """The threads of two states whose persons are one.

    Args:
        one: threads as a state holds them.
        other: those of the other state.
        policy: how long a cart may rest.

    Returns:
        The threads, and when their carts are given up, past times included.
    """
    known = _decode_all(one)
    for key, thread in _decode_all(other).items():
        there = known.get(key)
        known[key] = thread if there is None else merged(_name(key)[0], there, thread)
    dues = (due(_name(key)[0], thread, policy) for key, thread in known.items())
    return Raw(_encode(known)), sorted(end for end in dues if end)


def _name(key: str) -> Name:
    kind, _, id_ = key.partition(":")
    return kind, id_
