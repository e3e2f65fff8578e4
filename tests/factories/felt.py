"""What the first agent says of a raw touchpoint's emotion."""

from schemas.touchpoint import Touchpoint
from streams.enrich.identify import Identifier
from streams.enrich.policy import IdentifyPolicy
from tests.factories.raw import LOG, RECEIVED_AT, raw_bytes

NOTHING = (None, False, "")
"""Neither an emotion nor a trace of a failed reading."""

_IDENTIFIER = Identifier(IdentifyPolicy("a secret of the tests only"))


def read(value: bytes) -> Touchpoint:
    """A raw record as the first agent hands it on."""
    result = _IDENTIFIER.identify(
        value, received_at=RECEIVED_AT, raw_log=LOG, raw_partition=0, raw_offset=0
    )
    assert isinstance(result, Touchpoint), result
    return result


def identified(type_: str, properties: object = None, **fields: object) -> Touchpoint:
    """A touchpoint of that type as the first agent hands it on."""
    return read(raw_bytes(type=type_, properties=properties, **fields))


def felt_in(value: bytes) -> tuple:
    """A raw record's emotion, whether it was observed, and the evidence."""
    one = read(value)
    return one.emotion, one.emotion_observed, one.emotion_evidence


def felt(type_: str, properties: object = None, **fields: object) -> tuple:
    """The same of a touchpoint of that type."""
    return felt_in(raw_bytes(type=type_, properties=properties, **fields))
