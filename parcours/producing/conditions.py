"""Conditions of a mapping, compiled for the columns of one file."""

import re
from collections.abc import Callable, Sequence

from parcours.producing import values
from parcours.producing.columns import Columns, Read
from parcours.producing.language import Condition, MappingError
from parcours.producing.table import Row


def compile_condition(
    condition: Condition, columns: Columns, where: str
) -> Callable[[Row], bool]:
    """Compile a condition; see `Condition`.

    Raises:
        MappingError: it asks nothing, or names a column that is not there.
    """
    checks = _comparisons(condition, columns, where)
    for parts, join in (
        (condition.all_of, all),
        (condition.any_of, any),
        (condition.none_of, lambda found: not any(found)),
    ):
        if parts is not None:
            compiled = [compile_condition(part, columns, where) for part in parts]
            checks.append(_joined(compiled, join))
    if not checks:
        message = f"{where}: the condition asks nothing"
        raise MappingError(message)
    return lambda row: all(check(row) for check in checks)


def _joined(
    parts: list[Callable[[Row], bool]], join: Callable[[Sequence[bool]], bool]
) -> Callable[[Row], bool]:
    return lambda row: join([part(row) for part in parts])


def _comparisons(
    condition: Condition, columns: Columns, where: str
) -> list[Callable[[Row], bool]]:
    asked = _tests(condition, where)
    if not condition.column:
        if asked:
            message = f"{where}: the condition names no column"
            raise MappingError(message)
        return []
    read = columns.reader(condition.column, where)
    return [_check(test, read) for test in asked]


def _check(test: Callable[[object], bool], read: Read) -> Callable[[Row], bool]:
    return lambda row: test(read(row))


def _tests(condition: Condition, where: str) -> list[Callable[[object], bool]]:
    asked: list[Callable[[object], bool]] = []
    if (equal := condition.equals) is not None:
        asked.append(lambda value: values.text(value) == equal)
    if (choices := condition.one_of) is not None:
        asked.append(lambda value: values.text(value) in choices)
    if (start := condition.starts_with) is not None:
        asked.append(lambda value: values.text(value).startswith(start))
    if (pattern := condition.matches) is not None:
        try:
            fits = re.compile(pattern).fullmatch
        except re.error as error:
            message = f"{where}: matches is no regular expression: {error}"
            raise MappingError(message) from error
        asked.append(lambda value: fits(values.text(value)) is not None)
    if (limit := condition.less_than) is not None:
        asked.append(lambda value: values.number(value, condition.column) < limit)
    if (floor := condition.greater_than) is not None:
        asked.append(lambda value: values.number(value, condition.column) > floor)
    if (empty := condition.empty) is not None:
        asked.append(lambda value: (not values.text(value).strip()) is empty)
    return asked
