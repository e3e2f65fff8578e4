"""The properties that tell of a customer's mood; of any JSON type, since sources err."""

from typing import Final

import msgspec
from msgspec import MsgspecError, Struct

from schemas.touchpoint import Touchpoint


class Heard(Struct, gc=False):
    """What the emotion rules read of a touchpoint's properties (docs/emotion.md)."""

    kind: object = None
    score: object = None
    scale: object = None
    rating: object = None
    sentiment: object = None
    title: object = None
    text: object = None
    comment: object = None
    language: object = None
    about_event_id: object = None
    results_count: object = None
    results: object = None
    promised_at: object = None
    delivered_at: object = None
    resolved: object = None
    status: object = None
    status_code: object = None


_decode: Final = msgspec.json.Decoder(Heard).decode
_NOTHING: Final = Heard()


def heard(touchpoint: Touchpoint) -> Heard:
    """Read the properties; where no reader can hold them, nothing was heard."""
    try:
        return _decode(touchpoint.properties)
    except MsgspecError:
        return _NOTHING
