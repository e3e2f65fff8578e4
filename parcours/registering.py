"""The registered funnels of a system, with the phases of the journey model in force."""

from pathlib import Path

from insights.rollups.registered import Registered, from_folder, phase_funnel
from parcours import door
from parcours.following import Following
from parcours.model_order import entered
from streams.model_files import models_of_settings


def registered_funnels(data_dir: Path) -> list[Registered]:
    """The funnels that a system counts beforehand, by its files of now.

    Raises:
        QuestionError: a file is no funnel, or not one that can be registered.
        ModelError: a file means no journey model.
        OSError: a file cannot be read.
    """
    spec, *_ = models_of_settings(door.settings_for(data_dir))
    phases = phase_funnel(spec.name, entered(spec))
    funnels = from_folder(door.funnels_folder(data_dir))
    return [phases if one.model else one for one in funnels]


def follow_registered(data_dir: Path) -> Following[list[Registered]]:
    """The same, for who goes on while `parcours apply` or somebody changes the files.

    Raises:
        RefusedError: a file cannot be meant; says which, and why.
    """
    places = [*door.model_places(data_dir), door.funnels_folder(data_dir)]
    return Following(lambda: registered_funnels(data_dir), places)
