"""Which funnels make no sense, and why."""

from collections.abc import Iterator
from typing import Final

from insights.funnels.spec import Breakdown, Exclusion, Funnel, FunnelError
from insights.sentences import Sentence, say
from insights.times import duration_ms, zone_of

MAX_STEPS: Final = 30
MAX_STEPS_ANY: Final = 8
"""Every set of done steps is one walk to follow, and there are 2^steps of them."""

MAX_EXCLUSIONS: Final = 8
MAX_HELD: Final = 4
MAX_VALUES: Final = 100
ATTRIBUTIONS: Final = ("first_touch", "last_touch", "all_steps")


def check(funnel: Funnel) -> None:
    """Make sure that a funnel can be asked.

    Raises:
        FunnelError: it makes no sense; the first thing that is wrong.
        TimeError: a duration, a moment or a time zone is none.
    """
    zone_of(funnel.timezone)
    if funnel.window is not None:
        duration_ms(funnel.window)
    for message in _wrong(funnel):
        raise FunnelError(message)


def _wrong(funnel: Funnel) -> Iterator[Sentence]:
    yield from _steps(funnel)
    yield from _times(funnel)
    if len(funnel.exclude) > MAX_EXCLUSIONS:
        yield say("many_excluded", most=MAX_EXCLUSIONS)
    for number, exclusion in enumerate(funnel.exclude, 1):
        yield from _exclusion(number, exclusion, funnel)
    if len(funnel.hold) > MAX_HELD or len(set(funnel.hold)) < len(funnel.hold):
        yield say("many_held", most=MAX_HELD)
    if funnel.breakdown is not None:
        yield from _breakdown(funnel.breakdown, funnel)
    if funnel.eligible is not None and funnel.order != "strict":
        yield say("eligible", order=funnel.order)
    if not funnel.closed and (funnel.order == "any" or funnel.count == "totals"):
        yield say("open_funnel")


def _steps(funnel: Funnel) -> Iterator[Sentence]:
    most = MAX_STEPS_ANY if funnel.order == "any" else MAX_STEPS
    if not 1 <= len(funnel.steps) <= most:
        yield say("steps", order=funnel.order, most=most)
    for number, step in enumerate(funnel.steps, 1):
        if bool(step.type) == bool(step.any_of) or "" in step.any_of:
            yield say("step_type", step=number)
        apart = step.within is not None or step.at_least is not None
        if apart and (number == 1 or step.optional or funnel.order == "any"):
            yield say("step_times", step=number)
        if step.within_ms < step.at_least_ms:
            yield say("step_apart", step=number)
        if step.optional and funnel.order == "any":
            yield say("step_any", step=number)
    if funnel.steps[0].optional or funnel.steps[-1].optional:
        yield say("optional_ends")


def _times(funnel: Funnel) -> Iterator[Sentence]:
    first, end = funnel.from_ms, funnel.to_ms
    if first is not None and end is not None and first >= end:
        yield say("empty_range")


def _exclusion(number: int, exclusion: Exclusion, funnel: Funnel) -> Iterator[Sentence]:
    if bool(exclusion.type) == bool(exclusion.any_of) or "" in exclusion.any_of:
        yield say("exclude_type", number=number)
    last = len(funnel.steps)
    first, end = exclusion.from_, exclusion.to or last
    if not 1 <= first < end <= last:
        yield say("exclude_between", number=number, last=last)
    if funnel.order == "any" and (first, end) != (1, last):
        yield say("exclude_any", number=number)
    if not {first, end} <= set(funnel.required):
        yield say("exclude_required", number=number, first=first, end=end)


def _breakdown(breakdown: Breakdown, funnel: Funnel) -> Iterator[Sentence]:
    if breakdown.attribution not in ATTRIBUTIONS:
        if not 1 <= breakdown.step <= len(funnel.steps):
            known = ", ".join(ATTRIBUTIONS)
            given, last = breakdown.attribution, len(funnel.steps)
            yield say("attribution", attribution=given, known=known, last=last)
        if funnel.order == "any":
            yield say("attribution_any")
        if breakdown.step and breakdown.step not in funnel.required:
            yield say("attribution_optional", step=breakdown.step)
    told_once = breakdown.by_persona and funnel.unit == "person"
    if told_once and breakdown.attribution != ATTRIBUTIONS[0]:
        yield say("attribution_persona")
    if not 1 <= breakdown.limit <= MAX_VALUES:
        yield say("breakdown_limit", most=MAX_VALUES)
