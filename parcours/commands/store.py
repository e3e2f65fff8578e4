"""`migrate`: the database's tables; and what `up` does before it starts the processes."""

from parcours import door
from parcours.door import DEFAULT_DATA_DIR, DataDir
from parcours.screen import tell


def migrate(data_dir: DataDir = DEFAULT_DATA_DIR) -> None:
    """Make or update the tables; safe to repeat."""
    from sinks.clickhouse import Database
    from sinks.migrate import migrate as apply

    database = Database.connect(door.store_url(data_dir))
    try:
        applied = apply(database)
    finally:
        database.close()
    for name in applied:
        tell(f"applied {name}")
    if not applied:
        tell("nothing to do")


def prepare(data_dir: DataDir = DEFAULT_DATA_DIR) -> None:
    """Migrate, create topics, and give an empty log the journey states of the store."""
    from parcours.embedded.seed import seed
    from parcours.kafka_admin import KafkaAdmin
    from schemas.topics import TOPICS
    from sinks.clickhouse import Database
    from sinks.migrate import migrate as apply

    settings = door.settings_for(data_dir, *door.EVERYTHING)
    database = Database.connect(settings.clickhouse_url)
    try:
        for name in apply(database):
            tell(f"applied {name}")
        with KafkaAdmin(settings.kafka_servers) as admin:
            for name in admin.create(TOPICS, settings):
                tell(f"created {name}")
            tell(f"{seed(database, admin, settings)} journey states put into the log")
    finally:
        database.close()
