"""One handle, two engines: the embedded one, and one over HTTP behind a front."""

from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from schemas import tables, topics
from sinks.clickhouse import Database, DatabaseError, Limits
from tests.factories.landed import count, land
from tests.factories.records import (
    touchpoint,
)
from tests.servers.clickhouse_front import Fault, Front

if TYPE_CHECKING:
    from collections.abc import Iterator


pytestmark = pytest.mark.clickhouse
HOSTILE = "'; DROP TABLE touchpoints; --\n\t\\ {x:String} %s \u00e9\u2028"


@pytest.fixture(scope="module")
def reader(url: str, database: Database) -> Iterator[Database]:
    assert database
    handle = Database.connect(url, readonly=True, limits=Limits(seconds=1, rows=10_000))
    yield handle
    handle.close()


def test_values_are_bound_by_the_database(database: Database) -> None:
    """Hostile text comes back as it went in, and does nothing."""
    assert database.query("SELECT {x:String}", {"x": HOSTILE}).rows == [(HOSTILE,)]
    assert database.query(
        "SELECT {n:UInt64}, {many:Array(String)}", {"n": 2**64 - 1, "many": [HOSTILE]}
    ).rows == [(2**64 - 1, [HOSTILE])]
    with pytest.raises(DatabaseError):
        database.query("SELECT {n:UInt64}", {"n": "1 OR 1=1"})


def test_a_value_without_a_place_in_the_statement_is_refused(
    database: Database,
) -> None:
    """The driver would put it into the text by itself."""
    with pytest.raises(DatabaseError, match="has no"):
        database.query("SELECT %(x)s", {"x": 1})


@pytest.mark.parametrize(
    "sql",
    ["SELECT 1; DROP TABLE touchpoints", "SELECT 1;\n-- c\nTRUNCATE TABLE touchpoints"],
)
def test_several_statements_are_refused(
    database: Database, reader: Database, sql: str
) -> None:
    """On handles that may write, too; the embedded engine alone would run them all."""
    for handle in (database, reader):
        with pytest.raises(DatabaseError):
            handle.query(sql)
        with pytest.raises(DatabaseError):
            handle.command(sql)
    assert database.query("SELECT ';', 1;").rows == [(";", 1)]


@pytest.mark.parametrize(
    "sql",
    [
        "INSERT INTO duplicates (tenant) VALUES ('x')",
        "DROP TABLE touchpoints",
        "SYSTEM STOP MERGES",
        "KILL QUERY WHERE 1",
        "USE system",
        "SET max_execution_time = 0",
        "SET readonly = 0",
        "SELECT 1 SETTINGS readonly = 0",
        "SELECT 1 INTO OUTFILE '{file}'",
        "(SELECT 1) INTO OUTFILE '{file}'",
        "SELECT * FROM file('/etc/hostname', 'RawBLOB')",
        "SELECT * FROM url('http://127.0.0.1:1', 'RawBLOB')",
        "CREATE FUNCTION f AS x -> x",
    ],
)
def test_a_read_only_handle_only_answers_questions(
    reader: Database, tmp_path: Path, sql: str
) -> None:
    """No write, no setting, no file, no network."""
    file = tmp_path / "out"
    with pytest.raises(DatabaseError) as caught:
        reader.query(sql.format(file=file))
    assert caught.value.kind == "fatal"
    assert not file.exists()


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT 1",
        "-- why\nSELECT 1",
        "(SELECT 1) UNION ALL (SELECT 1)",
        "WITH 1 AS one SELECT one",
        "SELECT ' INTO OUTFILE '",
        "SHOW TABLES",
        "DESCRIBE touchpoints",
        "EXPLAIN SELECT 1",
        "EXISTS touchpoints",
    ],
)
def test_a_read_only_handle_answers_every_kind_of_question(
    reader: Database, sql: str
) -> None:
    """With names and types of the columns."""
    answer = reader.query(sql)
    assert answer.rows
    assert all(name and kind for name, kind in answer.columns)


def test_questions_have_limits(reader: Database) -> None:
    """Of time and of rows: an error, never a cut answer."""
    with pytest.raises(DatabaseError) as caught:
        reader.query("SELECT count() FROM numbers(1000000000000)")
    assert caught.value.code == 159
    with pytest.raises(DatabaseError) as caught:
        reader.query("SELECT * FROM numbers(20000)")
    assert caught.value.code == 396


