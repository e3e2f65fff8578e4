"""`--version`: an option of no command."""

from importlib.metadata import version
from typing import Annotated

import typer

from parcours.screen import tell


def _tell(asked: bool) -> None:
    if asked:
        tell(f"parcours {version('parcours')}")
        raise typer.Exit


def options(
    asked: Annotated[
        bool,
        typer.Option(
            "--version",
            callback=_tell,
            is_eager=True,
            help="Tell which version this is.",
        ),
    ] = False,
) -> None:
    """Options of no command."""
    del asked  # its callback has told
