"""What the guard lets through runs, and what it refuses could not have written."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from insights.statement import check
from sinks.clickhouse import DatabaseError
from tests.unit.insights.store import Store, open_store

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """An empty store."""
    with open_store(tmp_path_factory.mktemp("statement")) as opened:
        yield opened


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT ';' AS a -- one;\n;",
        "WITH 1 AS x SELECT x",
        "(SELECT 1) UNION ALL (SELECT 2)",
        "SHOW TABLES",
        "DESC touchpoints",
        "DESCRIBE TABLE touchpoints",
        "EXPLAIN SELECT count() FROM touchpoints",
        "EXISTS TABLE touchpoints",
        "# a remark\nSELECT 'it''s', \"a;b\" FROM (SELECT 1 AS `a;b`)",
        "SELECT $tag$;$tag$",
    ],
)
def test_what_the_guard_passes_the_engine_answers(store: Store, sql: str) -> None:
    """Guard and engine agree on where a statement ends."""
    assert store.asker.ask(check(sql)).rows


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT 1; DROP TABLE touchpoints",
        "DROP TABLE touchpoints",
        "INSERT INTO touchpoints (id) VALUES ('x')",
        "SET readonly = 0",
        "WITH 1 AS x INSERT INTO touchpoints (id) SELECT 'x'",
        "SELECT * FROM file('/etc/hostname', 'LineAsString')",
        "SELECT 1 SETTINGS readonly = 0",
    ],
)
def test_the_lock_holds_without_the_guard(store: Store, sql: str) -> None:
    """The read-only handle refuses what the guard never saw."""
    with pytest.raises(DatabaseError):
        store.asker.ask(sql)
    assert store.writer.query("SELECT count() FROM touchpoints").rows == [(0,)]
