"""The sink on a real broker and both engines: all rows there, each once."""

from __future__ import annotations

import json
import random
import time
import urllib.error
from contextlib import closing
from typing import TYPE_CHECKING

import pytest
from kafka import KafkaAdminClient

from schemas import tables
from schemas.topics import (
    DEAD_LETTERS,
    DUPLICATES,
    ENRICHED,
    LINKS,
    MESSAGES,
    SESSIONS,
    STATES,
    THREADS,
    TRANSITIONS,
    log_id,
)
from sinks.clickhouse import Database
from sinks.migrate import migrate
from sinks.rows import LANDINGS, framed
from tests.factories.records import (
    dead_letter,
    duplicate,
    encode,
    identity_link,
    journey_state,
    message,
    session,
    spread,
    thread,
    transition,
)
from tests.integration.landing import Stream, balanced, landed, two_months, wait_for
from tests.servers.clickhouse_front import Front
from tests.servers.sink import (
    PARTITIONS,
    Sink,
    make_topics,
    produce,
)
from tests.servers.tansu import Tansu

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = [pytest.mark.broker, pytest.mark.clickhouse]
KILLS = 10
SEED = 20_240_504


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Tansu]:
    with Tansu(tmp_path / "tansu") as server:
        make_topics(server.bootstrap)
        yield server


