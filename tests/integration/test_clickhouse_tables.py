"""The tables that migrations make, over both ways to a database."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from schemas import tables, topics
from sinks.marks import _MARKS, _MARKS_BY_MONTH
from sinks.migrate import Migration, MigrationError, migrate, released
from sinks.rows import LANDINGS
from tests.factories.landed import SAMPLES, land

if TYPE_CHECKING:
    from schemas.tables import Table
    from sinks.clickhouse import Database

pytestmark = pytest.mark.clickhouse


@pytest.mark.parametrize("table", tables.TABLES, ids=lambda table: table.name)
def test_the_tables_have_the_promised_columns(database: Database, table: Table) -> None:
    """Names, types and order of the columns that are written are those of the schemas."""
    rows = database.query(
        "SELECT name, type FROM system.columns WHERE database = currentDatabase() "
        "AND table = {table:String} AND default_kind = '' ORDER BY position",
        {"table": table.name},
    ).rows
    assert tuple(rows) == table.columns


@pytest.mark.parametrize("table", tables.TABLES, ids=lambda table: table.name)
def test_the_identity_is_in_the_sorting_key(database: Database, table: Table) -> None:
    """Only so do two versions of a row collapse; partitions are functions of it."""
    ((key, partition),) = database.query(
        "SELECT sorting_key, partition_key FROM system.tables "
        "WHERE database = currentDatabase() AND name = {table:String}",
        {"table": table.name},
    ).rows
    keys = {part.strip() for part in str(key).split(",")}
    assert keys - {"person_key"} == set(table.identity)
    assert partition in ("", "toYYYYMM(occurred_at)")
    assert not partition or "occurred_at" in table.identity


@pytest.mark.parametrize("topic", SAMPLES, ids=lambda topic: topic.name)
def test_high_water_marks_are_answered_by_the_projection(
    empty: Database, topic: topics.Topic
) -> None:
    """Reading the marks costs nothing, however large the table is."""
    land(empty, topic, SAMPLES[topic])
    landing = LANDINGS[topic.name]
    plan = empty.query(
        "EXPLAIN " + (_MARKS_BY_MONTH if landing.month else _MARKS),
        {"table": landing.table.name, "log": "log"},
    ).rows
    assert any("(hwm)" in str(row[0]) for row in plan), plan


def test_migrating_again_does_nothing(database: Database) -> None:
    """It is safe to repeat, at every start."""
    assert migrate(database) == []


def test_an_edited_migration_is_refused(database: Database) -> None:
    """What was released is never edited."""
    edited = [Migration(one.name, one.text + "\n-- edited") for one in released()]
    with pytest.raises(MigrationError, match="was edited"):
        migrate(database, edited)


def test_a_missing_migration_is_refused(database: Database) -> None:
    """An older release must not work on a newer database."""
    with pytest.raises(MigrationError, match="missing here"):
        migrate(database, released()[:-1])


def test_a_new_migration_is_applied_once(database: Database) -> None:
    """And only what is new."""
    new = Migration(
        "0900_x.sql", "CREATE TABLE x (n Int8) ENGINE = Memory;\nDROP TABLE x;"
    )
    name = new.name
    try:
        assert migrate(database, [*released(), new]) == [name]
        assert migrate(database, [*released(), new]) == []
    finally:
        database.command(
            "ALTER TABLE schema_migrations DELETE WHERE name = {name:String} "
            "SETTINGS mutations_sync = 1",
            {"name": name},
        )
