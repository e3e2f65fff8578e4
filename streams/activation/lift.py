"""What the message rules need of a touchpoint, written into its fact, once."""

import re
from collections.abc import Mapping
from typing import Final

from msgspec import MsgspecError, Struct, json

from schemas.facts import Fact
from streams.activation.language import Where
from streams.activation.rules import Concern
from streams.emotion import answers
from streams.journey.record import Seen

MESSAGE_ID: Final = re.compile(r"[0-9a-f]{16}")


class _Reference(Struct):
    message_id: object = None


_decode_reference: Final = json.Decoder(_Reference).decode
_decode_properties: Final = json.Decoder(dict[str, object]).decode


def concern_fact(fact: Fact, seen: Seen, concern: Concern) -> None:
    """Write into a fact what the message rules will ask of it.

    Args:
        fact: of a type that concerns them; changed in place.
        seen: the touchpoint that it was lifted from.
        concern: what its type means to them.
    """
    if seen.cart_id or seen.order_id:
        fact.told().cart = seen.cart_id
        fact.told().order = seen.order_id
    if seen.backfill:
        fact.told().backfill = True
    if concern.report >= 0 and (message := _message_of(seen)):
        fact.told().message = message
    if concern.asking:
        properties = _properties(seen)
        read = answers.read(seen.type, properties)
        fulfils = tuple(
            rule.name
            for rule, conditions in concern.asking
            if all(_holds(where, seen, properties, read) for where in conditions)
        )
        if fulfils:
            fact.told().fulfils = fulfils
    if (
        seen.place is not None
        and seen.place.tz
        and (concern.triggers or fact.detail.fulfils)
    ):
        fact.told().tz = seen.place.tz


def _message_of(seen: Seen) -> str:
    if not seen.properties:
        return ""
    try:
        told = _decode_reference(seen.properties).message_id
    except MsgspecError:
        return ""
    return told if isinstance(told, str) and MESSAGE_ID.fullmatch(told) else ""


def _properties(seen: Seen) -> dict[str, object]:
    if not seen.properties:
        return {}
    try:
        return _decode_properties(seen.properties)
    except MsgspecError:
        # A number that no reader can hold: then nothing is said of any of them.
        return {}


def _holds(
    where: Where,
    seen: Seen,
    properties: Mapping[str, object],
    read: Mapping[str, object],
) -> bool:
    """Whether a condition is fulfilled; bounds ask what emotion reads, where it does."""
    name = where.property
    said = properties.get(name) if name else getattr(seen, where.field)
    value = read.get(name, said)
    if where.any_of and not any(
        _same(one, other) for one in (said, value) for other in where.any_of
    ):
        return False
    if where.at_least is None and where.at_most is None:
        return True
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return False
    return (where.at_least is None or value >= where.at_least) and (
        where.at_most is None or value <= where.at_most
    )


def _same(one: object, other: object) -> bool:
    return one == other and isinstance(one, bool) == isinstance(other, bool)
