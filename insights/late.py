"""Touchpoints that came too late for the journeys: they happened, and moved nobody.

They are stored and count wherever touchpoints are counted. Journey states, sessions and
phases do not know of them; an answer about these says how many there are.
"""

from string import Template
from typing import Final

from msgspec import Struct

from insights.asker import Asker, ask_all, question
from insights.conditions import Values
from insights.evidence import Evidence
from insights.scope import Personas, Scope, persons_of, touchpoints_of
from insights.sentences import Sentence, say

DEFINITION: Final = (
    "Touchpoints of the scope that came after the lateness of their channel, and whose "
    "they are."
)


class Late(Struct):
    """How many there are.

    Attributes:
        touchpoints: of the scope.
        persons: whose they are.
    """

    touchpoints: int
    persons: int


def late_ones() -> str:
    """SQL that holds for them, for `touchpoints_of`.

    Journey states tell whose they are, before rows are put together: that takes time.
    """
    return question("late_ones").strip()


def count_late(
    asker: Asker, scope: Scope, personas: Personas | None = None
) -> tuple[Late, Evidence]:
    """Count those of a scope.

    Args:
        asker: whom to ask.
        scope: which part of the data.
        personas: knows the personas, where the scope names one.

    Raises:
        QuestionError: the scope makes no sense.
    """
    values = Values()
    persons = persons_of(scope, values, personas)
    touchpoints = touchpoints_of(scope, ("type",), values, persons, only=late_ones())
    sql = Template(question("late")).substitute(touchpoints=touchpoints)
    parameters = {"tenant": scope.tenant, **values.bound}
    (found,) = ask_all(asker, sql, parameters, Late)
    return found, Evidence(DEFINITION, sql, parameters)


def notes_on_late(found: Late) -> list[Sentence]:
    """A sentence on them, where there are any."""
    if not found.touchpoints:
        return []
    return [say("late", many=found.touchpoints, persons=found.persons)]
