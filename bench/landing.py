"""What of the project's topics has become rows, asked the way everybody asks."""

from typing import Final

from bench.broker import Ends
from parcours.asking import HttpAsker
from schemas import tables, topics

LANDS: Final = (
    (topics.ENRICHED, tables.TOUCHPOINTS),
    (topics.DUPLICATES, tables.DUPLICATES),
    (topics.DEAD_LETTERS, tables.DEAD_LETTERS),
    (topics.SESSIONS, tables.SESSIONS),
    (topics.TRANSITIONS, tables.TRANSITIONS),
    (topics.THREADS, tables.THREADS),
    (topics.STATES, tables.JOURNEY_STATES),
    (topics.LINKS, tables.IDENTITIES),
    (topics.MESSAGES, tables.MESSAGES),
)
_COUNT: Final = (
    "SELECT (SELECT count() FROM touchpoints) + (SELECT count() FROM duplicates)"
    " + (SELECT count() FROM dead_letters)"
)
_MARKS: Final = {
    table.name: "SELECT kafka_partition, max(kafka_offset) "
    f"FROM {table.name} GROUP BY kafka_partition"
    for _, table in LANDS
}


def count(asker: HttpAsker) -> int:
    """How many touchpoints can be found, as themselves, duplicates or dead letters."""
    return _whole(asker.ask(_COUNT).rows[0][0])


def marks(asker: HttpAsker, table: str) -> dict[int, int]:
    """The newest offset landed in a table, by partition of its topic."""
    return {_whole(row[0]): _whole(row[1]) for row in asker.ask(_MARKS[table]).rows}


def missing(asker: HttpAsker, wanted: dict[str, dict[int, int]]) -> list[str]:
    """Tables that do not yet hold all records up to these end offsets.

    Args:
        asker: whom to ask.
        wanted: table → partition → end offset of its topic, see `ends_of`.
    """
    found = []
    for table, ends in wanted.items():
        landed = marks(asker, table)
        if any(landed.get(partition, -1) + 1 < end for partition, end in ends.items()):
            found.append(table)
    return found


def ends_of(ends: Ends) -> dict[str, dict[int, int]]:
    """Table → partition → end offset of its topic, now."""
    return {table.name: ends.each(topic.name) for topic, table in LANDS}


def _whole(value: object) -> int:
    # 64-bit numbers come as text in JSON.
    return int(str(value))
