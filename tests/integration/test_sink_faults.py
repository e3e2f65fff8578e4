"""The sink while a database fails it, and beside another sink: nothing lost or doubled."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from schemas.topics import (
    ENRICHED,
)
from tests.factories.records import (
    spread,
)
from tests.integration.landing import Stream, balanced, landed, two_months, wait_for
from tests.servers.clickhouse_front import Fault, Front
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


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Tansu]:
    with Tansu(tmp_path / "tansu") as server:
        make_topics(server.bootstrap)
        yield server


@pytest.fixture
def front(tmp_path: Path) -> Iterator[Front]:
    with Front(tmp_path / "front") as server:
        yield server


def test_an_insert_whose_answer_is_lost_lands_once(
    broker: Tansu, front: Front, tmp_path: Path
) -> None:
    """The table is asked before anything is sent again."""
    with Sink(tmp_path, broker.bootstrap, front.url) as sink:
        sink.ask("SELECT 1")
        front.fault(Fault("reset_after", "INSERT INTO touchpoints"))
        produce(broker.bootstrap, ENRICHED.name, spread(two_months(0, 400), PARTITIONS))
        skipped = 'parcours_sink_rows_skipped_total{table="touchpoints"}'
        wait_for(lambda: sink.metric(skipped) > 0)
        assert front.faults_left() == 0
        sink.wait("SELECT count() FROM touchpoints", lambda rows: rows == [[400]])
        wait_for(lambda: balanced(sink))
        assert sink.metric('parcours_sink_retries_total{error_class="transient"}') >= 1


def test_a_database_that_is_down_stops_the_reading_and_loses_nothing(
    broker: Tansu, front: Front, tmp_path: Path
) -> None:
    """The sink waits, paused, and goes on by itself when the database is back."""
    with Sink(tmp_path, broker.bootstrap, front.url, sink_batch_rows=50) as sink:
        produce(broker.bootstrap, ENRICHED.name, spread(two_months(0, 4), PARTITIONS))
        wait_for(lambda: landed(sink) == 4)
        front.kill()
        for first in range(4, 404, 100):
            values = two_months(first, first + 100)
            produce(broker.bootstrap, ENRICHED.name, spread(values, PARTITIONS))
        retries = 'parcours_sink_retries_total{error_class="transient"}'
        wait_for(lambda: sink.metric(retries) >= 2)
        wait_for(lambda: sink.metric("parcours_sink_pending_rows") == 100)
        front.start()
        sink.wait("SELECT count() FROM touchpoints FINAL", lambda rows: rows == [[404]])
        wait_for(lambda: balanced(sink))
        assert sink.metric("parcours_sink_paused_seconds_total") > 0


def test_a_sink_waits_for_a_database_that_is_still_starting(
    broker: Tansu, front: Front, tmp_path: Path
) -> None:
    """Started together, it does not matter who is ready first."""
    front.kill()
    with Sink(tmp_path, broker.bootstrap, front.url) as sink:
        wait_for(lambda: "database_not_ready" in sink.said())
        front.start()
        assert landed(sink) == 0


def test_a_sink_that_hangs_ends_itself_to_be_started_again(
    broker: Tansu, front: Front, tmp_path: Path
) -> None:
    """The insert had been executed: after the restart its rows are there once."""
    with Sink(tmp_path, broker.bootstrap, front.url, stall_seconds=1) as sink:
        sink.wait_serving()
        front.fault(Fault("hang", "INSERT INTO touchpoints"))
        produce(broker.bootstrap, ENRICHED.name, {0: two_months(0, 40)})
        assert sink.ended() == 70
        assert "sink_stalled" in sink.said()
        sink.start()
        sink.wait("SELECT count() FROM touchpoints", lambda rows: rows == [[40]])


def test_a_second_sink_joins_and_leaves(
    broker: Tansu, front: Front, tmp_path: Path
) -> None:
    """Partitions move between sinks while records stream in: the rows are the same."""
    rows = 'parcours_sink_rows_total{table="touchpoints"}'
    with (
        Stream(broker.bootstrap) as stream,
        Sink(tmp_path / "one", broker.bootstrap, front.url) as one,
    ):
        wait_for(lambda: landed(one) > 0)
        with Sink(tmp_path / "two", broker.bootstrap, front.url) as two:
            wait_for(lambda: two.metric(rows) > 0)
            two.stop()
        before = one.metric(rows)
        wait_for(lambda: one.metric(rows) > before)
        total = stream.end()
        one.wait(
            "SELECT count() FROM touchpoints FINAL", lambda rows: rows == [[total]]
        )


def test_a_sink_that_cannot_ever_work_says_so(broker: Tansu, tmp_path: Path) -> None:
    """Wrong settings end it with a status that says: do not start it again."""
    with Sink(tmp_path, broker.bootstrap, "mysql://me:garden@127.0.0.1/x") as sink:
        assert sink.ended() == 78
        assert "clickhouse://" in sink.said()
        assert "garden" not in sink.said()
