"""Which persona a person has, and who the persons of a persona are."""

from string import Template
from typing import Final

from msgspec import Struct

from insights.asker import Asker, ask_all, question
from insights.conditions import Values
from insights.evidence import Evidence
from insights.personas.answer import active_in, states_as_at
from insights.personas.assign import goes_by_places, persona_of
from insights.personas.spec import (
    FoundPersonas,
    PersonaError,
    PersonaModel,
    labels_of,
)
from insights.personas.states import states_now
from insights.scope import Scope
from insights.sentences import Sentence, say
from insights.statements import BUDGET, Statement, afford

MAX_PAGE: Final = 10_000
_PACKAGE: Final = "insights.personas"
_DEFINITION: Final = (
    "The persons that the persona's number counts, in the order of their ids"
)


class PersonaOf(Struct):
    """The persona of somebody.

    Attributes:
        model: the persona model by which they have it.
        label: what people call it, by language.
        because: which rule of the model decided it.
    """

    model: str
    persona: str
    label: dict[str, str]
    because: Sentence


class PersonaPerson(Struct):
    """One person of a persona.

    Attributes:
        phase: where they stand, or stood.
        orders, touchpoints: theirs, in all their life until then.
        value_minor: of their orders, smallest unit, by currency.
        first_at, last_at: of their touchpoints, epoch milliseconds.
    """

    person_id: str
    phase: str
    orders: int
    value_minor: dict[str, int]
    touchpoints: int
    first_at: int
    last_at: int


class PersonaPage(Struct):
    """A page of the persons of a persona.

    Attributes:
        at: the moment that it holds for, epoch milliseconds; None for now.
        offset: how many come before.
        more: whether others follow.
    """

    model: str
    persona: str
    at: int | None
    offset: int
    more: bool
    members: list[PersonaPerson]
    evidence: Evidence


class _Persona(Struct):
    persona: str


def persona_of_person(
    asker: Asker, model: PersonaModel, names: list[str], tenant: str = "default"
) -> PersonaOf | None:
    """Which persona a person has now, by the same expression that counts the shares.

    Args:
        asker: whom to ask.
        model: by rules, or found.
        names: the person's id, and all identifiers that turned out to be theirs.
        tenant: whose data.

    Returns:
        None for who does not count: of whom only a bot or a control event is known.
    """
    values = Values()
    states = states_now(values, placed=goes_by_places(model), names=names)
    sql = Template(question("belongs", _PACKAGE)).substitute(
        states=states, persona=persona_of(model, values)
    )
    found = ask_all(asker, sql, {"tenant": tenant} | values.bound, _Persona)
    if not found:
        return None
    name = found[0].persona
    label = labels_of(model).get(name, {})
    return PersonaOf(model.name, name, label, _because(model, name))


def _because(model: PersonaModel, name: str) -> Sentence:
    if isinstance(model, FoundPersonas):
        return say("persona_nearest", model=model.name)
    for rule in model.personas:
        if rule.name == name:
            return say("persona_rule", model=model.name, rule=str(rule))
    return say("persona_none", model=model.name)


def persons_in(  # noqa: PLR0913 - each tells what of the persons is wanted
    asker: Asker,
    scope: Scope,
    model: PersonaModel,
    persona: str,
    *,
    at: str | int | None = None,
    limit: int = 100,
    offset: int = 0,
) -> PersonaPage:
    """List the persons that a persona's number counts.

    Args:
        asker: whom to ask.
        scope: as in `answer.personas`.
        model: by rules, or found.
        persona: its name in the model.
        at: as in `answer.personas`.
        limit: how many at most.
        offset: how many to pass over.

    Raises:
        CostError: it would read too much.
        QuestionError: the scope makes no sense, or the page is too large.
    """
    if not 1 <= limit <= MAX_PAGE or offset < 0:
        raise PersonaError(say("bounds", name="limit", least=1, most=MAX_PAGE))
    values = Values()
    states, at_ms = states_as_at(asker, scope, model, values, at)
    sql = Template(question("listed", _PACKAGE)).substitute(
        states=states,
        persona=persona_of(model, values),
        name=values.bind(persona, "String"),
        active=active_in(scope, values),
    )
    page = {"tenant": scope.tenant, "limit": limit + 1, "offset": offset}
    parameters = page | values.bound
    afford(asker, Statement(sql, parameters), BUDGET, "cost_ever")
    found = ask_all(asker, sql, parameters, PersonaPerson)
    return PersonaPage(
        model=model.name,
        persona=persona,
        at=at_ms,
        offset=offset,
        more=len(found) > limit,
        members=found[:limit],
        evidence=Evidence(_DEFINITION, sql, parameters),
    )
