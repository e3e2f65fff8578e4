"""The journey models of a system, as its map shows them."""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from insights.map.desk import Desk
from insights.map.model import MapModel, MapPhase
from parcours import door
from parcours.plan_files import known_plans
from streams.journey.model_spec import ModelSpec
from streams.model_files import models_of_settings

if TYPE_CHECKING:
    from insights.asker import Asker
    from insights.map.answer import JourneyMap


def open_desk(data_dir: Path) -> Desk:
    """The models that the system on a folder works with, and its planned journeys.

    Raises:
        PlanFileError: a plan of the folder cannot be meant.
    """
    desk = desk_of(models_of_settings(door.settings_for(data_dir)))
    return replace(desk, plans=known_plans(data_dir, desk))


def whole_map(asker: "Asker", data_dir: Path) -> "JourneyMap":
    """The map of everything, with all that is found beside it."""
    from insights.map.beside import read_beside  # noqa: PLC0415 - `--help` stays fast
    from insights.map.reading import read_map  # noqa: PLC0415 - as above
    from insights.scope import Scope  # noqa: PLC0415 - as above
    from insights.trails.reading import prepared  # noqa: PLC0415 - as above

    desk, scope = open_desk(data_dir), Scope()
    model = desk.model(scope.model)
    trails = prepared(asker, scope)
    beside = read_beside(asker, scope, model, trails=trails)
    plan = desk.plan_for(scope.model)
    return read_map(asker, scope, model, plan=plan, beside=beside, trails=trails)


def desk_of(specs: tuple[ModelSpec, ...]) -> Desk:
    """These models, for the map; the first is the default one."""
    return Desk(tuple(map(_shown, specs)))


def _shown(spec: ModelSpec) -> MapModel:
    phases = tuple(MapPhase(p.id, p.label, not p.enter) for p in spec.phases)
    return MapModel(spec.name, spec.version, phases, spec.label)
