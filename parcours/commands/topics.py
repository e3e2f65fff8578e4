"""`topics create`, `topics verify`: the topics as schemas/topics.py promises them."""

import typer

from parcours import door
from parcours.door import DEFAULT_DATA_DIR, DataDir
from parcours.screen import Json, print_json, print_table, tell

app = typer.Typer(
    no_args_is_help=True, help="Create the topics, or verify what they are like."
)


@app.command()
def create(data_dir: DataDir = DEFAULT_DATA_DIR) -> None:
    """Create the topics that are not there; safe to repeat.

    Their partition count is PARCOURS_PARTITIONS, fixed from then on.
    """
    from parcours.kafka_admin import KafkaAdmin
    from schemas.topics import TOPICS

    settings = door.settings_for(data_dir, door.KAFKA)
    with KafkaAdmin(settings.kafka_servers) as admin:
        created = admin.create(TOPICS, settings)
    for name in created:
        tell(f"created {name}")
    if not created:
        tell("nothing to do")


@app.command()
def verify(data_dir: DataDir = DEFAULT_DATA_DIR, as_json: Json = False) -> None:
    """Compare partitions, compaction and retention with the promise.

    Prints every difference; exit status 1 where there is any. What a broker does not
    report is said, and does not count.
    """
    from parcours.kafka_admin import KafkaAdmin
    from parcours.topic_check import differences
    from schemas.topics import TOPICS

    settings = door.settings_for(data_dir, door.KAFKA)
    with KafkaAdmin(settings.kafka_servers) as admin:
        found = differences(TOPICS, settings, admin.layouts())
    if as_json:
        print_json(found)
    elif found:
        rows = [(d.topic, d.what, d.expected, d.found) for d in found]
        print_table(("topic", "what", "expected", "found"), rows)
    if any(difference.counts for difference in found):
        raise typer.Exit(1)
    if not as_json:
        tell(f"{len(TOPICS)} topics as promised")
