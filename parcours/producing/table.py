"""What the rows of every kind of file have in common."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

# Columns that every file has: the number of a row, and the file's own identity.
ROW: Final = "@row"
FILE: Final = "@file"


class RowError(ValueError):
    """A row cannot become a touchpoint; says why and where, never with a value of it."""


@dataclass(frozen=True, slots=True)
class Row:
    """One row.

    Attributes:
        number: 1 for the first row of data.
        values: in the order of the table's columns; text, or what Parquet and JSON hold.
    """

    number: int
    values: Sequence[object]


@dataclass(frozen=True, slots=True)
class Refused:
    """Rows of which no touchpoint was made.

    Attributes:
        row: number of the first one.
        reason: why, in words.
        rows: how many.
    """

    row: int
    reason: str
    rows: int = 1


@dataclass(frozen=True)
class Table:
    """A file as rows.

    Attributes:
        columns: their names; empty where a row is an object whose fields are looked up
            by name (NDJSON).
        rows: the rows, and those that could not be read.
        file: identity of the file: a hash of its content.
    """

    columns: tuple[str, ...]
    rows: Iterator[Row | Refused]
    file: str
