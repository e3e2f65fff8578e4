"""Funnels: how many get from one step to the next, and how long it takes them.

The rules are in docs/funnels.md; the answer is exact by them.
"""

from collections.abc import Sequence

import msgspec

from insights.asker import Asker, ask_all
from insights.evidence import Evidence
from insights.funnels.checks import check
from insights.funnels.numbers import (
    KINDS,
    WHOLE,
    Kind,
    Numbers,
    StepRow,
    bucket_name,
    numbers,
    scaled,
)
from insights.funnels.plans import USUAL, Plan, Terms
from insights.funnels.spec import Funnel
from insights.funnels.statement import MAX_TOUCHPOINTS, Asked
from insights.hints import hints, unknown_types
from insights.newest import newest_ms
from insights.personas.spec import PersonaModel, names_of
from insights.scope import Personas, Scope
from insights.sentences import Sentence, say

DEFINITION = (
    "Attempts by unit: its touchpoints in the order of time, seq, source and id are "
    "taken as the steps; the attempt that gets farthest counts (docs/funnels.md)."
)


class Bucket(Numbers):
    """The numbers of one value of the breakdown.

    Attributes:
        kind: `value`, `not_set` (no value), `not_reached` (never got to the step whose
            value counts) or `other` (the rarer values together).
        value: the value; else what to call the bucket.
    """

    kind: Kind
    value: str


class FunnelAnswer(Numbers):
    """A funnel's numbers.

    Attributes:
        persona: whose touchpoints count; everybody's where empty.
        from_, to: range of the first step, epoch milliseconds; None for open.
        as_of: the moment that the answer holds for, epoch milliseconds.
        breakdown: the same numbers by value; the most frequent first.
        left_out: what was not counted.
        notes: what may surprise.
    """

    name: str
    tenant: str
    persona: str
    unit: str
    order: str
    count: str
    window_seconds: float
    timezone: str
    from_: int | None = msgspec.field(name="from")
    to: int | None
    as_of: int
    breakdown: list[Bucket]
    left_out: list[Sentence]
    notes: list[Sentence]
    evidence: list[Evidence]


def answer(  # noqa: PLR0913 - each says what is asked
    asker: Asker,
    funnel: Funnel,
    as_of: int | None = None,
    terms: Terms = USUAL,
    *,
    personas: Personas | None = None,
    persona_model: PersonaModel | None = None,
) -> FunnelAnswer:
    """Answer a funnel.

    Args:
        asker: whom to ask.
        funnel: the question.
        as_of: the moment to answer for, epoch milliseconds: nothing later counts, and
            who has time left then is pending. Where None, the newest touchpoint, or
            that of the last roll-up: what happened after it nobody can know yet.
        terms: what it may cost, and how fresh and exact it must be.
        personas: finds the persons of the funnel's persona.
        persona_model: whose personas a breakdown by persona tells apart.

    Raises:
        CostError: it would cost more than that.
        QuestionError: the funnel makes no sense; the message says which part.
    """
    check(funnel)
    plan = Plan(
        asker, funnel, as_of, terms, personas=personas, persona_model=persona_model
    )
    moment = moment_of(asker, funnel, plan.as_of_ms)
    evidence: list[Evidence] = []

    def rows(asked: Asked) -> list[StepRow]:
        asking = plan.statement(asked)
        evidence.append(Evidence(DEFINITION, asking.text, asking.values))
        found = ask_all(asker, asking.text, asking.values, StepRow)
        return [scaled(row, asked.one_in) for row in found]

    found = [row for asked in plan.parts(moment) for row in rows(asked)]
    whole = numbers(funnel, [row for row in found if row.kind == WHOLE])
    by_persona = funnel.breakdown is not None and funnel.breakdown.by_persona
    model = persona_model if by_persona else None
    buckets = _buckets(funnel, [row for row in found if row.kind != WHOLE], model)
    notes = [
        *names_nowhere(asker, funnel, found=all(s.units for s in whole.steps)),
        *_notes(funnel, whole),
        *([say("by_persona", model=model.name)] if model else []),
        *plan.notes(whole.entered),
    ]
    return answered(funnel, whole, moment, notes, evidence, buckets)


