"""How a funnel's answers look to a person, and as rows for a spreadsheet."""

from collections.abc import Iterator, Sequence
from typing import Final

from insights.evidence import Evidence
from insights.funnels.answer import FunnelAnswer
from insights.funnels.explain import Explanation
from insights.funnels.numbers import Numbers, Seconds, StepAnswer
from insights.funnels.persons import Page
from insights.funnels.trend import Trend
from parcours.screen import (
    lasted,
    many,
    percent,
    print_csv,
    print_fields,
    print_table,
    tell,
    tell_notes,
    when,
)

TOUCHPOINTS_TIER: Final = "from the touchpoints (tier 2, docs/funnels.md)"
_STATES: Final = ("entered", "converted", "dropped", "pending", "excluded")


def show_funnel(found: FunnelAnswer) -> None:
    """Each step with its numbers, shares and times; then the values of the breakdown."""
    print_table(
        _columns(found),
        [_step_cells(step) for step in found.steps],
    )
    tell(
        f"{_sentence(found)} ({_counted(found)}, within {lasted(found.window_seconds)})"
    )
    for bucket in found.breakdown:
        print_table(
            _columns(found),
            [_step_cells(step) for step in bucket.steps],
            f"\n{bucket.value}: {_sentence(bucket)}",
        )
    for left_out in found.left_out:
        tell(f"not counted: {left_out}")
    tell_notes(found)


def write_funnel(found: FunnelAnswer) -> None:
    """Each step of each value as CSV; without a value, the whole."""
    names = StepAnswer.__struct_fields__[:-2]
    times = [f"{name}_{part}" for name in ("first", "previous") for part in _PARTS]
    print_csv(
        ("unit", "kind", "value", *names, *(f"seconds_from_{one}" for one in times)),
        [
            (
                found.unit,
                kind,
                value,
                *(getattr(step, name) for name in names),
                *_parts(step.seconds_from_first),
                *_parts(step.seconds_from_previous),
            )
            for kind, value, one in _parted(found)
            for step in one.steps
        ],
    )


def show_page(found: Page) -> None:
    """Units, with what became of them."""
    bucketed = any(member.kind != "all" for member in found.members)
    print_table(
        (found.unit, "state", "step", "entered", "last step", *["value"] * bucketed),
        [
            (
                member.unit,
                member.state,
                member.step,
                when(member.entered_at),
                when(member.last_at),
                *[_label(member.kind, member.value)] * bucketed,
            )
            for member in found.members
        ],
    )
    if found.more:
        tell(f"more: --offset {found.offset + len(found.members)}")
    tell_notes(found)


def write_page(found: Page) -> None:
    """Units as CSV; times in epoch milliseconds."""
    names = ("unit", "state", "step", "entered_at", "last_at", "kind", "value")
    print_fields(names, found.members)


def show_trend(found: Trend) -> None:
    """Each period; what can still change is marked."""
    print_table(
        (found.period, *(f"{state}" for state in _STATES), "rate", ""),
        [
            (
                point.period,
                *(getattr(point, state) for state in _STATES),
                percent(point.rate),
                "" if point.complete else "pending",
            )
            for point in found.points
        ],
    )
    tell_notes(found)


def write_trend(found: Trend) -> None:
    """Each period as CSV."""
    print_fields(("period", *_STATES, "rate", "complete"), found.points)


def show_explanation(found: Explanation, *, sql: bool = False) -> None:
    """The touchpoints of each attempt, step by step, and where they come from.

    Args:
        found: the answer.
        sql: print the statement and its values, too.
    """
    if not found.attempts:
        tell(f"{found.unit} {found.id} never entered")
        tell_notes(found)
    for number, attempt in enumerate(found.attempts, 1):
        value = "" if attempt.kind == "all" else _label(attempt.kind, attempt.value)
        print_table(
            ("step", "name", "when", "source", "id"),
            [
                (m.step, m.name, when(m.occurred_at), m.source, m.id)
                for m in attempt.matches
            ],
            f"\nattempt {number}: {attempt.state} after step {attempt.step} {value}".rstrip(),
        )
    matches = sum(len(attempt.matches) for attempt in found.attempts)
    tell(f"\n{found.evidence.definition}")
    tell(
        f"{many(len(found.attempts), 'attempt')}, {many(matches, 'touchpoint')}; "
        f"answered {TOUCHPOINTS_TIER}, of which {found.rows:,} are read"
    )
    if sql:
        _show_statement(found.evidence)
    else:
        tell("the statement and its values: --sql, or --json")


def _show_statement(evidence: Evidence) -> None:
    tell(f"\n{evidence.sql.strip()}\n")
    for name, bound in evidence.parameters.items():
        tell(f"{name} = {bound}")


def write_explanation(found: Explanation) -> None:
    """The touchpoints as CSV."""
    print_csv(
        ("attempt", "state", "step", "name", "occurred_at", "source", "id"),
        [
            (number, attempt.state, m.step, m.name, m.occurred_at, m.source, m.id)
            for number, attempt in enumerate(found.attempts, 1)
            for m in attempt.matches
        ],
    )


_PARTS: Final = ("median", "p75", "p95")


def _parts(seconds: Seconds | None) -> tuple[float | None, ...]:
    return tuple(getattr(seconds, part, None) for part in _PARTS)


def _parted(found: FunnelAnswer) -> Iterator[tuple[str, str, Numbers]]:
    yield "all", "", found
    for bucket in found.breakdown:
        yield bucket.kind, bucket.value, bucket


def _columns(found: FunnelAnswer) -> Sequence[str]:
    shares = ("of first", "of previous", "dropped", "pending")
    return ("", "step", _counted(found), *shares, "median time", "75 %", "95 %")


def _step_cells(step: StepAnswer) -> Sequence[object]:
    seconds = step.seconds_from_previous if step.step > 1 else None
    return (
        step.step,
        f"{step.name} (optional)" if step.optional else step.name,
        step.units,
        percent(step.from_first),
        percent(step.from_previous),
        step.dropped,
        step.pending,
        *(
            ("", "", "")
            if seconds is None
            else (lasted(seconds.median), lasted(seconds.p75), lasted(seconds.p95))
        ),
    )


def _counted(found: FunnelAnswer) -> str:
    return (
        f"{found.unit}s" if found.count == "uniques" else f"attempts of {found.unit}s"
    )


def _sentence(found: Numbers) -> str:
    return ", ".join(f"{getattr(found, state):,} {state}" for state in _STATES)


def _label(kind: str, value: str) -> str:
    return value if kind == "value" else f"({kind.replace('_', ' ')})"
