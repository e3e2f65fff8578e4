"""Who the customers are: how many of each persona, now or at a date, and how it drifts."""

from math import log
from string import Template
from typing import Final

import msgspec
from msgspec import Struct

from insights.asker import Asker, ask_all, question
from insights.conditions import Values
from insights.evidence import Evidence
from insights.hints import hints
from insights.newest import known_until
from insights.personas.assign import goes_by_places, persona_of
from insights.personas.spec import PersonaModel, labels_of, names_of
from insights.personas.states import states_at, states_now
from insights.scope import Scope, touchpoints_of
from insights.sentences import Sentence
from insights.statements import BUDGET, Statement, afford
from insights.times import instant_ms

SMALLEST_SHARE: Final = 0.0001
"""Stands for a share of nobody, of which there is no logarithm."""

MODERATE_PSI: Final = 0.1
LARGE_PSI: Final = 0.25

_DEFINITION: Final = (
    "Persons by persona: every person counts once, in the persona that the model gives "
    "to what is known of them"
)


class PersonaShare(Struct):
    """One persona.

    Attributes:
        label: by language.
        persons: how many.
        share: of all persons counted; None where there are none.
        orders, touchpoints: theirs, in all their life until then.
        value_minor: of their orders, smallest unit, by currency.
    """

    persona: str
    label: dict[str, str]
    persons: int
    share: float | None
    orders: int
    touchpoints: int
    value_minor: dict[str, int]


class PersonasAnswer(Struct):
    """Every persona of a model.

    Attributes:
        model: name of the persona model.
        at: the moment that it holds for, epoch milliseconds; None for now.
        persons: all who were counted.
        notes: what may surprise.
    """

    model: str
    at: int | None
    persons: int
    personas: list[PersonaShare]
    notes: list[Sentence]
    evidence: Evidence


class PersonaDrift(Struct):
    """How one persona's share changed, with its part of the index."""

    persona: str
    before: int
    after: int
    share_before: float | None
    share_after: float | None
    part: float | None


class DriftAnswer(Struct):
    """How far personas moved between two periods.

    Attributes:
        psi: population stability index; None where a period has nobody.
        verdict: stable (below 0.1), moderate (below 0.25), large; empty without an index.
    """

    model: str
    psi: float | None
    verdict: str
    personas: list[PersonaDrift]
    before: PersonasAnswer
    after: PersonasAnswer


class _Row(Struct):
    persona: str
    persons: int
    orders: int
    value_minor: dict[str, int]
    touchpoints: int


def personas(
    asker: Asker,
    scope: Scope,
    model: PersonaModel,
    at: str | int | None = None,
    *,
    budget: int = BUDGET,
) -> PersonasAnswer:
    """Count the persons of each persona.

    Args:
        asker: whom to ask.
        scope: whose data; with a range, channel or store only persons with a touchpoint
            there count. Its persona is not looked at.
        model: by rules, or found.
        at: count persons as they were at that moment, or at the newest touchpoint where
            that is earlier; as they are now where None.
        budget: how many touchpoints each statement may read.

    Raises:
        CostError: it would read more.
        QuestionError: the scope or the model makes no sense.
    """
    values = Values()
    states, at_ms = states_as_at(asker, scope, model, values, at)
    sql = Template(question("shares", "insights.personas")).substitute(
        states=states,
        persona=persona_of(model, values),
        active=active_in(scope, values),
    )
    parameters = {"tenant": scope.tenant} | values.bound
    afford(asker, Statement(sql, parameters), budget, "cost_ever")
    rows = {row.persona: row for row in ask_all(asker, sql, parameters, _Row)}
    total = sum(row.persons for row in rows.values())
    return PersonasAnswer(
        model=model.name,
        at=at_ms,
        persons=total,
        personas=[_share(model, name, rows, total) for name in names_of(model)],
        notes=hints(asker, scope, found=bool(total)),
        evidence=Evidence(_DEFINITION, sql, parameters),
    )


def drift(
    asker: Asker, model: PersonaModel, before: Scope, after: Scope
) -> DriftAnswer:
    """How the personas of those who were active changed from one period to another.

    The persons with a touchpoint in a period are counted as they were at its end. The
    index is the sum of (after - before) * ln(after / before) over the shares.

    Args:
        asker: whom to ask.
        model: by rules, or found.
        before: the first period; one that goes on ends with the newest touchpoint.
        after: the second one.

    Raises:
        QuestionError: the scopes or the model make no sense.
    """
    first = personas(asker, before, model, before.range_ms()[1])
    second = personas(asker, after, model, after.range_ms()[1])
    moved = [
        PersonaDrift(
            one.persona,
            one.persons,
            other.persons,
            one.share,
            other.share,
            _part(one.share, other.share),
        )
        for one, other in zip(first.personas, second.personas, strict=True)
    ]
    psi = _index(moved)
    return DriftAnswer(model.name, psi, _verdict(psi), moved, first, second)


def states_as_at(
    asker: Asker,
    scope: Scope,
    model: PersonaModel,
    values: Values,
    at: str | int | None,
) -> tuple[str, int | None]:
    """The query for persons as they were at a moment, and the moment that it holds for.

    Args:
        asker: whom to ask.
        scope: whose data.
        model: what is told of the persons is what it asks for.
        values: takes up the values.
        at: the moment; now where None.

    Raises:
        QuestionError: no such moment.
    """
    placed, at_ms = goes_by_places(model), instant_ms(at, scope.timezone)
    if at_ms is None:
        return states_now(values, placed=placed), None
    # Nobody is silent because the moment has not come yet; who is known to be, is.
    at_ms = min(at_ms, known_until(asker, scope) + 1)
    return states_at(scope, at_ms, values, placed=placed), at_ms


def active_in(scope: Scope, values: Values) -> str:
    """SQL that tells who was active in the scope, where it is narrower than everything."""
    narrow = scope.from_ is not None or scope.to is not None
    if not (narrow or scope.channel or scope.store):
        return "true"
    here = msgspec.structs.replace(scope, persona="")
    return Template(question("active", "insights.personas")).substitute(
        touchpoints=touchpoints_of(here, (), values)
    )


def _share(
    model: PersonaModel, name: str, rows: dict[str, _Row], total: int
) -> PersonaShare:
    row = rows.get(name) or _Row(name, 0, 0, {}, 0)
    return PersonaShare(
        persona=name,
        label=labels_of(model).get(name, {}),
        persons=row.persons,
        share=row.persons / total if total else None,
        orders=row.orders,
        touchpoints=row.touchpoints,
        value_minor=row.value_minor,
    )


def _part(before: float | None, after: float | None) -> float | None:
    if before is None or after is None:
        return None
    first, second = max(before, SMALLEST_SHARE), max(after, SMALLEST_SHARE)
    return (second - first) * log(second / first)


def _index(moved: list[PersonaDrift]) -> float | None:
    parts = [one.part for one in moved if one.part is not None]
    return sum(parts) if len(parts) == len(moved) else None


def _verdict(psi: float | None) -> str:
    if psi is None:
        return ""
    if psi < MODERATE_PSI:
        return "stable"
    return "moderate" if psi < LARGE_PSI else "large"
