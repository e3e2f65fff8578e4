"""States on disk: what is found after the end of a process, and what is taken away."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from streams.store import log, states
from streams.store.log import StoreError
from streams.store.states import Span, StatesOnDisk

A, B, C = b"default/customer_id:a", b"default/customer_id:b", b"default/customer_id:c"


def state(text: str) -> bytes:
    """A state, as far as its first fields go."""
    head = '{"due_at":7,"revision":2,"tenant":"default","person_id":"a"'
    return f'{head},"silence_at":9,"phase":"{text}"}}'.encode()


ONE, TWO, THREE = state("one"), state("two"), state("three")
NEW, OTHER, BACK, AFTER = state("new"), state("other"), state("back"), state("after")


@pytest.fixture(name="store")
def _store(tmp_path: Path) -> Iterator[StatesOnDisk]:
    store = StatesOnDisk(tmp_path / "0")
    yield store
    store.close()


def again(tmp_path: Path) -> StatesOnDisk:
    return StatesOnDisk(tmp_path / "0")


def test_a_state_is_there_before_and_after_it_has_landed(store: StatesOnDisk) -> None:
    """A batch reads what the one before it wrote, durable or not."""
    store[A] = ONE
    assert (store.get(A), store[A], A in store, len(store)) == (ONE, ONE, True, 1)
    store.landed([(A, store[A])], Span(0, 1))
    assert (store.get(A), store[A], A in store, len(store)) == (ONE, ONE, True, 1)
    assert list(store.items()) == [(A, ONE)]
    assert store.get(B) is None
    assert B not in store
    with pytest.raises(KeyError):
        store[B]


def test_only_what_has_landed_is_found_after_a_crash(
    store: StatesOnDisk, tmp_path: Path
) -> None:
    """A state whose record nobody has may be ahead of the outputs it stands for."""
    store[A] = ONE
    store.landed([(A, ONE)], Span(0, 1))
    store[A] = TWO
    store[B] = NEW
    found = again(tmp_path)
    assert dict(found.items()) == {A: ONE}
    assert found.mark == 1


def test_a_newer_state_outlives_the_landing_of_an_older_one(
    store: StatesOnDisk,
) -> None:
    """The next batch is folded while the last one is on its way."""
    older, newer = ONE, TWO
    store[A] = older
    store[A] = newer
    store.landed([(A, older)], Span(0, 1))
    assert store[A] == newer


def test_records_of_somebody_else_in_between_are_read_again(
    store: StatesOnDisk, tmp_path: Path
) -> None:
    """What another worker wrote between ours may be newer than what is here."""
    store.landed([(A, ONE)], Span(0, 1))
    store.landed([(A, TWO)], Span(5, 6))
    store.landed([(A, THREE)], Span(6, 7))
    assert store[A] == THREE
    assert (tmp_path / "0" / "behind").exists()
    found = again(tmp_path)
    assert found.mark == 1
    found.restored([(A, THREE)], 7)
    assert (tmp_path / "0" / "behind").exists()
    assert dict(found.times())
    assert not (tmp_path / "0" / "behind").exists()


def test_a_store_is_behind_since_it_last_kept_up(
    store: StatesOnDisk, tmp_path: Path
) -> None:
    """What it may have missed since then counts, not when that was noticed."""
    store.landed([(A, ONE)], Span(0, 1))
    [file] = (tmp_path / "0").glob("*.log")
    os.utime(file, (1_000, 1_000))
    store.landed([(A, TWO)], None)
    store.landed([(A, THREE)], Span(8, 9))
    assert (tmp_path / "0" / "behind").stat().st_mtime == 1_000


def test_a_block_that_was_altered_is_no_cut_one(
    store: StatesOnDisk, tmp_path: Path
) -> None:
    """A kill leaves a block short, never other than it was."""
    store.landed([(A, ONE)], Span(0, 1))
    store.landed([(A, TWO)], Span(1, 2))
    [file] = (tmp_path / "0").glob("*.log")
    content = bytearray(file.read_bytes())
    content[-2] ^= 1
    file.write_bytes(content)
    with pytest.raises(StoreError, match="damaged"):
        again(tmp_path)


def test_an_unknown_place_leaves_the_mark(store: StatesOnDisk) -> None:
    """Where a repeated request was answered without an offset."""
    store.landed([(A, ONE)], None)
    assert (store[A], store.mark) == (ONE, 0)


def test_a_topic_that_went_back_is_not_gone_on_from(store: StatesOnDisk) -> None:
    """Records that it lost would be missing after the next restart."""
    store.restored([(A, THREE)], 3)
    with pytest.raises(StoreError, match="gone back, to offset 1"):
        store.landed([(A, ONE)], Span(1, 2))


def test_an_erased_person_stays_erased(store: StatesOnDisk, tmp_path: Path) -> None:
    """A record without a value takes the state away, for the next process as well."""
    store.restored([(A, ONE), (B, OTHER)], 2)
    store.restored([(A, None)], 3)
    for one in (store, again(tmp_path)):
        assert dict(one.items()) == {B: OTHER}
        assert (one.get(A), A in one, len(one), one.mark) == (None, False, 1, 3)
    store.restored([(A, BACK)], 4)
    assert (store[A], len(store)) == (BACK, 2)


def test_a_block_cut_by_a_kill_is_left_out(store: StatesOnDisk, tmp_path: Path) -> None:
    """What was being written counts not at all, and what comes after it does."""
    store.landed([(A, ONE)], Span(0, 1))
    store.landed([(A, TWO), (B, NEW)], Span(1, 3))
    [file] = (tmp_path / "0").glob("*.log")
    file.write_bytes(file.read_bytes()[:-1])
    found = again(tmp_path)
    assert (dict(found.items()), found.mark) == ({A: ONE}, 1)
    found.landed([(C, AFTER)], Span(1, 2))
    assert dict(again(tmp_path).items()) == {A: ONE, C: AFTER}


def test_damage_in_the_middle_is_an_error(
    store: StatesOnDisk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Older states must not come back silently."""
    monkeypatch.setattr(log, "SEGMENT_BYTES", 1)
    for number in range(3):
        store.landed([(A, state(str(number)))], Span(number, number + 1))
    first, *_ = sorted((tmp_path / "0").glob("*.log"))
    first.write_bytes(first.read_bytes()[:-1] + b"x")
    with pytest.raises(StoreError, match="file 1 is damaged"):
        again(tmp_path)


