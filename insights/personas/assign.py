"""A persona model as one SQL expression, so that the engine says who is whom."""

from collections.abc import Sequence
from functools import partial
from string import Template
from typing import TypedDict

from insights.asker import question
from insights.conditions import Test, Values, compile_where
from insights.personas.fields import FEATURES, goes_by_orders, person_field
from insights.personas.spec import (
    OTHERS,
    DeclaredPersonas,
    FoundPersonas,
    PersonaError,
    PersonaModel,
    Rule,
    find_persona,
    names_of,
)
from insights.personas.states import states_now
from insights.scope import Personas, Scope
from insights.sentences import say


class KnownPersonas(TypedDict):
    """What is known of personas, as every question about a funnel takes it.

    Attributes:
        personas: finds the persons of its persona; None where it names none.
        persona_model: whose personas a breakdown by persona tells apart.
    """

    personas: Personas | None
    persona_model: PersonaModel | None


def persona_of(model: PersonaModel, values: Values) -> str:
    """The SQL of a person's persona, over the columns of `sql/states.sql`.

    Args:
        model: by rules, or found.
        values: takes up the values.

    Raises:
        QuestionError: a rule asks for what there is not.
    """
    if isinstance(model, FoundPersonas):
        return _nearest(model, values)
    return _first(model, values)


def goes_by_places(model: PersonaModel) -> bool:
    """Whether a model's persona depends on the channels of somebody's orders.

    Args:
        model: by rules, or found; features know nothing of it.
    """
    if isinstance(model, FoundPersonas):
        return False
    asked = (one for rule in model.personas for one in (rule.where, *rule.any))
    return any(goes_by_orders(key) for where in asked for key in where)


def persons_of(model: PersonaModel, name: str, values: Values) -> str:
    """A query for the ids of a persona's persons, for `touchpoints_of`.

    It binds `{tenant:String}`, which whoever uses it has to give.

    Args:
        model: by rules, or found.
        name: of the persona.
        values: takes up the values.

    Raises:
        QuestionError: the model has no such persona, or asks for what there is not.
    """
    if name not in names_of(model):
        known = ", ".join(names_of(model))
        raise PersonaError(say("persona", name=name, known=known))
    return Template(question("members", "insights.personas")).substitute(
        states=states_now(values, placed=goes_by_places(model)),
        persona=persona_of(model, values),
        name=values.bind(name, "String"),
    )


def joined(model: PersonaModel | None, person: str, values: Values) -> str:
    """A join that tells the persona of each person as `personas.persona`.

    It is empty for who has none, and binds `{tenant:String}`, which whoever uses it has
    to give.

    Args:
        model: by rules, or found; None where nobody knows any.
        person: SQL of the person's id.
        values: takes up the values.

    Raises:
        QuestionError: there is no model, or it asks for what there is not.
    """
    if model is None:
        raise PersonaError(say("no_personas"))
    return Template(question("joined", "insights.personas")).substitute(
        states=states_now(values, placed=goes_by_places(model)),
        persona=persona_of(model, values),
        person=person,
    )


def personas_by(models: Sequence[PersonaModel], scope: Scope) -> Personas | None:
    """What finds the persons of a scope's persona; None where it names none.

    Args:
        models: those that are known; a persona of another than the first is written
            `model/persona` where the name alone is not enough.
        scope: the scope.

    Raises:
        PersonaError: there is no such persona.
    """
    if not scope.persona:
        return None
    model, name = find_persona(models, scope.persona)
    return partial(persons_of, model, name)


def feature_values(names: Sequence[str], currency: str, values: Values) -> str:
    """The SQL of an array of features, in this order.

    Raises:
        PersonaError: there is no such feature.
    """
    if unknown := [name for name in names if name not in FEATURES]:
        known = ", ".join(FEATURES)
        raise PersonaError(say("persona_feature", name=unknown[0], known=known))
    listed = ", ".join(f"toFloat64({FEATURES[name]})" for name in names)
    if "{currency}" in listed:
        listed = listed.replace("{currency}", values.bind(currency, "String"))
    return f"[{listed}]"


def _first(model: DeclaredPersonas, values: Values) -> str:
    branches = [
        f"{_holds(rule, values)}, {values.bind(rule.name, 'String')}"
        for rule in model.personas
    ]
    return f"multiIf({', '.join(branches)}, {values.bind(OTHERS, 'String')})"


def _holds(rule: Rule, values: Values) -> str:
    parts = _all(rule.where, values)
    if rule.any:
        either = [" AND ".join(_all(one, values) or ["true"]) for one in rule.any]
        parts.append("(" + " OR ".join(f"({one})" for one in either) + ")")
    return " AND ".join(parts) or "true"


def _all(where: dict[str, Test], values: Values) -> list[str]:
    return compile_where(where, values, person_field)


def _nearest(model: FoundPersonas, values: Values) -> str:
    raw = feature_values([f.name for f in model.features], model.currency, values)
    means = values.bind([f.mean for f in model.features], "Array(Float64)")
    scales = values.bind([f.scale for f in model.features], "Array(Float64)")
    at = f"arrayMap((x, m, s) -> (x - m) / s, {raw}, {means}, {scales})"
    distances = ", ".join(
        f"L2SquaredDistance({at}, {values.bind(list(one.centre), 'Array(Float64)')})"
        for one in model.personas
    )
    names = values.bind([one.name for one in model.personas], "Array(String)")
    nearest = f"indexOf([{distances}], arrayMin([{distances}]))"
    return f"arrayElement({names}, {nearest})"