def test_threads_do_not_get_each_other_s_answers(reader: Database) -> None:
    """One handle serves all threads of a process."""

    def ask(number: int) -> bool:
        return reader.query("SELECT {n:UInt32}", {"n": number}).rows == [(number,)]

    with ThreadPoolExecutor(4) as threads:
        assert all(threads.map(ask, range(200)))


def test_column_lists_are_inserted(empty: Database) -> None:
    """Times are epoch milliseconds, empty columns of nulls included."""
    table = tables.DUPLICATES
    columns = [["t"], ["p"], ["s"], ["i"], [5], [6], ["l"], [1], [2], ["k"], [3], [4]]
    empty.insert(table, columns)
    empty.insert(table, [[] for _ in table.columns])
    assert empty.query(
        "SELECT toUnixTimestamp64Milli(occurred_at) FROM duplicates"
    ).rows == [(5,)]
    columns[4] = ["soon"]
    with pytest.raises(DatabaseError) as caught:
        empty.insert(table, columns)
    assert caught.value.kind == "poison"


def test_what_is_wrong_is_told_by_code_and_kind(database: Database) -> None:
    """Callers decide by these."""
    with pytest.raises(DatabaseError) as caught:
        database.query("SELECT * FROM nowhere")
    assert (caught.value.code, caught.value.kind) == (60, "fatal")


def test_a_load_is_not_sent_twice_behind_our_back(empty: Database, url: str) -> None:
    """The driver repeats some requests by itself; an insert must not be among them."""
    if not url.startswith("clickhouse:"):
        pytest.skip("no connection that could break")
    front = _control(url)
    front.fault(Fault("reset_after", "touchpoints"))
    with pytest.raises(DatabaseError) as caught:
        land(empty, topics.ENRICHED, touchpoint(1))
    assert caught.value.kind == "transient"
    assert count(empty, tables.TOUCHPOINTS) == 1


def _control(url: str) -> Front:
    front = Front(Path())
    front._port = int(url.split(":")[2].split("/", maxsplit=1)[0])
    return front


@pytest.mark.parametrize("kind", ["reset_after", "unavailable"])
def test_a_database_that_is_busy_or_gone_is_worth_waiting_for(
    tmp_path_factory: pytest.TempPathFactory, kind: str
) -> None:
    """Connections that break, 503 and a server that is not there are transient."""
    with Front(tmp_path_factory.mktemp("front")) as front:
        handle = Database.connect(front.url)
        front.fault(Fault(kind, "CREATE"))  # type: ignore[arg-type]
        with pytest.raises(DatabaseError) as caught:
            handle.command("CREATE TABLE x (n Int8) ENGINE = Memory")
        assert caught.value.kind == "transient"
        front.kill()
        with pytest.raises(DatabaseError) as caught:
            handle.query("SELECT 1")
        assert caught.value.kind == "transient"
        with pytest.raises(DatabaseError) as caught:
            Database.connect(front.url.replace("//", "//me:garden@"))
        assert caught.value.kind == "transient"
        assert "garden" not in str(caught.value)
        front.start()
        assert handle.query("SELECT 1").rows == [(1,)]
        handle.close()


OTHER_OWNER = """
import sys
from sinks.clickhouse import Database, DatabaseError
try:
    Database.connect(sys.argv[1])
except DatabaseError as error:
    print(error.kind, error)
"""


def test_a_folder_has_one_owner(url: str, database: Database) -> None:
    """The second process is told so, and what to do."""
    if not url.startswith("chdb:"):
        pytest.skip("a server takes many")
    assert database
    ended = subprocess.run(
        [sys.executable, "-c", OTHER_OWNER, url],
        capture_output=True,
        text=True,
        check=True,
    )
    assert ended.stdout.startswith("transient ")
    assert "another process owns it" in ended.stdout


def test_a_folder_that_is_not_there_is_not_made_by_a_reader(
    tmp_path: object, url: str, database: Database
) -> None:
    """A question about nothing is an error, not an empty database."""
    if not url.startswith("chdb:"):
        pytest.skip("a server has no folder")
    assert database
    with pytest.raises(DatabaseError, match="no store"):
        Database.connect(f"chdb://{tmp_path}/nothing", readonly=True)
