"""What contacts cost: `costs.csv` or `costs.yaml` in a system's data folder."""

from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from insights.impact.costs import Cost

NAMES: Final = ("costs.csv", "costs.yaml")


def known_costs(data_dir: Path, given: Path | None = None) -> "tuple[Cost, ...]":
    """The costs of a file, or of the data folder; none where it has no such file.

    Args:
        data_dir: the system's folder.
        given: the file that was named, if any.
    """
    from insights.impact.costs import read_costs  # noqa: PLC0415 - `--help` is fast

    files = [given] if given else [data_dir / name for name in NAMES]
    return tuple(
        cost for file in files if given or file.is_file() for cost in read_costs(file)
    )
