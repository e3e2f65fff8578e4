"""Journey models from YAML files: one file, several, or a folder of them."""

from collections.abc import Iterable, Iterator
from difflib import get_close_matches
from importlib import resources
from pathlib import Path
from typing import Final

import msgspec
import yaml

from schemas.settings import Settings
from schemas.vocabulary import CUSTOM_PREFIX, TYPES, canonical_type
from streams.journey.model_spec import ANY, ModelError, ModelSpec, check
from streams.yaml_files import documents

BUILT_IN: Final = "built-in"
DEFAULT: Final = "default"
ENDINGS: Final = (".yaml", ".yml")
GUIDE: Final = "docs/phases.md describes the language"


def load_models(setting: str, *, any_type: bool = False) -> tuple[ModelSpec, ...]:
    """The models that a setting names; the first is the default one.

    Args:
        setting: files and folders, separated by commas; `built-in` for the five phases;
            empty for them alone. A folder stands for its `*.yaml`, by name. With a
            folder, a model named `default` comes first, the built-in one if no other.
        any_type: also types that the vocabulary does not know.

    Raises:
        ModelError: a file cannot be read, or does not mean a model; says which file,
            where in it, and what to do.
    """
    found: dict[str, tuple[ModelSpec, str]] = {}
    folders = False
    for name in _names(setting):
        if name == BUILT_IN:
            _add(found, [built_in()], name)
            continue
        path = Path(name)
        folders = folders or path.is_dir()
        for file in _files(path):
            _add(found, read_models(file, any_type=any_type), str(file))
    specs = [spec for spec, _ in found.values()]
    if not specs or (folders and DEFAULT not in found):
        specs.insert(0, built_in())
    if folders:
        specs.sort(key=lambda spec: spec.name != DEFAULT)
    return tuple(specs)


def models_of_settings(settings: Settings) -> tuple[ModelSpec, ...]:
    """The models that the settings name; the first is the default one.

    Raises:
        ModelError: as of `load_models`.
    """
    any_type = settings.unknown_types == "accept"
    return load_models(settings.model_file, any_type=any_type)


def named_files(setting: str) -> list[Path]:
    """The files and folders that a setting names, as of `load_models`."""
    return [Path(name) for name in _names(setting) if name != BUILT_IN]


def built_in() -> ModelSpec:
    """The five phases."""
    text = resources.files("streams.journey") / "default_model.yaml"
    return msgspec.convert(yaml.safe_load(text.read_text("utf-8")), ModelSpec)


def read_models(file: Path, *, any_type: bool = False) -> list[ModelSpec]:
    """The models of one file: a YAML document each.

    Raises:
        ModelError: see `load_models`.
    """
    found = documents(file, ModelError)
    if not found:
        message = f"{file}: holds no model; {GUIDE}"
        raise ModelError(message)
    return [_model(document, file, any_type=any_type) for document in found]


def read_model(file: Path, *, any_type: bool = False) -> ModelSpec:
    """The one model of a file.

    Raises:
        ModelError: see `load_models`; also where it holds several.
    """
    found = read_models(file, any_type=any_type)
    if len(found) != 1:
        message = f"{file}: holds {len(found)} models; put each into its own file"
        raise ModelError(message)
    return found[0]


def _model(document: object, file: Path, *, any_type: bool) -> ModelSpec:
    try:
        spec = msgspec.convert(document, ModelSpec)
        check(spec)
    except msgspec.ValidationError as error:
        message = f"{file}: {error}; {GUIDE}"
        raise ModelError(message) from error
    except ModelError as error:
        message = f"{file}: {error}"
        raise ModelError(message) from None
    if not any_type:
        for type_, at in _types(spec):
            _check_type(type_, f"{file}: model {spec.name}, {at}")
    return spec


def _types(spec: ModelSpec) -> Iterator[tuple[str, str]]:
    for p, phase in enumerate(spec.phases):
        for r, rule in enumerate(phase.enter):
            for name, conditions in (("all", rule.all), ("any", rule.any)):
                for c, condition in enumerate(conditions):
                    at = f"$.phases[{p}].enter[{r}].{name}[{c}].types"
                    yield from ((type_, at) for type_ in condition.types)
    for s, silence in enumerate(spec.dormancy):
        yield from ((type_, f"$.dormancy[{s}].types") for type_ in silence.types)


def _check_type(type_: str, at: str) -> None:
    if type_ == ANY or type_ in TYPES or type_.startswith(CUSTOM_PREFIX):
        return
    known = canonical_type(type_)
    near = [known] if known else get_close_matches(type_, TYPES, 1)
    hint = f"write {near[0]}" if near else "types of your own begin with `custom_`"
    message = f"{at}: no touchpoint has the type {type_}; {hint}"
    raise ModelError(message)


def _names(setting: str) -> list[str]:
    return [name for part in setting.split(",") if (name := part.strip())]


def _files(path: Path) -> list[Path]:
    if path.is_dir():
        return sorted(file for file in path.iterdir() if file.suffix in ENDINGS)
    return [path]


def _add(
    found: dict[str, tuple[ModelSpec, str]], specs: Iterable[ModelSpec], origin: str
) -> None:
    for spec in specs:
        if spec.name in found:
            message = (
                f"{origin}: model {spec.name} stands in {found[spec.name][1]} already; "
                "give it another name, or remove one of them"
            )
            raise ModelError(message)
        found[spec.name] = (spec, origin)
