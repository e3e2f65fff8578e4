"""Which cart, order, return and ticket a touchpoint belongs to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from msgspec import MsgspecError, Struct, json

from schemas.threads import CART_TYPES, ORDER_TYPES, RETURN_TYPES, TICKET_TYPES
from streams.enrich.ticket import id_of

if TYPE_CHECKING:
    from schemas.facts import Fact
    from streams.journey.record import Seen

CONCERNED: Final = CART_TYPES | ORDER_TYPES | TICKET_TYPES
"""Types of touchpoints that can belong to a thread at all."""

VALUED: Final = frozenset(
    {
        "cart_viewed",
        "checkout_started",
        "checkout_step_viewed",
        "checkout_step_completed",
        "payment_info_entered",
        "order_completed",
        "order_updated",
        "order_refunded",
    }
)
"""Touchpoints whose value is that of the whole cart or order, or what was refunded."""


class _Case(Struct):
    """The few properties that are read; of any JSON type, since sources err."""

    return_id: object = None
    resolved: object = None


_decode_case = json.Decoder(_Case).decode


def name_threads(fact: Fact, seen: Seen) -> None:
    """Write into a fact which threads it belongs to, and what it says of their worth.

    Args:
        fact: of a type in `CONCERNED`; changed in place.
        seen: the touchpoint that it was lifted from.
    """
    type_ = fact.type
    if type_ in VALUED:
        fact.value_minor = seen.value_minor
        fact.currency = seen.currency
    if type_ in TICKET_TYPES:
        if seen.ticket_id:
            fact.told().ticket = seen.ticket_id
            fact.told().resolved = _case(seen).resolved in (True, "true")
    elif type_ in RETURN_TYPES and (return_id := id_of(_case(seen).return_id)):
        fact.told().ticket = return_id
    if seen.cart_id and type_ in CART_TYPES:
        fact.told().cart = seen.cart_id
    if seen.order_id and type_ in ORDER_TYPES:
        fact.told().order = seen.order_id


def threads_of(fact: Fact) -> list[tuple[str, str]]:
    """The threads that a fact belongs to: kind and id of each."""
    detail = fact.more
    if detail is None:
        return []
    type_ = fact.type
    found = []
    if detail.cart and type_ in CART_TYPES:
        found.append(("cart", detail.cart))
    if detail.order and type_ in ORDER_TYPES:
        found.append(("order", detail.order))
    if type_ in RETURN_TYPES:
        if detail.ticket or detail.order:
            found.append(("return", detail.ticket or detail.order))
    elif detail.ticket:
        found.append(("ticket", detail.ticket))
    return found


def _case(seen: Seen) -> _Case:
    if not seen.properties:
        return _Case()
    try:
        return _decode_case(seen.properties)
    except MsgspecError:
        # A number beyond all bounds where an id should be.
        return _Case()
