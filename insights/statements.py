"""Statements that are put together, with the values that each of them takes."""

from collections.abc import Mapping
from dataclasses import dataclass


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
