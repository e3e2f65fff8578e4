"""A funnel compiled to one statement: fixed texts, bound values, nothing else."""

from string import Template
from typing import Final

from insights.asker import question
from insights.conditions import Values, compile_where
from insights.funnels.checks import check
from insights.funnels.spec import Funnel, FunnelError, Step
from insights.scope import PERSON
from insights.times import END_OF_TIME_MS
from schemas.vocabulary import TYPES

_UNITS: Final = {
    "person": PERSON,
    "session": "session_id",
    "cart": "cart_id",
    "order": "order_id",
    "ticket": "ticket_id",
}
_PACKAGE: Final = "insights.funnels"
_CONTROL: Final = [name for name, kind in TYPES.items() if kind.control]


def compile_funnel(funnel: Funnel, as_of_ms: int) -> tuple[str, dict[str, object]]:
    """The statement that answers a funnel, with its values.

    Args:
        funnel: the question.
        as_of_ms: the moment to answer for, epoch milliseconds.

    Raises:
        QuestionError: the funnel or one of its conditions makes no sense.
    """
    check(funnel)
    _refuse(funnel)
    values = Values()
    first, end = funnel.from_ms or 0, funnel.to_ms
    end = END_OF_TIME_MS if end is None else min(end, END_OF_TIME_MS)
    steps = len(funnel.steps)
    fixed: dict[str, object] = {
        "tenant": funnel.tenant,
        "steps": steps,
        "walks": 2**steps - 1 if funnel.order == "any" else steps,
        "window_ms": funnel.window_ms,
        "from_ms": max(0, min(first, END_OF_TIME_MS)),
        "end_ms": end,
        "last_ms": max(0, min(end + funnel.window_ms, as_of_ms, END_OF_TIME_MS)),
        "as_of_ms": as_of_ms,
        "types": sorted({name for step in funnel.steps for name in step.types}),
    }
    if funnel.order == "strict":
        fixed["control"] = _CONTROL
    text = Template(question("funnel", _PACKAGE)).substitute(
        advance=question(funnel.order, _PACKAGE),
        mask=_mask(funnel.steps, values),
        unit=_UNITS[funnel.unit],
        redirects=question("redirected") if funnel.unit == "person" else "",
        eligible=_eligible(funnel),
        genuine=_genuine(funnel),
    )
    return text, fixed | values.bound


def _refuse(funnel: Funnel) -> None:
    plain = Funnel(steps=())
    options = ("session", "closed", "exclude", "hold", "breakdown", "count", "eligible")
    asked = [n for n in (*options, "net") if getattr(funnel, n) != getattr(plain, n)]
    asked += [
        name
        for name in ("optional", "within", "at_least")
        if any(getattr(step, name) for step in funnel.steps)
    ]
    if any(step.every_type for step in funnel.steps):
        asked.append("type *")
    if asked:
        message = f"not answered yet: {', '.join(asked)}"
        raise FunnelError(message)


def _mask(steps: tuple[Step, ...], values: Values) -> str:
    in_range = "(occurred_at < fromUnixTimestamp64Milli({end_ms:Int64}, 'UTC'))"
    bits = [f"({_step(step, values)}) * {1 << k}" for k, step in enumerate(steps)]
    return " + ".join([*bits, f"{in_range} * {1 << 31}"])


def _step(step: Step, values: Values) -> str:
    types = f"type IN {values.bind(step.types, 'Array(String)')}"
    return " AND ".join([types, *compile_where(step.where, values)])


def _eligible(funnel: Funnel) -> str:
    wanted = "type IN {types:Array(String)}"
    if funnel.order != "strict":
        return wanted
    # What the retailer or the system does never comes between two steps.
    return f"{wanted} OR (direction = 'in' AND type NOT IN {{control:Array(String)}})"


def _genuine(funnel: Funnel) -> str:
    left_out = {"bot": funnel.include_bots, "machine": funnel.include_machine}
    return (
        " AND ".join(f"NOT {c}" for c, kept in left_out.items() if not kept) or "true"
    )
