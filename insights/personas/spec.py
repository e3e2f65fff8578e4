"""Persona models: declared by rules in YAML, or found and kept as JSON."""

from collections.abc import Iterable, Sequence
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Final

import msgspec
import yaml
from msgspec import Meta, Struct

from insights.asker import QuestionError
from insights.conditions import Test, told
from insights.sentences import say

OTHERS: Final = "others"
"""Whom no rule describes."""

_OTHERS: Final = {"en": "Others", "fr": "Autres"}

DEFAULT: Final = "default"
ENDINGS: Final = (".yaml", ".yml", ".json")

Name = Annotated[str, Meta(pattern=r"^[a-z][a-z0-9_]*$(?!\n)", max_length=64)]


class PersonaError(QuestionError):
    """A persona model that means nothing, or a persona that there is not."""


class Rule(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """One persona by rules.

    Attributes:
        name: identity within the model.
        label: what people call it, by language (`en`, `fr`).
        where: conditions that all have to hold; see docs/personas.md.
        any: sets of conditions, of which one has to hold as well.
    """

    name: Name
    label: dict[str, str] = {}
    where: dict[str, Test] = {}
    any: tuple[dict[str, Test], ...] = ()

    def __str__(self) -> str:
        """The conditions in one line: a comma is and, a bar is or."""
        sets = [told(one) for one in self.any]
        either = " | ".join(_together(one) for one in sets)
        parts = told(self.where)
        if either:
            parts.append(f"({either})" if parts and len(sets) > 1 else either)
        return ", ".join(parts)


class DeclaredPersonas(
    Struct,
    frozen=True,
    forbid_unknown_fields=True,
    omit_defaults=True,
    tag_field="kind",
    tag="rules",
):
    """Personas by rules: the first whose rule holds is the person's; else `others`."""

    name: Name
    personas: Annotated[tuple[Rule, ...], Meta(min_length=1, max_length=30)]


class Feature(Struct, frozen=True, forbid_unknown_fields=True):
    """One number that persons are compared in: (value - mean) / scale."""

    name: str
    mean: float
    scale: float


class Centre(Struct, frozen=True, forbid_unknown_fields=True):
    """One persona that was found.

    Attributes:
        name: made of what distinguishes it most; may be changed in the file.
        label: what people call it, by language.
        centre: mean of its persons in the standardised features, in their order.
        persons: how many it was found in.
    """

    name: Name
    label: dict[str, str]
    centre: tuple[float, ...]
    persons: int


class FoundPersonas(
    Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind", tag="found"
):
    """Personas by centres: the nearest one is the person's.

    Attributes:
        name: identity of the model.
        seed: of what was left to chance.
        currency: in which order values are compared.
        sampled: persons it was found in.
        silhouette: mean silhouette, -1 to 1: how well the personas are apart.
        features: in which order centres have their numbers.
        personas: the centres.
    """

    name: Name
    seed: int
    currency: str
    sampled: int
    silhouette: float
    features: tuple[Feature, ...]
    personas: Annotated[tuple[Centre, ...], Meta(min_length=1)]


PersonaModel = DeclaredPersonas | FoundPersonas


def built_in() -> DeclaredPersonas:
    """The personas that are shipped."""
    file = files("insights.personas").joinpath("default_personas.yaml")
    return msgspec.convert(yaml.safe_load(file.read_text("utf-8")), DeclaredPersonas)


def load_personas(folder: Path | None) -> tuple[PersonaModel, ...]:
    """The persona models of a folder: its YAML and JSON files, by name.

    The model `default` comes first, the built-in one if no file has that name.

    Raises:
        PersonaError: a file cannot be read or is no persona model; says which and why.
    """
    found: dict[str, PersonaModel] = {}
    listed = sorted(folder.iterdir()) if folder and folder.is_dir() else []
    for file in listed:
        if file.suffix in ENDINGS:
            model = read_personas(file)
            if model.name in found:
                message = f"{file}: another file has personas named {model.name!r} too"
                raise PersonaError(message)
            found[model.name] = model
    first = found.pop(DEFAULT, None) or built_in()
    return (first, *found.values())


def read_personas(file: Path) -> PersonaModel:
    """The persona model of one file.

    Raises:
        PersonaError: see `load_personas`.
    """
    try:
        text = file.read_text("utf-8")
        plain = msgspec.json.decode(text) if file.suffix == ".json" else None
        model: PersonaModel = msgspec.convert(
            plain or yaml.safe_load(text), PersonaModel
        )
    except OSError as error:
        message = f"{file}: cannot be read ({error.strerror}); check the path"
        raise PersonaError(message) from error
    except (msgspec.MsgspecError, yaml.YAMLError, UnicodeDecodeError) as error:
        said = " ".join(str(error).split())
        message = f"{file}: no personas: {said}; docs/personas.md says how they look"
        raise PersonaError(message) from error
    check(model)
    return model


def check(model: PersonaModel) -> None:
    """Refuse a model that means nothing.

    Raises:
        PersonaError: two personas of one name, or centres that do not fit the features.
    """
    names = [persona.name for persona in model.personas]
    if len(set(names)) != len(names):
        message = f"personas {model.name!r}: two have the same name"
        raise PersonaError(message)
    if isinstance(model, FoundPersonas):
        size = len(model.features)
        if not size or any(len(one.centre) != size for one in model.personas):
            message = f"personas {model.name!r}: a centre needs {size} numbers"
            raise PersonaError(message)
        if any(feature.scale <= 0 for feature in model.features):
            message = f"personas {model.name!r}: scales are above zero"
            raise PersonaError(message)


def names_of(model: PersonaModel) -> tuple[str, ...]:
    """The personas that a model knows, in its order; `others` where there may be some."""
    names = tuple(persona.name for persona in model.personas)
    if isinstance(model, FoundPersonas) or OTHERS in names:
        return names
    return (*names, OTHERS)


def labels_of(model: PersonaModel) -> dict[str, dict[str, str]]:
    """What people call the personas of a model, by name and language."""
    labels = {persona.name: persona.label for persona in model.personas}
    return labels if isinstance(model, FoundPersonas) else {OTHERS: _OTHERS} | labels


def model_named(models: Sequence[PersonaModel], name: str) -> PersonaModel:
    """The model of that name; the first one where the name is empty.

    Raises:
        PersonaError: there is none.
    """
    for model in models:
        if name in ("", model.name):
            return model
    known = _listed(model.name for model in models)
    raise PersonaError(say("personas_model", name=name, known=known))


def find_persona(models: Sequence[PersonaModel], name: str) -> tuple[PersonaModel, str]:
    """The model and the persona that `persona`, or `model/persona`, means.

    A bare name means the first model that has it.

    Raises:
        PersonaError: there is none.
    """
    of, _, persona = name.rpartition("/")
    for model in [model_named(models, of)] if of else models:
        if persona in names_of(model):
            return model, persona
    known = _listed(f"{m.name}/{one}" for m in models for one in names_of(m))
    raise PersonaError(say("persona", name=name, known=known))


def _together(conditions: list[str]) -> str:
    joined = ", ".join(conditions)
    return f"({joined})" if len(conditions) > 1 else joined


def _listed(names: Iterable[str]) -> str:
    return ", ".join(names)
