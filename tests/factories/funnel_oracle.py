"""Funnels by trying everything: slow, and simple enough to be believed.

Every assignment of touchpoints to steps is written down (`Walk`), and the rules of
docs/funnels.md choose among them. Nothing here is shared with the engine but the
specification.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from insights.conditions import COLUMNS
from schemas.vocabulary import TYPES

if TYPE_CHECKING:
    from insights.funnels.spec import Funnel, Kind

Event = Mapping[str, object]
Bucket = tuple[str, str]
FOREVER = 4_102_444_800_000
REVOKED = ("order_cancelled", "order_refunded", "product_returned")
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
    """Touchpoints taken as required steps.

    Attributes:
        entry: which required step it begins with, from 0 on.
        places: of the touchpoints in the unit's order.
    """

    entry: int
    places: tuple[int, ...]

    @property
    def level(self) -> int:
        """How many required steps are behind it."""
        return self.entry + len(self.places)


@dataclass(frozen=True)
class Found:
    """What the engine has to say of one attempt.

    Attributes:
        done: id of the touchpoint of each step, None where it was not done.
        times: of the same touchpoints.
    """

    unit: str
    state: str
    step: int
    done: tuple[str | None, ...]
    times: tuple[int | None, ...]
    bucket: Bucket
    period: str


class Unit:
    """One unit's touchpoints, and what each of them can be."""

    def __init__(self, funnel: Funnel, name: str, events: list[Event]) -> None:
        events.sort(key=lambda e: (e["occurred_at"], e["seq"], e["source"], e["id"]))
        self.funnel, self.name, self.events = funnel, name, events
        self.times = [int(str(event["occurred_at"])) for event in events]
        self.steps = [funnel.steps[number - 1] for number in funnel.required]
        self.can = [[_meets(event, step) for step in funnel.steps] for event in events]
        end = FOREVER if funnel.to_ms is None else funnel.to_ms
        self.may_enter = [time < end for time in self.times]
        self.breaks = [_breaks(funnel, event) for event in events]
        self.excluded = [
            [_meets(event, exclusion) for exclusion in funnel.exclude]
            for event in events
        ]
        self.last = len(events)
        self.first = 0

    def does(self, place: int, level: int) -> bool:
        """Whether a touchpoint can be the required step after `level` others."""
        return self.can[place][self.funnel.required[level] - 1]

    def copy(self) -> Unit:
        """The same unit, to be restricted."""
        twin = object.__new__(Unit)
        twin.__dict__.update(self.__dict__)
        twin.can = [list(row) for row in self.can]
        return twin


def found(
    funnel: Funnel,
    events: Sequence[Event],
    as_of: int,
    *,
    bucketed: bool = False,
    period: str = "",
) -> list[Found]:
    """Every attempt that counts, over all touchpoints of the funnel's tenant."""
    units: dict[str, list[Event]] = defaultdict(list)
    revoked = {
        event["order_id"]
        for event in events
        if event["type"] in REVOKED and int(str(event["occurred_at"])) <= as_of
    }
    for event in events:
        name = str(event[f"{funnel.unit}_id"])
        if name and _counts(funnel, event, as_of, revoked):
            units[name].append(event)
    asked = Asked(as_of, period, bucketed=bucketed)
    return [
        attempt
        for name, mine in units.items()
        for attempt in _of_unit(Unit(funnel, name, mine), asked)
    ]


@dataclass(frozen=True)
class Asked:
    """What is asked of a funnel."""

    as_of: int
    period: str
    bucketed: bool


def _of_unit(unit: Unit, asked: Asked) -> list[Found]:
    funnel, as_of, bucketed = unit.funnel, asked.as_of, asked.bucketed
    if funnel.count == "totals":
        return [
            _told(best, asked)
            for held in _held(unit)
            for one in _episodes(held)
            if (best := _best([one], as_of)) is not None
        ]
    told = []
    for now, entries in _periods(unit, asked.period):
        breakdown = funnel.breakdown
        if not (bucketed and breakdown and breakdown.step):
            best = _best(_held(entries), as_of)
            if best is not None:
                told.append(_told(best, asked, None, now))
            continue
        nowhere: list[Found] = []
        there: list[Found] = []
        for value, restricted in _valued(entries):
            best = _best(_held(restricted), as_of)
            if best is not None:
                one = _told(best, asked, value, now)
                (nowhere if one.bucket[0] == "not_reached" else there).append(one)
        told += there or nowhere[:1]
    return told


