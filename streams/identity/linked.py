"""`properties.linked` of `identity_linked` and `identity_unlinked`: further identifiers."""

from typing import Final

import msgspec
from msgspec import Raw

from schemas.failure import Reason, Rejected
from schemas.touchpoint import Actor, RawActor
from streams.identity.actor import identify
from streams.identity.pseudonym import Pseudonyms
from streams.identity.strength import strength

MAX_LINKED: Final = 32
_ODD: Final = Rejected(
    Reason.WRONG_TYPE,
    "$.properties.linked: an object of identifiers as `actor` has them, or a list of such",
)
_ALONE: Final = Rejected(
    Reason.MISSING_IDENTITY,
    "$: two identifiers expected, in actor and properties.linked",
)
_encode: Final = msgspec.json.Encoder().encode


def linked_of(
    properties: dict[str, object],
    actor: Actor,
    tenant: str,
    pseudonyms: Pseudonyms,
) -> tuple[str, Raw] | Rejected:
    """Clean the identifiers that an identity event names beside its actor.

    They are needed for what `actor` cannot say: that two identifiers of one namespace
    are, or are not, one person's.

    Args:
        properties: the event's properties.
        actor: its identifiers, cleaned.
        tenant: whose they are.
        pseudonyms: what replaces e-mail addresses and phone numbers.

    Returns:
        The strongest identifier of all, and the properties with `linked` as a list of
        `namespace:value`; or why there are no two identifiers.
    """
    told = properties.get("linked", [])
    try:
        raw = msgspec.convert(
            told if isinstance(told, list) else [told], list[RawActor]
        )
    except msgspec.ValidationError:
        return _ODD
    if len(raw) > MAX_LINKED:
        return _ODD
    found = set()
    for one in raw:
        cleaned = identify(one, tenant, pseudonyms)
        if cleaned is not None:
            found |= names_of(cleaned[0])
    named = names_of(actor) | found
    if not "".join(found).isprintable():
        return _ODD
    if len(named) < 2:  # noqa: PLR2004
        return _ALONE
    text = _encode({**properties, "linked": sorted(found)})
    return min(named, key=strength), Raw(text)


def names_of(actor: Actor) -> set[str]:
    """Every identifier of an actor, as `namespace:value`."""
    fields = msgspec.structs.asdict(actor)
    return {f"{name}:{value}" for name, value in fields.items() if value}
