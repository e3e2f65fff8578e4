"""The objectives of a system: `objectives.yaml` in its data folder."""

from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from insights.objectives.spec import Objective

NAME: Final = "objectives.yaml"


def known_objectives(data_dir: Path) -> "tuple[Objective, ...]":
    """The objectives of the system on a folder; none where it has no such file."""
    from insights.objectives.spec import read_objectives  # noqa: PLC0415 - `--help` is fast

    file = data_dir / NAME
    return read_objectives(file) if file.is_file() else ()
