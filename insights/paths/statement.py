"""A question about paths compiled to statements: fixed texts, bound values."""

from string import Template
from typing import Final

import msgspec

from insights.asker import question
from insights.conditions import Values
from insights.paths.spec import Paths, types_of
from insights.scope import Personas, Scope, persons_of, touchpoints_of
from insights.statements import Statement, statement
from insights.step_sql import COLUMNS_OF_STEPS, step_sql
from insights.times import END_OF_TIME_MS
from schemas.vocabulary import TYPES

QUESTIONS: Final = ("top", "links", "reached")

_PACKAGE: Final = "insights.paths"
_CONTROL: Final = sorted(name for name, kind in TYPES.items() if kind.control)


def compile_paths(
    paths: Paths, scope: Scope, as_of_ms: int, personas: Personas | None = None
) -> dict[str, Statement]:
    """The statements that answer a question about paths.

    Args:
        paths: the question.
        scope: of its anchors; steps are followed to the end of the window.
        as_of_ms: what happened later is unknown, epoch milliseconds.
        personas: knows the personas, where the scope names one.

    Raises:
        QuestionError: the question makes no sense.
    """
    paths.check()
    first, end = scope.range_ms()
    ahead = paths.direction == "after"
    read = (
        max(0, first if ahead else first - paths.window_ms),
        max(1, min(end + paths.window_ms * ahead, as_of_ms + 1, END_OF_TIME_MS)),
    )
    values = Values()
    events = _events(paths, scope, read, values, personas)
    persons = _fill("persons", events=events, ordered="" if ahead else "arrayReverse")
    one_path = _fill(
        "paths",
        persons=persons,
        anchors="arraySlice(anchors, 1, 1)" if paths.anchors == "first" else "anchors",
    )
    fixed: dict[str, object] = {
        "tenant": scope.tenant,
        "from_ms": first,
        "end_ms": end,
        "as_of_ms": as_of_ms,
        "window_ms": paths.window_ms,
        "steps": paths.steps,
        "collapse": paths.collapse,
        "ahead": ahead,
        "top": paths.top,
        "touchpoints": paths.touchpoints,
        "anchors": 1 if paths.anchor is None else paths.touchpoints,
    }
    if paths.of == "phase":
        fixed |= {
            "model": scope.model,
            "unanchored": paths.anchor is None,
            "first_ms": read[0],
            "last_ms": read[1],
        }
    fixed |= values.bound
    return {
        name: statement(_fill(name, paths=one_path, persons=persons), fixed)
        for name in QUESTIONS
    }


def _events(
    paths: Paths,
    scope: Scope,
    read: tuple[int, int],
    values: Values,
    personas: Personas | None,
) -> str:
    persons = persons_of(scope, values, personas)
    if read[0] >= read[1]:
        read = (0, 1)  # nothing that is known lies in the range
    span = msgspec.structs.replace(scope, from_=read[0], to=read[1])
    phases = paths.of == "phase"
    touchpoints = _fill(
        "touchpoints",
        name="type" if phases else paths.of,
        anchor=_anchor(paths, values),
        touchpoints=touchpoints_of(span, COLUMNS_OF_STEPS, values, persons),
        step="false" if phases else _steps(paths, values),
    )
    if not phases:
        return touchpoints
    entered = _fill(
        "phases", persona=f"person_id IN ({persons})" if persons else "true"
    )
    return entered if paths.anchor is None else f"{touchpoints}UNION ALL\n{entered}"


def _anchor(paths: Paths, values: Values) -> str:
    return (
        _steps(paths, values)
        if paths.anchor is None
        else step_sql(paths.anchor, values)
    )


def _steps(paths: Paths, values: Values) -> str:
    control = values.bind(_CONTROL, "Array(String)")
    tests = [f"type NOT IN {control}"]
    if paths.only:
        tests.append(f"type IN {values.bind(types_of(paths.only), 'Array(String)')}")
    if paths.hide:
        hidden = values.bind(types_of(paths.hide), "Array(String)")
        tests.append(f"type NOT IN {hidden}")
    if paths.acts:
        tests.append("direction = 'in'")
    return " AND ".join(tests)


def _fill(name: str, /, **texts: str) -> str:
    return Template(question(name, _PACKAGE)).substitute(texts)
