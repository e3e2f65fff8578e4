"""What time alone changes: told from a state without decoding or writing it again."""

from typing import NamedTuple

from msgspec import Raw, Struct, json

from schemas.facts import OpenSession
from schemas.journey import Session
from schemas.threads import Thread
from streams.journey.policy import SessionPolicy
from streams.journey.sessionize import Change, deadline
from streams.journey.sessionize import published as published_session
from streams.journey.thread_marks import decode_carts
from streams.journey.threads import due, published


class _Held(Struct):
    """The few fields of a state that time looks at; the rest is not decoded."""

    revision: int
    tenant: str
    person_id: str
    sessions: list[OpenSession] = []
    threads: Raw = Raw(b"{}")
    threads_due: list[int] = []


class Pending(NamedTuple):
    """What of a state is still to come.

    Attributes:
        due: when time changes something next; 0 for never.
        open: whether a session is among it.
    """

    due: int
    open: bool


class Closings(NamedTuple):
    """What time has changed in a state, ready to be sent; the state stays as it is.

    Attributes:
        sessions: closed sessions.
        threads: carts given up.
        pending: what is still to come.
    """

    sessions: list[Session]
    threads: list[Thread]
    pending: Pending


_decode = json.Decoder(_Held).decode


def pending(encoded: bytes, policy: SessionPolicy, since: int) -> Pending:
    """What of a state is still to come.

    Args:
        encoded: the state.
        policy: gaps.
        since: what is due earlier has happened, epoch milliseconds.
    """
    held = _decode(encoded)
    ends = [end for one in held.sessions if (end := deadline(one, policy)) >= since]
    return _pending(ends, held.threads_due, since)


def closings_of(
    encoded: bytes, policy: SessionPolicy, since: int, until: int
) -> Closings:
    """What a span of time has changed.

    The state itself need not change: that a session is closed or a cart given up
    follows from when its last touchpoint was.

    Args:
        encoded: the state.
        policy: gaps, and how long a cart may rest.
        since: start of the span, epoch milliseconds.
        until: its end, no longer part of it.
    """
    held = _decode(encoded)
    closed, ends = [], []
    for session in held.sessions:
        end = deadline(session, policy)
        if end >= until:
            ends.append(end)
        elif end >= since:
            told = Change(session, "closed")
            closed.append(published_session(told, held.tenant, held.revision + 1))
    return Closings(
        closed,
        _given_up(held, policy, since, until),
        _pending(ends, held.threads_due, until),
    )


def _given_up(
    held: _Held, policy: SessionPolicy, since: int, until: int
) -> list[Thread]:
    if not [end for end in held.threads_due if since <= end < until]:
        return []
    state = (held.tenant, held.person_id, held.revision)
    return [
        published(state, name, thread, policy.threads, until)
        for name, thread in decode_carts(held.threads)
        if since <= due(name[0], thread, policy.threads) < until
    ]


def _pending(ends: list[int], threads_due: list[int], since: int) -> Pending:
    dues = [end for end in threads_due if end >= since]
    return Pending(min(ends + dues, default=0), bool(ends))
