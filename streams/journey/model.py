"""The journey model: phases with entry rules over counted touchpoints. Data, not code."""

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import blake2b
from typing import Annotated

import msgspec
from msgspec import Meta, Struct

ANY = "*"


class ModelError(ValueError):
    """A journey model cannot mean what it says."""


class Condition(Struct, frozen=True, forbid_unknown_fields=True):
    """At least so many distinct touchpoints of these types."""

    types: Annotated[tuple[str, ...], Meta(min_length=1)]
    at_least: Annotated[int, Meta(ge=1, le=100)] = 1

    @property
    def counter(self) -> str:
        """Name under which the state keeps this condition's earliest touchpoints.

        Short, since every state carries it; the same for the same types in any model.
        """
        if len(self.types) == 1:
            return self.types[0]
        types = "+".join(sorted(self.types)).encode()
        return blake2b(types, digest_size=4).hexdigest()


class EntryRule(Struct, frozen=True, forbid_unknown_fields=True):
    """One way into a phase: all conditions fulfilled."""

    rule: str
    all: Annotated[tuple[Condition, ...], Meta(min_length=1)]


class Phase(Struct, frozen=True, forbid_unknown_fields=True):
    """One phase: its name, labels by language and ways in."""

    id: Annotated[str, Meta(pattern="^[a-z][a-z0-9_]*$")]
    enter: Annotated[tuple[EntryRule, ...], Meta(min_length=1)]
    label: dict[str, str] = {}


class ModelSpec(Struct, frozen=True, forbid_unknown_fields=True):
    """A journey model as its YAML file says it."""

    name: Annotated[str, Meta(pattern="^[a-z][a-z0-9_]*$")]
    version: Annotated[int, Meta(ge=1)]
    phases: Annotated[tuple[Phase, ...], Meta(min_length=1)]


Need = tuple[str, int]
"""A condition, compiled: the counter, and how many touchpoints it needs."""


@dataclass(frozen=True, slots=True)
class WayIn:
    """An entry rule, compiled: where it leads and what it needs."""

    position: int
    phase: str
    rule: str
    needs: tuple[Need, ...]


@dataclass(frozen=True, slots=True)
class Models:
    """Journey models, compiled for folding; the first is the default one.

    Attributes:
        specs: the models.
        ways: for each model, every way into every phase.
        by_type: touchpoint type → (counter it feeds, how many to keep).
        any_type: the same for types that no condition names.
    """

    specs: tuple[ModelSpec, ...]
    ways: tuple[tuple[WayIn, ...], ...]
    by_type: Mapping[str, tuple[Need, ...]]
    any_type: tuple[Need, ...]

    @property
    def wanted(self) -> dict[str, int]:
        """Counter → how many of its earliest touchpoints are kept."""
        return dict(need for needs in self.by_type.values() for need in needs) | dict(
            self.any_type
        )


def models_from(*documents: object) -> Models:
    """Compile models from parsed YAML documents.

    Raises:
        msgspec.ValidationError: a document does not have the form it must have.
        ModelError: two models have one name, or a phase stands twice.
    """
    specs = tuple(msgspec.convert(document, ModelSpec) for document in documents)
    if len({spec.name for spec in specs}) != len(specs):
        message = "two journey models have the same name"
        raise ModelError(message)
    wanted: dict[str, int] = {}
    types: dict[str, set[str]] = {}
    for spec in specs:
        if len({phase.id for phase in spec.phases}) != len(spec.phases):
            message = f"model {spec.name}: a phase stands twice"
            raise ModelError(message)
        for condition in _conditions(spec):
            name = condition.counter
            wanted[name] = max(wanted.get(name, 0), condition.at_least)
            types[name] = set(condition.types)
    any_type = tuple((name, wanted[name]) for name, of in types.items() if ANY in of)
    by_type: dict[str, tuple[Need, ...]] = {}
    for type_ in set().union(*types.values()) - {ANY}:
        named = tuple((name, wanted[name]) for name, of in types.items() if type_ in of)
        by_type[type_] = tuple(dict.fromkeys(any_type + named))
    ways = tuple(_ways(spec) for spec in specs)
    return Models(specs, ways, by_type, any_type)


def _ways(spec: ModelSpec) -> tuple[WayIn, ...]:
    return tuple(
        WayIn(
            position,
            phase.id,
            rule.rule,
            tuple((condition.counter, condition.at_least) for condition in rule.all),
        )
        for position, phase in enumerate(spec.phases)
        for rule in phase.enter
    )


def _conditions(spec: ModelSpec) -> list[Condition]:
    return [
        condition
        for phase in spec.phases
        for rule in phase.enter
        for condition in rule.all
    ]
