"""Identities of touchpoints that a state no longer holds: eight bytes each, in a bound."""

from hashlib import blake2b
from typing import Final

from schemas.journey import JourneyState

WIDTH: Final = 8


def identity(source: str, id_: str) -> bytes:
    """A touchpoint's identity as it is remembered."""
    return blake2b(f"{source}\0{id_}".encode(), digest_size=WIDTH).digest()


def knows(state: JourneyState, source: str, id_: str) -> bool:
    """Whether a touchpoint is among those no longer in `recent`, of any member."""
    wanted = identity(source, id_)
    if _holds(state.known, wanted):
        return True
    return any(_holds(part.known, wanted) for part in state.parts.values())


def identities(known: bytes) -> set[bytes]:
    """The identities, one by one."""
    return {known[at : at + WIDTH] for at in range(0, len(known), WIDTH)}


def shorten(state: JourneyState, limit: int) -> int:
    """Forget the oldest identities of a state that has more than its bound.

    Args:
        state: changed in place.
        limit: how many identities may stay.

    Returns:
        How many were forgotten; an eighth of the bound at a time.
    """
    before = len(state.known)
    state.known = _newest(state.known, limit)
    state.uncounted = _newest(state.uncounted, limit)
    return (before - len(state.known)) // WIDTH


def _newest(known: bytes, limit: int) -> bytes:
    if len(known) <= WIDTH * limit:
        return known
    return known[-(WIDTH * limit // 8 * 7) & ~7 :]


def _holds(known: bytes, wanted: bytes) -> bool:
    at = known.find(wanted)
    while at >= 0 and at % WIDTH:
        at = known.find(wanted, at + 1)
    return at >= 0
