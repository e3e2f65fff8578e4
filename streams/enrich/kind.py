"""What a touchpoint's type says of it: canonical name, channel, direction."""

import re
from typing import Final

from msgspec import Struct

from schemas.vocabulary import ALIASES, CHANNELS, DIRECTIONS, TYPES, canonical_type
from schemas.vocabulary import alias_key as fold

# Done at a till or in a store when the event names a store and no channel.
_AT_TILL: Final = frozenset(
    {
        "order_completed",
        "order_refunded",
        "payment_failed",
        "coupon_entered",
        "coupon_applied",
        "coupon_denied",
        "coupon_removed",
        "coupon_redeemed",
        "loyalty_points_changed",
    }
)
_IN_STORE: Final = frozenset(
    {"account_created", "product_out_of_stock_seen", "product_returned"}
)
_OPENED: Final = frozenset({"email_opened", "message_opened"})
_NAME: Final = re.compile(r"[a-z0-9][a-z0-9_.:]{0,63}")
_LEARNT: Final = 4_096


class Kind(Struct, frozen=True, gc=False):
    """What is known of all touchpoints of a type.

    Attributes:
        name: canonical type.
        channel: channel where the event names none.
        store_channel: the same where the event names a store.
        direction: direction where the event names none.
        opened: the opening of a message, which a mail proxy can do too.
        control: tells Parcours something; its properties must be readable.
    """

    name: str
    channel: str
    store_channel: str
    direction: str
    opened: bool = False
    control: bool = False


def kind_of(canonical: str) -> Kind:
    """The kind of a canonical type; of a type of the retailer's own, a guess."""
    known = TYPES.get(canonical)
    if known is None:
        return Kind(canonical, "web", "store", "in")
    store = known.channel
    if canonical in _AT_TILL:
        store = "pos"
    elif canonical in _IN_STORE:
        store = "store"
    return Kind(
        canonical,
        known.channel,
        store,
        known.direction,
        canonical in _OPENED,
        known.control,
    )


class Kinds:
    """Kinds by the name that a source uses, remembered once met."""

    def __init__(self, *, accept_unknown: bool) -> None:
        """Start with the vocabulary.

        Args:
            accept_unknown: also take types that the vocabulary does not know.
        """
        self._accept_unknown = accept_unknown
        self._kinds = {name: kind_of(name) for name in TYPES}
        self._kinds |= {alias: self._kinds[name] for alias, name in ALIASES.items()}

    def get(self, name: str) -> Kind | None:
        """The kind of a type as a source names it; None where it is not accepted."""
        return self._kinds.get(name) or self._learn(name)

    def _learn(self, name: str) -> Kind | None:
        canonical = canonical_type(name)
        if canonical is None and self._accept_unknown:
            canonical = fold(name)
        # Names of one's own become a column of few values: keep them to letters.
        if canonical is None or not _NAME.fullmatch(canonical):
            return None
        kind = self._kinds.get(canonical) or kind_of(canonical)
        if len(self._kinds) < _LEARNT:
            self._kinds[name] = kind
        return kind


_CHANNELS: Final = {name: name for name in CHANNELS}
_DIRECTIONS: Final = {name: name for name in DIRECTIONS}


def channel_of(given: str) -> str | None:
    """The channel as the vocabulary has it, None where it has none of that name."""
    return _CHANNELS.get(given) or _CHANNELS.get(given.strip().lower())


def direction_of(given: str) -> str | None:
    """The direction as the vocabulary has it, None where it is neither of the two."""
    return _DIRECTIONS.get(given) or _DIRECTIONS.get(given.strip().lower())
