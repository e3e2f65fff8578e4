"""Funnels by trying everything: slow, and simple enough to be believed.

Every assignment of touchpoints to steps is written down (`Walk`), and the rules of
docs/funnels.md choose among them. Nothing here is shared with the engine but the
specification.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from tests.factories.funnel_events import (
    Bucket,
    Event,
    counted,
    label_of,
    typed_value,
    value_of,
)
from tests.factories.funnel_walks import Best, Unit, Walk, best_of, episodes_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from insights.funnels.spec import Funnel

REVOKED = ("order_cancelled", "order_refunded", "product_returned")


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
        if name and counted(funnel, event, as_of, revoked):
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
            for one in episodes_of(held)
            if (best := best_of([one], as_of)) is not None
        ]
    told = []
    for now, entries in _periods(unit, asked.period):
        breakdown = funnel.breakdown
        if not (bucketed and breakdown and breakdown.step):
            best = best_of(_held(entries), as_of)
            if best is not None:
                told.append(_told(best, asked, None, now))
            continue
        nowhere: list[Found] = []
        there: list[Found] = []
        for value, restricted in _valued(entries):
            best = best_of(_held(restricted), as_of)
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
        label: list[object] = [typed_value(value_of(event, key), key) for key in keys]
        complete = None not in label
        if one_value and funnel.breakdown:
            key = funnel.breakdown.property_
            label.append(typed_value(value_of(event, key), key))
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
    values = [label_of(event, breakdown.property_) for event in unit.events]
    able = [value for value, can in zip(values, unit.can, strict=True) if can[step]]
    if not able:
        yield None, unit
    for value in dict.fromkeys(able):
        one = unit.copy()
        for place, label in enumerate(values):
            one.can[place][step] = one.can[place][step] and label == value
        yield value, one


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
    labels = [label_of(unit.events[p], breakdown.property_) for p in walk.places]
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