def _periods(unit: Unit, period: str) -> Iterator[tuple[str, Unit]]:
    if not period:
        yield "", unit
        return
    labels = [_period(unit.funnel, time, period) for time in unit.times]
    for now in dict.fromkeys(labels):
        one = unit.copy()
        one.may_enter = [
            may and label == now
            for may, label in zip(unit.may_enter, labels, strict=True)
        ]
        yield now, one


def _period(funnel: Funnel, time: int, period: str) -> str:
    day = datetime.fromtimestamp(time / 1000, UTC)
    local: date = day.astimezone(ZoneInfo(funnel.timezone)).date()
    if period == "week":
        local -= timedelta(days=local.isocalendar().weekday - 1)
    return str(local.replace(day=1) if period == "month" else local)


def _held(unit: Unit) -> list[Unit]:
    """The unit once for each combination of held values, nothing else being a step."""
    funnel = unit.funnel
    keys = [*funnel.hold, *(["session_id"] if funnel.session else [])]
    one_value = funnel.breakdown and funnel.breakdown.attribution == "all_steps"
    if not keys and not one_value:
        return [unit]
    labels: list[object] = []
    for event in unit.events:
        label: list[object] = [_typed(_value(event, key), key) for key in keys]
        complete = None not in label
        if one_value and funnel.breakdown:
            key = funnel.breakdown.property_
            label.append(_typed(_value(event, key), key))
        labels.append(tuple(label) if complete else None)
    units = []
    for held in dict.fromkeys(labels):
        if held is not None:
            one = unit.copy()
            for place, label_of in enumerate(labels):
                if label_of != held:
                    one.can[place] = [False] * len(funnel.steps)
            units.append(one)
    return units


def _valued(unit: Unit) -> Iterator[tuple[Bucket | None, Unit]]:
    """The unit once for each value that the step of the breakdown can have."""
    breakdown = unit.funnel.breakdown
    assert breakdown is not None
    step = breakdown.step - 1
    values = [_label(event, breakdown.property_) for event in unit.events]
    able = [value for value, can in zip(values, unit.can, strict=True) if can[step]]
    if not able:
        yield None, unit
    for value in dict.fromkeys(able):
        one = unit.copy()
        for place, label in enumerate(values):
            one.can[place][step] = one.can[place][step] and label == value
        yield value, one


Best = tuple[Unit, Walk, str]


def _best(units: Sequence[Unit], as_of: int) -> Best | None:
    """Of all that was tried: unit, walk, state."""
    free, clean, alive = [], [], False
    for unit in units:
        walks = list(_walks(unit))
        if not walks:
            continue
        free.append((_farthest(walks), unit))
        untouched = _clean(unit, walks)
        if untouched:
            clean.append((_farthest(untouched), unit))
        alive = alive or any(_alive(unit, walk, as_of) for walk in walks)
    if not free:
        return None
    far, of_far = max(free, key=lambda one: _rank(one[0]))
    near = max(clean, key=lambda one: _rank(one[0]), default=None)
    if near is None or far.level > near[0].level:
        return of_far, far, "excluded"
    walk, unit = near
    if walk.level == len(unit.steps):
        return unit, walk, "converted"
    return unit, walk, "pending" if alive else "dropped"


def _rank(walk: Walk) -> tuple[object, ...]:
    """Farthest; the most steps; there first; the latest touchpoints."""
    return walk.level, len(walk.places), -walk.places[-1], walk.places


def _farthest(walks: Sequence[Walk]) -> Walk:
    return max(walks, key=_rank)


def _walks(unit: Unit) -> Iterator[Walk]:
    """Every way to take touchpoints as steps, exclusions aside."""
    funnel, times = unit.funnel, unit.times

    def extend(
        entry: int, places: tuple[int, ...], done: tuple[int, ...]
    ) -> Iterator[Walk]:
        yield Walk(entry, places)
        for place in range(places[-1] + 1, unit.last):
            if times[place] - times[places[0]] > funnel.window_ms:
                return
            if _broken(unit, Walk(entry, places), place - 1):
                return
            for level in _next_levels(unit, done):
                gap = times[place] - times[places[-1]]
                step = unit.steps[level]
                near = step.at_least_ms <= gap <= step.within_ms
                if near and unit.does(place, level):
                    yield from extend(entry, (*places, place), (*done, level))

    for place in range(unit.first, unit.last):
        for level in range(len(unit.steps)):
            entered = level == 0 or not funnel.closed or funnel.order == "any"
            if entered and unit.may_enter[place] and unit.does(place, level):
                entry = 0 if funnel.order == "any" else level
                yield from extend(entry, (place,), (level,))


def _next_levels(unit: Unit, done: tuple[int, ...]) -> list[int]:
    every = range(len(unit.steps))
    if unit.funnel.order == "any":
        return [level for level in every if level not in done]
    return [level for level in every if level == done[-1] + 1]


