"""What can be told of a state from its JSON, without decoding it."""

import re
from typing import Final

from msgspec import Struct, json

_DUE_UNTIL: Final = re.compile(
    rb'{"due_at":\d+,"revision":\d+,"tenant":"[^"]*+","person_id":"(?:[^"\\]|\\.)*+",'
    rb'"due_until":(\d+)'
)
_ALARM: Final = b'"message_at":'


class _Alarm(Struct):
    message_at: int = 0


_decode_alarm = json.Decoder(_Alarm).decode


def due_of(encoded: bytes) -> int:
    """When a state must be woken, read from the start of its JSON without decoding it."""
    return int(encoded[10 : encoded.index(b",", 10)])


def last_due_of(encoded: bytes) -> int:
    """When a state must be woken for the last time; 0 for never."""
    told = _DUE_UNTIL.match(encoded)
    return int(told[1]) if told else due_of(encoded)


def alarm_of(encoded: bytes) -> int:
    """When a message of a state may become due; nearly all of the others tell quickly."""
    return _decode_alarm(encoded).message_at if _ALARM in encoded else 0


def revision_of(encoded: bytes) -> int:
    """A state's revision, read from the start of its JSON without decoding it."""
    start = encoded.index(b",", 10) + 12
    return int(encoded[start : encoded.index(b",", start)])
