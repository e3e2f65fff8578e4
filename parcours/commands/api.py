"""`api`: the answers over HTTP, and the tokens that open them."""

import logging
import time
from typing import Annotated

import typer

from parcours.door import DEFAULT_DATA_DIR, DataDir, settings_for
from parcours.screen import say, tell

app = typer.Typer(invoke_without_command=True, no_args_is_help=False)


@app.callback()
def api(context: typer.Context, data_dir: DataDir = DEFAULT_DATA_DIR) -> None:
    """Serve the answers over HTTP: funnels, journeys, live counts, and the page.

    Without a tokens file on the loopback alone; see docs/api.md.
    """
    if context.invoked_subcommand:
        return
    from insights.api.serve import serve, tokens_of
    from parcours.asking import open_asker
    from parcours.library import follow_library

    settings = settings_for(data_dir)
    logging.basicConfig(
        level=settings.log_level.upper(),
        format="%(asctime)s %(levelname)s %(name)s %(message)s",
        force=True,
    )
    tokens = tokens_of(settings)
    library = follow_library(data_dir)
    with open_asker(data_dir) as asker:
        serve(settings, tokens, asker, library, time.time)


@app.command("token")
def token(
    name: Annotated[str, typer.Argument(help="Whose token, for people and logs.")],
    tenant: Annotated[
        list[str] | None, typer.Option(help="Whose data it opens; * for everybody's.")
    ] = None,
    scope: Annotated[
        list[str] | None,
        typer.Option(
            help="What it may ask: answers:read, persons:read, live:read, metrics:read."
        ),
    ] = None,
    expires: Annotated[
        str, typer.Option(help="First moment at which it is worth nothing.")
    ] = "",
) -> None:
    """Make a token: prints it once, and the entry for the tokens file.

    The token goes to standard error, for its owner; the entry to standard output.
    """
    import msgspec

    from insights.api.token import SCOPES, TokensFile, make_token
    from insights.times import written_ms

    wanted = scope or ["answers:read", "live:read"]
    scopes = [one for one in SCOPES if one in wanted]
    if unknown := sorted(set(wanted) - set(SCOPES)):
        message = f"no scope {', '.join(unknown)}; there are {', '.join(SCOPES)}"
        raise typer.BadParameter(message)
    if expires:
        written_ms(expires)
    made, entry = make_token(name, tenant or ["default"], scopes, expires)
    say(f"token of {name}, shown this once: {made}")
    say("add this entry to the file that PARCOURS_API_TOKENS_FILE names:")
    tell(msgspec.yaml.encode(TokensFile((entry,))).decode().rstrip())
