"""The language of journey models, as their YAML says it (docs/phases.md)."""

from typing import Annotated, Final, Literal

from msgspec import Meta, Struct

ANY: Final = "*"
PREVIOUS: Final = "previous"

Name = Annotated[str, Meta(pattern=r"^[a-z][a-z0-9_]*$(?!\n)", max_length=64)]
Rule = Annotated[str, Meta(min_length=1, max_length=128)]
Types = Annotated[tuple[str, ...], Meta(min_length=1)]
Text = Annotated[str, Meta(min_length=1, max_length=256)]
Texts = Text | tuple[Text, ...]
Value = bool | int | float | str
Values = Value | tuple[Value, ...]
Dimension = Literal["channel", "store_id", "campaign", "day"]


class ModelError(ValueError):
    """A journey model cannot mean what it says."""


class Where(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Which touchpoints: every field that is given must fit, with one of its values.

    A text that ends with `*` fits whatever begins like it.

    Attributes:
        store_id: the store (`place.store_id`).
        channel: where the person was.
        campaign: name of the campaign, or its id where it has no name.
        source: the system that reported it.
        properties: path into `properties` → values; the steps of a path are separated
            by dots, and lists on the way are searched: `products.category`.
    """

    store_id: Texts = ()
    channel: Texts = ()
    campaign: Texts = ()
    source: Texts = ()
    properties: dict[Text, Values] = {}


class Condition(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Enough of these touchpoints; of three measures, a condition takes one.

    Attributes:
        types: touchpoint types, `*` for any.
        at_least: how many distinct touchpoints; with `distinct`, how many values.
        where: only touchpoints that fit.
        distinct: count the different channels, stores, campaigns or days (UTC).
        at_least_minor: instead: order value in `currency`, smallest unit, in total.
        currency: ISO 4217.
    """

    types: Types
    at_least: Annotated[int, Meta(ge=1, le=100)] = 1
    where: Where | None = None
    distinct: Dimension | None = None
    at_least_minor: Annotated[int, Meta(ge=1, le=10**15)] | None = None
    currency: Annotated[str, Meta(pattern=r"^[A-Z]{3}$(?!\n)")] | None = None


class EntryRule(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """One way into a phase: all conditions of `all`, and one of `any` if it has some."""

    rule: Rule
    all: tuple[Condition, ...] = ()
    any: tuple[Condition, ...] = ()


class Phase(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """One phase: its name, labels by language (`en`, `fr`), and ways in.

    A phase without a way in is entered by silence alone.
    """

    id: Name
    enter: tuple[EntryRule, ...] = ()
    label: dict[str, Text] = {}


class Back(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Where the first touchpoint after a silence leads.

    Attributes:
        to: a phase, or `previous` for the one that was left.
        rule: name of the transition's rule.
    """

    to: Name = PREVIOUS
    rule: Rule = "came_back"


class Silence(
    Struct,
    frozen=True,
    forbid_unknown_fields=True,
    omit_defaults=True,
    rename={"from_": "from"},
):
    """A phase that a person falls into after days without a touchpoint.

    Attributes:
        rule: name of the transition's rule.
        after_days: more than this without one of `types`, in event time.
        to: a phase without a way in (dormancy), or an earlier one (regression).
        from: phases that it leads out of; by default those beyond `to`.
        types: what ends the silence; by default whatever the customer does.
        back: what happens then.
    """

    rule: Rule
    after_days: Annotated[int, Meta(ge=1, le=3650)]
    to: Name
    from_: tuple[Name, ...] = ()
    types: Types = (ANY,)
    back: Back = Back()


class ModelSpec(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A journey model as its YAML file says it.

    Attributes:
        name: identity; transitions carry it.
        version: greater whenever anything but a label changes.
        phases: in their order: journeys move towards the end.
        only: the model looks at these touchpoints alone: a product line, a chain.
        dormancy: silences, and where they lead.
        label: name for people, by language.
    """

    name: Name
    version: Annotated[int, Meta(ge=1, le=2**31)]
    phases: Annotated[tuple[Phase, ...], Meta(min_length=1)]
    only: Where | None = None
    dormancy: tuple[Silence, ...] = ()
    label: dict[str, Text] = {}


def check(spec: ModelSpec) -> None:
    """Refuse what has the right form and cannot be meant.

    Raises:
        ModelError: says where in the model, and what to do.
    """
    seen: set[str] = set()
    for place, phase in enumerate(spec.phases):
        at = f"model {spec.name}, $.phases[{place}]"
        if phase.id in seen:
            raise _odd(at, f"phase {phase.id} stands twice; give it another id")
        if phase.id == PREVIOUS:
            raise _odd(at, "`previous` is no name for a phase; rename it")
        seen.add(phase.id)
        if not phase.enter and all(one.to != phase.id for one in spec.dormancy):
            problem = f"nothing leads into {phase.id}; give it `enter` rules"
            raise _odd(at, f"{problem}, or a rule of `dormancy` that leads `to` it")
        for number, rule in enumerate(phase.enter):
            _check_rule(rule, f"{at}.enter[{number}]")
    if spec.only is not None:
        _check_where(spec.only, f"model {spec.name}, $.only")
    for place, silence in enumerate(spec.dormancy):
        _check_silence(spec, silence, f"model {spec.name}, $.dormancy[{place}]")


def _check_rule(rule: EntryRule, at: str) -> None:
    if not rule.all and not rule.any:
        raise _odd(at, f"rule {rule.rule} has no condition; add `all` or `any`")
    for name, conditions in (("all", rule.all), ("any", rule.any)):
        for number, condition in enumerate(conditions):
            _check_condition(condition, f"{at}.{name}[{number}]")


def _check_condition(condition: Condition, at: str) -> None:
    if condition.where is not None:
        _check_where(condition.where, f"{at}.where")
    if (condition.at_least_minor is None) != (condition.currency is None):
        raise _odd(at, "`at_least_minor` and `currency` belong together")
    if condition.at_least_minor is None:
        return
    if condition.types != ("order_completed",):
        raise _odd(at, "only orders have a value: types: [order_completed]")
    if condition.distinct is not None or condition.at_least != 1:
        raise _odd(at, "a value is no count; make it two conditions")


def _check_where(where: Where, at: str) -> None:
    if where == Where():
        raise _odd(at, "names nothing; give a field or leave it out")


def _check_silence(spec: ModelSpec, silence: Silence, at: str) -> None:
    enterable = {phase.id: bool(phase.enter) for phase in spec.phases}
    for name, phase in (("to", silence.to), *(("from", one) for one in silence.from_)):
        if phase not in enterable:
            known = ", ".join(enterable)
            place = f"{at}.{name}"
            raise _odd(place, f"there is no phase {phase}; known: {known}")
    if silence.back.to != PREVIOUS and not enterable.get(silence.back.to):
        problem = f"{silence.back.to} is not `previous` and no phase"
        place = f"{at}.back.to"
        raise _odd(place, f"{problem} with `enter` rules")
    if silence.to in silence.from_:
        raise _odd(at, f"leads from {silence.to} to itself; drop it from `from`")


def _odd(at: str, problem: str) -> ModelError:
    return ModelError(f"{at}: {problem}")
