"""A funnel's step as a condition on a touchpoint, for whoever looks for such ones."""

from typing import Final

from insights.asker import QuestionError
from insights.conditions import COLUMNS, DOCUMENTS, Values, compile_where
from insights.funnels.spec import Kind
from insights.sentences import say

COLUMNS_OF_STEPS: Final = (
    *COLUMNS,
    *DOCUMENTS,
    "occurred_at",
)
"""What a subquery has to have, for steps to be found in it: columns unread cost nothing."""


class StepError(QuestionError):
    """A step that names no type."""


def step_sql(step: Kind, values: Values) -> str:
    """The SQL that holds for touchpoints that are this step.

    Args:
        step: types and conditions.
        values: takes up the values.

    Raises:
        QuestionError: no type, or a condition that makes no sense.
    """
    if bool(step.type) == bool(step.any_of) or "" in step.any_of:
        raise StepError(say("type"))
    tests = compile_where(step.where, values)
    if not step.every_type:
        tests.insert(0, f"type IN {values.bind(step.types, 'Array(String)')}")
    return f"({' AND '.join(tests) or 'true'})"
