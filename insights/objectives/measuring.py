"""What an objective measures, as one statement."""

from collections.abc import Sequence
from string import Template
from typing import Final

import msgspec

from insights.asker import question
from insights.conditions import Values
from insights.objectives.spec import OF_A_PHASE, Objective, ObjectiveError
from insights.orders import orders_in
from insights.scope import Personas, persons_of, touchpoints_of
from insights.sentences import say
from insights.times import END_OF_TIME_MS, duration_ms

_PACKAGE: Final = "insights.objectives"
_FELT: Final = ("emotion", "emotion_observed", "emotion_evidence")

DEFINITIONS: Final = {
    "persons_reaching": "Persons who entered the phase in the period, each once",
    "orders": "Orders (order_completed) in the period, each order_id of a person once",
    "revenue": "Value of the orders of the period in the currency, its smallest unit; of "
    "one that was told several times the highest",
    "conversion": (
        "Of the persons who entered the phase in the period, and whose horizon is over, "
        "the share who left it for a later phase within the horizon"
    ),
    "median_dwell_days": (
        "Median of the days from entering to leaving the phase, of stays that began in "
        "the period and are over; stays that go on are pending"
    ),
    "median_days_to_move": (
        "Median of the days from entering the phase to leaving it for a later one, of "
        "stays that began in the period; who has not left it is pending"
    ),
    "emotion_observed": "Mean of the emotions that customers stated in the period",
    "nps": (
        "Share of promoters (9 and 10) minus share of detractors (0 to 6) of the answers "
        "in the period, in points"
    ),
}

_OF_ORDERS: Final = ("orders", "revenue")
_NPS: Final = "emotion_evidence = 'nps' AND isNotNull(emotion)"
_TOUCHED: Final = {
    # value, known, where
    "orders": ("toFloat64(count())", "count()", "true"),
    "revenue": ("toFloat64(sum(minor))", "count()", "currency = {currency:String}"),
    "emotion_observed": (
        "if(count() = 0, NULL, avg(toFloat64(ifNull(emotion, 0))))",
        "count()",
        "isNotNull(emotion) AND emotion_observed",
    ),
    # The emotions of scores: 9 is 1.5, 6 is -1 (docs/emotion.md).
    "nps": (
        (
            "if(count() = 0, NULL, 100 * (countIf(emotion >= 1.5) - countIf(emotion <= -1)) "
            "/ count())"
        ),
        "count()",
        _NPS,
    ),
}
_MOVED: Final = "onward AND left_ms <= entered_ms + {horizon_ms:Int64}"
_STAYS: Final = {
    # value, known, pending
    "persons_reaching": ("toFloat64(count())", "count()", "toInt64(0)"),
    "conversion": (
        (
            f"if(countIf(settled) = 0, NULL, countIf(settled AND {_MOVED}) "
            "/ countIf(settled))"
        ),
        "countIf(settled)",
        "countIf(NOT settled)",
    ),
    "median_dwell_days": (
        (
            "if(countIf(over) = 0, NULL, quantileExactInclusiveIf(0.5)"
            "((left_ms - entered_ms) / 86400000, over))"
        ),
        "countIf(over)",
        "countIf(NOT over)",
    ),
    "median_days_to_move": (
        (
            "if(countIf(onward) = 0, NULL, quantileExactInclusiveIf(0.5)"
            "((left_ms - entered_ms) / 86400000, onward))"
        ),
        "countIf(onward)",
        "countIf(NOT over)",
    ),
}


def measuring(
    one: Objective, phases: Sequence[str], as_of: int, personas: Personas | None
) -> tuple[str, dict[str, object]]:
    """The statement that measures an objective, with its values.

    Args:
        one: the objective.
        phases: of its journey model, in their order.
        as_of: the moment to answer for, epoch milliseconds; nothing later counts.
        personas: finds the persons of its persona.

    Raises:
        QuestionError: its phase or persona is not there.
    """
    if one.metric in OF_A_PHASE:
        return _of_stays(one, phases, as_of, personas)
    values = Values()
    scope = one.scope()
    first, end = scope.range_ms()
    # Nothing later than the moment; a period that has not begun holds nothing.
    scope = msgspec.structs.replace(scope, to=max(first + 1, min(end, as_of + 1)))
    value, known, where = _TOUCHED[one.metric]
    persons = persons_of(scope, values, personas)
    if one.metric in _OF_ORDERS:
        known_ms = min(max(as_of, 0) + 1, END_OF_TIME_MS)
        touched = orders_in(scope, values, persons, until_ms=known_ms)
    else:
        touched = touchpoints_of(scope, _FELT, values, persons)
    sql = Template(question("touched", _PACKAGE)).substitute(
        value=value,
        known=known,
        where=where,
        touched=touched,
    )
    fixed: dict[str, object] = {"tenant": one.tenant, "currency": one.currency}
    return sql, _used(sql, fixed) | values.bound


def _of_stays(
    one: Objective, phases: Sequence[str], as_of: int, personas: Personas | None
) -> tuple[str, dict[str, object]]:
    if one.phase not in phases:
        known = ", ".join(phases)
        said = say("objective_phase", name=one.name, phase=one.phase, known=known)
        raise ObjectiveError(said)
    values = Values()
    scope = one.scope()
    first, end = scope.range_ms()
    members = persons_of(scope, values, personas)
    value, known, pending = _STAYS[one.metric]
    sql = Template(question("stays", _PACKAGE)).substitute(
        value=value,
        known=known,
        pending=pending,
        among=f"person_id IN ({members})" if members else "true",
    )
    fixed: dict[str, object] = {
        "tenant": one.tenant,
        "model": one.model,
        "phases": list(phases),
        "phase": one.phase,
        "horizon_ms": duration_ms(one.horizon),
        "from_ms": first,
        "to_ms": min(end, as_of + 1),
        "as_of_ms": as_of,
    }
    return sql, _used(sql, fixed) | values.bound


def _used(sql: str, fixed: dict[str, object]) -> dict[str, object]:
    return {name: value for name, value in fixed.items() if f"{{{name}:" in sql}
