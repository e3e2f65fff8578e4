"""A migrated embedded store for tests of the answers, and rows to put into it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec

from insights.asker import Asker, DatabaseAsker, Rows
from sinks.clickhouse import Database
from sinks.migrate import migrate

if TYPE_CHECKING:
    from pathlib import Path

    from schemas.tables import Table

Row = Mapping[str, object]

LOG = "0123456789ab"


@dataclass(frozen=True)
class Store:
    """One folder, opened twice: to put rows in, and to ask as a user would."""

    writer: Database
    asker: Asker

    def insert(self, table: Table, rows: Iterable[Row]) -> None:
        """Insert rows; a column that a row does not name has its type's empty value."""
        listed = list(rows)
        columns = [
            [row.get(name, _empty(name, kind)) for row in listed]
            for name, kind in table.columns
        ]
        self.writer.insert(table, columns)

    def clear(self, *tables: Table) -> None:
        """Remove every row of these tables."""
        for table in tables:
            self.writer.command(f"TRUNCATE TABLE {table.name}")


class OverJson:
    """Asks through JSON, both ways, as one process asks the other that owns the folder."""

    def __init__(self, asker: Asker) -> None:
        self._asker = asker

    def ask(self, sql: str, parameters: Mapping[str, object] | None = None) -> Rows:
        sent = msgspec.json.decode(msgspec.json.encode(dict(parameters or {})))
        found = self._asker.ask(sql, sent)
        told = msgspec.json.decode(msgspec.json.encode([found.columns, found.rows]))
        return Rows([(name, kind) for name, kind in told[0]], told[1])


@contextmanager
def open_store(folder: Path) -> Iterator[Store]:
    """A new store in a folder; a process can have one open at a time."""
    url = f"chdb://{folder}/store"
    writer = Database.connect(url)
    try:
        migrate(writer)
        reader = Database.connect(url, readonly=True)
        try:
            yield Store(writer, DatabaseAsker(reader))
        finally:
            reader.close()
    finally:
        writer.close()


def _empty(name: str, kind: str) -> object:
    if name == "tenant":
        return "default"
    if kind.startswith("Nullable"):
        return None
    if kind.startswith("Array"):
        return []
    if kind.startswith("Map"):
        return {}
    if kind == "Bool":
        return False
    return "" if "String" in kind else 0
