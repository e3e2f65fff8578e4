"""A year of a retailer in the store, made inside the engine, month after month."""

import datetime as dt
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Final

from sinks.clickhouse import Database

FORMAT: Final = 1
"""Part of the name of the cached folder: raise it when the rows change."""

YEAR: Final = 2025
MONTHS: Final = 12
VISIT: Final = 8
SLICE_TOUCHPOINTS: Final = 2_000_000
_HASHES: Final = 2**64
_SQL: Final = Path(__file__).with_name("sql")


@dataclass(frozen=True, slots=True)
class History:
    """What to generate: so many touchpoints in one year, of so many persons."""

    touchpoints: int
    persons: int

    @property
    def name(self) -> str:
        """Name of the folder that it is kept in."""
        return f"answers-v{FORMAT}-{self.touchpoints}-{self.persons}"


def generate(database: Database, history: History) -> None:
    """Fill the tables of an empty, migrated store."""
    visits = history.touchpoints // VISIT
    borders = [visits * month // MONTHS * VISIT for month in range(MONTHS + 1)]
    for month, (first, after) in enumerate(pairwise(borders), 1):
        begin = dt.datetime(YEAR, month, 1, tzinfo=dt.UTC)
        end = dt.datetime(YEAR + month // 12, month % 12 + 1, 1, tzinfo=dt.UTC)
        values = {
            "persons": history.persons,
            "visits": visits,
            "first": first,
            "count": after - first,
            "month_ms": int(begin.timestamp()) * 1000,
            "month_seconds": int((end - begin).total_seconds()),
        }
        database.command(_text("touchpoints"), values)
    for first, after in pairwise(_slices(history)):
        values = {"first": first, "last": after - 1}
        database.command(_text("transitions"), values)
        database.command(_text("states"), values)


def _slices(history: History) -> list[int]:
    count = 1 + history.touchpoints // SLICE_TOUCHPOINTS
    return [_HASHES * part // count for part in range(count + 1)]


def _text(name: str) -> str:
    return (_SQL / f"{name}.sql").read_text()
