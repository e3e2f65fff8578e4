"""What a question is about one person: it needs the scope `persons:read`."""

from collections.abc import Iterable
from typing import Final

from insights.api.problem import FORBIDDEN, ProblemError
from insights.api.token import Principal
from insights.conditions import COLUMNS
from insights.funnels.spec import Kind
from insights.sentences import say
from schemas.vocabulary import NAMESPACES

_AT_LEAST: Final = 10
"""Fewest persons of whom samples are shown without that scope, as of searched terms."""

NAMING: Final = frozenset(
    {
        *NAMESPACES,
        "person_id",
        "session_id",
        "session_hint",
        "cart_id",
        "order_id",
        "ticket_id",
        "emotion_about",
        "id",
    }
)
"""Columns whose values belong to one person, or to one thing of a person."""

_OF_MANY: Final = frozenset(COLUMNS) - NAMING - {"referrer", "value_minor", "seq"}
"""Columns that samples may be narrowed by: what many have in common."""


def may_read_persons(who: Principal) -> bool:
    """Whether whoever asks may see single persons."""
    return "persons:read" in who.scopes


def fewest(who: Principal) -> int:
    """Fewest persons whose touchpoints whoever asks is shown samples of."""
    return 1 if may_read_persons(who) else _AT_LEAST


def check_steps(
    who: Principal,
    steps: Iterable[Kind],
    *,
    told_apart_by: str = "",
    samples: bool = False,
) -> None:
    """Refuse a question that picks out one person.

    Args:
        who: asks.
        steps: touchpoints that the question names.
        told_apart_by: column by whose values it tells persons apart.
        samples: the answer shows single touchpoints.

    Raises:
        ProblemError: whoever asks may not see single persons, and it could show one.
    """
    if may_read_persons(who):
        return
    listed = list(steps)
    named = {key for step in listed for key in step.where} | {told_apart_by}
    # Ids of things hide in properties, too: `about_event_id`.
    personal = {key for key in named if key in NAMING or key.endswith("_event_id")}
    if samples:
        personal |= named - _OF_MANY - {""}
        personal |= {"*" for step in listed if step.every_type}
    if personal:
        columns = ", ".join(sorted(personal))
        raise ProblemError(FORBIDDEN, say("personal", columns=columns))
