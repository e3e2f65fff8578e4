"""Persons with all that a persona may be told by, now or at a moment, as a query."""

from collections.abc import Sequence
from string import Template
from typing import Final

import msgspec

from insights.asker import question
from insights.conditions import Values
from insights.late import late_ones
from insights.orders import ALONE, COMPLETED, ORDER_COLUMNS, orders_of
from insights.scope import Scope, touchpoints_of
from schemas.vocabulary import TYPES

_PACKAGE: Final = "insights.personas"
_CONTROL: Final = sorted(name for name, kind in TYPES.items() if kind.control)
_COLUMNS: Final = (
    *ORDER_COLUMNS,
    "channel",
    "session_id",
    "emotion",
    "emotion_observed",
)


def states_now(
    values: Values, *, placed: bool = False, names: Sequence[str] = ()
) -> str:
    """Persons as they are now: their journey states, with what came too late for these.

    Args:
        values: takes up the values.
        placed: whether to tell on which channels their orders were placed, too: journey
            states do not know, so it takes the touchpoints of all orders.
        names: of those alone whose identifiers these are; of everybody where none.
    """
    known, touched, again = "true", "true", question("told_again", _PACKAGE).strip()
    if names:
        bound = values.bind(list(names), "Array(String)")
        known = f"person_id IN {bound}"
        touched = question("touched_by", _PACKAGE).strip().replace("$names", bound)
        again = COMPLETED  # of few persons all orders are read sooner than chosen
    late = f"{touched} AND {late_ones()}"
    orders = _those(f"{touched} AND {COMPLETED}", values) if placed else ""
    return _fill(
        "states",
        known=known,
        beyond=_counted(_those(late, values), values),
        again=_again(_those(f"{touched} AND {again}", values)),
        placed=_placed(orders),
    )


def states_at(scope: Scope, at_ms: int, values: Values, *, placed: bool = False) -> str:
    """Persons as they were at a moment, counted from the touchpoints until then.

    Args:
        scope: whose data, and of which journey model the phase is.
        at_ms: the moment, epoch milliseconds.
        values: takes up the values.
        placed: as for `states_now`.

    Raises:
        QuestionError: no such moment.
    """
    past = msgspec.structs.replace(
        scope, from_=None, to=at_ms, channel="", store="", persona=""
    )
    touchpoints = touchpoints_of(past, _COLUMNS, values)
    return _fill(
        "states_at",
        past=_counted(touchpoints, values),
        again=_again(touchpoints),
        placed=_placed(touchpoints if placed else ""),
        at_ms=values.bind(at_ms, "Int64"),
        model=values.bind(scope.model, "String"),
    )


def _those(only: str, values: Values) -> str:
    """Touchpoints that tell what journey states do not, which few persons have."""
    return touchpoints_of(Scope(), _COLUMNS, values, only=only)


def _counted(touchpoints: str, values: Values) -> str:
    control = values.bind(_CONTROL, "Array(String)")
    return _fill("counted", touchpoints=touchpoints, control=control)


def _again(touchpoints: str) -> str:
    return _fill("again", orders=orders_of(touchpoints))


def _placed(touchpoints: str) -> str:
    if not touchpoints:
        return question("placed_unasked", _PACKAGE)
    return _fill("placed", touchpoints=touchpoints, alone=ALONE)


def _fill(name: str, /, **texts: str) -> str:
    return Template(question(name, _PACKAGE)).substitute(texts)
