"""Conditions as SQL: identifiers from a list, values bound."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from math import isfinite
from typing import Final

from insights.asker import QuestionError
from insights.sentences import say
from schemas.tables import TOUCHPOINTS

Scalar = str | int | float | bool
Test = Scalar | list[Scalar] | dict[str, Scalar | list[Scalar]]
"""What is asked of one key: a value, one of several, or operators with values."""

DOCUMENTS: Final = ("properties", "place")
"""Columns that hold a JSON object; a value in it is `properties.path.to.it`."""

MAX_TESTS: Final = 200
MAX_PATH: Final = 8

_KINDS: Final = {
    "String": "text",
    "LowCardinality(String)": "text",
    "Nullable(Int64)": "number",
    "UInt32": "number",
    "Bool": "flag",
}
_HIDDEN: Final = frozenset({"tenant", "kafka_log", "raw_log", *DOCUMENTS})
COLUMNS: Final = {
    name: _KINDS[kind]
    for name, kind in TOUCHPOINTS.columns
    if kind in _KINDS and name not in _HIDDEN
}
"""Columns that a condition may name, and what they hold: text, number or flag."""

_COMPARISONS: Final = {"gt": ">", "ge": ">=", "lt": "<", "le": "<="}
_SEARCHES: Final = {
    "contains": "position({}, {}) > 0",
    "starts_with": "startsWith({}, {})",
}
OPERATORS: Final = (
    "eq", "ne", "in", "not_in", *_COMPARISONS, *_SEARCHES, "exists"
)  # fmt: skip


class ConditionError(QuestionError):
    """A condition names something that is not there, or asks what makes no sense."""


@dataclass(slots=True)
class Values:
    """Parameters of a statement in the making; every value gets a name of its own."""

    bound: dict[str, object] = field(default_factory=dict)

    def bind(self, value: object, kind: str) -> str:
        """Bind one value of a ClickHouse type; returns its place in the text."""
        if len(self.bound) >= MAX_TESTS:
            raise ConditionError(say("many_values", most=MAX_TESTS))
        name = f"v{len(self.bound)}"
        self.bound[name] = value
        return f"{{{name}:{kind}}}"


Compare = Callable[[str, Scalar], str]
"""From an operator and a value to the SQL of one comparison of a field."""

_SIGNS: Final = _COMPARISONS | {"eq": "=", "ne": "!="}


def touchpoint_field(key: str, values: Values) -> Compare:
    """How a column of `touchpoints`, or a path into one of its documents, is compared.

    Raises:
        ConditionError: there is no such column.
    """
    return _document(key, values) if "." in key else _column(key, values)


def compile_where(
    where: Mapping[str, Test],
    values: Values,
    field_of: Callable[[str, Values], Compare] = touchpoint_field,
) -> list[str]:
    """The SQL of conditions that all have to hold.

    What has no value meets no condition but `ne`, `not_in` and `exists: false`.
    Values of a document are compared as their own JSON type: the text "5" is not
    the number 5.

    Args:
        where: column, or `properties.path` → what is asked of it.
        values: takes up the values.
        field_of: what the keys mean, where they are not those of touchpoints.

    Raises:
        ConditionError: an unknown column or operator, or a value that does not fit.
    """
    return [
        _compile_test(key, operator, value, field_of(key, values))
        for key, test in where.items()
        for operator, value in tests_of(test)
    ]


def tests_of(test: Test) -> list[tuple[str, Scalar | list[Scalar]]]:
    """What is asked of one key, as operators with their values."""
    if isinstance(test, dict):
        return list(test.items())
    return [("in" if isinstance(test, list) else "eq", test)]


def told(where: Mapping[str, Test]) -> list[str]:
    """Conditions that all have to hold, each as people write it: `orders >= 4`."""
    return [
        f"{key} {_SIGNS.get(operator, operator)} {_shown(value)}"
        for key, test in where.items()
        for operator, value in tests_of(test)
    ]


def _shown(value: Scalar | list[Scalar]) -> str:
    if isinstance(value, list):
        return f"[{', '.join(map(_shown, value))}]"
    return str(value).lower() if isinstance(value, bool) else str(value)


def _compile_test(
    key: str, operator: str, value: Scalar | list[Scalar], compare: Compare
) -> str:
    if operator not in OPERATORS:
        known = ", ".join(OPERATORS)
        raise ConditionError(say("operator", operator=operator, key=key, known=known))
    if operator in ("in", "not_in"):
        choices = value if isinstance(value, list) else [value]
        if not choices:
            raise ConditionError(say("no_value", operator=operator, key=key))
        either = " OR ".join(compare("eq", choice) for choice in choices)
        return f"NOT ({either})" if operator == "not_in" else f"({either})"
    if isinstance(value, list):
        raise ConditionError(say("one_value", operator=operator, key=key))
    if operator == "ne":
        return f"NOT {compare('eq', value)}"
    if operator == "exists":
        if not isinstance(value, bool):
            raise ConditionError(say("exists", key=key))
        return compare("exists", value) if value else f"NOT {compare('exists', value)}"
    return compare(operator, value)


def _column(key: str, values: Values) -> Compare:
    if key not in COLUMNS:
        known = ", ".join(sorted(COLUMNS))
        raise ConditionError(say("column", key=key, known=known))
    kind = COLUMNS[key]
    present = {"text": f"({key} != '')", "number": f"({key} IS NOT NULL)"}
    return typed(key, key, kind, present.get(kind, "true"), values)


def typed(
    key: str, expression: str, kind: str, present: str, values: Values
) -> Compare:
    """How an expression of one kind is compared.

    Args:
        key: what people call it.
        expression: its SQL; NULL where there is no value.
        kind: text, number or flag.
        present: SQL that tells whether there is a value.
        values: takes up the values.
    """

    def compare(operator: str, value: Scalar) -> str:
        if operator == "exists":
            return present
        if kind == "text" and isinstance(value, int) and not isinstance(value, bool):
            value = str(value)  # store 367 is written as a number and meant as a name
        if _kind_of(value) != kind:
            given = _kind_of(value)
            said = say("kind", key=key, kind=kind, value=str(value), given=given)
            raise ConditionError(said)
        return f"ifNull({_scalar(expression, operator, value, values)}, false)"

    return compare


def _document(key: str, values: Values) -> Compare:
    column, *path = key.split(".")
    if column not in DOCUMENTS:
        raise ConditionError(say("document", key=key))
    return inside(key, column, path, values)


def inside(key: str, column: str, path: list[str], values: Values) -> Compare:
    """How a value inside a JSON object is compared.

    Args:
        key: what people call it.
        column: the SQL of the object.
        path: names from the object down to the value.
        values: takes up the values.

    Raises:
        ConditionError: no path, or too deep a one.
    """
    if not path or not all(path) or len(path) > MAX_PATH:
        raise ConditionError(say("inside", key=key, column=column))
    where = ", ".join([column, *(values.bind(part, "String") for part in path)])
    read = {
        "text": (f"JSONExtractString({where})", "('String')"),
        "number": (f"JSONExtractFloat({where})", "('Int64', 'UInt64', 'Double')"),
        "flag": (f"JSONExtractBool({where})", "('Bool')"),
    }

    def compare(operator: str, value: Scalar) -> str:
        if operator == "exists":
            return f"(JSONType({where}) != 'Null')"
        expression, types = read[_kind_of(value)]
        scalar = _scalar(expression, operator, value, values)
        return f"(JSONType({where}) IN {types} AND {scalar})"

    return compare


def _kind_of(value: Scalar) -> str:
    if isinstance(value, bool):
        return "flag"
    return "text" if isinstance(value, str) else "number"


def _scalar(expression: str, operator: str, value: Scalar, values: Values) -> str:
    kind = _kind_of(value)
    allowed = ["eq", *{"text": _SEARCHES, "number": _COMPARISONS}.get(kind, ())]
    if operator not in allowed:
        said = say("fitting", operator=operator, kind=kind, value=str(value))
        raise ConditionError(said)
    place = _place(value, values)
    if operator in _SEARCHES:
        return _SEARCHES[operator].format(expression, place)
    return f"{expression} {_COMPARISONS.get(operator, '=')} {place}"


def _place(value: Scalar, values: Values) -> str:
    if isinstance(value, bool):
        return values.bind(value, "Bool")
    if isinstance(value, str):
        return values.bind(value, "String")
    if isinstance(value, float):
        if not isfinite(value):
            raise ConditionError(say("finite", value=str(value)))
        return values.bind(value, "Float64")
    if not -(2**63) <= value < 2**63:
        raise ConditionError(say("bits", value=str(value)))
    return values.bind(value, "Int64")
