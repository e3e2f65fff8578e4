"""What is gathered, and what of it is written."""

from math import inf

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.failure import Reason
from schemas.settings import Settings
from schemas.topics import DUPLICATES, ENRICHED, SESSIONS, STATES
from sinks.batch import MOST_APART_SECONDS, SETTLE_SECONDS, Batch, BatchPolicy, Lot, Row
from sinks.rows import LANDINGS
from tests.factories.records import LOG, Record, encode, records, session, touchpoint

TOUCHPOINTS = LANDINGS[ENRICHED.name]
SESSION = LANDINGS[SESSIONS.name]


def gathered(*values: object, first: int = 0) -> Batch:
    batch = Batch()
    batch.add(TOUCHPOINTS, LOG, 2, records(*values, first=first))
    return batch


def test_records_are_gathered_with_their_coordinates() -> None:
    """A row carries partition, offset, time and bytes of its record, nothing else."""
    value = encode(touchpoint(1))
    batch = gathered(value, first=7)
    assert batch.lots[ENRICHED.name].rows == [
        Row(2, 7, records(value)[0].timestamp, value)
    ]
    assert batch.ends == {(ENRICHED.name, 2): 8}


def test_landed_offsets_are_passed_over_and_still_committed() -> None:
    """What the table has is not written again, and its offset is done."""
    batch = Batch()
    batch.add(TOUCHPOINTS, LOG, 0, records(b"{}", b"{}", b"{}"), landed=[1, 2])
    assert [row.offset for row in batch.lots[ENRICHED.name].rows] == [0]
    assert batch.skipped == {ENRICHED.name: 2}
    assert batch.ends == {(ENRICHED.name, 0): 3}


def test_a_record_without_value_is_refused_and_its_neighbours_kept() -> None:
    """Nothing to decode is wrong data, not an error."""
    batch = gathered(b"{}", None, b"", b"{}")
    assert [row.offset for row in batch.lots[ENRICHED.name].rows] == [0, 3]
    assert [(r.row.offset, r.why.reason) for r in batch.refused] == [
        (1, Reason.EMPTY),
        (2, Reason.EMPTY),
    ]
    assert batch.pending == 4


def test_a_batch_is_due_by_rows_by_bytes_and_by_time() -> None:
    """Whichever limit comes first; an empty batch never."""
    assert Batch().due_in(BatchPolicy(seconds=0), 1e9, 0.0) == inf
    batch = gathered(b"[1,2,3]", b"[1,2,3]")
    batch.since = 10.0
    policy = BatchPolicy(rows=3, size=15, seconds=1.0)
    assert batch.due_in(policy, now=10.5, earliest=11.0) == 0.5
    assert batch.due_in(policy, now=11.0, earliest=11.0) == 0.0
    assert batch.due_in(BatchPolicy(rows=2), now=10.0, earliest=11.0) == 0.0
    assert batch.due_in(BatchPolicy(size=14), now=10.0, earliest=11.0) == 0.0


def test_a_batch_after_a_pause_waits_only_for_what_belongs_to_it() -> None:
    """Rows that come while nothing is being written are written at once."""
    batch = gathered(b"[1,2,3]")
    batch.since = 10.0
    policy = BatchPolicy(seconds=1.0)
    assert batch.due_in(policy, 10.0, -inf) == pytest.approx(SETTLE_SECONDS)
    assert batch.due_in(policy, now=10.0, earliest=10.5) == 0.5


def test_writes_that_take_long_are_farther_apart() -> None:
    """What an insert costs besides its rows is paid less often where it is dear."""
    policy = BatchPolicy(seconds=0.5)
    assert policy.apart(0.1) == 0.5
    assert policy.apart(0.4) == 1.0
    assert policy.apart(60.0) == MOST_APART_SECONDS
    assert BatchPolicy(seconds=5.0).apart(60.0) == 5.0


def test_the_policy_is_taken_from_the_settings() -> None:
    """Rows, bytes and seconds, each from its own setting."""
    settings = Settings(
        kafka_servers="",
        clickhouse_url="",
        pseudonym_key="",
        sink_batch_rows=1,
        sink_batch_bytes=2,
        sink_batch_seconds=3.0,
    )
    assert BatchPolicy.of(settings) == BatchPolicy(1, 2, 3.0)


