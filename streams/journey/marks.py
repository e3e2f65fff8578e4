"""What a state keeps of the past for its phases: earliest touchpoints, spans of activity.

Everything here is a function of the set of touchpoints: adding one twice, or in another
order, comes to the same, and so does merging what two histories were reduced to. Beyond
the bounds below something is given up (docs/phases.md).
"""

from bisect import bisect_left
from collections.abc import Iterable
from typing import Final, Protocol, TypeAlias, TypeVar, cast

from schemas.facts import ACTIVE, Fact, Mark, Span, ValueMark
from streams.journey.model import (
    DAY_MS,
    Feed,
    FirstNeed,
    Models,
    Need,
    SpanNeed,
    ValueNeed,
)
from streams.journey.record import store_of

MAX_VALUE_MARKS: Final = 256
"""Orders that are looked at for one threshold: the earliest ones."""
MAX_SPANS: Final = 64
"""Spans of activity that are kept; of more, the two oldest become one."""

_Kept = TypeVar("_Kept", list[Mark], list[ValueMark], dict[str, Mark], list[Span])
_AnyMark = TypeVar("_AnyMark", Mark, ValueMark)

AnyNeed: TypeAlias = Need | ValueNeed | FirstNeed | SpanNeed


class Marks(Protocol):
    """A holder of marks: a journey state, or a history reduced to them."""

    milestones: dict[str, list[Mark]]
    value_marks: dict[str, list[ValueMark]]
    first_marks: dict[str, dict[str, Mark]]
    activity: dict[str, list[Span]]


def feeds_of(fact: Fact, models: Models) -> list[Feed]:
    """What a touchpoint feeds: by its type, and by the selectors that it fits."""
    feeds = [models.by_type.get(fact.type, models.any_type)]
    if fact.more is not None:
        selected, counters = models.by_selector, fact.more.counters
        feeds += [selected[name] for name in counters if name in selected]
    return feeds


def improved(marks: Marks, fact: Fact, feed: Feed) -> list[AnyNeed]:
    """The counters of a feed, spans apart, that a touchpoint changes; mostly none.

    Args:
        marks: what is known.
        fact: the touchpoint.
        feed: counters that it feeds.
    """
    found: list[AnyNeed] = []
    at, milestones = fact.at, marks.milestones
    for need in feed.counts:
        counter, wanted = need
        kept = milestones.get(counter)
        if kept is not None and len(kept) >= wanted:
            last = kept[-1]
            if at > last[0] or (at, fact.seq, fact.source, fact.id) > last[:4]:
                continue
        found.append(need)
    if feed.values and fact.value_minor > 0:
        found += [need for need in feed.values if _worth(marks, fact, need)]
    if feed.firsts:
        found += [need for need in feed.firsts if _first(marks, fact, need)]
    return found


def keep(marks: Marks, fact: Fact, models: Models) -> None:
    """Keep a touchpoint for all counters that it feeds, in place; it is not mute."""
    for feed in feeds_of(fact, models):
        needs = improved(marks, fact, feed)
        for need in feed.spans:
            if counts_as_activity(fact, need) and not prolonged(
                marks.activity.get(need.counter), fact, need.gap_ms
            ):
                needs.append(need)
        if needs:
            note(marks, fact, needs)


def counts_as_activity(fact: Fact, need: SpanNeed) -> bool:
    """Whether a touchpoint ends a silence."""
    return fact.role == ACTIVE or not need.active


def note(marks: Marks, fact: Fact, needs: Iterable[AnyNeed]) -> dict[str, int]:
    """Keep a touchpoint for these counters, in place.

    Returns:
        What there was no room for: `orders` not looked at, `silences` forgotten.
    """
    mark = mark_of(fact)
    lost: dict[str, int] = {}
    for need in needs:
        if type(need) is tuple:
            # Of a counter's touchpoints; most are, so it is asked first.
            counter, wanted = cast("Need", need)
            kept = marks.milestones.get(counter)
            if kept is None:
                marks.milestones[counter] = [mark]
            else:
                _insert(kept, mark)
                del kept[wanted:]
        elif isinstance(need, ValueNeed):
            worth = marks.value_marks.setdefault(need.counter, [])
            _insert(worth, (*mark, fact.value_minor))
            if _trim_value(worth, need.minor):
                lost["orders"] = lost.get("orders", 0) + 1
        elif isinstance(need, FirstNeed):
            firsts = marks.first_marks.setdefault(need.counter, {})
            value = dimension_of(fact, need.dimension)
            firsts[value] = min(mark, firsts.get(value, mark))
            _trim_firsts(firsts, need.values)
        elif isinstance(need, SpanNeed):
            spans = marks.activity.setdefault(need.counter, [])
            if not spans:
                spans.append((mark, mark))
                continue
            every = _in_order([*spans, (mark, mark)], need.gap_ms)
            spans[:] = _newest(every)
            if len(every) > len(spans):
                lost["silences"] = lost.get("silences", 0) + len(every) - len(spans)
    return lost


