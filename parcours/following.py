"""What files say now: read again whenever one of them has changed."""

import logging
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from threading import Lock
from typing import Final, Generic, TypeVar

from schemas.settings import SettingsError

_T = TypeVar("_T")

logger = logging.getLogger(__name__)


class RefusedError(SettingsError):
    """A file cannot be meant, and nothing was said before."""


class Following(Generic[_T]):
    """Hands out what files say; any thread may ask, and none waits for another.

    Files that cannot be meant take nothing down: what was said last that could be stays
    until they are changed again.
    """

    def __init__(self, read: Callable[[], _T], places: Iterable[Path]) -> None:
        """Read for the first time.

        Args:
            read: reads all files; a `ValueError` says which is wrong, and why.
            places: where they are: files, and folders of them; they need not exist.

        Raises:
            RefusedError: a file is wrong; says which, and why.
            OSError: one cannot be read.
        """
        self._read: Final = read
        self._places: Final = tuple(places)
        self._lock: Final = Lock()
        # First, so that what changes while they are read is read again.
        self._state = tuple(_state(self._places))
        try:
            self._said = read()
        except ValueError as error:
            raise RefusedError(str(error)) from error

    def __call__(self) -> _T:
        """What they say; costs a look at each, and no reading unless one has changed."""
        if self._lock.acquire(blocking=False):
            try:
                self._look()
            finally:
                self._lock.release()
        return self._said

    def _look(self) -> None:
        state = tuple(_state(self._places))
        if state == self._state:
            return
        self._state = state
        try:
            self._said = self._read()
        except (ValueError, OSError) as error:
            logger.warning("files_refused kept=last_good error=%s", error)
        else:
            logger.info("files_read")


def _state(places: Iterable[Path]) -> Iterator[tuple[str, int, int, int]]:
    """What changes when a file does.

    By the time of the last change of the file's entry, which no copying can set back, as
    it can the time of the content's.
    """
    for place in places:
        with suppress(OSError):  # there is no such folder, or no more
            yield from map(_entry, sorted(place.iterdir()) if place.is_dir() else [])
        yield _entry(place)


def _entry(path: Path) -> tuple[str, int, int, int]:
    try:
        found = path.stat()
    except OSError:
        return str(path), 0, 0, 0
    return str(path), found.st_ino, found.st_size, found.st_ctime_ns
