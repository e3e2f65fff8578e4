"""What a touchpoint is to a funnel, by the words of the documentation."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from insights import conditions
from schemas.vocabulary import TYPES

if TYPE_CHECKING:
    from insights.funnels.spec import Funnel, Kind

Event = Mapping[str, object]
Bucket = tuple[str, str]
COLUMNS = conditions.COLUMNS | {"persona": "text"}
"""What touchpoints are told apart by; their tests say whose persona it is."""
FOREVER = 4_102_444_800_000
COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "eq": lambda a, b: a == b,
    "gt": lambda a, b: a > b,
    "ge": lambda a, b: a >= b,
    "lt": lambda a, b: a < b,
    "le": lambda a, b: a <= b,
    "contains": lambda a, b: b in a,
    "starts_with": lambda a, b: a.startswith(b),
}


def counted(funnel: Funnel, event: Event, as_of: int, revoked: set[object]) -> bool:
    at = int(str(event["occurred_at"]))
    end = FOREVER if funnel.to_ms is None else funnel.to_ms
    if not (funnel.from_ms or 0) <= at <= min(end + funnel.window_ms, as_of):
        return False
    if event["bot"] and not funnel.include_bots:
        return False
    if event["machine"] and not funnel.include_machine:
        return False
    order = event["order_id"]
    return not (
        funnel.net and event["type"] == "order_completed" and order and order in revoked
    )


def breaks(funnel: Funnel, event: Event) -> bool:
    """Whether a touchpoint that does no step breaks a strict funnel."""
    named = [step for step in funnel.steps if not step.every_type]
    if any(event["type"] in step.types for step in named):
        return True
    if funnel.eligible is not None:
        return event["type"] in funnel.eligible
    return event["direction"] == "in" and not TYPES[str(event["type"])].control


def meets(event: Event, step: Kind) -> bool:
    fits = step.every_type or event["type"] in step.types
    return fits and all(
        _holds(event, key, operator, value)
        for key, test in step.where.items()
        for operator, value in (
            test.items()
            if isinstance(test, dict)
            else [("in" if isinstance(test, list) else "eq", test)]
        )
    )


def _holds(event: Event, key: str, operator: str, value: object) -> bool:
    if operator in ("ne", "not_in"):
        return not _holds(event, key, {"ne": "eq", "not_in": "in"}[operator], value)
    if operator == "in":
        assert isinstance(value, list)
        return any(_holds(event, key, "eq", one) for one in value)
    held = value_of(event, key)
    if operator == "exists":
        there = held is not None and not (key in COLUMNS and held == "")
        return there is value
    if COLUMNS.get(key) == "text" and type(value) is int:
        value = str(value)
    if held is None or _kind(held) != _kind(value):
        return False
    return COMPARE[operator](held, value)


def value_of(event: Event, key: str) -> object:
    if key in COLUMNS:
        return event[key]
    column, *path = key.split(".")
    held: object = json.loads(str(event[column]) or "{}")
    for part in path:
        held = held.get(part) if isinstance(held, dict) else None
    return held


def _kind(value: object) -> str:
    if isinstance(value, bool):
        return "flag"
    return {str: "text", int: "number", float: "number"}.get(type(value), "other")


def label_of(event: Event, key: str) -> Bucket:
    value = value_of(event, key)
    if value is None or (key in COLUMNS and value == ""):
        return ("not_set", "")
    if isinstance(value, bool):
        return ("value", str(value).lower())
    return ("value", value if isinstance(value, str) else json.dumps(value))


def typed_value(value: object, key: str) -> tuple[str, str] | None:
    """A value and its kind; None where there is none."""
    if value is None or (key in COLUMNS and value == ""):
        return None
    return type(value).__name__, json.dumps(value)