def _broken(unit: Unit, walk: Walk, until: int) -> bool:
    """Whether a strict walk was broken after its end, up to a place."""
    if unit.funnel.order != "strict":
        return False
    required = [*unit.funnel.required, len(unit.funnel.steps) + 1]
    between = range(required[walk.level - 1] + 1, required[walk.level])
    return any(
        unit.breaks[place] and not any(unit.can[place][n - 1] for n in between)
        for place in range(walk.places[-1] + 1, until + 1)
    )


def _deadline(unit: Unit, walk: Walk) -> int:
    last = unit.times[walk.places[0]] + unit.funnel.window_ms
    if walk.level < len(unit.steps) and unit.funnel.order != "any":
        near = unit.steps[walk.level].within_ms
        last = min(last, unit.times[walk.places[-1]] + near)
    return last


def _hits(unit: Unit, walk: Walk, place: int) -> bool:
    """Whether something excluded lies at a place that this walk waits over."""
    steps = len(unit.funnel.steps)
    if place in walk.places:
        return False
    level = walk.entry + sum(taken < place for taken in walk.places)
    if level == len(unit.steps):
        return False
    number = level if unit.funnel.order == "any" else unit.funnel.required[level - 1]
    return any(
        hit and one.from_ <= number < (one.to or steps)
        for hit, one in zip(unit.excluded[place], unit.funnel.exclude, strict=True)
    )


def _clean(unit: Unit, walks: Sequence[Walk]) -> list[Walk]:
    """The walks that nothing excluded can touch any more.

    Of those with the same last touchpoint (and number of steps) the one that began
    last stands for all. In any order the one that got there first stands for all
    between two excluded touchpoints.
    """
    so_far = [
        walk
        for walk in walks
        if not any(_hits(unit, walk, p) for p in range(walk.places[0], walk.places[-1]))
    ]
    groups: dict[object, list[Walk]] = defaultdict(list)
    for walk in so_far:
        key: object = walk.places[-1]
        if unit.funnel.order == "any":
            key = sum(any(unit.excluded[p]) for p in range(walk.places[-1] + 1))
        groups[walk.entry, walk.level, key].append(walk)
    return [
        best
        for group in groups.values()
        if not _touched(unit, best := _farthest(group))
    ]


def _touched(unit: Unit, walk: Walk) -> bool:
    """Whether something excluded comes while the walk waits for its next step."""
    return any(
        _hits(unit, walk, place)
        for place in range(walk.places[-1] + 1, unit.last)
        if unit.times[place] <= _deadline(unit, walk)
        and not _broken(unit, walk, place - 1)
    )


def _alive(unit: Unit, walk: Walk, as_of: int) -> bool:
    """Whether a walk can still grow after the moment of the answer."""
    return (
        unit.last == len(unit.events)
        and walk.level < len(unit.steps)
        and as_of <= _deadline(unit, walk)
        and not _broken(unit, walk, unit.last - 1)
        and not any(_hits(unit, walk, p) for p in range(walk.places[0], unit.last))
    )


def _episodes(unit: Unit) -> Iterator[Unit]:
    """The unit's attempts one after the other, each the unit between two places."""
    first = 0
    for place in range(len(unit.events)):
        before = _between(unit, first, place)
        had = [w for w in _walks(before) if not _broken(before, w, place - 1)]
        near = unit.times[place] - unit.funnel.window_ms
        if had and all(unit.times[w.places[0]] < near for w in had):
            yield before
            first, had = place, []
        now = _between(unit, first, place + 1)
        left = [w for w in _walks(now) if not _broken(now, w, place)]
        strict = unit.funnel.order == "strict"
        broken = strict and had and all(w.places[0] == place for w in left)
        if broken and left:
            yield _between(unit, first, place)
            first = place
            now = _between(unit, first, place + 1)
        if (broken and not left) or any(w.level == len(unit.steps) for w in left):
            yield now
            first = place + 1
    yield _between(unit, first, len(unit.events))


def _between(unit: Unit, first: int, last: int) -> Unit:
    one = unit.copy()
    one.first, one.last = first, last
    return one


def _told(
    best: Best, asked: Asked, value: Bucket | None = None, now: str = ""
) -> Found:
    unit, walk, state = best
    places = _with_optional(unit, walk, counted=state != "excluded")
    # Without optional steps, as in any order, this is the number of touchpoints.
    stop = unit.funnel.required[walk.level - 1]
    period = asked.period
    entered = unit.times[walk.places[0]]
    return Found(
        unit=unit.name,
        state=state,
        step=stop,
        done=tuple(None if p is None else str(unit.events[p]["id"]) for p in places),
        times=tuple(None if p is None else unit.times[p] for p in places),
        bucket=_bucket(unit, walk, value) if asked.bucketed else ("all", ""),
        period=now or (_period(unit.funnel, entered, period) if period else ""),
    )


