"""The database of a test file, over both ways to it: embedded, and over HTTP."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from schemas import tables
from sinks.clickhouse import Database
from sinks.migrate import migrate
from tests.servers.clickhouse_front import Front

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="module", params=["embedded", "http"])
def url(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("engine")
    if request.param == "embedded":
        pytest.importorskip("chdb")
        yield f"chdb://{folder}/store"
        return
    with Front(folder) as front:
        yield front.url


@pytest.fixture(scope="module")
def database(url: str) -> Iterator[Database]:
    handle = Database.connect(url)
    migrate(handle)
    yield handle
    handle.close()


@pytest.fixture
def empty(database: Database) -> Database:
    """The database, its tables without rows."""
    for table in tables.TABLES:
        database.command(f"TRUNCATE TABLE {table.name}")
    return database
