"""One handle, two engines: the embedded one, and one over HTTP behind a front."""

from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from schemas import tables, topics
from schemas.emotion import Emotions, LastFelt, Tally
from schemas.identity import IdentityLink
from sinks.clickhouse import Database, DatabaseError, Limits
from sinks.marks import _MARKS, _MARKS_BY_MONTH
from sinks.migrate import Migration, MigrationError, migrate, released
from sinks.rows import LANDINGS, framed
from tests.factories.records import (
    FEBRUARY_MS,
    JANUARY_MS,
    dead_letter,
    duplicate,
    encode,
    full_touchpoint,
    journey_state,
    message,
    session,
    thread,
    touchpoint,
    transition,
)
from tests.servers.clickhouse_front import Fault, Front

if TYPE_CHECKING:
    from collections.abc import Iterator

    from schemas.tables import Table

pytestmark = pytest.mark.clickhouse
SAMPLES = {
    topics.ENRICHED: touchpoint(),
    topics.DUPLICATES: duplicate(),
    topics.SESSIONS: session(),
    topics.TRANSITIONS: transition(),
    topics.THREADS: thread(),
    topics.STATES: journey_state(),
    topics.MESSAGES: message(),
    topics.DEAD_LETTERS: dead_letter(),
}
FELT = Emotions(Tally(3, 217, LastFelt(JANUARY_MS, 0, "shop-web", "e-1", -1.0)))
HOSTILE = "'; DROP TABLE touchpoints; --\n\t\\ {x:String} %s \u00e9\u2028"


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


@pytest.fixture(scope="module")
def reader(url: str, database: Database) -> Iterator[Database]:
    assert database
    handle = Database.connect(url, readonly=True, limits=Limits(seconds=1, rows=10_000))
    yield handle
    handle.close()


@pytest.fixture
def empty(database: Database) -> Database:
    """The database, its tables without rows."""
    for table in tables.TABLES:
        database.command(f"TRUNCATE TABLE {table.name}")
    return database


def land(
    database: Database, topic: topics.Topic, *records: object, first: int = 0
) -> None:
    """Land records of partition 1 as the sink would."""
    landing = LANDINGS[topic.name]
    lines = [
        framed(1, offset, record if isinstance(record, bytes) else encode(record))
        for offset, record in enumerate(records, first)
    ]
    database.load(landing.table, landing.select, b"".join(lines), {"kafka_log": "log"})


def count(database: Database, table: Table, final: str = "") -> int:
    return int(
        str(database.query(f"SELECT count() FROM {table.name} {final}").rows[0][0])
    )


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


def test_every_field_of_a_touchpoint_lands(empty: Database) -> None:
    """Each column has its field's value; text and numbers in `properties` stay verbatim."""
    whole = full_touchpoint()
    land(empty, topics.ENRICHED, whole, first=5)
    names = [name for name, _ in tables.TOUCHPOINTS.columns]
    answer = empty.query(
        "SELECT * REPLACE (toUnixTimestamp64Milli(occurred_at) AS occurred_at, "
        "toUnixTimestamp64Milli(received_at) AS received_at, "
        "toUnixTimestamp64Milli(sent_at) AS sent_at) FROM touchpoints"
    )
    row = dict(zip([name for name, _ in answer.columns], answer.rows[0], strict=True))
    assert whole.place is not None
    assert whole.campaign is not None
    flat = {
        **{
            f"campaign_{name}": getattr(whole.campaign, name)
            for name in whole.campaign.__struct_fields__
        },
        **{name: getattr(whole.actor, name) for name in whole.actor.__struct_fields__},
        "store_id": whole.place.store_id,
        "place": encode(whole.place).decode(),
        "properties": bytes(whole.properties).decode(),
        "kafka_log": "log",
        "kafka_partition": 1,
        "kafka_offset": 5,
    }
    assert row == {
        name: flat[name] if name in flat else getattr(whole, name) for name in names
    }


def test_what_a_touchpoint_leaves_out_is_empty(empty: Database) -> None:
    """Absent text is empty, absent money is null."""
    land(empty, topics.ENRICHED, touchpoint(1, actor={}))
    assert empty.query(
        "SELECT place, store_id, campaign_name, customer_id, order_id, currency, "
        "value_minor, sent_at, consent, properties, late, emotion, emotion_observed, "
        "emotion_evidence FROM touchpoints"
    ).rows == [("", "", "", "", "", "", None, None, {}, "{}", False, None, False, "")]


