"""The support ticket that a contact belongs to."""

from typing import Final

from msgspec import MsgspecError, Struct, json

from schemas.touchpoint import Touchpoint

_MAX_ID: Final = 256
_THREADED: Final = frozenset({"phone", "chat"})


class _Ticket(Struct):
    """The one property that is read; of any JSON type, since sources err."""

    ticket_id: object = None


_decode = json.Decoder(_Ticket).decode


def ticket_of(touchpoint: Touchpoint) -> str:
    """The ticket of a contact with support: `properties.ticket_id`.

    Where there is none, a call or chat that carries its thread's id is a ticket of its
    own; empty where nothing names one.
    """
    try:
        ticket = id_of(_decode(touchpoint.properties).ticket_id)
    except MsgspecError:
        # A number beyond all bounds where an id should be.
        ticket = ""
    if not ticket and touchpoint.channel in _THREADED:
        ticket = touchpoint.session_hint or ""
    return ticket


def id_of(given: object) -> str:
    """An id from among properties: a text or a whole number; empty for anything else."""
    if isinstance(given, int) and not isinstance(given, bool):
        given = str(given)
    return given if isinstance(given, str) and len(given) <= _MAX_ID else ""
