"""What can be told of a state from its JSON, without decoding it."""

import re
from typing import Final

_DUE_UNTIL: Final = re.compile(
    rb'{"due_at":\d+,"revision":\d+,"tenant":"[^"]*+","person_id":"(?:[^"\\]|\\.)*+",'
    rb'"due_until":(\d+)'
)
_SILENCE_AT: Final = b',"silence_at":'
_MESSAGE_AT: Final = b',"message_at":'


def due_of(encoded: bytes) -> int:
    """When a state must be woken, read from the start of its JSON without decoding it."""
    return int(encoded[10 : encoded.index(b",", 10)])


def last_due_of(encoded: bytes) -> int:
    """When a state must be woken for the last time; 0 for never."""
    told = _DUE_UNTIL.match(encoded)
    return int(told[1]) if told else due_of(encoded)


def silence_of(encoded: bytes) -> int:
    """When a silence of the person begins, read without decoding the state; 0 for never."""
    return _number(encoded, _SILENCE_AT)


def alarm_of(encoded: bytes) -> int:
    """When a message of a state may become due, read in the same way; 0 for never."""
    return _number(encoded, _MESSAGE_AT)


def revision_of(encoded: bytes) -> int:
    """A state's revision, read from the start of its JSON without decoding it."""
    start = encoded.index(b",", 10) + 12
    return int(encoded[start : encoded.index(b",", start)])


def _number(encoded: bytes, name: bytes) -> int:
    """A field that stands before anything that a source names.

    Where it is left out, a fact of that name costs a look at the state, no more.
    """
    at = encoded.find(name)
    if at < 0:
        return 0
    digits = encoded[at + len(name) : at + len(name) + 16]
    number = digits.partition(b",")[0]
    return int(number) if number.isdigit() else 0
