"""Migrations: numbered SQL files, each applied once, never edited afterwards."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from importlib import resources
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sinks.clickhouse import Database

_NAME: Final = re.compile(r"(\d{4})_[a-z0-9_]+\.sql")
_STATEMENT_END: Final = re.compile(r";[ \t]*(?:\n|$)")
# {…} would collide with server-side parameters, so only these two are replaced.
_ON_CLUSTER: Final = "{on_cluster}"
_ENGINE_PREFIX: Final = "{engine_prefix}"

_LEDGER: Final = """
CREATE TABLE IF NOT EXISTS schema_migrations {on_cluster}
(
    name String,
    checksum FixedString(64),
    applied_at DateTime64(3, 'UTC') DEFAULT now64(3, 'UTC')
)
ENGINE = {engine_prefix}ReplacingMergeTree(applied_at)
ORDER BY name
"""
_APPLIED: Final = "SELECT name, checksum FROM schema_migrations FINAL ORDER BY name"
_RECORD: Final = """
INSERT INTO schema_migrations (name, checksum)
SETTINGS async_insert = 0 VALUES ({name:String}, {checksum:String})
"""


class MigrationError(Exception):
    """The database and the migration files contradict each other."""


@dataclass(frozen=True, slots=True)
class Migration:
    """One numbered file.

    Attributes:
        name: file name, `NNNN_what.sql`.
        text: its content, placeholders included.
    """

    name: str
    text: str

    @property
    def checksum(self) -> str:
        """SHA-256 of the text, in hexadecimal digits."""
        return hashlib.sha256(self.text.encode()).hexdigest()

    def statements(self, cluster: str = "") -> list[str]:
        """Its statements, in order; each ends with `;` at the end of a line."""
        text = _rendered(self.text, cluster)
        return [part.strip() for part in _STATEMENT_END.split(text) if part.strip()]


def released() -> list[Migration]:
    """The migrations that this version brings, in order.

    Raises:
        MigrationError: a number is missing, given twice or malformed.
    """
    folder = resources.files("sinks") / "migrations"
    files = sorted(
        (file for file in folder.iterdir() if file.name.endswith(".sql")),
        key=lambda file: file.name,
    )
    for number, file in enumerate(files, start=1):
        match = _NAME.fullmatch(file.name)
        if match is None or int(match[1]) != number:
            message = f"migration {file.name} should have number {number:04}"
            raise MigrationError(message)
    return [Migration(file.name, file.read_text("utf-8")) for file in files]


def migrate(
    database: Database,
    migrations: list[Migration] | None = None,
    *,
    cluster: str = "",
) -> list[str]:
    """Bring the database to the newest schema; safe to repeat, also half-way.

    Args:
        database: a handle that may write.
        migrations: what to apply; this version's by default.
        cluster: ClickHouse cluster name, for replicated tables; empty for one node.

    Returns:
        Names of the migrations applied now.

    Raises:
        MigrationError: an applied migration was edited or is missing here.
        DatabaseError: a statement failed; everything before it stays applied.
    """
    wanted = released() if migrations is None else migrations
    database.command(_rendered(_LEDGER, cluster))
    rows = database.query(_APPLIED).rows
    applied = {str(name): _text(checksum) for name, checksum in rows}
    _verify(wanted, applied)
    new = [migration for migration in wanted if migration.name not in applied]
    for migration in new:
        for statement in migration.statements(cluster):
            database.command(statement)
        database.command(
            _RECORD, {"name": migration.name, "checksum": migration.checksum}
        )
    return [migration.name for migration in new]


def _verify(wanted: list[Migration], applied: Mapping[str, str]) -> None:
    known = {migration.name: migration.checksum for migration in wanted}
    for name, checksum in applied.items():
        if name not in known:
            message = f"{name} was applied to this database and is missing here: newer?"
            raise MigrationError(message)
        if known[name] != checksum:
            message = f"{name} was edited after it had been applied; write a new one"
            raise MigrationError(message)
    names = [migration.name for migration in wanted]
    if names[: len(applied)] != sorted(applied):
        message = "an older migration was added behind applied ones; number it last"
        raise MigrationError(message)


def _rendered(text: str, cluster: str) -> str:
    on_cluster = f"ON CLUSTER `{cluster}`" if cluster else ""
    prefix = "Replicated" if cluster else ""
    return text.replace(_ON_CLUSTER, on_cluster).replace(_ENGINE_PREFIX, prefix)


def _text(value: object) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)