@pytest.fixture(params=["embedded", "http"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    if request.param == "embedded":
        pytest.importorskip("chdb")
        yield ""
        return
    with Front(tmp_path / "front") as front:
        yield front.url


def test_every_topic_lands_in_its_table(
    broker: Tansu, url: str, tmp_path: Path
) -> None:
    """Rows of one identity collapse, offsets are committed, the numbers balance."""
    kafka = broker.bootstrap
    produce(kafka, ENRICHED.name, spread(two_months(0, 400), PARTITIONS))
    produce(kafka, DUPLICATES.name, {0: [encode(duplicate(n)) for n in range(30)]})
    versions = [encode(session(n % 10, n)) for n in range(100)]
    produce(kafka, SESSIONS.name, {1: versions})
    produce(kafka, TRANSITIONS.name, {2: [encode(transition(n)) for n in range(20)]})
    produce(kafka, THREADS.name, {0: [encode(thread(n % 5, n)) for n in range(9)]})
    states = [encode(journey_state(5, n)) for n in range(50)]
    produce(kafka, STATES.name, {3: [*states, None]})
    messages = [encode(message(n % 5, n)) for n in range(15)]
    produce(kafka, MESSAGES.name, {1: messages + messages[-1:]})
    produce(kafka, DEAD_LETTERS.name, {0: [encode(dead_letter(n)) for n in range(7)]})
    links = [encode(identity_link(n % 4, n + 1)) for n in range(40)]
    produce(kafka, LINKS.name, {2: links})
    counts = [400, 30, 10, 20, 5, 1, 4, 5, 7]
    union = " UNION ALL ".join(
        f"SELECT {n} AS place, count() AS rows FROM {table.name} FINAL"
        for n, table in enumerate(tables.TABLES)
    )
    with Sink(tmp_path, kafka, url) as sink:
        sink.wait(
            f"SELECT rows FROM ({union}) ORDER BY place",
            lambda rows: rows == [[n] for n in counts],
        )
        newest = "SELECT max(revision), min(revision) FROM sessions FINAL"
        assert sink.ask(newest) == [[99, 90]]
        wait_for(lambda: balanced(sink))
        wait_for(lambda: sink.metric("parcours_sink_pending_rows") == 0)
        erased = 'parcours_sink_records_erased_total{table="journey_states"}'
        wait_for(lambda: sink.metric(erased) == 1)
        assert sink.metric('parcours_sink_rows_total{table="touchpoints"}') == 400
        lag = f'parcours_consumer_lag_records{{partition="0",topic="{ENRICHED.name}"}}'
        wait_for(lambda: sink.metric(lag) == 0)
        sink.stop()
        sink.start()
        produce(kafka, ENRICHED.name, {0: two_months(400, 401)})
        sink.wait("SELECT count() FROM touchpoints", lambda rows: rows == [[401]])
        assert sink.metric('parcours_sink_rows_total{table="touchpoints"}') == 1


def test_nothing_is_lost_or_doubled_by_kills(
    broker: Tansu, url: str, tmp_path: Path
) -> None:
    """SIGKILL at random moments while records stream in, with batches cut anywhere.

    The embedded engine dies with the sink, so there even the rows before any
    collapsing are exact. A server goes on with the insert of a killed sink; the row's
    identity takes care of that.
    """
    chance = random.Random(SEED)
    settings = {"sink_batch_rows": 700, "sink_batch_seconds": 0.05}
    with (
        Stream(broker.bootstrap) as stream,
        Sink(tmp_path, broker.bootstrap, url, **settings) as sink,
    ):
        for _ in range(KILLS):
            wanted = landed(sink) + chance.randrange(1, 1_500)
            wait_for(lambda wanted=wanted: landed(sink) >= wanted)  # type: ignore[misc]
            time.sleep(chance.uniform(0.0, 0.1))
            sink.kill()
            sink.start()
        total = stream.end()
        sink.wait(
            "SELECT count() FROM touchpoints FINAL", lambda rows: rows == [[total]]
        )
        exact = "count(), uniqExact(kafka_partition, kafka_offset), uniqExact(id)"
        final = "FINAL" if url else ""
        assert sink.ask(f"SELECT {exact} FROM touchpoints {final}") == [[total] * 3]
        assert (
            sink.ask(
                "SELECT count(), max(kafka_offset) + 1 FROM touchpoints FINAL "
                "GROUP BY kafka_partition"
            )
            == [[total // PARTITIONS] * 2] * PARTITIONS
        )


def test_half_of_an_insert_is_completed(
    broker: Tansu, url: str, tmp_path: Path
) -> None:
    """An insert over two months, cut by a crash between them, lacks one of them.

    One mark for both months would take the missing one for landed.
    """
    values = spread(two_months(0, 400), PARTITIONS)
    produce(broker.bootstrap, ENRICHED.name, values)
    log = log_of(broker.bootstrap)
    january = [
        framed(partition, offset, value)
        for partition, listed in values.items()
        for offset, value in enumerate(listed)
        if offset % 2 == 0
    ]
    load(url or f"chdb://{tmp_path}/store", log, january)
    with Sink(tmp_path, broker.bootstrap, url) as sink:
        sink.wait("SELECT count() FROM touchpoints", lambda rows: rows[0][0] >= 400)
        assert sink.ask("SELECT count(), uniqExact(id) FROM touchpoints") == [
            [400, 400]
        ]
        assert (
            sink.metric('parcours_sink_rows_skipped_total{table="touchpoints"}') == 200
        )


def test_marks_of_another_log_mean_nothing(
    broker: Tansu, url: str, tmp_path: Path
) -> None:
    """A broker that begins anew counts from 0 again: its records are not old."""
    values = spread(two_months(0, 400), PARTITIONS)
    produce(broker.bootstrap, ENRICHED.name, values)
    with Sink(tmp_path, broker.bootstrap, url) as sink:
        sink.wait("SELECT count() FROM touchpoints", lambda rows: rows == [[400]])
        sink.stop()
        broker.kill()
        broker.start()
        make_topics(broker.bootstrap)
        new = spread(two_months(1_000, 1_100), PARTITIONS)
        produce(broker.bootstrap, ENRICHED.name, new)
        sink.start()
        sink.wait("SELECT count() FROM touchpoints", lambda rows: rows == [[500]])
        assert sink.ask("SELECT uniqExact(kafka_log) FROM touchpoints") == [[2]]


def test_a_lost_table_is_filled_again(broker: Tansu, url: str, tmp_path: Path) -> None:
    """Committed offsets prove nothing: the table is asked."""
    values = spread(two_months(0, 400), PARTITIONS)
    produce(broker.bootstrap, ENRICHED.name, values)
    with Sink(tmp_path, broker.bootstrap, url) as sink:
        sink.wait("SELECT count() FROM touchpoints", lambda rows: rows == [[400]])
        sink.stop()
        database = Database.connect(url or f"chdb://{tmp_path}/store")
        database.command("TRUNCATE TABLE touchpoints")
        database.close()
        sink.start()
        sink.wait("SELECT count() FROM touchpoints", lambda rows: rows == [[400]])


def test_a_bad_record_is_dead_lettered_and_its_neighbours_land(
    broker: Tansu, url: str, tmp_path: Path
) -> None:
    """With its coordinates; rows before and after it in the same insert are there."""
    kafka = broker.bootstrap
    values: list[bytes | None] = [*two_months(0, 40)]
    values[7], values[20], values[21] = b"{", None, b'{"tenant":"x"}'
    produce(kafka, ENRICHED.name, {1: values})
    produce(kafka, SESSIONS.name, {2: [encode(session(1)), b"[]", encode(session(2))]})
    with Sink(tmp_path, kafka, url) as sink:
        sink.wait("SELECT count() FROM dead_letters", lambda rows: rows == [[4]])
        assert landed(sink) == 37
        assert sink.ask("SELECT count() FROM sessions") == [[2]]
        assert sink.ask(
            "SELECT topic, partition, offset, stage, reason, truncated FROM dead_letters "
            "WHERE log IN (SELECT kafka_log FROM touchpoints UNION ALL "
            "SELECT kafka_log FROM sessions) ORDER BY topic DESC, offset"
        ) == [
            [ENRICHED.name, 1, 7, "sink", "row_refused", True],
            [ENRICHED.name, 1, 20, "sink", "empty", True],
            [ENRICHED.name, 1, 21, "sink", "row_refused", True],
            [SESSIONS.name, 2, 1, "sink", "row_refused", True],
        ]
        wait_for(lambda: balanced(sink))
        assert "customer_id" not in sink.said()


def test_what_was_read_is_written_before_the_end(
    broker: Tansu, url: str, tmp_path: Path
) -> None:
    """SIGTERM does not wait for the batch to be due, nor leave it behind."""
    with Sink(tmp_path, broker.bootstrap, url, sink_batch_seconds=3_600) as sink:
        produce(broker.bootstrap, ENRICHED.name, {0: two_months(0, 20)})
        wait_for(lambda: landed(sink) == 20)
        produce(broker.bootstrap, ENRICHED.name, {0: two_months(20, 60)})
        wait_for(lambda: sink.metric("parcours_sink_pending_rows") == 40)
        assert landed(sink) == 20
        sink.stop()
        sink.start()
        assert landed(sink) == 60


def test_questions_are_answered_by_the_process_that_owns_the_store(
    broker: Tansu, url: str, tmp_path: Path
) -> None:
    """Over loopback, to whoever has the token; questions only."""
    with Sink(tmp_path, broker.bootstrap, url) as sink:
        assert sink.ask("SELECT {n:UInt64}, {s:String}", n=2**53 + 1, s="a\nb") == [
            [2**53 + 1, "a\nb"]
        ]
        assert sink.question("SELECT 1 AS one", {})["columns"] == [
            {"name": "one", "type": "UInt8"}
        ]
        for sql, token, status in (
            ("SELECT 1", "wrong", 401),
            ("SELECT 1", "", 401),
            ("DROP TABLE touchpoints", None, 400),
            ("SELECT nonsense", None, 400),
        ):
            with pytest.raises(urllib.error.HTTPError) as caught:
                sink.question(sql, {}, **({} if token is None else {"token": token}))
            assert caught.value.code == status
        problem = json.loads(caught.value.read())
        assert (problem["status"], problem["code"]) == (400, 47)


def load(url: str, log: str, lines: list[bytes]) -> None:
    """Land some rows as a sink would that then died."""
    landing = LANDINGS[ENRICHED.name]
    database = Database.connect(url)
    try:
        migrate(database)
        database.load(
            landing.table, landing.select, b"".join(lines), {"kafka_log": log}
        )
    finally:
        database.close()


def log_of(kafka: str) -> str:
    """Identity of the log of enriched touchpoints."""
    with closing(KafkaAdminClient(bootstrap_servers=kafka)) as admin:
        (topic,) = admin.describe_topics([ENRICHED.name])
    return log_id(str(topic["topic_id"]))
