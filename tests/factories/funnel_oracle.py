"""Funnels by trying everything: slow, and simple enough to be believed."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from insights.conditions import COLUMNS
from schemas.vocabulary import TYPES

if TYPE_CHECKING:
    from insights.funnels.spec import Funnel, Step

Event = Mapping[str, object]
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


@dataclass(frozen=True)
class Walk:
    """Touchpoints taken as steps: their places in the unit's order, and their times."""

    places: tuple[int, ...]
    times: tuple[int, ...]


@dataclass(frozen=True)
class Expected:
    """What one step of the answer must say."""

    units: int
    dropped: int
    pending: int
    from_first: tuple[float, ...] | None
    from_previous: tuple[float, ...] | None


def expected(funnel: Funnel, events: Sequence[Event], as_of: int) -> list[Expected]:
    """The funnel's numbers over all touchpoints of its tenant."""
    units: dict[str, list[Event]] = defaultdict(list)
    for event in events:
        name = str(event[f"{funnel.unit}_id"])
        if name and _counts(funnel, event, as_of):
            units[name].append(event)
    found = [_best(funnel, unit, as_of) for unit in units.values()]
    return [_step(number, found, funnel) for number in range(1, len(funnel.steps) + 1)]


def _counts(funnel: Funnel, event: Event, as_of: int) -> bool:
    at = int(str(event["occurred_at"]))
    end = FOREVER if funnel.to_ms is None else funnel.to_ms
    if not (funnel.from_ms or 0) <= at <= min(end + funnel.window_ms, as_of):
        return False
    if event["bot"] and not funnel.include_bots:
        return False
    if event["machine"] and not funnel.include_machine:
        return False
    if any(event["type"] in step.types for step in funnel.steps):
        return True
    kind = TYPES[str(event["type"])]
    return funnel.order == "strict" and event["direction"] == "in" and not kind.control


def _best(funnel: Funnel, unit: list[Event], as_of: int) -> tuple[Walk, bool] | None:
    unit.sort(key=lambda e: (e["occurred_at"], e["seq"], e["source"], e["id"]))
    walks = list(_walks(funnel, unit))
    if not walks:
        return None
    longest = max(len(walk.places) for walk in walks)
    reached = [walk for walk in walks if len(walk.places) == longest]
    soonest = min(walk.places[-1] for walk in reached)
    best = max((w for w in reached if w.places[-1] == soonest), key=lambda w: w.times)
    alive = (
        [walk for walk in walks if walk.places[-1] == len(unit) - 1]
        if funnel.order == "strict"
        else walks
    )
    waiting = any(walk.times[0] + funnel.window_ms >= as_of for walk in alive)
    return best, waiting and longest < len(funnel.steps)


def _walks(funnel: Funnel, unit: list[Event]) -> Iterator[Walk]:
    times = [int(str(event["occurred_at"])) for event in unit]
    can = [[_meets(event, step) for step in funnel.steps] for event in unit]
    end = FOREVER if funnel.to_ms is None else funnel.to_ms

    def extend(places: tuple[int, ...], done: tuple[int, ...]) -> Iterator[Walk]:
        if places:
            yield Walk(places, tuple(times[place] for place in places))
        first = places[-1] + 1 if places else 0
        stop = first + 1 if places and funnel.order == "strict" else len(unit)
        for place in range(first, min(stop, len(unit))):
            if times[place] - times[(*places, place)[0]] > funnel.window_ms:
                continue
            if not places and times[place] >= end:
                continue
            for step in range(len(funnel.steps)):
                wanted = (
                    step not in done if funnel.order == "any" else step == len(done)
                )
                if wanted and can[place][step]:
                    yield from extend((*places, place), (*done, step))

    yield from extend((), ())


def _meets(event: Event, step: Step) -> bool:
    return event["type"] in step.types and all(
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
    held = _value(event, key)
    if operator == "exists":
        there = held is not None and not (key in COLUMNS and held == "")
        return there is value
    if COLUMNS.get(key) == "text" and type(value) is int:
        value = str(value)
    if held is None or _kind(held) != _kind(value):
        return False
    return COMPARE[operator](held, value)


def _value(event: Event, key: str) -> object:
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


def _step(
    number: int, found: Sequence[tuple[Walk, bool] | None], funnel: Funnel
) -> Expected:
    reached = [one for one in found if one is not None and len(one[0].times) >= number]
    stopped = [pending for walk, pending in reached if len(walk.times) == number]
    times = [walk.times for walk, _ in reached]
    last = number == len(funnel.steps)
    return Expected(
        units=len(reached),
        dropped=0 if last else stopped.count(False),
        pending=stopped.count(True),
        from_first=_quantiles([t[number - 1] - t[0] for t in times]),
        from_previous=_quantiles(
            [t[number - 1] - t[max(number - 2, 0)] for t in times]
        ),
    )


def _quantiles(milliseconds: list[int]) -> tuple[float, ...] | None:
    """Median, 75 % and 95 %, interpolated between the two nearest."""
    if not milliseconds:
        return None
    ordered = sorted(milliseconds)
    answers = []
    for level in (0.5, 0.75, 0.95):
        place = level * (len(ordered) - 1)
        low = int(place)
        high = min(low + 1, len(ordered) - 1)
        value = ordered[low] + (ordered[high] - ordered[low]) * (place - low)
        answers.append(value / 1000)
    return tuple(answers)