def _with_optional(unit: Unit, walk: Walk, *, counted: bool) -> list[int | None]:
    funnel = unit.funnel
    taken = dict(zip(range(walk.entry, walk.level), walk.places, strict=True))
    places: list[int | None] = []
    level, last = 0, -1
    for number, step in enumerate(funnel.steps):
        if not step.optional:
            places.append(taken.get(level))
            last = taken.get(level, last)
            level += 1
            continue
        fits = [
            place
            for place in range(last + 1, unit.last)
            if unit.can[place][number]
            and place < taken.get(level, unit.last)
            and unit.times[place] - unit.times[walk.places[0]] <= funnel.window_ms
        ]
        here = level - 1 in taken and counted
        places.append(fits[0] if fits and here else None)
        last = fits[0] if fits and here else last
    return places


def _bucket(unit: Unit, walk: Walk, value: Bucket | None) -> Bucket:
    breakdown = unit.funnel.breakdown
    assert breakdown is not None
    labels = [_label(unit.events[p], breakdown.property_) for p in walk.places]
    there = [label for label in labels if label[0] == "value"]
    nothing = [("not_set", "")]
    if breakdown.attribution == "first_touch":
        return (there or nothing)[0]
    if breakdown.attribution == "last_touch":
        return (there or nothing)[-1]
    if breakdown.attribution == "all_steps":
        return labels[0]
    place = unit.funnel.required.index(breakdown.step) - walk.entry
    if not 0 <= place < len(labels):
        return ("not_reached", "")
    return value or labels[place]


def _label(event: Event, key: str) -> Bucket:
    value = _value(event, key)
    if value is None or (key in COLUMNS and value == ""):
        return ("not_set", "")
    if isinstance(value, bool):
        return ("value", str(value).lower())
    return ("value", value if isinstance(value, str) else json.dumps(value))


def _typed(value: object, key: str) -> tuple[str, str] | None:
    """A value and its kind; None where there is none."""
    if value is None or (key in COLUMNS and value == ""):
        return None
    return type(value).__name__, json.dumps(value)


def _counts(funnel: Funnel, event: Event, as_of: int, revoked: set[object]) -> bool:
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


def _breaks(funnel: Funnel, event: Event) -> bool:
    """Whether a touchpoint that does no step breaks a strict funnel."""
    named = [step for step in funnel.steps if not step.every_type]
    if any(event["type"] in step.types for step in named):
        return True
    if funnel.eligible is not None:
        return event["type"] in funnel.eligible
    return event["direction"] == "in" and not TYPES[str(event["type"])].control


def _meets(event: Event, step: Kind) -> bool:
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


@dataclass(frozen=True)
class Expected:
    """What one step of the answer must say."""

    units: int
    from_first: float | None
    from_previous: float | None
    dropped: int
    pending: int
    seconds_from_first: tuple[float, ...] | None
    seconds_from_previous: tuple[float, ...] | None


def expected(funnel: Funnel, attempts: Sequence[Found]) -> list[Expected]:
    """The numbers of each step, from the attempts."""
    counted = [one for one in attempts if one.state != "excluded"]
    return [
        _step(number, counted, funnel) for number in range(1, len(funnel.steps) + 1)
    ]


def _step(number: int, counted: Sequence[Found], funnel: Funnel) -> Expected:
    before = max((n for n in funnel.required if n < number), default=number)
    here = [one for one in counted if one.times[number - 1] is not None]
    came = [one for one in here if one.times[before - 1] is not None]
    previous = sum(one.times[before - 1] is not None for one in counted)
    stopped = [one.state for one in counted if one.step == number]

    def waited(one: Found, since: int) -> int:
        at, began = one.times[number - 1], one.times[since]
        assert at is not None
        assert began is not None
        return at - began

    def entry(one: Found) -> int:
        return next(i for i, time in enumerate(one.times) if time is not None)

    return Expected(
        units=len(here),
        from_first=len(here) / len(counted) if counted else None,
        from_previous=len(came) / previous if previous else None,
        dropped=stopped.count("dropped"),
        pending=stopped.count("pending"),
        seconds_from_first=_quantiles([waited(one, entry(one)) for one in here]),
        seconds_from_previous=_quantiles([waited(one, before - 1) for one in came]),
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
