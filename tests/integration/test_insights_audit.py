"""The conservation law, on the embedded engine."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from insights.audit import LANDINGS, Audit, Gap, audit
from insights.deliveries import Delivery
from insights.positions import LogPositions, LogView, Span
from schemas import tables, topics
from tests.unit.insights.store import LOG, Row, Store, open_store

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

IDENTIFIED_LOG = "aaaaaaaaaaaa"
SINK_LOG = "bbbbbbbbbbbb"


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """One store for the module."""
    with open_store(tmp_path_factory.mktemp("audit")) as store:
        yield store


@pytest.fixture
def store(opened: Store) -> Store:
    """The store, empty."""
    opened.clear(
        tables.TOUCHPOINTS, tables.DUPLICATES, tables.DEAD_LETTERS, tables.SESSIONS
    )
    return opened


def raw(offset: int, partition: int = 0, other: Row | None = None) -> Row:
    """A row that stands for one raw record."""
    return {
        "person_id": "customer_id:1",
        "source": "shop",
        "id": f"{partition}-{offset}",
        "occurred_at": 1_700_000_000_000,
        "raw_log": LOG,
        "raw_partition": partition,
        "raw_offset": offset,
        "kafka_log": SINK_LOG,
        **(other or {}),
    }


def letter(offset: int, topic: str = topics.RAW.name, log: str = LOG) -> Row:
    """A dead letter's row."""
    return {"log": log, "topic": topic, "offset": offset, "kafka_log": SINK_LOG}


def view(
    *raw_spans: Span,
    identified: Span | None = None,
    landing: dict[str, Span] | None = None,
) -> LogView:
    """Where Kafka stands; everything read to its end where nothing else is said."""
    spans = landing or {}
    return LogView(
        LogPositions(LOG, raw_spans),
        LogPositions(IDENTIFIED_LOG, (identified or Span(0, 0, 0),)),
        {
            name: LogPositions(SINK_LOG, (spans.get(name, Span(0, 0, 0)),))
            for name in LANDINGS
        },
    )


def stored(store: Store, offsets: Iterable[int], partition: int = 0) -> None:
    """Store the touchpoints of these raw records."""
    store.insert(tables.TOUCHPOINTS, [raw(offset, partition) for offset in offsets])


def law(found: Audit) -> None:
    """The law has to hold in every line, whatever was found."""
    for one in (found.total, *found.topics.values(), *found.partitions):
        ended = one.stored + one.duplicate + one.dead_lettered
        assert one.received + one.counted_twice == ended + one.pending + one.missing


def test_all_accounted_for_balances(store: Store) -> None:
    """Stored, duplicate and dead-lettered records of all partitions add up."""
    stored(store, [0, 2, 3])
    stored(store, [0, 1], partition=1)
    store.insert(tables.DUPLICATES, [raw(1)])
    store.insert(tables.DEAD_LETTERS, [letter(4)])
    found = audit(store.asker, view(Span(0, 5, 5), Span(0, 2, 2), Span(0, 0, 0)))
    law(found)
    assert found.balanced
    assert found.total.stored == 5
    assert (found.total.duplicate, found.total.dead_lettered) == (1, 1)
    assert [one.received for one in found.partitions] == [5, 2, 0]


def test_nothing_received_balances(store: Store) -> None:
    """An empty system is in order."""
    found = audit(store.asker, view(Span(0, 0, 0)))
    assert found.balanced
    assert found.total.received == 0


def test_unread_records_are_pending(store: Store) -> None:
    """What the first agent has not read is pending, not missing."""
    stored(store, range(3))
    found = audit(store.asker, view(Span(0, 10, 3)))
    law(found)
    assert found.balanced
    assert found.total.pending == 7


def test_rows_ahead_of_the_commit_are_stored(store: Store) -> None:
    """What landed before its reader committed is stored, the rest unread."""
    stored(store, [0, 1, 2, 5, 6])
    found = audit(store.asker, view(Span(0, 10, 3)))
    law(found)
    assert (found.total.stored, found.total.pending) == (5, 5)


def test_lag_behind_the_first_agent_explains_as_many_records(store: Store) -> None:
    """A lag of n accounts for n records that are nowhere yet, and for no more."""
    stored(store, range(5))
    waiting = {topics.ENRICHED.name: Span(0, 7, 5)}
    here = view(Span(0, 8, 8), identified=Span(0, 8, 8), landing=waiting)
    found = audit(store.asker, here)
    law(found)
    assert not found.balanced
    assert (found.total.pending, found.total.missing) == (2, 1)
    assert found.lost == []
    behind = replace(here, identified=LogPositions(IDENTIFIED_LOG, (Span(0, 9, 8),)))
    assert audit(store.asker, behind).balanced


