"""The journey models of a system, as its map shows them."""

from pathlib import Path

from insights.map.desk import Desk
from insights.map.model import MapModel, MapPhase
from parcours import door
from parcours.planning.current import models_of_settings
from streams.journey.model_spec import ModelSpec


def open_desk(data_dir: Path) -> Desk:
    """The models that the system on a folder works with."""
    return desk_of(models_of_settings(door.settings_for(data_dir)))


def desk_of(specs: tuple[ModelSpec, ...]) -> Desk:
    """These models, for the map; the first is the default one."""
    return Desk(tuple(map(_shown, specs)))


def _shown(spec: ModelSpec) -> MapModel:
    phases = tuple(MapPhase(p.id, p.label, not p.enter) for p in spec.phases)
    return MapModel(spec.name, spec.version, phases, spec.label)
