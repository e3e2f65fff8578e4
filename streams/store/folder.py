"""The folder in which workers keep their states, and whose part of it is whose."""

import fcntl
import logging
import os
import shutil
import stat
from collections.abc import Callable, Collection
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Final

from streams.store.log import DamagedError, StoreError, remove
from streams.store.states import BEHIND, StatesInMemory, StatesOnDisk, StateStore

STALE_SECONDS: Final = 12 * 3600
"""What nobody has written to for so long is read from the topic again: not much later
the topic may no longer tell of somebody who was erased."""

_BOOT: Final = Path("/proc/sys/kernel/random/boot_id")
_SLOTS: Final = 1024
log = logging.getLogger(__name__)


class StateFolder:
    """Stores of the partitions that a worker owns.

    Every worker on the folder has a slot in it of its own, the first that nobody holds; a
    process that was killed holds none any more. What is found there counts only within
    one run of the machine, since nothing is forced to its disk, and only for the log of
    states that it was read from.

    Args:
        path: the folder; empty to keep states in memory.
        log_id: identity of the topic of states.
        clock: wall clock, seconds.

    Raises:
        StoreError: the folder cannot be used.
    """

    def __init__(self, path: str, log_id: str, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._own: Path | None = None
        self._ahead: dict[int, Future[StateStore]] = {}
        if not path:
            return
        folder = Path(path)
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._lock, slot = _slot(folder)
            for other in folder.iterdir():
                if other != slot and _is_slot(other) and self._stale(other):
                    _remove_unowned(other)
            boot = _BOOT.read_text() if _BOOT.exists() else ""
            known = slot / "boot"
            if not boot or not known.exists() or known.read_text() != boot:
                log.info("states_of_another_boot_removed folder=%s", slot)
                _remove_stores(slot)
                known.write_text(boot)
            self._own = slot / log_id
            self._own.mkdir(mode=0o700, exist_ok=True)
            for other in (*slot.iterdir(), *self._own.iterdir()):
                ours = other == self._own or _is_store(other)
                if other.is_dir() and not ours:
                    log.info("states_of_another_topic_removed folder=%s", other)
                    remove(other)
        except OSError as error:
            message = (
                f"the folder of states {folder} cannot be used: {error.strerror}; "
                "make room or rights, or name another one in PARCOURS_STATE_FOLDER"
            )
            raise StoreError(message) from error

    def prepare(self) -> None:
        """Begin to open what the last process left, while the group still forms."""
        if self._own is None:
            return
        found = [int(path.name) for path in self._own.iterdir() if _is_store(path)]
        pool = ThreadPoolExecutor(1, "states")
        self._ahead = {n: pool.submit(self._open, self._own, n) for n in found}
        pool.shutdown(wait=False)

    def open(self, partition: int) -> StateStore:
        """The store of a partition that has come to this worker.

        Raises:
            StoreError: the folder cannot be used.
        """
        if self._own is None:
            return StatesInMemory()
        ahead = self._ahead.get(partition)
        if ahead is None:
            return self._open(self._own, partition)
        store = ahead.result()
        del self._ahead[partition]
        return store

    def all_open(self, partitions: Collection[int]) -> None:
        """These are open: close what `prepare` opened besides, remove what is old."""
        for ahead in self._ahead.values():
            if ahead.exception() is None:
                ahead.result().close()
        self._ahead.clear()
        if self._own is not None:
            for path in filter(_is_store, self._own.iterdir()):
                if int(path.name) not in partitions and self._stale(path):
                    remove(path)

    def _open(self, own: Path, partition: int) -> StateStore:
        folder = own / str(partition)
        if self._stale(folder):
            log.info("states_too_old_to_count partition=%s", partition)
            remove(folder)
        try:
            return StatesOnDisk(folder)
        except (DamagedError, ValueError, OSError) as error:
            # A value error: states of another form, of another version perhaps.
            log.warning("states_read_from_the_topic_again reason=%r", str(error))
            remove(folder)
            return StatesOnDisk(folder)

    def _stale(self, folder: Path) -> bool:
        """Whether nothing in a folder was written to for long."""
        behind = _written(folder / BEHIND)
        newest = behind or max(map(_written, folder.rglob("*")), default=0.0)
        return 0 < newest < self._clock() - STALE_SECONDS


def _written(path: Path) -> float:
    """When a file was written to, epoch seconds; 0 for none, or one that is gone."""
    try:
        found = path.stat()
    except FileNotFoundError:
        return 0.0
    return found.st_mtime if stat.S_ISREG(found.st_mode) else 0.0


def _slot(folder: Path) -> tuple[int, Path]:
    """A slot that nobody holds, and the lock that says it is ours."""
    for number in range(_SLOTS):
        slot = folder / str(number)
        if slot.exists() and not _is_slot(slot) and any(slot.iterdir()):
            continue  # somebody else's
        slot.mkdir(mode=0o700, exist_ok=True)
        lock = _locked(slot)
        if lock is not None:
            return lock, slot
    message = f"{folder}: {_SLOTS} workers hold it already"
    raise StoreError(message)


def _is_slot(path: Path) -> bool:
    return path.name.isdigit() and (path / "lock").exists()


def _is_store(path: Path) -> bool:
    return path.name.isdigit() and path.is_dir()


def _locked(slot: Path) -> int | None:
    """The lock of a slot, for as long as this process lives; None where another has it."""
    lock = os.open(slot / "lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(lock)
        return None
    return lock


def _remove_unowned(slot: Path) -> None:
    lock = _locked(slot)
    if lock is not None:
        _remove_stores(slot)
        os.close(lock)


def _remove_stores(slot: Path) -> None:
    for path in slot.iterdir():
        if path.is_dir():
            shutil.rmtree(path)
