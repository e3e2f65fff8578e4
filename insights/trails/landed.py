"""What has landed since trails were written: which logs, how far, in which months."""

from collections.abc import Iterable, Mapping
from typing import Final

from msgspec import Struct

from insights.asker import Asker, ask_all, question

PACKAGE: Final = "insights.trails"
PLACES: Final = ("touchpoints", "journey_states", "transitions")
"""Tables that trails are made of; redirects are read out of the states."""

_NEVER: Final = 2**63 - 1


class Landed(Struct, frozen=True):
    """How far one partition of a log has landed in a table, in a month of touchpoints."""

    place: str
    month: int
    log: str
    partition: int
    reached: int

    @property
    def mark(self) -> str:
        """What the ledger calls it."""
        return f"{self.place}/{self.log}/{self.partition}"


def landed(asker: Asker) -> list[Landed]:
    """How far everything has landed."""
    return ask_all(asker, question("landed", PACKAGE), {}, Landed)


def behind(
    every: Iterable[Landed], marks: Mapping[str, int]
) -> dict[str, list[Landed]]:
    """What has landed behind the marks, by table; empty where nothing has."""
    found: dict[str, list[Landed]] = {}
    for one in every:
        if one.reached > marks.get(one.mark, -1):
            found.setdefault(one.place, []).append(one)
    return found


def conditions(
    news: Mapping[str, Iterable[Landed]], marks: Mapping[str, int]
) -> tuple[dict[str, str], dict[str, object]]:
    """SQL of which rows of each table are behind the marks, and its values.

    Args:
        news: what has landed behind them, by table.
        marks: how far the logs had been read.
    """
    values: dict[str, object] = {}
    texts = {place: _rows(list(news.get(place, ())), marks, values) for place in PLACES}
    return texts, values


def _rows(
    news: list[Landed], marks: Mapping[str, int], values: dict[str, object]
) -> str:
    if not news:
        return "false"
    texts = []
    for log in sorted({one.log for one in news}):
        reached = {
            one.partition: marks.get(one.mark, -1) for one in news if one.log == log
        }
        number = len(values)
        values[f"log_{number}"] = log
        values[f"partitions_{number}"] = list(reached)
        values[f"reached_{number}"] = list(reached.values())
        texts.append(
            f"(kafka_log = {{log_{number}:String}} AND toInt64(kafka_offset) > "
            f"transform(kafka_partition, {{partitions_{number}:Array(UInt16)}}, "
            f"{{reached_{number}:Array(Int64)}}, toInt64({_NEVER})))"
        )
    rows = f"({' OR '.join(texts)})"
    if months := sorted({one.month for one in news if one.month}):
        values["months"] = months  # leaves out whole table partitions
        rows = f"toYYYYMM(occurred_at) IN {{months:Array(UInt32)}} AND {rows}"
    return rows
