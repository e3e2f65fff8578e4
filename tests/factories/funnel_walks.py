"""Every way to take touchpoints as steps, and which of them counts."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.factories.funnel_events import FOREVER, Event, breaks, meets

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from insights.funnels.spec import Funnel


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


class Unit:
    """One unit's touchpoints, and what each of them can be."""

    def __init__(self, funnel: Funnel, name: str, events: list[Event]) -> None:
        events.sort(key=lambda e: (e["occurred_at"], e["seq"], e["source"], e["id"]))
        self.funnel, self.name, self.events = funnel, name, events
        self.times = [int(str(event["occurred_at"])) for event in events]
        self.steps = [funnel.steps[number - 1] for number in funnel.required]
        self.can = [[meets(event, step) for step in funnel.steps] for event in events]
        end = FOREVER if funnel.to_ms is None else funnel.to_ms
        self.may_enter = [time < end for time in self.times]
        self.breaks = [breaks(funnel, event) for event in events]
        self.excluded = [
            [meets(event, exclusion) for exclusion in funnel.exclude]
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


Best = tuple[Unit, Walk, str]


def best_of(units: Sequence[Unit], as_of: int) -> Best | None:
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


def episodes_of(unit: Unit) -> Iterator[Unit]:
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
