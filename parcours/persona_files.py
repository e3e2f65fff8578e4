"""The personas that a system knows: the built-in ones and those of its folder."""

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from insights.personas.spec import PersonaModel
    from insights.scope import Personas, Scope


def personas_folder(data_dir: Path) -> Path:
    """Where a system on a data folder has its persona models."""
    return (data_dir / "personas").resolve()


def known_personas(data_dir: Path) -> "tuple[PersonaModel, ...]":
    """Every persona model of a system, the default one first."""
    from insights.personas.spec import load_personas  # noqa: PLC0415 - `--help` is fast

    return load_personas(personas_folder(data_dir))


def personas_for(data_dir: Path, scope: "Scope") -> "Personas | None":
    """What finds the persons of a scope's persona; None where it names none."""
    from insights.personas.assign import personas_by  # noqa: PLC0415 - as above

    return personas_by(known_personas(data_dir), scope) if scope.persona else None
