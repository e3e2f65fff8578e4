"""`drain`: wait until all that was produced has landed."""

from typing import TYPE_CHECKING, Annotated

import typer

from parcours import door
from parcours.door import DEFAULT_DATA_DIR, DataDir
from parcours.screen import Json, drain_bars, print_json, print_table, say

if TYPE_CHECKING:
    from parcours.draining import NotDrainedError, NotSettledError
    from parcours.kafka_admin import KafkaAdmin
    from parcours.log_view import Pending
    from schemas.settings import Settings


def drain(
    timeout: Annotated[
        float, typer.Option(min=0, help="Seconds to wait at most.")
    ] = 300.0,
    settle: Annotated[
        bool,
        typer.Option(
            "--settle/--no-settle",
            help="Whether to wait also for what time brings about: sessions that are "
            "over, persons gone silent, messages due.",
        ),
    ] = True,
    final: Annotated[
        bool,
        typer.Option(
            "--final",
            help="The sources have sent all they have: let time move on to the newest "
            "touchpoint at once, and not after a minute of silence.",
        ),
    ] = False,
    data_dir: DataDir = DEFAULT_DATA_DIR,
    as_json: Json = False,
) -> None:
    """Wait until all that has been produced up to now is in the database.

    Exit status 1, and what is still pending where, when time is up.
    """
    from parcours.draining import NotDrainedError, NotSettledError
    from parcours.kafka_admin import KafkaAdmin
    from parcours.log_view import pending

    if final and not settle:
        message = "--final moves time, --no-settle does not wait for it: choose one"
        raise typer.BadParameter(message)
    settings = door.settings_for(data_dir, door.KAFKA)
    with KafkaAdmin(settings.kafka_servers) as admin:
        try:
            if settle:
                wait_until_settled(admin, timeout, settings if final else None)
            else:
                wait_until_landed(admin, timeout)
        except (NotDrainedError, NotSettledError) as error:
            _tell(error, pending(admin), as_json=as_json)
            raise typer.Exit(1) from None
    if as_json:
        print_json({"drained": True, "settled": settle, "pending": []})
    else:
        say("drained")


def wait_until_landed(broker: "KafkaAdmin", seconds: float) -> None:
    """Drain with progress bars; raises NotDrainedError when time is up."""
    from parcours.draining import Drain

    with drain_bars() as report:
        Drain(broker, seconds, report).land()


def wait_until_settled(
    broker: "KafkaAdmin", seconds: float, final: "Settings | None" = None
) -> None:
    """The same for what time brings about too; see `Drain.settle`."""
    from parcours.draining import Drain

    with drain_bars() as report:
        Drain(broker, seconds, report).settle(final)


def _tell(
    error: "NotDrainedError | NotSettledError", left: "list[Pending]", *, as_json: bool
) -> None:
    """Say why it ended, and what is where."""
    from parcours.draining import NotSettledError

    drained = isinstance(error, NotSettledError)
    if as_json:
        print_json({"drained": drained, "settled": False, "pending": left})
        return
    say(str(error))
    rows = [
        (one.stage, one.topic, partition, records)
        for one in left
        for partition, records in one.partitions.items()
    ]
    print_table(("stage", "topic", "partition", "pending"), rows)