@pytest.mark.parametrize(
    ("topic", "record", "renamed"),
    [
        (topics.DUPLICATES, duplicate(3), {}),
        (
            topics.SESSIONS,
            session(
                3,
                orders=2,
                value_minor=-5,
                currency="EUR",
                campaign="c",
                engaged=True,
                superseded_by="s",
            ),
            {},
        ),
        (topics.DEAD_LETTERS, dead_letter(3, truncated=True), {"payload": "AP8="}),
        (
            topics.TRANSITIONS,
            transition(3, deleted=False),
            {
                "cause_source": "shop-web",
                "cause_id": "e-3",
                "cause_type": "page_viewed",
                "cause_at": JANUARY_MS + 3,
                "deleted": 0,
            },
        ),
        (
            topics.THREADS,
            thread(
                3,
                status="abandoned",
                value_minor=-5,
                currency="EUR",
                steps=["checkout_started", "payment_failed"],
                due_at=JANUARY_MS + 9,
            ),
            {
                "cause_source": "shop-web",
                "cause_id": "e-3",
                "cause_type": "cart_viewed",
                "cause_at": JANUARY_MS + 3,
                "deleted": 0,
            },
        ),
        (
            topics.MESSAGES,
            message(
                3,
                status="cancelled",
                key="c-1",
                expires_at=JANUARY_MS + 9,
                reason="order_completed",
                template="t",
                sent_at=1,
                delivered_at=2,
                opened_at=3,
                clicked_at=4,
                bounced_at=5,
                converted_at=6,
            ),
            {
                "cause_source": "shop-web",
                "cause_id": "e-3",
                "cause_type": "cart_product_added",
                "cause_at": JANUARY_MS + 3,
            },
        ),
        (
            topics.STATES,
            journey_state(3, late=2, orders=1, sessions_total=4, emotions=FELT),
            {
                "emotions_observed": 3,
                "emotions_observed_sum": 2.17,
                "emotions_observed_last": -1.0,
                "emotions_inferred": 0,
                "emotions_inferred_sum": 0,
                "emotions_inferred_last": None,
                "blank": False,
                "facts": '{"household":"2 adults"}',
                "state": encode(
                    journey_state(3, late=2, orders=1, sessions_total=4, emotions=FELT)
                ).decode(),
            },
        ),
        (
            topics.LINKS,
            IdentityLink(
                "default",
                "email_hash:e",
                3,
                "customer_id:1",
                seen_with={"customer_id:1": JANUARY_MS},
                implied_by={"anonymous_id:a": "loyalty_id:2"},
            ),
            {},
        ),
    ],
    ids=lambda value: value.name if isinstance(value, topics.Topic) else "",
)
def test_every_field_of_the_other_records_lands(
    empty: Database, topic: topics.Topic, record: object, renamed: dict[str, object]
) -> None:
    """Each column has its field's value."""
    land(empty, topic, record, first=5)
    table = LANDINGS[topic.name].table
    times = [name for name, kind in table.columns if "DateTime64" in kind]
    replaced = ", ".join(f"toUnixTimestamp64Milli({name}) AS {name}" for name in times)
    replace = f"REPLACE ({replaced})" if replaced else ""
    answer = empty.query(f"SELECT * {replace} FROM {table.name}")
    row = dict(zip([name for name, _ in answer.columns], answer.rows[0], strict=True))
    known = renamed | {"kafka_log": "log", "kafka_partition": 1, "kafka_offset": 5}
    assert row == {
        name: known[name] if name in known else getattr(record, name)
        for name, _ in table.columns
    }


def test_a_deleted_transition_is_not_there(empty: Database) -> None:
    """Later knowledge may take a change of phase back."""
    land(empty, topics.TRANSITIONS, transition(1))
    land(empty, topics.TRANSITIONS, transition(1, 2, deleted=True), first=1)
    assert count(empty, tables.TRANSITIONS, "FINAL") == 0


BROKEN = [
    b"{}",
    b"null",
    b"[]",
    b"5",
    b'"text"',
    b"{",
    b'{"tenant":"a',
    b"}}",
    b"\x00\xff\xfe",
    b'{"tenant":"a"}\n{"kafka_partition":1',
    b'{"a":' + b"[" * 5_000 + b"]" * 5_000 + b"}",
]


@pytest.mark.parametrize("topic", SAMPLES, ids=lambda topic: topic.name)
@pytest.mark.parametrize("broken", BROKEN, ids=range(len(BROKEN)))
def test_a_broken_record_lands_nothing(
    empty: Database, topic: topics.Topic, broken: bytes
) -> None:
    """It is told as poison, and none of its neighbours has landed either."""
    with pytest.raises(DatabaseError) as caught:
        land(empty, topic, broken)
    assert caught.value.kind == "poison"
    assert count(empty, LANDINGS[topic.name].table) == 0


