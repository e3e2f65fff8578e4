"""Closing sessions by time alone: the commonest change of a state, told without opening it."""

from typing import Final

from msgspec import Struct, json

from schemas.journey import OpenSession, Session
from streams.journey.policy import SessionPolicy
from streams.journey.sessionize import Change, deadline, published


class _Held(Struct):
    """The few fields of a state that closing looks at; the rest is not decoded."""

    revision: int
    tenant: str
    person_id: str
    sessions: list[OpenSession] = []


_SILENCE_AT: Final = b',"silence_at":'
_decode = json.Decoder(_Held).decode


def closings_of(
    encoded: bytes, policy: SessionPolicy, watermark: int
) -> list[Session] | None:
    """The sessions of a state that time has closed, ready to be sent.

    The state itself need not change: that they are closed follows from their end.

    Args:
        encoded: the state.
        policy: gaps.
        watermark: event time, epoch milliseconds.

    Returns:
        The closed sessions; None where another session of the person is still open, so
        that the state has to say when that one is due.
    """
    held = _decode(encoded)
    if any(deadline(session, policy) > watermark for session in held.sessions):
        return None
    return [
        published(
            Change(session, "closed"), held.tenant, held.person_id, held.revision + 1
        )
        for session in held.sessions
    ]


def silence_of(encoded: bytes) -> int:
    """When a silence of the person begins, read without decoding the state; 0 for never.

    The field stands before anything that a source names; where it is left out, a fact
    of that name costs a look at the state, no more.
    """
    at = encoded.find(_SILENCE_AT)
    if at < 0:
        return 0
    digits = encoded[at + len(_SILENCE_AT) : at + len(_SILENCE_AT) + 16]
    number = digits.partition(b",")[0]
    return int(number) if number.isdigit() else 0
