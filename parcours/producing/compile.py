"""A mapping, compiled for the columns of one file: rows in, raw touchpoints out."""

import hashlib
from collections.abc import Callable, Sequence
from decimal import Decimal
from string import Formatter
from typing import Final, cast

from parcours.producing import values
from parcours.producing.columns import Columns
from parcours.producing.conditions import compile_condition
from parcours.producing.language import (
    Column,
    Constant,
    Count,
    FirstOf,
    Hash,
    Lines,
    MappingError,
    Minor,
    Node,
    Operator,
    Sum,
    Template,
    Time,
    read_operator,
)
from parcours.producing.table import Row, RowError

Rows = Sequence[Row]
Evaluate = Callable[[Rows], object]
"""The value of a group of rows (often of one); None leaves the field out."""

HASH_DIGITS: Final = 24
_CONVERT: Final[dict[str, Callable[[object, str], object]]] = {
    "text": lambda value, _name: values.text(value),
    "integer": values.integer,
    "number": values.number,
    "boolean": values.boolean,
    "json": values.json,
}


def compile_value(node: Node, columns: Columns, where: str) -> Evaluate:
    """Compile one value.

    Args:
        node: as it stands in the mapping.
        columns: of the file.
        where: the field, for messages.

    Raises:
        MappingError: the value has no meaning, or names a column that is not there.
    """
    operator = read_operator(node, where)
    evaluate = _compile_operator(operator, columns, where)
    if operator.when is None:
        return evaluate
    holds = compile_condition(operator.when, columns, where)
    return lambda rows: evaluate(rows) if holds(rows[0]) else None


def _compile_operator(operator: Operator, columns: Columns, where: str) -> Evaluate:  # noqa: C901, PLR0911 - one line an operator
    match operator:
        case Constant(constant=constant):
            return lambda _rows: constant
        case Column():
            return _column(operator, columns, where)
        case Template():
            return _template(operator, columns, where)
        case Time():
            return _time(operator, columns, where)
        case Minor():
            return _minor(operator, columns, where)
        case Sum():
            return _sum(operator, columns, where)
        case Count():
            return len
        case Lines():
            return _lines(operator, columns, where)
        case Hash():
            return _hash(operator, columns, where)
        case FirstOf(first_of=nodes):
            parts = [compile_value(node, columns, where) for node in nodes]
            return lambda rows: next(
                (found for part in parts if (found := part(rows)) is not None), None
            )


def _column(operator: Column, columns: Columns, where: str) -> Evaluate:
    read = columns.reader(operator.column, where)
    convert, name = _CONVERT[operator.kind], operator.column

    def evaluate(rows: Rows) -> object:
        value = read(rows[0])
        if value is None or value == "":
            return None
        return convert(value, name)

    return evaluate


def _template(operator: Template, columns: Columns, where: str) -> Evaluate:
    try:
        parsed = list(Formatter().parse(operator.template))
    except ValueError as error:
        message = f"{where}: {error}"
        raise MappingError(message) from error
    pieces = [
        (literal, columns.reader(name, where) if name is not None else None)
        for literal, name, _format, _conversion in parsed
    ]

    def evaluate(rows: Rows) -> object:
        made = []
        for literal, read in pieces:
            made.append(literal)
            if read:
                value = values.text(read(rows[0]))
                if not value:
                    return None
                made.append(value)
        return "".join(made)

    return evaluate


def _time(operator: Time, columns: Columns, where: str) -> Evaluate:
    read, name = columns.reader(operator.time, where), operator.time
    try:
        parse = values.time_reader(operator.format, operator.zone)
    except ValueError as error:
        message = f"{where}: {error}"
        raise MappingError(message) from error

    def evaluate(rows: Rows) -> object:
        value = read(rows[0])
        return None if value is None or value == "" else parse(value, name)

    return evaluate


def _minor(operator: Minor, columns: Columns, where: str) -> Evaluate:
    read, name = columns.reader(operator.minor, where), operator.minor
    factor = columns.reader(operator.times, where) if operator.times else None
    times = operator.times or ""

    def evaluate(rows: Rows) -> object:
        value = read(rows[0])
        if value is None or value == "":
            return None
        amount = values.number(value, name)
        if factor:
            amount = values.product(amount, values.number(factor(rows[0]), times), name)
        return values.minor_units(amount, operator.digits, operator.round, name)

    return evaluate


def _sum(operator: Sum, columns: Columns, where: str) -> Evaluate:
    part = compile_value(operator.sum, columns, where)

    def evaluate(rows: Rows) -> object:
        found = [part([row]) for row in rows]
        if not all(isinstance(value, (int, Decimal)) for value in found):
            message = f"{where}: a row has no number to be summed"
            raise RowError(message)
        return sum(cast("list[int]", found))

    return evaluate


def _lines(operator: Lines, columns: Columns, where: str) -> Evaluate:
    fields = {
        name: compile_value(node, columns, f"{where}.{name}")
        for name, node in operator.lines.items()
    }

    def one(row: Row) -> dict[str, object]:
        found = {name: evaluate([row]) for name, evaluate in fields.items()}
        return {name: value for name, value in found.items() if value is not None}

    return lambda rows: [one(row) for row in rows]


def _hash(operator: Hash, columns: Columns, where: str) -> Evaluate:
    readers = [columns.reader(name, where) for name in operator.hash]

    def evaluate(rows: Rows) -> object:
        # The length before each part: ("ab", "c") and ("a", "bc") differ.
        parts = [values.text(read(rows[0])) for read in readers]
        joined = "".join(f"{len(part)}:{part}" for part in parts)
        digest = hashlib.sha256(joined.encode("utf-8", "surrogateescape"))
        return digest.hexdigest()[:HASH_DIGITS]

    return evaluate
