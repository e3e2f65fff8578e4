"""`schemas`: the promises of topics and API as files, and whether they are kept."""

from typing import Annotated

import typer

from parcours.screen import say, tell


def schemas(
    check: Annotated[
        bool,
        typer.Option(
            "--check",
            help="Change nothing; exit status 1 if files are outdated, or if what was "
            "released is broken.",
        ),
    ] = False,
    release: Annotated[
        bool,
        typer.Option(
            "--release",
            help="Also make today's promises the released ones (schemas/released/), "
            "which the check compares with.",
        ),
    ] = False,
) -> None:
    """Write schemas/jsonschema/, asyncapi.json and openapi.json from the code.

    Also says what would break for those who rely on what was released.
    """
    from parcours.contracts import baseline

    if check and release:
        message = "--check changes nothing; --release does"
        raise typer.BadParameter(message)
    stale = _outdated() if check else _write()
    broken = baseline.breaks()
    for one in broken:
        say(f"breaking: {one}")
    if release:
        for name in baseline.release():
            tell(f"released {name}")
    elif broken:
        for line in baseline.advice({one.topic for one in broken}):
            say(line)
    if check and (stale or broken):
        raise typer.Exit(1)


def _outdated() -> bool:
    from parcours.contracts.files import outdated

    stale = outdated()
    for name in stale:
        say(f"outdated: {name}")
    if stale:
        say("run `parcours schemas` and commit what it writes")
    return bool(stale)


def _write() -> bool:
    from parcours.contracts.files import folder, outdated

    for name, text in outdated().items():
        path = folder() / name
        if text is None:
            path.unlink()
            tell(f"removed {name}")
        else:
            path.parent.mkdir(exist_ok=True)
            path.write_text(text, "utf-8")
            tell(f"wrote {name}")
    return False