def test_old_values_make_room(
    store: StatesOnDisk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The folder stays about twice as large as what is true."""
    monkeypatch.setattr(log, "SEGMENT_BYTES", 4_000)
    monkeypatch.setattr(states, "SLACK_BYTES", 4_000)
    monkeypatch.setattr(states, "CLEAN_BYTES", 300)
    keys = [b"default/customer_id:%d" % number for number in range(20)]
    for number in range(2_000):
        value = state(str(number) * 20)
        store.landed([(keys[number % 20], value)], Span(number, number + 1))
    size = sum(file.stat().st_size for file in (tmp_path / "0").iterdir())
    assert size < 30_000
    expected = {keys[n % 20]: state(str(n) * 20) for n in range(1_980, 2_000)}
    found = again(tmp_path)
    assert dict(found.items()) == dict(store.items()) == expected
    assert found.mark == 2_000


def test_nothing_is_left_of_what_was_cleared(
    store: StatesOnDisk, tmp_path: Path
) -> None:
    """A topic that lost its records is read from its start again."""
    store.landed([(A, ONE)], Span(0, 1))
    store[B] = NEW
    store.restored([(B, OTHER)], 7)
    store.clear()
    assert (dict(store.items()), len(store), store.mark) == ({}, 0, 0)
    assert (store.get(A), store.get(B), dict(store.times())) == (None, None, {})
    store.landed([(C, AFTER)], Span(0, 1))
    assert dict(again(tmp_path).items()) == {C: AFTER}


def test_a_folder_that_cannot_be_used_is_said(tmp_path: Path) -> None:
    """What to do stands in the message."""
    (tmp_path / "0").write_text("a file")
    with pytest.raises(StoreError, match="PARCOURS_STATE_FOLDER"):
        again(tmp_path)


def test_when_time_changes_something_is_told_once(
    store: StatesOnDisk, tmp_path: Path
) -> None:
    """Of what was found and of what was read from the topic, the newest of each."""
    store.landed([(A, ONE), (B, NEW)], Span(0, 2))
    found = again(tmp_path)
    later = ONE.replace(b'"silence_at":9', b'"silence_at":11')
    found.restored([(A, later), (B, None), (C, OTHER)], 5)
    told = {key: times.silence for key, times in found.times()}
    assert told == {A: 11, C: 9}
    assert list(found.times()) == []


def test_a_log_of_which_files_are_missing_is_an_error(
    store: StatesOnDisk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is left of it looks like a log."""
    monkeypatch.setattr(log, "SEGMENT_BYTES", 1)
    for number in range(3):
        store.landed([(A, ONE)], Span(number, number + 1))
    (tmp_path / "0" / "00000002.log").unlink()
    with pytest.raises(StoreError, match="files are missing"):
        again(tmp_path)


def test_damage_is_noticed_before_a_file_is_given_up(
    store: StatesOnDisk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Cleaning takes along what is true, all of it or nothing."""
    monkeypatch.setattr(log, "SEGMENT_BYTES", 500)
    monkeypatch.setattr(states, "SLACK_BYTES", 0)
    keys = [b"default/customer_id:%d" % number for number in range(9)]
    for number, key in enumerate(keys):
        store.landed([(key, ONE)], Span(number, number + 1))
    first = tmp_path / "0" / "00000001.log"
    content = bytearray(first.read_bytes())
    content[-1] ^= 1
    first.write_bytes(content)

    def go_on() -> None:
        for number in range(9, 99):
            store.landed([(A, ONE)], Span(number, number + 1))

    with pytest.raises(StoreError, match="file 1 is damaged"):
        go_on()
    assert first.exists()


def test_large_batches_do_not_outgrow_the_cleaning(
    store: StatesOnDisk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A backlog writes more at a time than a portion."""
    monkeypatch.setattr(log, "SEGMENT_BYTES", 4_000)
    monkeypatch.setattr(states, "SLACK_BYTES", 4_000)
    monkeypatch.setattr(states, "CLEAN_BYTES", 100)
    keys = [b"default/customer_id:%d" % number for number in range(50)]
    for number in range(300):
        pairs = [(key, state(str(number) * 9)) for key in keys]
        store.landed(pairs, Span(number * 50, number * 50 + 50))
    size = sum(file.stat().st_size for file in (tmp_path / "0").iterdir())
    assert size < 60_000


def test_who_was_erased_leaves_nothing_for_ever(
    store: StatesOnDisk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When the oldest file goes there is nothing left that could come back."""
    monkeypatch.setattr(log, "SEGMENT_BYTES", 500)
    monkeypatch.setattr(states, "SLACK_BYTES", 0)
    store.restored([(B, ONE)], 1)
    store.restored([(B, None)], 2)
    for number in range(2, 100):
        store.landed([(A, ONE)], Span(number, number + 1))
    found = again(tmp_path)
    assert dict(found.items()) == dict(store.items()) == {A: ONE}
    content = b"".join(file.read_bytes() for file in (tmp_path / "0").glob("*.log"))
    assert B not in content


def test_a_log_that_cannot_be_opened_keeps_no_file_open(
    store: StatesOnDisk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A damaged log is removed, and its room is wanted."""
    monkeypatch.setattr(log, "SEGMENT_BYTES", 1)
    for number in range(3):
        store.landed([(A, ONE)], Span(number, number + 1))
    first, *_ = sorted((tmp_path / "0").glob("*.log"))
    first.write_bytes(b"rubbish")
    before = len(list(Path("/proc/self/fd").iterdir()))
    with pytest.raises(StoreError):
        again(tmp_path)
    assert len(list(Path("/proc/self/fd").iterdir())) == before
