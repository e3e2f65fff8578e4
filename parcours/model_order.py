"""In which order the phases of a journey model stand, by the models in force."""

from pathlib import Path
from typing import TYPE_CHECKING

from parcours import door

if TYPE_CHECKING:
    from streams.journey.model_spec import ModelSpec


class ModelOrderError(ValueError):
    """There is no such model."""


def phases_in_order(data_dir: Path, model: str) -> tuple[str, ...]:
    """The phases of a model in their order, without those entered by silence alone.

    Args:
        data_dir: the system's folder.
        model: name of the journey model.

    Raises:
        ModelOrderError: no model of that name is in force.
    """
    from streams.model_files import models_of_settings  # noqa: PLC0415 - `--help` stays fast

    settings = door.settings_for(data_dir)
    specs = {spec.name: spec for spec in models_of_settings(settings)}
    if model not in specs:
        message = f"no journey model {model!r}; there are {', '.join(specs)}"
        raise ModelOrderError(message)
    return entered(specs[model])


def entered(spec: "ModelSpec") -> tuple[str, ...]:
    """The phases of a model in their order, without those entered by silence alone."""
    return tuple(phase.id for phase in spec.phases if phase.enter)
