"""`drain`: wait until all that was produced has landed."""

from typing import TYPE_CHECKING, Annotated

import typer

from parcours import door
from parcours.door import DEFAULT_DATA_DIR, DataDir
from parcours.screen import Json, drain_bars, print_json, print_table, say

if TYPE_CHECKING:
    from parcours.kafka_admin import KafkaAdmin


def drain(
    timeout: Annotated[
        float, typer.Option(min=0, help="Seconds to wait at most.")
    ] = 300.0,
    data_dir: DataDir = DEFAULT_DATA_DIR,
    as_json: Json = False,
) -> None:
    """Wait until all that has been produced up to now is in the database.

    Exit status 1, and what is still pending where, when time is up.
    """
    from parcours.draining import NotDrainedError
    from parcours.kafka_admin import KafkaAdmin
    from parcours.log_view import pending

    servers = door.settings_for(data_dir, door.KAFKA).kafka_servers
    with KafkaAdmin(servers) as admin:
        try:
            wait_until_drained(admin, timeout)
        except NotDrainedError as error:
            left = pending(admin)
            if as_json:
                print_json({"drained": False, "pending": left})
            else:
                say(str(error))
                rows = [
                    (one.stage, one.topic, partition, records)
                    for one in left
                    for partition, records in one.partitions.items()
                ]
                print_table(("stage", "topic", "partition", "pending"), rows)
            raise typer.Exit(1) from None
    if as_json:
        print_json({"drained": True, "pending": []})
    else:
        say("drained")


def wait_until_drained(broker: "KafkaAdmin", seconds: float) -> None:
    """Drain with progress bars; raises NotDrainedError when time is up."""
    from parcours.draining import drain as wait

    with drain_bars() as report:
        wait(broker, seconds, report)