def test_lag_of_sessions_explains_nothing(store: Store) -> None:
    """A topic that carries no touchpoints cannot have one on its way."""
    stored(store, [0])
    waiting = {topics.SESSIONS.name: Span(0, 10, 0)}
    found = audit(store.asker, view(Span(0, 2, 2), landing=waiting))
    assert (found.total.pending, found.total.missing) == (0, 1)


def test_lost_records_are_named(store: Store) -> None:
    """Where nothing is under way, the offsets that are lost are named as ranges."""
    stored(store, [*range(2, 10), *range(11, 20)])
    stored(store, range(3), partition=2)
    found = audit(store.asker, view(Span(0, 25, 22), Span(0, 3, 3), Span(0, 3, 3)))
    law(found)
    assert not found.balanced
    assert found.total.missing == 2 + 1 + 2 + 3
    assert found.lost == [
        Gap(0, 0, 1),
        Gap(0, 10, 10),
        Gap(0, 20, 21),
        Gap(1, 0, 2),
    ]


def test_a_delivery_whose_row_was_replaced_is_a_duplicate(store: Store) -> None:
    """Accepted twice while its person changed, one row is left: the other is no loss."""
    stored(store, [0, 2])
    asked = []

    def read(places: Sequence[tuple[int, int]]) -> list[Delivery]:
        asked.extend(places)
        return [Delivery(0, 1, "default", "shop", "0-2")]

    found = audit(store.asker, view(Span(0, 3, 3)), read)
    law(found)
    assert asked == [(0, 1)]
    assert found.balanced
    assert (found.total.stored, found.total.duplicate) == (2, 1)
    assert found.lost == []
    assert "1 of the duplicates" in found.notes[0]


def test_a_delivery_of_what_is_not_stored_is_lost(store: Store) -> None:
    """What no row tells of stays missing, and is named."""
    stored(store, [0, 2])

    def read(places: Sequence[tuple[int, int]]) -> list[Delivery]:
        return [Delivery(*places[0], "default", "shop", "another")]

    found = audit(store.asker, view(Span(0, 3, 3)), read)
    law(found)
    assert not found.balanced
    assert found.lost == [Gap(0, 1, 1)]
    assert found.notes == []


@pytest.mark.parametrize("gaps", [21, 25, 33, 50, 500])
def test_at_most_twenty_ranges_a_partition_are_named(store: Store, gaps: int) -> None:
    """The answer stays short however much is lost: the first ranges, in order."""
    stored(store, reversed(range(0, 2 * gaps, 2)))
    found = audit(store.asker, view(Span(0, 2 * gaps, 2 * gaps)))
    assert found.total.missing == gaps
    assert found.lost == [Gap(0, n, n) for n in range(1, 40, 2)]


def test_what_came_too_late_is_told(store: Store) -> None:
    """It is stored and balances, and is in no session: whoever looks should know."""
    store.insert(tables.TOUCHPOINTS, [raw(0), raw(1, 0, {"late": True})])
    found = audit(store.asker, view(Span(0, 2, 2)))
    assert found.balanced
    assert found.notes[0].startswith("1 of the stored touchpoints came later")


def test_record_in_two_places_is_counted_twice(store: Store) -> None:
    """One raw record stored and dead-lettered breaks the law."""
    stored(store, range(3))
    store.insert(tables.DEAD_LETTERS, [letter(1)])
    found = audit(store.asker, view(Span(0, 3, 3)))
    law(found)
    assert not found.balanced
    assert (found.total.counted_twice, found.total.missing) == (1, 0)


def test_record_stored_under_two_persons_is_counted_twice(store: Store) -> None:
    """Two rows of one raw record are one too many, however they differ."""
    stored(store, range(3))
    store.insert(tables.TOUCHPOINTS, [raw(1, 0, {"person_id": "customer_id:2"})])
    found = audit(store.asker, view(Span(0, 3, 3)))
    assert found.total.counted_twice == 1
    assert not found.balanced


def test_loss_and_double_count_do_not_cancel(store: Store) -> None:
    """As many lost as counted twice is not a balance."""
    stored(store, [0, 2])
    store.insert(tables.TOUCHPOINTS, [raw(2, 0, {"person_id": "customer_id:2"})])
    found = audit(store.asker, view(Span(0, 3, 3)))
    law(found)
    assert (found.total.counted_twice, found.total.missing) == (1, 1)
    assert found.lost == [Gap(0, 1, 1)]


