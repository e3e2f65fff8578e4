"""Addresses and telephone numbers in clear, by which nobody can be found: they are not kept."""

import re
from typing import Final

from insights.asker import QuestionError
from insights.sentences import say
from schemas.vocabulary import NAMESPACES

CLEAR: Final = ("email", "phone")
"""Names under which an address is given in clear, whatever stands behind them."""

_BETWEEN: Final = r"[\s().\-/\u2010-\u2015]"
_INTERNATIONAL: Final = re.compile(
    rf"{_BETWEEN}*\+(?:{_BETWEEN}*\d){{6,15}}{_BETWEEN}*"
)
_NATIONAL: Final = re.compile(rf"{_BETWEEN}*0(?:{_BETWEEN}*\d){{8,14}}{_BETWEEN}*")


class InClearError(QuestionError):
    """An address in clear, which is not repeated."""

    def __init__(self) -> None:
        """Say what to do instead."""
        super().__init__(say("in_clear"))


def in_clear(identifier: str) -> bool:
    """Whether an identifier is an address or a number in clear, however it is written.

    A number without signs between its digits (`0612345678`) may be a customer's: that is
    not one; see `maybe_in_clear`.

    Args:
        identifier: as somebody typed it, with a namespace or without.
    """
    namespace, value = _parts(identifier)
    if namespace in CLEAR or "@" in value or "%40" in value:
        return True
    if namespace and namespace != "phone_hash":
        # A card's or customer's own number is kept as it came; the first agent, too, takes
        # it for a telephone number only where it begins with this sign.
        return value.startswith("+") and bool(_INTERNATIONAL.fullmatch(value))
    written = not value.isdecimal() and _NATIONAL.fullmatch(value)
    return bool(written or _INTERNATIONAL.fullmatch(value))


def maybe_in_clear(identifier: str) -> bool:
    """Whether it may be a telephone number, where nobody is known by it.

    Args:
        identifier: as somebody typed it, with a namespace or without.
    """
    namespace, value = _parts(identifier)
    return namespace in {"", "phone_hash"} and bool(_NATIONAL.fullmatch(value))


def _parts(identifier: str) -> tuple[str, str]:
    namespace, colon, value = identifier.partition(":")
    if colon and namespace in (*NAMESPACES, *CLEAR):
        return namespace, value.strip()
    return "", identifier.strip()
