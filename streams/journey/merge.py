"""Journey states as a mergeable aggregate: lift, merge and the way back."""

from collections.abc import Collection
from typing import Final

from schemas.journey import Fact, JourneyState
from streams.journey.live import Rules
from streams.journey.record import Seen

EMPTY: Final = JourneyState(0, 0, "", "")
"""The state of nobody: merging it changes nothing."""


def lift(seen: Seen, rules: Rules) -> JourneyState:
    """The state of a person of whom this touchpoint is all that is known.

    Args:
        seen: the touchpoint; what it states of facts and consent is part of the state.
        rules: session policy and journey models.
    """
    raise NotImplementedError


def lift_fact(
    fact: Fact, tenant: str, person_id: str, rules: Rules
) -> JourneyState:
    """The state of a person of whom this fact is all that is known."""
    raise NotImplementedError


def merge(one: JourneyState, other: JourneyState, rules: Rules) -> JourneyState:
    """The state of two persons who are one; neither argument is changed.

    Associative and commutative, with `EMPTY` as identity, on what `content` shows. The
    stronger of the two names is the result's. A touchpoint that both have counts once.
    The result's revision is newer than both. `applied` is that of the side whose name
    the result bears. Nothing is forgotten here: `Journey.settle` keeps the bounds.

    Args:
        one: a state.
        other: another state of the same tenant, or `EMPTY`.
        rules: session policy and journey models.
    """
    raise NotImplementedError


def detach(
    state: JourneyState, member: str, rules: Rules
) -> tuple[JourneyState, JourneyState]:
    """Undo the merging of one member.

    Args:
        state: a person; not changed.
        member: one of `state.members`, such as `anonymous_id:a`. Of a name that is no
            member there is nothing to take away.
        rules: session policy and journey models.

    Returns:
        The person without the member, and the member's own state, both as if they had
        never been merged; their revisions are newer than `state`'s.
    """
    raise NotImplementedError


def restrict(
    state: JourneyState, names: Collection[str], rules: Rules
) -> JourneyState:
    """What the state would be if its person consisted of these members alone.

    Use it to take several members away together: once with them, once with the others.
    """
    raise NotImplementedError


def content(state: JourneyState) -> dict[str, object]:
    """What two states have to agree on to say the same of a person.

    Left out is how far corrections can still reach (`recent`, `known`, `horizon`), what
    is open at the moment, and the bookkeeping of versions and offsets.
    """
    raise NotImplementedError
