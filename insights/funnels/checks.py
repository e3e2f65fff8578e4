"""Which funnels make no sense, and why."""

from collections.abc import Iterator
from typing import Final
from zoneinfo import available_timezones

from insights.funnels.spec import (
    MAX_WINDOW_MS,
    Breakdown,
    Exclusion,
    Funnel,
    FunnelError,
)

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
        TimeError: a duration or a moment is none.
    """
    for message in _wrong(funnel):
        raise FunnelError(message)


def _wrong(funnel: Funnel) -> Iterator[str]:
    if funnel.timezone not in available_timezones():
        yield f"no time zone {funnel.timezone!r}; write Europe/Paris or UTC"
    yield from _steps(funnel)
    yield from _times(funnel)
    if len(funnel.exclude) > MAX_EXCLUSIONS:
        yield f"a funnel excludes at most {MAX_EXCLUSIONS} kinds of touchpoints"
    for number, exclusion in enumerate(funnel.exclude, 1):
        yield from _exclusion(number, exclusion, funnel)
    if len(funnel.hold) > MAX_HELD or len(set(funnel.hold)) < len(funnel.hold):
        yield f"hold takes up to {MAX_HELD} different properties"
    if funnel.breakdown is not None:
        yield from _breakdown(funnel.breakdown, funnel)
    if funnel.eligible is not None and funnel.order != "strict":
        yield f"eligible is for order strict; order {funnel.order} ignores what happens between"
    if not funnel.closed and (funnel.order == "any" or funnel.count == "totals"):
        yield "an open funnel (closed: false) is ordered or strict, and counts uniques"


def _steps(funnel: Funnel) -> Iterator[str]:
    most = MAX_STEPS_ANY if funnel.order == "any" else MAX_STEPS
    if not 1 <= len(funnel.steps) <= most:
        yield f"a funnel with order {funnel.order} has 1 to {most} steps"
    for number, step in enumerate(funnel.steps, 1):
        if bool(step.type) == bool(step.any_of) or "" in step.any_of:
            yield f"step {number} needs either type or any_of; type * is any"
        apart = step.within is not None or step.at_least is not None
        if apart and (number == 1 or step.optional or funnel.order == "any"):
            yield (
                f"step {number} cannot have within or at_least: they count from the "
                "step before, and are for required steps of an ordered or strict funnel"
            )
        if step.within_ms < step.at_least_ms:
            yield f"step {number}: at_least is longer than within"
        if step.optional and funnel.order == "any":
            yield f"step {number} cannot be optional in order any; leave it out"
    if funnel.steps[0].optional or funnel.steps[-1].optional:
        yield "the first and the last step cannot be optional"


def _times(funnel: Funnel) -> Iterator[str]:
    first, end = funnel.from_ms, funnel.to_ms
    if first is not None and end is not None and first >= end:
        yield "the range is empty: `to` must be later than `from`"
    if funnel.window_ms > MAX_WINDOW_MS:
        yield "the window is longer than ten years"


def _exclusion(number: int, exclusion: Exclusion, funnel: Funnel) -> Iterator[str]:
    what = f"exclude {number}"
    if bool(exclusion.type) == bool(exclusion.any_of) or "" in exclusion.any_of:
        yield f"{what} needs either type or any_of; type * is any"
    last = len(funnel.steps)
    first, end = exclusion.from_, exclusion.to or last
    if not 1 <= first < end <= last:
        yield f"{what} is between two steps: from is before to, in 1 to {last}"
    if funnel.order == "any" and (first, end) != (1, last):
        yield f"{what} is between the first and the last in order any: no from, no to"
    if not {first, end} <= set(funnel.required):
        yield f"{what} is between required steps; {first} or {end} is optional"


def _breakdown(breakdown: Breakdown, funnel: Funnel) -> Iterator[str]:
    if breakdown.attribution not in ATTRIBUTIONS:
        if not 1 <= breakdown.step <= len(funnel.steps):
            yield (
                f"unknown attribution {breakdown.attribution!r}: "
                f"{', '.join(ATTRIBUTIONS)} or step:1 to step:{len(funnel.steps)}"
            )
        if funnel.order == "any":
            yield "in order any no step is a certain one: use first_touch or last_touch"
        if breakdown.step and breakdown.step not in funnel.required:
            yield f"step {breakdown.step} is optional: attribute to a required one"
    if not 1 <= breakdown.limit <= MAX_VALUES:
        yield f"a breakdown tells 1 to {MAX_VALUES} values apart"
