"""The mapping language: from the columns of a file to touchpoints. See docs/produce.md."""

from pathlib import Path
from typing import Final, Literal

import msgspec
from msgspec import Struct

from streams.yaml_files import documents

DELIMITER: Final = ","
ENCODING: Final = "utf-8-sig"  # a spreadsheet begins its file with a byte order mark

Node = dict[str, object] | list[object] | str | int | float | bool | None
"""A value as it stands in the YAML: an operator with its modifiers, or a constant."""


class MappingError(ValueError):
    """A mapping does not have the form it must have; says where."""


class Condition(Struct, forbid_unknown_fields=True, frozen=True, omit_defaults=True):
    """What must hold of a row; of a group, of its first row. All that is named must.

    Attributes:
        column: the column that is looked at; its text.
        equals, one_of, starts_with, matches: compared with the text; `matches` is a
            regular expression for all of it.
        less_than, greater_than: compared as numbers.
        empty: whether the column is empty.
        all_of, any_of, none_of: other conditions.
    """

    column: str = ""
    equals: str | None = None
    one_of: list[str] | None = None
    starts_with: str | None = None
    matches: str | None = None
    less_than: float | None = None
    greater_than: float | None = None
    empty: bool | None = None
    all_of: list["Condition"] | None = None
    any_of: list["Condition"] | None = None
    none_of: list["Condition"] | None = None


class _Operator(Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """What every operator takes: `when`, without which the value is left out."""

    when: Condition | None = None


class Constant(_Operator, frozen=True):
    """The same value for every row."""

    constant: str | int | float | bool


class Column(_Operator, frozen=True, rename={"kind": "as"}):
    """The value of a column; an empty one leaves the field out."""

    column: str
    kind: Literal["text", "integer", "number", "boolean", "json"] = "text"


class Template(_Operator, frozen=True):
    """A text with columns in braces; one empty column leaves the field out."""

    template: str


class Time(_Operator, frozen=True):
    """A point in time, as epoch milliseconds.

    Attributes:
        format: `rfc3339`, `epoch_ms`, `epoch_s`, or a format of strptime.
        zone: IANA time zone of a time that says none.
    """

    time: str
    format: str = "rfc3339"
    zone: str = "UTC"


class Minor(_Operator, frozen=True):
    """Money in the smallest unit, by exact decimal arithmetic.

    Attributes:
        minor: column with the amount in the main unit.
        times: column to multiply with.
        digits: decimals of the currency.
        round: what to do with a fraction of the smallest unit: `never` refuses it.
    """

    minor: str
    times: str | None = None
    digits: int = 2
    round: Literal["never", "half_up", "half_even", "down"] = "never"


class Sum(_Operator, frozen=True):
    """The sum of a number over the rows of the group."""

    sum: Node


class Count(_Operator, frozen=True):
    """How many rows the group has."""

    count: Literal["rows"]


class Lines(_Operator, frozen=True):
    """One object for every row of the group: fields to values."""

    lines: dict[str, Node]


class Hash(_Operator, frozen=True):
    """A short hash of columns: a deterministic id where the file has none."""

    hash: list[str]


class FirstOf(_Operator, frozen=True):
    """The first of the values that is not empty."""

    first_of: list[Node]


Operator = (
    Constant | Column | Template | Time | Minor | Sum | Count | Lines | Hash | FirstOf
)
OPERATORS: Final[dict[str, type[Operator]]] = {
    "constant": Constant,
    "column": Column,
    "template": Template,
    "time": Time,
    "minor": Minor,
    "sum": Sum,
    "count": Count,
    "lines": Lines,
    "hash": Hash,
    "first_of": FirstOf,
}


class Rule(Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """What becomes of the rows for which `when` holds; the first rule that fits counts.

    Attributes:
        when: None: always.
        skip: leave them out, for the reason given; counted.
        set: fields of the touchpoint, besides and before those of the mapping.
    """

    when: Condition | None = None
    skip: str | None = None
    set: dict[str, Node] = {}


class Mapping(Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """A mapping file.

    Attributes:
        mapping: version of this language.
        delimiter: of a CSV file.
        encoding: of a CSV file.
        group_by: columns; rows in a row that have them in common are one touchpoint.
        set: fields of every touchpoint: dotted names to values.
        rules: several kinds of touchpoints; none for one.
    """

    mapping: Literal[1]
    description: str = ""
    delimiter: str = DELIMITER
    encoding: str = ENCODING
    group_by: list[str] = []
    set: dict[str, Node] = {}
    rules: tuple[Rule, ...] = (Rule(),)


def load(path: Path) -> Mapping:
    """Read a mapping file.

    Raises:
        MappingError: it is not YAML, or not of this language.
    """
    found = documents(path, MappingError)
    if len(found) != 1:
        message = f"{path}: one mapping a file, not {len(found)}"
        raise MappingError(message)
    try:
        return msgspec.convert(found[0], Mapping)
    except msgspec.ValidationError as error:
        message = f"{path}: {error}"
        raise MappingError(message) from error


def read_operator(node: Node, where: str) -> Operator:
    """The operator of one value.

    Args:
        node: the value as it stands in the YAML.
        where: the field it belongs to, for messages.

    Raises:
        MappingError: it names no operator, several, or a modifier that has no place.
    """
    if not isinstance(node, dict):
        if node is None or isinstance(node, list):
            message = f"{where}: a value is a constant or one operator with modifiers"
            raise MappingError(message)
        return Constant(constant=node)
    named = [name for name in OPERATORS if name in node]
    if len(named) != 1:
        given = f"not {' and '.join(map(repr, named or node))}" if node else "not none"
        message = f"{where}: exactly one of {', '.join(OPERATORS)}, {given}"
        raise MappingError(message)
    try:
        return msgspec.convert(node, OPERATORS[named[0]])
    except msgspec.ValidationError as error:
        message = f"{where}: {error}"
        if "`bool`" in message:
            message += "; YAML reads No, Yes, On and Off so: write them in quotes"
        raise MappingError(message) from error
