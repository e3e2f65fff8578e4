"""`dead-letters list`, `dead-letters replay`."""

import contextlib
import time
from typing import TYPE_CHECKING, Annotated, Final

import typer

from parcours import door, running
from parcours.door import DEFAULT_DATA_DIR, DataDir
from parcours.screen import Json, many, print_json, print_table, say, tell, when
from schemas import failure

if TYPE_CHECKING:
    from parcours.letters import Letter

REASONS: Final = tuple(one.value for one in failure.Reason)

app = typer.Typer(
    no_args_is_help=True, help="List what was refused, and replay it after repair."
)


def _known(reason: str) -> str:
    """Refuse a reason that no dead letter can have: a slip is not an empty answer."""
    if reason and reason not in REASONS:
        message = f"no reason {reason!r}; there are {', '.join(REASONS)}"
        raise typer.BadParameter(message)
    return reason


Reason = Annotated[
    str,
    typer.Option("--only-reason", help="Only those of this reason.", callback=_known),
]


@app.command("list")
def list_(
    only_reason: Reason = "",
    limit: Annotated[int, typer.Option(min=1, help="How many at most.")] = 50,
    data_dir: DataDir = DEFAULT_DATA_DIR,
    as_json: Json = False,
) -> None:
    """List the newest dead letters: where, why, how large; never what they hold.

    With what became of them: replayed from this data folder, and refused again or not.
    """
    from parcours.asking import open_asker
    from parcours.letters import list_letters
    from parcours.replays import Replays

    with open_asker(data_dir) as asker:
        letters = list_letters(asker, only_reason, limit, Replays.read(data_dir))
    if as_json:
        print_json(letters)
        return
    if not letters:
        tell(f"no dead letters{only_reason and f' of the reason {only_reason}'}")
        return
    print_table(
        ("received", "stage", "reason", "detail", "record", "bytes", "replay"),
        [
            (
                when(letter.received_ms),
                letter.stage,
                letter.reason,
                letter.detail,
                f"{letter.topic}[{letter.partition}]@{letter.offset}",
                letter.payload_bytes,
                _fate(letter),
            )
            for letter in letters
        ],
    )


def _fate(letter: "Letter") -> str:
    said = [f"came of the replay of {letter.replay_of}"] if letter.replay_of else []
    if letter.replayed_ms is not None:
        fate = f", came back as {letter.again}" if letter.came_back else ""
        said.append(f"replayed {when(letter.replayed_ms)}{fate}")
    return "; ".join(said)


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

    Replaying twice does no harm: what has arrived once is a counted duplicate, and what
    came back of a replay is not sent beside its original. Needs the secret
    (PARCOURS_PSEUDONYM_KEY) with which the records are sealed.
    """
    import asyncio

    from parcours.asking import open_asker
    from parcours.kafka_admin import BrokerError, KafkaAdmin
    from parcours.letters import Replay, originals
    from parcours.producing.sending import Tally, send_all
    from parcours.replays import Replays, Watch
    from streams.seal import Sealer

    settings = door.settings_for(data_dir, door.KAFKA, door.KEY)
    running.mark_used(data_dir)
    sealer = Sealer(settings.pseudonym_key)
    done = Replay()
    before = Replays.read(data_dir)
    with KafkaAdmin(settings.kafka_servers) as broker, open_asker(data_dir) as asker:
        watch = Watch(broker, time.time_ns() // 1_000_000)
        pairs = originals(asker, sealer, only_reason, edit, before, watch, done)
        tally = Tally()
        try:
            asyncio.run(send_all(settings, pairs, tally))
        except BaseException:
            with contextlib.suppress(BrokerError):
                watch.note(data_dir, all_sent=False)
            raise
        watch.note(data_dir, all_sent=True)
        done.sent, done.too_large = tally.sent, tally.refused
    if as_json:
        print_json(done)
        return
    say(f"{many(done.sent, 'record')} produced again")
    if done.sent:
        say(
            "`parcours drain`, then `parcours dead-letters list` tells which of them "
            "were refused once more"
        )
    if done.repeated:
        say(f"{done.repeated:,} came of a replay of these: not sent beside them")
    if done.truncated:
        say(f"{done.truncated:,} were not kept whole and are not sent")
    if done.left_out:
        say(f"{done.left_out:,} left out by the edit command")
    if done.too_large:
        say(
            f"{done.too_large:,} were made larger than a record may be and are not sent"
        )
