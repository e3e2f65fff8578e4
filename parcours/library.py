"""What the API knows of a system from files: read by the same functions as commands do."""

from collections.abc import Iterator
from pathlib import Path

from insights.api.library import Library
from parcours import cost_files, door, objective_files, plan_files
from parcours.commands.pains import OWNERS, known_owners
from parcours.following import Following
from parcours.mapping import open_desk
from parcours.persona_files import known_personas, personas_folder
from parcours.registering import registered_funnels


def follow_library(data_dir: Path) -> Following[Library]:
    """The library of the system on a folder, which follows its files.

    Raises:
        RefusedError: a file cannot be meant; says which, and why.
    """
    return Following(lambda: _read(data_dir), _places(data_dir))


def _read(data_dir: Path) -> Library:
    return Library(
        open_desk(data_dir),
        known_personas(data_dir),
        known_owners(data_dir),
        objective_files.known_objectives(data_dir),
        registered_funnels(data_dir),
        cost_files.known_costs(data_dir),
    )


def _places(data_dir: Path) -> Iterator[Path]:
    """Every file and folder that `_read` looks at, also those that may come."""
    yield from door.model_places(data_dir)
    yield personas_folder(data_dir)
    yield data_dir / plan_files.FOLDER
    yield door.funnels_folder(data_dir)
    for name in (OWNERS, objective_files.NAME, *cost_files.NAMES):
        yield data_dir / name
