"""Which problems a handler can end in, for the API's description."""

from typing import Final

from litestar.openapi import ResponseSpec

from insights.api import problem
from insights.api.problem import Kind, Problem


def _told(*kinds: Kind) -> dict[int, ResponseSpec]:
    return {
        kind.status.value: ResponseSpec(
            data_container=Problem,
            description=kind.title,
            media_type=problem.PROBLEM_JSON,
            generate_examples=False,
        )
        for kind in kinds
    }


PROBLEMS: Final = _told(
    problem.MALFORMED,
    problem.NO_TOKEN,
    problem.FORBIDDEN,
    problem.NOT_FOUND,
    problem.COST,
    problem.QUESTION,
    problem.RATE,
    problem.BUG,
    problem.BUSY,
)
AMBIGUOUS_TOLD: Final = _told(problem.AMBIGUOUS)