def test_rows_landed_again_count_once(store: Store) -> None:
    """A batch that a second sink landed again changes nothing, merged or not."""
    stored(store, range(3))
    store.insert(tables.DUPLICATES, [raw(3)])
    store.writer.command("SYSTEM STOP MERGES")
    stored(store, range(3))
    store.insert(tables.DUPLICATES, [raw(3)])
    try:
        found = audit(store.asker, view(Span(0, 4, 4)))
    finally:
        store.writer.command("SYSTEM START MERGES")
    assert found.balanced
    assert (found.total.stored, found.total.duplicate) == (3, 1)


def test_rows_of_former_logs_do_not_count(store: Store) -> None:
    """A broker that began empty has other offsets, although they look the same."""
    former = {"raw_log": "ffffffffffff", "person_id": "customer_id:9"}
    store.insert(tables.TOUCHPOINTS, [raw(offset, 0, former) for offset in range(5)])
    store.insert(tables.DEAD_LETTERS, [letter(1, log="ffffffffffff")])
    stored(store, [0])
    found = audit(store.asker, view(Span(0, 2, 2)))
    assert (found.total.stored, found.total.missing) == (1, 1)


def test_touchpoint_sent_again_on_a_new_log_is_stored_once(store: Store) -> None:
    """After a restart of the broker the same file balances on the new log."""
    former = {"raw_log": "ffffffffffff", "kafka_offset": 900, "received_at": 1}
    store.insert(tables.TOUCHPOINTS, [raw(offset, 0, former) for offset in range(3)])
    again = [raw(offset, 0, {"received_at": 2}) for offset in range(3)]
    store.insert(tables.TOUCHPOINTS, again)
    found = audit(store.asker, view(Span(0, 3, 3)))
    assert found.balanced
    assert found.total.stored == 3


def test_records_that_came_after_the_look_do_not_count(store: Store) -> None:
    """Rows beyond the ends that were read are left for the next audit."""
    stored(store, range(8))
    found = audit(store.asker, view(Span(0, 5, 5)))
    assert found.balanced
    assert found.total.stored == 5


def test_refused_behind_the_first_agent_is_dead_lettered(store: Store) -> None:
    """A dead letter with the coordinates of a later topic accounts for one record."""
    stored(store, range(3))
    refused = letter(7, topics.IDENTIFIED.name, IDENTIFIED_LOG)
    former = letter(8, topics.IDENTIFIED.name, "ffffffffffff")
    store.insert(tables.DEAD_LETTERS, [refused, former])
    found = audit(store.asker, view(Span(0, 5, 5)))
    law(found)
    assert (found.total.dead_lettered, found.total.missing) == (1, 1)
    assert any("behind the first agent" in note for note in found.notes)


def test_records_that_retention_removed_unread_are_missing(store: Store) -> None:
    """What the log dropped before it was read will never come."""
    stored(store, range(10, 12))
    found = audit(store.asker, view(Span(10, 12, 0)))
    law(found)
    assert (found.total.missing, found.total.pending) == (10, 0)
    assert found.lost == [Gap(0, 0, 9)]
    assert any("retention" in note for note in found.notes)


def test_landed_topics_balance_by_their_lag(store: Store) -> None:
    """Each topic that the sink reads has its own line."""
    stored(store, range(5))
    landing = {topics.ENRICHED.name: Span(0, 9, 5)}
    found = audit(store.asker, view(Span(0, 9, 9), landing=landing))
    law(found)
    line = found.topics[topics.ENRICHED.name]
    assert (line.received, line.stored, line.pending) == (9, 5, 4)
    assert found.balanced


def test_empty_table_behind_a_finished_sink_is_a_loss(store: Store) -> None:
    """A database that was thrown away is noticed, although Kafka says all is done."""
    landing = {topics.SESSIONS.name: Span(0, 9, 9)}
    found = audit(store.asker, view(Span(0, 0, 0), landing=landing))
    law(found)
    assert not found.balanced
    assert found.topics[topics.SESSIONS.name].missing == 9


def test_rows_replaced_out_of_another_partition_are_no_loss(store: Store) -> None:
    """Two persons who were found to be one: the session of one is the other's now."""
    session = {
        "session_id": "s",
        "person_id": "anonymous_id:a",
        "revision": 1,
        "kafka_log": SINK_LOG,
        "kafka_offset": 0,
    }
    store.insert(tables.SESSIONS, [session | {"kafka_partition": 0}])
    store.insert(tables.SESSIONS, [session | {"kafka_partition": 1, "revision": 3}])
    store.writer.command("OPTIMIZE TABLE sessions FINAL")
    nothing = view(Span(0, 0, 0))
    log = LogPositions(SINK_LOG, (Span(0, 1, 1), Span(0, 1, 1)))
    found = audit(
        store.asker,
        replace(nothing, landing={**nothing.landing, topics.SESSIONS.name: log}),
    )
    law(found)
    assert found.balanced
