"""Outcomes other than success: the closed list of reasons, and the dead letter."""

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path, PurePath
from traceback import walk_tb
from typing import Final

from msgspec import Struct

_FRAMES: Final = 4
"""Lines of our code that an error of ours is told by, the innermost first."""

_ROOT: Final = Path(__file__).parents[1]
_PACKAGES: Final = ("schemas", "streams", "sinks", "insights", "parcours")


class Reason(StrEnum):
    """Why a touchpoint was rejected; what to do is in docs/dead-letters.md."""

    EMPTY = "empty"
    TOO_LARGE = "too_large"
    INVALID_ENCODING = "invalid_encoding"
    INVALID_JSON = "invalid_json"
    WRONG_TYPE = "wrong_type"
    MISSING_FIELD = "missing_field"
    OUT_OF_RANGE = "out_of_range"
    MISSING_IDENTITY = "missing_identity"
    INVALID_TIME = "invalid_time"
    TIME_TOO_OLD = "time_too_old"
    TIME_IN_FUTURE = "time_in_future"
    UNKNOWN_TYPE = "unknown_type"
    UNKNOWN_CHANNEL = "unknown_channel"
    ROW_REFUSED = "row_refused"
    BUG = "bug"


@dataclass(frozen=True, slots=True)
class Rejected:
    """Wrong data, as a value.

    Attributes:
        reason: one of the closed list.
        detail: what is wrong and where (a JSON path), never a value of the payload.
    """

    reason: Reason
    detail: str


def bug(error: Exception, doing: str) -> Rejected:
    """An error of ours: of which sort, in doing what, and at which lines of our code.

    Its own words are left out: they may quote the record.

    Args:
        error: as it was caught.
        doing: what failed, in words of ours.
    """
    lines = [
        f"{place}:{line}"
        for frame, line in walk_tb(error.__traceback__)
        if (place := _ours(frame.f_code.co_filename))
    ]
    told = " < ".join(reversed(lines[-_FRAMES:])) or "no line of ours"
    return Rejected(Reason.BUG, f"{type(error).__name__} in {doing} ({told})")


def _ours(file: str) -> str:
    """A file of our packages, from the package on; empty for any other."""
    path = PurePath(file)
    if not path.is_relative_to(_ROOT):
        return ""
    inside = path.relative_to(_ROOT)
    return inside.as_posix() if inside.parts[0] in _PACKAGES else ""


class DeadLetter(Struct, omit_defaults=True):
    """A record that could not be used: why, where, and its original bytes.

    Attributes:
        log, topic, partition, offset: coordinates of the record; its identity.
        stage: the step that refused it: `identify`, `journey` or `sink`.
        received_at: time of the refused record, epoch milliseconds.
        payload: original bytes, encrypted (AES-GCM, `streams/seal.py`), since they may
            hold personal data in clear; base64.
        payload_bytes: size of the original.
        truncated: only the first part is kept; the original is at the coordinates.
    """

    log: str
    topic: str
    partition: int
    offset: int
    stage: str
    reason: str
    detail: str
    received_at: int
    payload: bytes = b""
    payload_bytes: int = 0
    truncated: bool = False
