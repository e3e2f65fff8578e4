"""`dead-letters list`, `dead-letters replay`."""

from typing import Annotated

import typer

from parcours import door, running
from parcours.door import DEFAULT_DATA_DIR, DataDir
from parcours.screen import Json, print_json, print_table, say, when

app = typer.Typer(
    no_args_is_help=True, help="List what was refused, and replay it after repair."
)
Reason = Annotated[
    str, typer.Option("--only-reason", help="Only those of this reason.")
]


@app.command("list")
def list_(
    only_reason: Reason = "",
    limit: Annotated[int, typer.Option(min=1, help="How many at most.")] = 50,
    data_dir: DataDir = DEFAULT_DATA_DIR,
    as_json: Json = False,
) -> None:
    """List the newest dead letters: where, why, how large; never what they hold."""
    from parcours.asking import open_asker
    from parcours.letters import list_letters

    with open_asker(data_dir) as asker:
        letters = list_letters(asker, only_reason, limit)
    if as_json:
        print_json(letters)
        return
    print_table(
        ("received", "stage", "reason", "detail", "record", "bytes"),
        [
            (
                when(letter.received_ms),
                letter.stage,
                letter.reason,
                letter.detail,
                f"{letter.topic}[{letter.partition}]@{letter.offset}",
                letter.payload_bytes,
            )
            for letter in letters
        ],
    )


@app.command()
def replay(
    only_reason: Reason = "",
    edit: Annotated[
        str,
        typer.Option(
            help="Command through which each goes, from its standard input to its "
            "standard output; with another exit status than 0 it is left out."
        ),
    ] = "",
    data_dir: DataDir = DEFAULT_DATA_DIR,
    as_json: Json = False,
) -> None:
    """Produce refused raw records again, as they were or as a command edits them.

    Replaying twice does no harm: what has arrived once is a counted duplicate. Needs
    the secret (PARCOURS_PSEUDONYM_KEY) with which the records are sealed.
    """
    import asyncio

    from parcours.asking import open_asker
    from parcours.letters import Replay, originals
    from parcours.producing.sending import Tally, send_all
    from streams.seal import Sealer

    settings = door.settings_for(data_dir, door.KAFKA, door.KEY)
    running.mark_used(data_dir)
    sealer = Sealer(settings.pseudonym_key)
    done = Replay()
    with open_asker(data_dir) as asker:
        pairs = originals(asker, sealer, only_reason, edit, done)
        asyncio.run(send_all(settings, pairs, Tally()))
    if as_json:
        print_json(done)
        return
    say(f"{done.sent:,} records produced again")
    if done.truncated:
        say(f"{done.truncated:,} were not kept whole and are not sent")
    if done.left_out:
        say(f"{done.left_out:,} left out by the edit command")
