"""Statements that are put together, with the values that each of them takes."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from insights.asker import Asker
from insights.cost import CostError, estimate

BUDGET: Final = 20_000_000
"""Touchpoints that one statement over all of a person's may read: about 20 s of a core."""


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement and its values, by name."""

    text: str
    values: dict[str, object]


def statement(text: str, values: Mapping[str, object]) -> Statement:
    """A statement with those of the values that stand in it as `{name:Type}`.

    Args:
        text: the statement.
        values: of a whole question, which may have several statements.
    """
    return Statement(text, {k: v for k, v in values.items() if f"{{{k}:" in text})


def afford(
    asker: Asker, asked: Statement, budget: int, code: str = "cost_range"
) -> None:
    """Refuse a statement that would read too much, before it is asked.

    Args:
        asker: whom to ask.
        asked: the statement.
        budget: how many touchpoints it may read.
        code: of the sentence that says how it could be less.

    Raises:
        CostError: it would read more.
    """
    rows = estimate(asker, asked.text, asked.values)
    if rows > budget:
        raise CostError(rows, budget, code)