@pytest.mark.parametrize(
    "wrong",
    [
        {"occurred_at": -1},
        {"occurred_at": 4_102_444_800_000},
        {"received_at": 2**62},
        {"sent_at": -(2**62)},
        {"occurred_at": "now"},
        {"raw_partition": -1},
        {"late": "yes"},
        {"emotion": 2.5},
        {"emotion": -40},
        {"consent": [1]},
        {"actor": []},
        {"tenant": ""},
        {"id": ""},
    ],
    ids=str,
)
def test_a_wrong_field_lands_nothing(empty: Database, wrong: dict[str, object]) -> None:
    """A good record beside it does not land either: an insert is all or nothing."""
    with pytest.raises(DatabaseError) as caught:
        land(
            empty, topics.ENRICHED, touchpoint(1), touchpoint(2, **wrong), touchpoint(3)
        )
    assert caught.value.kind == "poison"
    assert count(empty, tables.TOUCHPOINTS) == 0


@pytest.mark.parametrize(
    ("topic", "wrong"),
    [
        (topics.SESSIONS, session(1, ended_at=2**62)),
        (topics.TRANSITIONS, transition(1, occurred_at=-1)),
        (topics.THREADS, thread(1, due_at=2**62)),
        (topics.STATES, journey_state(1, last_at=2**62)),
        (topics.MESSAGES, message(1, opened_at=2**62)),
        (topics.DUPLICATES, duplicate(1, occurred_at=2**62)),
        (topics.DEAD_LETTERS, dead_letter(1, received_at=2**62)),
    ],
    ids=lambda value: value.name if isinstance(value, topics.Topic) else "",
)
def test_a_time_that_no_calendar_has_lands_nothing(
    empty: Database, topic: topics.Topic, wrong: object
) -> None:
    """One such row would make the column unreadable for everybody."""
    with pytest.raises(DatabaseError) as caught:
        land(empty, topic, wrong)
    assert caught.value.kind == "poison"


def test_an_insert_is_one_part_for_each_month(empty: Database) -> None:
    """A part is atomic and carries its marks; a month in two parts could land by half."""
    empty.command("SYSTEM STOP MERGES touchpoints")
    try:
        values = [
            touchpoint(n, occurred_at=(JANUARY_MS, FEBRUARY_MS)[n % 2] + n)
            for n in range(30_000)
        ]
        land(empty, topics.ENRICHED, *values)
        assert empty.query(
            "SELECT partition, count(), sum(rows) FROM system.parts WHERE active "
            "AND database = currentDatabase() AND table = 'touchpoints' "
            "GROUP BY partition ORDER BY partition"
        ).rows == [("202401", 1, 15_000), ("202402", 1, 15_000)]
    finally:
        empty.command("SYSTEM START MERGES touchpoints")


def test_a_batch_may_touch_more_months_than_the_engine_likes(empty: Database) -> None:
    """A late file over many years lands all the same."""
    values = [touchpoint(n, occurred_at=1 + n * 31 * 86_400_000) for n in range(150)]
    land(empty, topics.ENRICHED, *values)
    assert count(empty, tables.TOUCHPOINTS) == 150


def test_two_deliveries_of_a_touchpoint_are_one_row(empty: Database) -> None:
    """Even in one insert; the row that took part in the journey is the one that stays."""
    folded = touchpoint(1, session_id="s", phase="engagement")
    late = touchpoint(
        1, session_id="", late=True, received_at=FEBRUARY_MS, raw_offset=9
    )
    land(empty, topics.ENRICHED, folded, late)
    land(empty, topics.ENRICHED, late, first=2)
    assert empty.query(
        "SELECT session_id, phase, late, raw_offset FROM touchpoints FINAL"
    ).rows == [("s", "engagement", False, 1)]


def test_a_session_goes_over_to_another_person(empty: Database) -> None:
    """A newer revision replaces the row, whoever it was of."""
    land(
        empty, topics.SESSIONS, session(1, 2), session(1, 4, person_id="customer_id:0")
    )
    land(empty, topics.SESSIONS, session(1, 3), first=2)
    assert empty.query("SELECT person_id, revision FROM sessions FINAL").rows == [
        ("customer_id:0", 4)
    ]


def test_the_sessions_of_a_person_are_found_by_the_projection(empty: Database) -> None:
    """Though the table is in the order of session ids, which say nothing of persons."""
    land(empty, topics.SESSIONS, *(session(n) for n in range(20_000)))
    plan = empty.query(
        "EXPLAIN SELECT session_id FROM sessions "
        "WHERE tenant = 'default' AND person_id = 'customer_id:1'"
    ).rows
    assert any("(persons)" in str(row[0]) for row in plan), plan


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
