"""Gives a new, empty log the journey states that the store has: journeys go on."""

import asyncio
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from parcours.kafka_admin import KafkaAdmin
from parcours.producing.producer import Producer
from parcours.sql import statement
from schemas.settings import Settings
from schemas.topics import STATES, record_key
from sinks.clickhouse import Database
from streams.partition import partition_of

if TYPE_CHECKING:
    from streams.kafka import Pair

PAGE_ROWS: Final = 20_000


def seed(database: Database, admin: KafkaAdmin, settings: Settings) -> int:
    """Put the stored journey states into their topic, where that is empty.

    A state's `applied` offset counts in the log that is gone; the journey agent sees
    that by the log's identity and passes it over.

    Args:
        database: open, migrated.
        admin: of the broker, with all topics there.
        settings: broker, compression, idempotence.

    Returns:
        How many.
    """
    ends = admin.ends(STATES.name)[STATES.name]
    if any(ends.values()):
        return 0
    return asyncio.run(_send(database, settings, len(ends)))


async def _send(database: Database, settings: Settings, partitions: int) -> int:
    count = 0
    async with Producer(settings) as producer:
        for page in _pages(database):
            sends: dict[tuple[str, int], list[Pair]] = {}
            for key, state in page:
                place = (STATES.name, partition_of(key, partitions))
                sends.setdefault(place, []).append((key, state))
            await producer.send(sends)
            count += len(page)
    return count


def _pages(database: Database) -> Iterator[list[tuple[bytes, bytes]]]:
    last = ("", "")
    while True:
        at = {"tenant": last[0], "person_id": last[1], "page": PAGE_ROWS}
        rows = database.query(statement("states"), at).rows
        if not rows:
            return
        yield [
            (record_key(str(tenant), str(person)), str(state).encode())
            for tenant, person, state in rows
        ]
        last = (str(rows[-1][0]), str(rows[-1][1]))
