"""What an adapter is: the door through which a source format comes in."""

from collections.abc import Callable

from msgspec import Struct

from schemas.failure import Rejected
from schemas.touchpoint import RawTouchpoint


class Adapted(Struct, frozen=True, gc=False):
    """A raw touchpoint as an adapter hands it over.

    Attributes:
        raw: the touchpoint, its `properties` a JSON object, valid all through.
        properties: the text of `raw.properties`.
        plain: the adapter promises that no text of the touchpoint, `properties`
            included, holds a control character, `@`, `%` or a JSON escape, and none
            begins with `+`, so that looking for hidden addresses, international
            numbers and null bytes can be spared.
    """

    raw: RawTouchpoint
    properties: str
    plain: bool


Adapter = Callable[[bytes], Adapted | Rejected]
"""One source format. Never raises for wrong data, whatever the bytes."""