def test_rows_that_do_not_replace_each_other_are_all_written() -> None:
    """Two deliveries of one touchpoint are two rows; the table collapses them."""
    lot = Lot(
        LANDINGS[DUPLICATES.name], LOG, [Row(0, 1, 0, b"{}"), Row(0, 2, 0, b"{}")]
    )
    assert lot.newest() == (lot, [])


def test_an_unreadable_version_is_refused_and_its_neighbours_kept() -> None:
    """What has no identity cannot be compared, so it goes to the dead letters."""
    good = encode(session(1))
    lot = Lot(
        SESSION, LOG, [Row(0, 1, 0, b"{"), Row(0, 2, 0, good), Row(0, 3, 0, b"{}")]
    )
    newest, refused = lot.newest()
    assert [row.offset for row in newest.rows] == [2]
    assert [(r.row.offset, r.why.reason) for r in refused] == [
        (1, Reason.ROW_REFUSED),
        (3, Reason.ROW_REFUSED),
    ]


VERSIONS = st.lists(st.tuples(st.integers(0, 4), st.integers(0, 5)), max_size=40)


@given(VERSIONS)
def test_the_highest_revision_of_each_row_is_written(
    versions: list[tuple[int, int]],
) -> None:
    """However versions arrive, one row of each identity is left: the newest."""
    rows = [
        Row(0, offset, 0, encode(session(number, revision)))
        for offset, (number, revision) in enumerate(versions)
    ]
    newest, _ = Lot(SESSION, LOG, rows).newest()
    wanted: dict[str, int] = {}
    for number, revision in versions:
        wanted[f"s-{number}"] = max(revision, wanted.get(f"s-{number}", 0))
    kept = [SESSION.version(row.value) for row in newest.rows]  # type: ignore[misc]
    assert {version.identity[1]: version.revision for version in kept} == wanted
    assert len(kept) == len(wanted)


@given(VERSIONS.filter(bool))
def test_the_last_offset_is_written_and_offsets_stay_in_order(
    versions: list[tuple[int, int]],
) -> None:
    """A high-water mark says that all before it is there, and must reach the end."""
    rows = [
        Row(0, offset, 0, encode(session(number, revision)))
        for offset, (number, revision) in enumerate(versions)
    ]
    newest, _ = Lot(SESSION, LOG, rows).newest()
    offsets = [row.offset for row in newest.rows]
    assert offsets == sorted(offsets)
    assert offsets[-1] == len(versions) - 1


def test_a_lot_is_divided_in_order() -> None:
    """The first half holds the lower offsets: it must land before the second."""
    lot = Lot(TOUCHPOINTS, LOG, [Row(0, offset, 0, b"{}") for offset in range(5)])
    first, second = lot.halves()
    assert [row.offset for row in first.rows] == [0, 1]
    assert [row.offset for row in second.rows] == [2, 3, 4]


def test_the_body_has_one_line_a_row() -> None:
    """Each line is the record under its coordinates."""
    lot = Lot(TOUCHPOINTS, LOG, [Row(3, 4, 0, b'{"a":1}'), Row(3, 5, 0, b"{}")])
    assert lot.body() == (
        b'{"kafka_partition":3,"kafka_offset":4,"record":{"a":1}}\n'
        b'{"kafka_partition":3,"kafka_offset":5,"record":{}}\n'
    )


def test_records_of_many_partitions_share_a_lot() -> None:
    """One insert a table, whatever the partitions; each keeps its own end."""
    batch = gathered(b"{}")
    batch.add(TOUCHPOINTS, LOG, 5, [Record(9, b"{}")])
    assert len(batch.lots[ENRICHED.name].rows) == 2
    assert batch.ends == {(ENRICHED.name, 2): 1, (ENRICHED.name, 5): 10}


def test_a_record_that_says_that_its_key_is_no_more_is_no_dead_letter() -> None:
    """Where the topic has such records; zero bytes are wrong data there, too."""
    batch = Batch()
    made = records(b"{}", None, b"", None)
    assert batch.add(LANDINGS[STATES.name], LOG, 0, made, landed=[3]) == 1
    assert batch.erased == {STATES.name: 1}
    assert [r.row.offset for r in batch.refused] == [2]
    assert (batch.pending, batch.ends) == (2, {(STATES.name, 0): 4})