def prolonged(spans: list[Span] | None, fact: Fact, gap_ms: int) -> bool:
    """Let a touchpoint keep the newest span alive, in place, where that is all it does.

    Args:
        spans: the spans of a counter, the newest last.
        fact: a touchpoint that counts as activity.
        gap_ms: silence that is still none.

    Returns:
        False, and nothing done, where spans must be formed anew (`note`).
    """
    if not spans:
        return False
    first, last = spans[-1]
    at, newest = fact.at, last[0]
    if at - newest > gap_ms or at <= first[0]:
        return False
    if at >= newest:
        mark = (at, fact.seq, fact.source, fact.id, fact.type)
        if mark > last:
            spans[-1] = (first, mark)
    return True


def merge(marks: Marks, others: Marks, models: Models) -> None:
    """Add to marks what others know, in place; only what these models count is kept."""
    for feed in _feeds(models):
        for counter, wanted in feed.counts:
            kept = marks.milestones.setdefault(counter, [])
            for mark in others.milestones.get(counter, ()):
                _insert(kept, mark)
            del kept[wanted:]
        for need in feed.values:
            worth = marks.value_marks.setdefault(need.counter, [])
            for one in others.value_marks.get(need.counter, ()):
                _insert(worth, one)
            _trim_value(worth, need.minor)
        for of in feed.firsts:
            firsts = marks.first_marks.setdefault(of.counter, {})
            for value, mark in others.first_marks.get(of.counter, {}).items():
                firsts[value] = min(mark, firsts.get(value, mark))
            _trim_firsts(firsts, of.values)
    for span in models.spans:
        both = marks.activity.get(span.counter, []) + others.activity.get(
            span.counter, []
        )
        marks.activity[span.counter] = joined(both, span.gap_ms)
    drop_unknown(marks, models)


def drop_unknown(marks: Marks, models: Models) -> None:
    """Forget, in place, the counters that no model asks for any more."""
    feeds = _feeds(models)
    counts = {need[0] for feed in feeds for need in feed.counts}
    values = {need.counter for feed in feeds for need in feed.values}
    firsts = {need.counter for feed in feeds for need in feed.firsts}
    spans = {need.counter for need in models.spans}
    marks.milestones = _only(marks.milestones, counts)
    marks.value_marks = _only(marks.value_marks, values)
    marks.first_marks = _only(marks.first_marks, firsts)
    marks.activity = _only(marks.activity, spans)


def joined(spans: Iterable[Span], gap_ms: int) -> list[Span]:
    """Spans in order, those with no longer silence between them made one.

    Exactly `gap_ms` of silence is none. Beyond `MAX_SPANS` the oldest silences are
    forgotten.
    """
    return _newest(_in_order(spans, gap_ms))


def _in_order(spans: Iterable[Span], gap_ms: int) -> list[Span]:
    found: list[Span] = []
    for first, last in sorted(spans):
        if found and first[0] - found[-1][1][0] <= gap_ms:
            found[-1] = (found[-1][0], max(found[-1][1], last))
        else:
            found.append((first, last))
    return found


def _newest(spans: list[Span]) -> list[Span]:
    surplus = len(spans) - MAX_SPANS
    if surplus <= 0:
        return spans
    return [(spans[0][0], spans[surplus][1]), *spans[surplus + 1 :]]


def mark_of(fact: Fact) -> Mark:
    """What is kept of a touchpoint."""
    return (fact.at, fact.seq, fact.source, fact.id, fact.type)


def dimension_of(fact: Fact, dimension: str) -> str:
    """The value of a touchpoint that a distinct count looks at; empty for none."""
    if dimension == "channel":
        return fact.channel
    if dimension == "store_id":
        return store_of(fact)
    return fact.campaign if dimension == "campaign" else str(fact.at // DAY_MS)


def _feeds(models: Models) -> tuple[Feed, ...]:
    return (models.any_type, *models.by_type.values(), *models.by_selector.values())


def _only(counters: dict[str, _Kept], wanted: set[str]) -> dict[str, _Kept]:
    """Those that are wanted and have a mark."""
    return {name: kept for name, kept in counters.items() if kept and name in wanted}


def _worth(marks: Marks, fact: Fact, need: ValueNeed) -> bool:
    if fact.currency != need.currency:
        return False
    kept = marks.value_marks.get(need.counter, [])
    reached = sum(one[5] for one in kept) >= need.minor
    return not reached or mark_of(fact) < kept[-1][:5]


def _first(marks: Marks, fact: Fact, need: FirstNeed) -> bool:
    value = dimension_of(fact, need.dimension)
    if not value:
        return False
    kept = marks.first_marks.get(need.counter, {})
    if value in kept:
        return mark_of(fact) < kept[value]
    return len(kept) < need.values or mark_of(fact) < max(kept.values())


def _insert(kept: list[_AnyMark], mark: _AnyMark) -> None:
    place = bisect_left(kept, mark)
    if place == len(kept) or kept[place] != mark:
        kept.insert(place, mark)


def _trim_value(kept: list[ValueMark], minor: int) -> bool:
    """Keep the earliest orders until they are worth enough: later ones cannot matter.

    Returns:
        Whether one was dropped that could.
    """
    total = 0
    for place, one in enumerate(kept):
        total += one[5]
        if total >= minor:
            del kept[place + 1 :]
            return False
    surplus = len(kept) > MAX_VALUE_MARKS
    del kept[MAX_VALUE_MARKS:]
    return surplus


def _trim_firsts(firsts: dict[str, Mark], values: int) -> None:
    while len(firsts) > values:
        del firsts[max(firsts, key=lambda value: firsts[value])]
