"""`schemas`: the generated JSON Schema of every topic's record."""

from typing import Annotated

import typer

from parcours.screen import say, tell


def schemas(
    check: Annotated[
        bool, typer.Option("--check", help="Change nothing; exit status 1 if outdated.")
    ] = False,
) -> None:
    """Write schemas/jsonschema/*.json from the code, one file a topic."""
    from parcours.json_schemas import folder, outdated

    stale = outdated()
    for name, text in stale.items():
        if check:
            say(f"outdated: {name}")
        elif text is None:
            (folder() / name).unlink()
            tell(f"removed {name}")
        else:
            (folder() / name).write_text(text, "utf-8")
            tell(f"wrote {name}")
    if check and stale:
        say("run `parcours schemas` and commit what it writes")
        raise typer.Exit(1)
