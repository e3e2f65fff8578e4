"""What can be told of a state from the start of its JSON, without decoding it."""

import re
from typing import Final, NamedTuple

_TIMES: Final = re.compile(
    rb'{"due_at":(\d+),"revision":\d+,"tenant":"[^"]*+",'
    rb'"person_id":"[^"\\]*+(?:\\.[^"\\]*+)*+"'
    rb'(?:,"due_until":(\d+))?(?:,"silence_at":(\d+))?(?:,"message_at":(\d+))?'
)
"""The first fields of a state in their order, which is part of its form."""


class Times(NamedTuple):
    """When time changes something about a person, epoch milliseconds; 0 for never.

    Attributes:
        due: a session is over, or a cart is given up, for the first time.
        due_until: for the last time.
        silence: a silence begins.
        message: a message may become due.
    """

    due: int
    due_until: int
    silence: int
    message: int


NO_TIMES: Final = Times(0, 0, 0, 0)


def times_of(encoded: bytes) -> Times:
    """When a state must be woken.

    Raises:
        ValueError: it does not begin as a state does.
    """
    found = _TIMES.match(encoded)
    if found is None:
        message = "not a journey state as this version writes it"
        raise ValueError(message)
    due, until, silence, rings = found.groups()
    first = int(due)
    # Asked of every state at a restart; of most, two of the four are not there.
    return Times(
        first,
        int(until) if until else first,
        int(silence) if silence else 0,
        int(rings) if rings else 0,
    )


def revision_of(encoded: bytes) -> int:
    """A state's revision, read from the start of its JSON without decoding it."""
    start = encoded.index(b",", 10) + 12
    return int(encoded[start : encoded.index(b",", start)])
