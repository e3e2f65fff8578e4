"""The threads of one person, opened only when a touchpoint concerns one of them."""

from collections.abc import Iterable
from typing import Final, NamedTuple, cast

from msgspec import Raw, structs

from schemas.facts import Fact
from schemas.journey import JourneyState
from schemas.threads import Thread, ThreadState
from streams.journey.policy import ThreadPolicy
from streams.journey.thread_marks import (
    Name,
    decode_keys,
    decode_thread,
    encode_threads,
    has_left,
    key_of,
    leaving,
    name_of,
    note_left,
)
from streams.journey.threads import (
    counted,
    due,
    finished,
    left,
    lifted,
    merged,
    published,
    standing,
)

TIDY_FROM: Final = 16
"""Threads from which finished ones leave in their time, whenever one is touched."""


class ThreadChange(NamedTuple):
    """A thread to be emitted, and whether its status is a new one."""

    thread: Thread
    moved: bool


class ThreadSet:
    """The threads of a journey state while a batch is folded into it.

    Only those that are touched are decoded. The state is kept up to date.

    Args:
        state: the person's state; its fields of threads are changed.
        policy: how long a cart may rest, how many threads are kept, finished ones how
            long.
        closed_until: what time changed before this was emitted already.

    Attributes:
        dropped: threads that had to leave for lack of room since it was opened.
    """

    __slots__ = (
        "_closed_until",
        "_dues",
        "_gone",
        "_known",
        "_policy",
        "_state",
        "_told",
        "_was",
        "dropped",
    )

    def __init__(
        self, state: JourneyState, policy: ThreadPolicy, closed_until: int
    ) -> None:
        self.dropped = 0
        self._policy = policy
        self._closed_until = closed_until
        # To be emitted: what each is now, and which status was emitted last.
        self._told: dict[str, ThreadState] = {}
        self._was: dict[str, str] = {}
        self._gone: dict[str, ThreadState] = {}
        self._read(state)

    def fold(self, fact: Fact, names: Iterable[Name], watermark: int) -> None:
        """Fold a fact into the threads that it belongs to.

        Args:
            fact: seen for the first time.
            names: its threads, as `belonging.threads_of` tells them.
            watermark: event time; what had left by then stays as it is.
        """
        for name in names:
            key, new = key_of(name), lifted(name[0], fact)
            known = self._open(key)
            if known is not None and self._over(key, known, watermark):
                self._leave(key, known)
                known = None
            if known is not None:
                self._touch(key, known)
                self._forget(key, known)
                new = merged(name[0], known, new, self._policy)
                if new.then is not None and not self._counts(key, known, new):
                    # Finished long before: its row, and that it is no longer due, stay.
                    self._give_up("afterwards", 1)
                    self._known[key] = new
                    continue
            elif has_left(self._state, key):
                self._give_up("afterwards", 1)
                continue
            else:
                self._was[key] = ""
            self._keep(key, new)
            if len(self._known) > self._policy.max_kept:
                self._tidy(watermark)
        self._write()

    def go_on(self, state: JourneyState) -> None:
        """Go on with another state of the person; `settle` tells the difference."""
        before = self._all()
        self._read(state)
        now = self._all()
        for key, thread in now.items():
            known = before.get(key)
            if known is None:
                self._was[key] = ""
            else:
                self._touch(key, known)
            if known != thread or key in self._told:
                self._told[key] = thread
        for key in before.keys() - now.keys():
            # Of what has left the row stays, unless it is a fragment: who let it go has
            # the row of the whole.
            if not (has_left(state, key) and finished(name_of(key)[0], before[key])):
                self._gone[key] = before[key]

    def settle(self, watermark: int) -> list[ThreadChange]:
        """Say what is new, and let go of what has long been finished.

        Args:
            watermark: event time, epoch milliseconds.

        Returns:
            Threads with new touchpoints, carts that time has given up, and threads that
            are no longer this person's.
        """
        if any(self._closed_until <= end <= watermark for end in self._dues):
            self._abandon(watermark)
        if len(self._known) >= TIDY_FROM:
            self._tidy(watermark)
            self._write()
        taken = [key for key in self._gone if key not in self._known]
        return [self._change(key, watermark) for key in self._told] + [
            self._taken_back(key, watermark) for key in taken
        ]

    def _read(self, state: JourneyState) -> None:
        self._state = state
        self._known = cast("dict[str, Raw | ThreadState]", decode_keys(state.threads))
        self._dues = list(state.threads_due)

    def _write(self) -> None:
        self._state.threads = encode_threads(self._known)
        self._state.threads_due = sorted(self._dues)

    def _open(self, key: str) -> ThreadState | None:
        known = self._known.get(key)
        if isinstance(known, Raw):
            known = self._known[key] = decode_thread(known)
        return known

    def _all(self) -> dict[str, ThreadState]:
        return {key: one for key in self._known if (one := self._open(key))}

    def _due(self, key: str, thread: ThreadState) -> int:
        # Only carts are given up.
        return due("cart", thread, self._policy) if key.startswith("cart:") else 0

    def _keep(self, key: str, thread: ThreadState) -> None:
        self._known[key] = self._told[key] = thread
        end = self._due(key, thread)
        if end:
            self._dues.append(end)

    def _forget(self, key: str, thread: ThreadState) -> None:
        del self._known[key]
        end = self._due(key, thread)
        if end in self._dues:
            self._dues.remove(end)

    def _touch(self, key: str, thread: ThreadState) -> None:
        """Note the status that was emitted last."""
        if key not in self._was:
            kind, _ = name_of(key)
            was = standing(kind, thread, self._policy, self._closed_until)
            self._was[key] = was.status

    def _abandon(self, watermark: int) -> None:
        for key, thread in self._all().items():
            if self._closed_until <= self._due(key, thread) <= watermark:
                self._touch(key, thread)
                self._told[key] = thread

    def _change(self, key: str, now: int) -> ThreadChange:
        told = self._published(key, self._told[key], now)
        return ThreadChange(told, told.status != self._was[key])

    def _taken_back(self, key: str, now: int) -> ThreadChange:
        told = self._published(key, self._gone[key], now)
        return ThreadChange(structs.replace(told, deleted=True), moved=False)

    def _published(self, key: str, thread: ThreadState, now: int) -> Thread:
        state = self._state
        owner = (state.tenant, state.person_id, state.revision)
        return published(owner, name_of(key), thread, self._policy, now)

    def _over(self, key: str, thread: ThreadState, watermark: int) -> bool:
        kind, _ = name_of(key)
        told = counted(kind, thread)
        return left(told, self._policy, watermark) and finished(kind, told)

    def _counts(self, key: str, before: ThreadState, now: ThreadState) -> bool:
        """Whether what a touchpoint was added to is another thread to readers."""
        kind, _ = name_of(key)
        return counted(kind, before) != counted(kind, now)

    def _leave(self, key: str, thread: ThreadState) -> None:
        self._forget(key, thread)
        note_left(self._state, key)

    def _tidy(self, watermark: int) -> None:
        """Let finished threads go in their time, and others where there is no room."""
        threads, policy = self._all(), self._policy
        over, others = leaving(threads, policy, policy.max_kept, watermark)
        for key in over:
            self._leave(key, threads[key])
        for key in others:
            self._forget(key, threads[key])
        self.dropped += len(others)
        self._give_up("threads", len(others))

    def _give_up(self, what: str, number: int) -> None:
        if number:
            given_up = self._state.given_up
            given_up[what] = given_up.get(what, 0) + number
