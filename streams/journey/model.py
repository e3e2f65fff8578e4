"""Journey models, compiled for folding: what a touchpoint feeds, what a phase needs."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final, Literal, NamedTuple, TypeVar

import msgspec

from streams.journey.model_spec import (
    ANY,
    PREVIOUS,
    Condition,
    ModelError,
    ModelSpec,
    Silence,
    check,
)
from streams.journey.selection import Selection, Selector, selector

__all__ = ["ANY", "ModelError", "ModelSpec", "Models", "models_from", "models_of"]

DAY_MS: Final = 86_400_000
_NOBODY: Final[frozenset[str]] = frozenset()

Key = TypeVar("Key", str, tuple[str, str])

Need = tuple[str, int]
"""A counter, and how many of its earliest touchpoints are kept."""


class ValueNeed(NamedTuple):
    """Orders of a currency are kept, the earliest first, until they are worth so much."""

    counter: str
    currency: str
    minor: int


class FirstNeed(NamedTuple):
    """The earliest touchpoint of each value is kept, for the so many earliest values."""

    counter: str
    dimension: str
    values: int


class SpanNeed(NamedTuple):
    """Spans of activity are kept; silence of more than `gap_ms` parts them.

    `active` says that only what the customer does is activity.
    """

    counter: str
    gap_ms: int
    active: bool


class Feed(NamedTuple):
    """All counters that the touchpoints of a type, or of a selector, feed."""

    counts: tuple[Need, ...] = ()
    values: tuple[ValueNeed, ...] = ()
    firsts: tuple[FirstNeed, ...] = ()
    spans: tuple[SpanNeed, ...] = ()


class Measure(NamedTuple):
    """A condition, compiled: which marks to look at, and from where on it holds."""

    kind: Literal["count", "value", "first"]
    counter: str
    needed: int


@dataclass(frozen=True, slots=True)
class WayIn:
    """An entry rule, compiled: where it leads and what it needs.

    Attributes:
        position: of the phase that it leads to.
        counter: a counter of touchpoints without any of which it is not fulfilled;
            empty where there is none such.
    """

    position: int
    phase: str
    rule: str
    all: tuple[Measure, ...]
    any: tuple[Measure, ...]
    counter: str


@dataclass(frozen=True, slots=True)
class Hush:
    """A silence, compiled.

    Attributes:
        counter: whose spans it looks at.
        gap_ms: silence that is still none.
        rule: name of the way into silence.
        to: the phase that it leads into.
        leaves: the phases that it leads out of.
        back_rule: name of the way out of silence.
        back_to: the phase after it; None for the one that was left.
        back_position: position of that phase.
    """

    counter: str
    gap_ms: int
    rule: str
    to: str
    leaves: frozenset[str]
    back_rule: str
    back_to: str | None
    back_position: int


@dataclass(frozen=True, slots=True)
class Models:
    """Journey models, compiled for folding; the first is the default one.

    Attributes:
        specs: the models.
        ways: for each model, every way into every phase, the farthest phase first.
        places: for each model, phase → its position.
        hushes: for each model, its silences.
        by_type: touchpoint type → what it feeds.
        any_type: the same for types that no condition names.
        by_selector: the same for filtered selectors.
        selection: tells the filtered selectors of a touchpoint; None without any.
        spans: every counter of activity.
        awaiting: models that wait, person by person, for counters of the past.
    """

    specs: tuple[ModelSpec, ...]
    ways: tuple[tuple[WayIn, ...], ...]
    places: tuple[Mapping[str, int], ...]
    hushes: tuple[tuple[Hush, ...], ...]
    by_type: Mapping[str, Feed]
    any_type: Feed
    by_selector: Mapping[str, Feed]
    selection: Selection | None
    spans: tuple[SpanNeed, ...]
    awaiting: frozenset[str] = _NOBODY


def models_from(*documents: object) -> Models:
    """Compile models from parsed YAML documents.

    Raises:
        msgspec.ValidationError: a document does not have the form it must have.
        ModelError: it has, and cannot be meant, or two models have one name.
    """
    return models_of([msgspec.convert(document, ModelSpec) for document in documents])


def models_of(specs: Iterable[ModelSpec], awaiting: frozenset[str] = _NOBODY) -> Models:
    """Compile models.

    Args:
        specs: at least one; the first is the default model.
        awaiting: names of those whose persons wait for their past to be counted.

    Raises:
        ModelError: one of them cannot be meant, or two have one name.
    """
    known = tuple(specs)
    if len({spec.name for spec in known}) != len(known):
        message = "two journey models have the same name; give one another"
        raise ModelError(message)
    counters = _Counters()
    ways, hushes = [], []
    for spec in known:
        check(spec)
        ways.append(_ways(spec, counters))
        hushes.append(tuple(_hush(spec, one, counters) for one in spec.dormancy))
    by_type, any_type = counters.by_type()
    return Models(
        known,
        tuple(ways),
        tuple({phase.id: n for n, phase in enumerate(spec.phases)} for spec in known),
        tuple(hushes),
        by_type,
        any_type,
        {one.name: counters.feed([one]) for one in counters.filtered()},
        Selection(counters.filtered()) if counters.filtered() else None,
        tuple(counters.spans),
        awaiting,
    )


class _Counters:
    """Collects what the conditions of all models count; equal ones are kept once."""

    def __init__(self) -> None:
        self.spans: dict[SpanNeed, Selector] = {}
        self._counts: dict[str, tuple[Selector, int]] = {}
        self._values: dict[tuple[str, str], tuple[Selector, int]] = {}
        self._firsts: dict[tuple[str, str], tuple[Selector, int]] = {}

    def measure(self, spec: ModelSpec, condition: Condition) -> Measure:
        """The measure of a condition; its counter is kept from now on."""
        of = selector(condition.types, (spec.only, condition.where))
        if condition.at_least_minor is not None:
            currency = condition.currency or ""
            _keep(self._values, (of.name, currency), of, condition.at_least_minor)
            counter = f"{of.name}={currency}"
            return Measure("value", counter, condition.at_least_minor)
        if condition.distinct is not None:
            _keep(self._firsts, (of.name, condition.distinct), of, condition.at_least)
            counter = f"{of.name}/{condition.distinct}"
            return Measure("first", counter, condition.at_least)
        _keep(self._counts, of.name, of, condition.at_least)
        return Measure("count", of.name, condition.at_least)

    def activity(self, spec: ModelSpec, silence: Silence) -> SpanNeed:
        """The counter of activity that a silence looks at."""
        of = selector(silence.types, (spec.only,))
        counter = f"{of.name}~{silence.after_days}"
        need = SpanNeed(counter, silence.after_days * DAY_MS, ANY in of.types)
        self.spans[need] = of
        return need

    def filtered(self) -> list[Selector]:
        """Every selector that has filters."""
        return [one for one in self._selectors() if one.filters]

    def by_type(self) -> tuple[dict[str, Feed], Feed]:
        """What each named type feeds, and what all others do."""
        plain = [one for one in self._selectors() if not one.filters]
        types: set[str] = set().union(*(one.types for one in plain)) - {ANY}
        return (
            {t: self.feed([o for o in plain if o.types & {t, ANY}]) for t in types},
            self.feed([one for one in plain if ANY in one.types]),
        )

    def feed(self, selectors: Iterable[Selector]) -> Feed:
        """Everything that touchpoints of these selectors feed."""
        names = {one.name for one in selectors}
        return Feed(
            tuple((n, most) for n, (_, most) in self._counts.items() if n in names),
            tuple(
                ValueNeed(f"{name}={currency}", currency, most)
                for (name, currency), (_, most) in self._values.items()
                if name in names
            ),
            tuple(
                FirstNeed(f"{name}/{dimension}", dimension, most)
                for (name, dimension), (_, most) in self._firsts.items()
                if name in names
            ),
            tuple(need for need, of in self.spans.items() if of.name in names),
        )

    def _selectors(self) -> list[Selector]:
        held = (*self._counts.values(), *self._values.values(), *self._firsts.values())
        every = [one for one, _ in held] + list(self.spans.values())
        return list({one.name: one for one in every}.values())


def _keep(
    held: dict[Key, tuple[Selector, int]], key: Key, of: Selector, wanted: int
) -> None:
    held[key] = (of, max(wanted, held[key][1] if key in held else 0))


def _ways(spec: ModelSpec, counters: _Counters) -> tuple[WayIn, ...]:
    ways = []
    for position, phase in enumerate(spec.phases):
        for rule in phase.enter:
            needed = tuple(counters.measure(spec, one) for one in rule.all)
            either = tuple(counters.measure(spec, one) for one in rule.any)
            counted = [one.counter for one in needed if one.kind == "count"]
            counter = counted[0] if counted else ""
            ways.append(WayIn(position, phase.id, rule.rule, needed, either, counter))
    return tuple(sorted(ways, key=lambda way: -way.position))


def _hush(spec: ModelSpec, silence: Silence, counters: _Counters) -> Hush:
    need = counters.activity(spec, silence)
    positions = {phase.id: place for place, phase in enumerate(spec.phases)}
    enterable = [phase.id for phase in spec.phases if phase.enter]
    regressed = silence.to in enterable
    beyond = [
        phase
        for phase in enterable
        if not regressed or positions[phase] > positions[silence.to]
    ]
    back = None if silence.back.to == PREVIOUS else silence.back.to
    return Hush(
        need.counter,
        need.gap_ms,
        silence.rule,
        silence.to,
        frozenset(silence.from_ or beyond),
        silence.back.rule,
        back,
        positions[back] if back is not None else -1,
    )