def answered(  # noqa: PLR0913, PLR0917 - what an answer is made of
    funnel: Funnel,
    whole: Numbers,
    as_of: int,
    notes: list[Sentence],
    evidence: list[Evidence],
    breakdown: Sequence[Bucket] = (),
) -> FunnelAnswer:
    """The answer of a funnel, wherever its numbers come from.

    Args:
        funnel: the question.
        whole: its numbers.
        as_of: the moment that they hold for, epoch milliseconds.
        notes: what may surprise.
        evidence: what stands behind the numbers.
        breakdown: the same numbers by value.
    """
    return FunnelAnswer(
        **msgspec.structs.asdict(whole),
        name=funnel.name,
        tenant=funnel.tenant,
        persona=funnel.persona,
        unit=funnel.unit,
        order=funnel.order,
        count=funnel.count,
        window_seconds=funnel.window_ms / 1000,
        timezone=funnel.timezone,
        from_=funnel.from_ms,
        to=funnel.to_ms,
        as_of=as_of,
        breakdown=list(breakdown),
        left_out=_left_out(funnel),
        notes=notes,
        evidence=evidence,
    )


def moment_of(asker: Asker, funnel: Funnel, as_of: int | None) -> int:
    """The moment to answer for: the newest touchpoint where none is given."""
    if as_of is not None:
        return as_of
    return newest_ms(asker, funnel.tenant)


def names_nowhere(asker: Asker, funnel: Funnel, *, found: bool) -> list[Sentence]:
    """What a funnel that finds nothing may have got wrong.

    Args:
        asker: whom to ask.
        funnel: the question.
        found: it found something for all that it names.
    """
    types = [name for one in (*funnel.steps, *funnel.exclude) for name in one.types]
    notes = hints(asker, Scope(tenant=funnel.tenant), types, found=found)
    return [*notes, *unknown_types(funnel.eligible or ())]


def _buckets(
    funnel: Funnel, rows: list[StepRow], model: PersonaModel | None
) -> list[Bucket]:
    """The buckets of the rows; every persona of the model is one."""
    parted: dict[tuple[Kind, str], list[StepRow]] = {}
    for row in rows:
        parted.setdefault((KINDS[row.kind], row.value), []).append(row)
    for name in names_of(model) if model else ():
        parted.setdefault(("value", name), [])
    buckets = [
        Bucket(
            **msgspec.structs.asdict(numbers(funnel, some)),
            kind=kind,
            value=bucket_name(kind, value),
        )
        for (kind, value), some in parted.items()
    ]
    return sorted(buckets, key=lambda one: (one.kind != "value", -one.entered))


def _left_out(funnel: Funnel) -> list[Sentence]:
    left_out = []
    if not funnel.include_bots:
        left_out.append(say("bots"))
    if not funnel.include_machine:
        left_out.append(say("machines"))
    if funnel.unit != "person":
        left_out.append(say("without_unit", unit=funnel.unit))
    if funnel.net:
        left_out.append(say("revoked"))
    return left_out


def _notes(funnel: Funnel, whole: Numbers) -> list[Sentence]:
    notes = []
    if whole.capped:
        many, most = whole.capped, MAX_TOUCHPOINTS
        notes.append(say("capped", many=many, unit=funnel.unit, most=most))
    breakdown = funnel.breakdown
    if breakdown is not None and breakdown.step and funnel.count == "uniques":
        notes.append(say("overlap", unit=funnel.unit, step=breakdown.step))
    if breakdown is not None and breakdown.attribution == "all_steps":
        notes.append(say("same_value", property=breakdown.property_))
    return notes
