"""`produce`: touchpoints from files to the raw topic."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final, Literal

import typer

from parcours import door, running
from parcours.door import DEFAULT_DATA_DIR, DataDir
from parcours.screen import Json, many, print_json, print_table, progress_bar, say

if TYPE_CHECKING:
    from parcours.producing.feed import Feed
    from parcours.producing.sending import Tally

EXIT_INTERRUPTED: Final = 130


def produce(
    files: Annotated[
        list[str], typer.Argument(help="NDJSON, CSV or Parquet, also .gz; - for stdin.")
    ],
    mapping: Annotated[
        Path | None,
        typer.Option(help="YAML: from columns to touchpoints; see docs/produce.md."),
    ] = None,
    rate: Annotated[
        float | None, typer.Option(min=0.1, help="Touchpoints a second at most.")
    ] = None,
    source: Annotated[
        str | None, typer.Option(help="Source of the touchpoints of mapped files.")
    ] = None,
    key: Annotated[
        str | None,
        typer.Option(
            help="Field whose value is the record's key, e.g. order_id; "
            "by default the strongest identifier of the actor."
        ),
    ] = None,
    file_format: Annotated[
        Literal["ndjson", "csv", "tsv", "parquet"] | None,
        typer.Option("--format", help="Of the files, where their names do not tell."),
    ] = None,
    backfill: Annotated[
        bool,
        typer.Option(
            "--backfill", help="History: it counts, but no message comes of it."
        ),
    ] = False,
    wait: Annotated[
        float,
        typer.Option(
            min=0,
            help="Seconds to wait for a broker that goes away meanwhile; 0: none.",
        ),
    ] = 300.0,
    data_dir: DataDir = DEFAULT_DATA_DIR,
    as_json: Json = False,
) -> None:
    """Send touchpoints from files, each in its order, one file after the other.

    Lines of NDJSON are sent as they are: what is wrong with them, the pipeline says.
    Rows of other files become touchpoints by a mapping, or by the names of their
    columns. Exit status 1 where a row was refused; its number and the reason are told.

    Where it is ended half-way (Ctrl-C: exit status 130), produce the same again: what
    has arrived counts once.
    """
    import asyncio

    from parcours.kafka_admin import BrokerError
    from parcours.producing.feed import Feed
    from parcours.producing.keys import field_key, strongest_identifier
    from parcours.producing.outbox import Patience
    from parcours.producing.sending import Tally, send_all

    settings = door.settings_for(data_dir, door.KAFKA)
    running.mark_used(data_dir)
    tally = Tally()
    feed = Feed(
        files,
        mapping,
        source,
        file_format,
        field_key(key) if key else strongest_identifier,
        tally,
        backfill=backfill,
    )
    with progress_bar("produced", feed.size) as show:
        sending = send_all(
            settings,
            feed.pairs(),
            tally,
            rate=rate,
            progress=_progress(feed, tally, show),
            patience=Patience(wait, _away(settings.kafka_servers, wait), _back),
        )
        try:
            asyncio.run(sending)
        except KeyboardInterrupt:
            say(f"ended; {_begun(tally)}")
            raise typer.Exit(EXIT_INTERRUPTED) from None
        except BrokerError as error:
            message = f"{error}; {_begun(tally)}" if tally.sent else str(error)
            raise BrokerError(message) from error
    if as_json:
        print_json(tally)
    else:
        print_tally(tally)
    if tally.refused:
        raise typer.Exit(1)


def _away(servers: str, limit: float) -> Callable[[float], None]:
    """What is said of a broker that is away; the bar stands still meanwhile."""

    def tell(seconds: float) -> None:
        since = datetime.now(UTC) - timedelta(seconds=seconds)
        say(
            f"the broker on {servers} has taken nothing since {since:%H:%M:%S} UTC; "
            f"waiting for it, {limit:g} s at most (Ctrl-C ends)"
        )

    return tell


def _back(seconds: float) -> None:
    say(f"the broker is back after {seconds:.0f} s; going on")


def _begun(tally: "Tally") -> str:
    return (
        f"the broker has {tally.sent:,} touchpoints; produce the same again to go on: "
        "what has arrived counts once"
    )


def _progress(
    feed: "Feed", tally: "Tally", show: Callable[[int, str], None]
) -> Callable[[], None]:
    return lambda: show(feed.read_bytes(), f"{tally.sent:,} touchpoints")


def print_tally(tally: "Tally") -> None:
    """Tell a person what was produced and what was not."""
    say(
        f"{many(tally.sent, 'touchpoint')} in {tally.seconds:.1f} s, "
        f"{tally.per_second:,.0f} a second"
    )
    if tally.types:
        say(f"from {tally.grouped:,} of {many(tally.rows, 'row')}")
        print_table(("type", "touchpoints"), sorted(tally.types.items()))
    for reason, rows in tally.skipped.items():
        say(f"{many(rows, 'row')} left out: {reason}")
    if tally.blank:
        say(f"{many(tally.blank, 'blank line')}")
    if tally.refused:
        say(f"{many(tally.refused, 'row')} refused; the first:")
        refused = [(found.row, found.rows, found.reason) for found in tally.refusals]
        print_table(("row", "rows", "reason"), refused)
