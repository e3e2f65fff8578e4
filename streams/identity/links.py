"""Which identifiers are one person: a function of the evidence, whatever its order.

Evidence flows from weaker identifiers to stronger ones only, each knows what was said of
itself, and what it says to others follows from that: so there is one outcome, and every
order of the evidence ends in it (docs/decisions/0008-identity-protocol.md).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

from schemas.identity import MAX_IMPLIED, MAX_TARGETS, Identity
from schemas.vocabulary import NAMESPACES
from streams.identity.strength import strength

DEFAULT_LIMITS: Final[Mapping[str, int]] = MappingProxyType({"customer_id": 1})
OTHER_LIMIT: Final = 5


@dataclass(frozen=True, slots=True)
class LinkPolicy:
    """How many stronger identifiers one identifier may be seen with.

    Attributes:
        limits: namespace of the stronger ones → how many; beyond, the weaker one is
            shared and joins nobody. Namespaces that are not named have `OTHER_LIMIT`.
    """

    limits: Mapping[str, int] = field(default_factory=lambda: DEFAULT_LIMITS)

    def exceeded(self, targets: Iterable[str]) -> bool:
        """Whether these are more than one person's."""
        counts: dict[str, int] = {}
        for target in targets:
            namespace = target.partition(":")[0]
            counts[namespace] = count = counts.get(namespace, 0) + 1
            if count > self.limits.get(namespace, OTHER_LIMIT):
                return True
        return False


DEFAULT_LINKS: Final = LinkPolicy()


class LimitError(ValueError):
    """The limits of linking do not have the form they must have."""


def policy_of(text: str) -> LinkPolicy:
    """Read limits as the setting has them, `customer_id=1,email_hash=3`.

    Raises:
        LimitError: a namespace is not known, or a limit is not a number from 1 to 32.
    """
    limits: dict[str, int] = {}
    for part in filter(None, (part.strip() for part in text.split(","))):
        namespace, _, number = part.partition("=")
        if (
            namespace not in NAMESPACES
            or not number.isdecimal()
            or not 1 <= int(number) <= MAX_TARGETS
        ):
            message = (
                f"PARCOURS_IDENTITY_LIMITS: namespace=number expected, not {part!r}"
            )
            raise LimitError(message)
        limits[namespace] = int(number)
    return LinkPolicy(limits)


@dataclass(frozen=True, slots=True)
class Derived:
    """What follows from the evidence about one identifier.

    Attributes:
        parent: the strongest identifier that it is one with, or empty.
        implies: the others it is one with → the parent.
        shared: too many were seen with it.
    """

    parent: str = ""
    implies: Mapping[str, str] = field(default_factory=dict)
    shared: bool = False


_SHARED: Final = Derived(shared=True)


def derive(name: str, identity: Identity, policy: LinkPolicy) -> Derived:
    """What follows from what is known.

    Too many in sight is proof that the identifier is shared. What is only implied never
    is: it is left out where it contradicts, or else one shared device that happens to
    know few persons would cost others what they had seen for themselves.

    Args:
        name: the identifier.
        identity: the evidence about it.
        policy: limits.
    """
    seen = {name for name, (on, off) in identity.direct.items() if on > off}
    own = name.partition(":")[0] + ":"
    # Two of one namespace are linked on purpose alone, and that has no limit.
    if identity.full or policy.exceeded(t for t in seen if not t.startswith(own)):
        return _SHARED
    refused = {name for name, (on, off) in identity.direct.items() if on <= off}
    implied = {other for other, _ in identity.implied.values() if other} - refused
    one = seen | implied
    if policy.exceeded(t for t in one if t in implied or not t.startswith(own)):
        one = seen
    if not one:
        return Derived()
    parent = min(one, key=strength)
    return Derived(parent, {t: parent for t in one if t != parent})


def see(identity: Identity, stronger: str, linked_at: int, unlinked_at: int) -> bool:
    """Note that an event linked or unlinked a stronger identifier.

    Returns:
        Whether that is new.
    """
    if identity.full:
        return False
    on, off = known = identity.direct.get(stronger, (0, 0))
    newest = (max(on, linked_at), max(off, unlinked_at))
    if newest == known:
        return False
    identity.direct[stronger] = newest
    if len(identity.direct) > MAX_TARGETS:
        identity.full = True
        identity.direct = {}
        identity.implied = {}
    identity.revision += 1
    return True


def hear(identity: Identity, by: str, stronger: str, revision: int) -> bool:
    """Note what a weaker identifier implies now.

    Returns:
        Whether that is new.
    """
    if identity.full or revision <= identity.implied.get(by, ("", 0))[1]:
        return False
    identity.implied[by] = (stronger, revision)
    if len(identity.implied) > MAX_IMPLIED:
        # Words taken back first, then by name: what a name says does not depend on when.
        del identity.implied[
            min(identity.implied, key=lambda b: (identity.implied[b][0] != "", b))
        ]
    identity.revision += 1
    return True
