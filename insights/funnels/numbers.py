"""The numbers of an answer, from the rows of `steps.sql`."""

from typing import Final, Literal

from msgspec import Struct
from msgspec.structs import replace

from insights.funnels.spec import Funnel

Kind = Literal["value", "not_set", "not_reached", "other", "all"]
KINDS: Final[tuple[Kind, ...]] = ("value", "not_set", "not_reached", "other", "all")
WHOLE: Final = KINDS.index("all")
"""Of the rows that no value parts."""


def bucket_name(kind: Kind, value: str = "") -> str:
    """What to call a bucket: its value, or of those without one their kind.

    Args:
        kind: of the bucket.
        value: of the bucket, where its kind is `value`.
    """
    return value if kind == "value" else f"({kind.replace('_', ' ')})"


class Seconds(Struct):
    """How long it took those who made it."""

    median: float
    p75: float
    p95: float


class StepAnswer(Struct):
    """One step of the answer; who is excluded counts in none.

    Attributes:
        name: the step's name; "1 of 3" and so on where any order counts, since there
            it is the number of steps done that is counted.
        units: how many reached it.
        from_first: share of those who entered; None where nobody did.
        from_previous: of those who reached the required step before, the share that
            came from there to this one; None where nobody reached it.
        dropped: got here and no further, and have no time left.
        pending: got here and no further, and still have time.
        seconds_from_first: time since the attempt began; None where nobody got here.
        seconds_from_previous: time since the required step before.
    """

    step: int
    name: str
    optional: bool
    units: int
    from_first: float | None
    from_previous: float | None
    dropped: int
    pending: int
    seconds_from_first: Seconds | None
    seconds_from_previous: Seconds | None


class Numbers(Struct):
    """What became of those who entered.

    entered = converted + dropped + pending + excluded.

    Attributes:
        excluded: something excluded came between, and kept them from getting as far as
            they would have got.
        rate: share of those who entered and are not excluded that converted.
        capped: how many had more touchpoints than are looked at.
    """

    entered: int
    converted: int
    dropped: int
    pending: int
    excluded: int
    rate: float | None
    capped: int
    steps: list[StepAnswer]


class StepRow(Struct):
    """A row of `steps.sql`."""

    kind: int
    value: str
    step: int
    units: int
    excluded: int
    capped: int
    dropped: int
    pending: int
    continued: int
    from_first_ms: list[float]
    from_previous_ms: list[float]


def scaled(row: StepRow, one_in: int) -> StepRow:
    """A row of a sample as an estimate of the whole."""
    if one_in == 1:
        return row
    counts = ("units", "excluded", "capped", "dropped", "pending", "continued")
    return replace(row, **{name: getattr(row, name) * one_in for name in counts})


def numbers(funnel: Funnel, rows: list[StepRow]) -> Numbers:
    """The numbers of one bucket, from its rows."""
    by_step = {row.step: row for row in rows}
    total = by_step.get(0) or _nobody(0)
    entered = total.units - total.excluded
    steps = [
        _step(funnel, number, by_step, entered)
        for number in range(1, len(funnel.steps) + 1)
    ]
    converted = steps[-1].units
    return Numbers(
        entered=total.units,
        converted=converted,
        dropped=sum(step.dropped for step in steps),
        pending=sum(step.pending for step in steps),
        excluded=total.excluded,
        rate=_share(converted, entered),
        capped=total.capped,
        steps=steps,
    )


def _step(
    funnel: Funnel, number: int, rows: dict[int, StepRow], entered: int
) -> StepAnswer:
    row = rows.get(number) or _nobody(number)
    step = funnel.steps[number - 1]
    before = max((n for n in funnel.required if n < number), default=number)
    previous = rows.get(before) or _nobody(before)
    some = funnel.order == "any"
    return StepAnswer(
        step=number,
        name=f"{number} of {len(funnel.steps)}" if some else step.label,
        optional=step.optional,
        units=row.units,
        from_first=_share(row.units, entered),
        from_previous=_share(row.continued, previous.units),
        dropped=row.dropped,
        pending=row.pending,
        seconds_from_first=_seconds(row.from_first_ms),
        seconds_from_previous=_seconds(row.from_previous_ms),
    )


def _nobody(step: int) -> StepRow:
    return StepRow(0, "", step, 0, 0, 0, 0, 0, 0, [], [])


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None


def _seconds(milliseconds: list[float]) -> Seconds | None:
    if not milliseconds:
        return None
    return Seconds(*(value / 1000 for value in milliseconds))
