"""Marks raw touchpoints as history: they count like any other, but no message comes of them."""

from typing import Final

_MARK: Final = b'"backfill":true}'


def backfilled(value: bytes) -> bytes:
    """The same JSON object, marked; what is no object stays as it is.

    The mark stands at the end, so that it goes before whatever the object says itself.

    Args:
        value: one raw touchpoint.
    """
    stripped = value.strip()
    if not (stripped.startswith(b"{") and stripped.endswith(b"}")):
        return value
    inner = stripped[:-1].rstrip()
    return inner + (_MARK if inner == b"{" else b"," + _MARK)
