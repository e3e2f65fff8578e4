"""Whose part of the folder of states is whose, and what of it counts."""

import os
from pathlib import Path

import pytest

from streams.store import folder as folders
from streams.store.folder import STALE_SECONDS, StateFolder
from streams.store.states import Span, StatesInMemory

A = b"default/customer_id:a"
ONE = b'{"due_at":7,"revision":2,"tenant":"default","person_id":"a","phase":"one"}'
LONG_AGO = 1_700_000_000


def now() -> float:
    return LONG_AGO


def open_folder(path: Path, log_id: str = "log") -> StateFolder:
    return StateFolder(str(path), log_id, now)


def fill(folder: StateFolder) -> None:
    store = folder.open(0)
    store.landed([(A, ONE)], Span(0, 1))
    store.close()


def end(folder: StateFolder) -> None:
    """What the end of its process does to a folder."""
    os.close(folder._lock)


@pytest.fixture(name="filled")
def _filled(tmp_path: Path) -> Path:
    path = tmp_path / "states"
    folder = open_folder(path)
    fill(folder)
    end(folder)
    for file in path.rglob("*"):
        os.utime(file, (LONG_AGO, LONG_AGO))
    return path


def test_the_next_process_finds_what_the_last_one_left(filled: Path) -> None:
    """A killed worker's slot is the next one's."""
    store = open_folder(filled).open(0)
    assert (dict(store.items()), store.mark) == ({A: ONE}, 1)


def test_what_is_opened_while_the_group_forms_is_what_would_be_found_later(
    filled: Path,
) -> None:
    """Partitions that come are there already; the others are let go."""
    folder = open_folder(filled)
    folder.prepare()
    assert dict(folder.open(0).items()) == {A: ONE}
    assert len(folder.open(1)) == 0
    folder.prepare()
    folder.all_open([])
    assert dict(folder.open(0).items()) == {A: ONE}


def test_two_workers_on_one_folder_do_not_meet(filled: Path) -> None:
    """The second one has a slot of its own."""
    first, second = open_folder(filled), open_folder(filled)
    assert len(first.open(0)) == 1
    assert len(second.open(0)) == 0
    assert {path.name for path in filled.iterdir()} == {"0", "1"}


def test_states_of_another_topic_do_not_count(filled: Path) -> None:
    """Offsets mean nothing in a topic that was made anew."""
    assert len(open_folder(filled, "another").open(0)) == 0
    assert not (filled / "0" / "log").exists()


def test_states_from_before_a_restart_of_the_machine_do_not_count(
    filled: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing was forced to the disk: some of it may be missing."""
    boot = tmp_path / "boot_id"
    boot.write_text("another\n")
    monkeypatch.setattr(folders, "_BOOT", boot)
    store = open_folder(filled).open(0)
    assert (len(store), store.mark) == (0, 0)


def test_where_boots_cannot_be_told_apart_nothing_counts(
    filled: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Elsewhere than on Linux every start reads the topic."""
    monkeypatch.setattr(folders, "_BOOT", tmp_path / "none")
    for _ in range(2):
        folder = open_folder(filled)
        assert len(folder.open(0)) == 0
        fill(folder)
        end(folder)


def test_what_is_old_is_read_from_the_topic(filled: Path) -> None:
    """The topic may have forgotten by now who was erased meanwhile."""
    later = LONG_AGO + STALE_SECONDS + 1
    assert len(StateFolder(str(filled), "log", lambda: later).open(0)) == 0


def test_slots_of_workers_that_are_gone_are_emptied(filled: Path) -> None:
    """After there were four workers and there is one."""
    first, second = open_folder(filled), open_folder(filled)
    fill(second)
    end(first)
    end(second)
    for file in filled.rglob("*"):
        os.utime(file, (LONG_AGO, LONG_AGO))
    later = LONG_AGO + STALE_SECONDS + 1
    StateFolder(str(filled), "log", lambda: later)
    assert not list((filled / "1").rglob("*.log"))


def test_damaged_states_are_read_from_the_topic(filled: Path) -> None:
    """Damage costs time, no state."""
    [file] = filled.rglob("*.log")
    file.with_name("00000002.log").write_bytes(file.read_bytes())
    file.write_bytes(b"rubbish")
    store = open_folder(filled).open(0)
    assert (len(store), store.mark) == (0, 0)


def test_without_a_folder_states_are_in_memory() -> None:
    """Nothing is written anywhere."""
    assert isinstance(StateFolder("", "log", now).open(0), StatesInMemory)


def test_other_folders_are_left_alone(filled: Path) -> None:
    """Somebody may name a folder that is theirs."""
    theirs = [filled / name / "letters" for name in ("projects", "1", "2023")]
    for other in theirs:
        other.mkdir(parents=True)
        (other / "first").write_text("one")
        os.utime(other / "first", (1, 1))
    first, second = open_folder(filled), open_folder(filled)
    assert len(first.open(0)) == 1
    assert len(second.open(0)) == 0
    assert (filled / "2" / "lock").exists()
    assert all((other / "first").exists() for other in theirs)


def test_what_was_being_removed_when_its_worker_was_killed_is_removed(
    filled: Path,
) -> None:
    """A part of a log looks like a log."""
    [store] = (filled / "0" / "log").iterdir()
    store.rename(store.with_name("gone-0"))
    folder = open_folder(filled)
    assert list((filled / "0" / "log").iterdir()) == []
    assert len(folder.open(0)) == 0


def test_a_log_behind_the_topic_is_as_old_as_that_is_long(filled: Path) -> None:
    """The topic may have forgotten who was erased, however lately this was written."""
    (filled / "0" / "log" / "0" / "behind").touch()
    os.utime(filled / "0" / "log" / "0" / "behind", (LONG_AGO, LONG_AGO))
    later = LONG_AGO + STALE_SECONDS + 1
    [file] = filled.rglob("*.log")
    os.utime(file, (later, later))
    assert len(StateFolder(str(filled), "log", lambda: later).open(0)) == 0


def test_old_copies_of_partitions_that_left_are_removed(filled: Path) -> None:
    """Their room is that of partitions that are here."""
    later = LONG_AGO + STALE_SECONDS + 1
    folder = StateFolder(str(filled), "log", lambda: later)
    folder.all_open([1])
    assert not list(filled.rglob("*.log"))


def test_states_of_another_form_are_read_from_the_topic(filled: Path) -> None:
    """A new release may write them otherwise."""
    folder = open_folder(filled)
    store = folder.open(0)
    store.landed([(A, b"[another form]")], Span(1, 2))
    store.close()
    end(folder)
    assert len(open_folder(filled).open(0)) == 0
