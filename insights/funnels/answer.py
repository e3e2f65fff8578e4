"""Funnels: how many get from one step to the next, and how long it takes them.

The rules are in docs/funnels.md; the answer is exact by them.
"""

import msgspec
from msgspec import Struct

from insights.asker import Asker, ask_all, question
from insights.funnels.checks import check
from insights.funnels.spec import Funnel, notes_on_types
from insights.funnels.statement import compile_funnel


class Seconds(Struct):
    """How long it took those who made it."""

    median: float
    p75: float
    p95: float


class StepAnswer(Struct):
    """One step of the answer.

    Attributes:
        name: the step's name; "1 of 3" and so on where any order counts, since there
            it is the number of steps done that is counted.
        units: how many reached it.
        from_first: share of those who entered; None where nobody did.
        from_previous: share of those who reached the step before; None as above.
        dropped: got here and no further, and have no time left.
        pending: got here and no further, and still have time.
        seconds_from_first: time since the first step; None where nobody got here.
        seconds_from_previous: time since the step before.
    """

    step: int
    name: str
    units: int
    from_first: float | None
    from_previous: float | None
    dropped: int
    pending: int
    seconds_from_first: Seconds | None
    seconds_from_previous: Seconds | None


class FunnelAnswer(Struct):
    """A funnel's numbers: entered = converted + dropped + pending.

    Attributes:
        from_, to: range of the first step, epoch milliseconds; None for open.
        as_of: the moment that the answer holds for, epoch milliseconds.
        left_out: what was not counted, in words.
        notes: what may surprise, in sentences.
    """

    name: str
    tenant: str
    unit: str
    order: str
    window_seconds: float
    from_: int | None = msgspec.field(name="from")
    to: int | None
    as_of: int
    entered: int
    converted: int
    dropped: int
    pending: int
    steps: list[StepAnswer]
    left_out: list[str]
    notes: list[str]


class _Newest(Struct):
    newest: int


class _StepRow(Struct):
    step: int
    units: int
    ended: int
    pending: int
    from_first_ms: list[float]
    from_previous_ms: list[float]


def answer(asker: Asker, funnel: Funnel, as_of: int | None = None) -> FunnelAnswer:
    """Answer a funnel.

    Args:
        asker: whom to ask.
        funnel: the question.
        as_of: the moment to answer for, epoch milliseconds: nothing later counts, and
            who has time left then is pending. Where None, the newest touchpoint: what
            happened after it nobody can know yet.

    Raises:
        QuestionError: the funnel makes no sense; the message says which part.
    """
    check(funnel)
    if as_of is None:
        newest = ask_all(asker, question("newest"), {"tenant": funnel.tenant}, _Newest)
        as_of = newest[0].newest
    text, values = compile_funnel(funnel, as_of)
    rows = {row.step: row for row in ask_all(asker, text, values, _StepRow)}
    steps = _steps(funnel, rows)
    return FunnelAnswer(
        name=funnel.name,
        tenant=funnel.tenant,
        unit=funnel.unit,
        order=funnel.order,
        window_seconds=funnel.window_ms / 1000,
        from_=funnel.from_ms,
        to=funnel.to_ms,
        as_of=as_of,
        entered=steps[0].units,
        converted=steps[-1].units,
        dropped=sum(step.dropped for step in steps),
        pending=sum(step.pending for step in steps),
        steps=steps,
        left_out=_left_out(funnel),
        notes=notes_on_types(funnel),
    )


def _steps(funnel: Funnel, rows: dict[int, _StepRow]) -> list[StepAnswer]:
    steps: list[StepAnswer] = []
    total = len(funnel.steps)
    for number, step in enumerate(funnel.steps, 1):
        row = rows.get(number) or _StepRow(number, 0, 0, 0, [], [])
        last = number == total
        steps.append(
            StepAnswer(
                step=number,
                name=f"{number} of {total}" if funnel.order == "any" else step.label,
                units=row.units,
                from_first=_share(row.units, steps[0].units if steps else row.units),
                from_previous=_share(
                    row.units, steps[-1].units if steps else row.units
                ),
                dropped=0 if last else row.ended,
                pending=row.pending,
                seconds_from_first=_seconds(row.from_first_ms),
                seconds_from_previous=_seconds(row.from_previous_ms),
            )
        )
    return steps


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None


def _seconds(milliseconds: list[float]) -> Seconds | None:
    if not milliseconds:
        return None
    return Seconds(*(value / 1000 for value in milliseconds))


def _left_out(funnel: Funnel) -> list[str]:
    left_out = []
    if not funnel.include_bots:
        left_out.append("what bots did")
    if not funnel.include_machine:
        left_out.append("what mail proxies opened")
    if funnel.unit != "person":
        left_out.append(f"touchpoints without {funnel.unit}_id")
    return left_out
