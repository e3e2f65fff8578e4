"""The journey states of one partition, as its owner keeps them between batches."""

import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final, NamedTuple, Protocol

from streams.journey.encoded import NO_TIMES, Times, times_of
from streams.store.log import (
    LENGTHS,
    RECORD_BYTES,
    Pair,
    Record,
    SegmentLog,
    StoreError,
)

SLACK_BYTES: Final = 64 << 20
"""So much of what is no longer true is left alone, whatever the share of it."""
CLEAN_BYTES: Final = 1 << 20
"""Old values are moved in portions, so that no batch waits long for it."""
RECENT_STATES: Final = 4_096
"""So many of the newest states, or twice that, are at hand in memory: a visit goes on."""


BEHIND: Final = "behind"
"""A file beside a log whose mark has stayed behind, as old as that is long."""


class Span(NamedTuple):
    """Where records came to stand in their topic: first offset, and the one after the last."""

    first: int
    next: int


class States(Protocol):
    """The states of a partition, by key."""

    def get(self, key: bytes, /) -> bytes | None:
        """The state of a key, or None."""

    def __getitem__(self, key: bytes, /) -> bytes:
        """The state of a key that has one."""

    def __setitem__(self, key: bytes, value: bytes, /) -> None:
        """Note a new state; it is durable when its record has landed."""

    def __contains__(self, key: object, /) -> bool:
        """Whether a key has a state."""

    def __len__(self) -> int:
        """How many there are."""

    def items(self) -> Iterable[Pair]:
        """All of them, by key."""


class StateStore(States, Protocol):
    """States that know how much of their topic they stand for."""

    @property
    def mark(self) -> int:
        """First offset of the topic of states whose record may not be in here."""

    def landed(self, pairs: Iterable[Pair], span: Span | None) -> None:
        """Their topic has records that were written from here.

        Args:
            pairs: key and state of each.
            span: where they stand; None where that is not known.
        """

    def restored(self, pairs: Iterable[tuple[bytes, bytes | None]], mark: int) -> None:
        """Take over what was read from the topic.

        Args:
            pairs: key and state of each record; None for a person who was erased.
            mark: the offset to read on from.
        """

    def times(self) -> Iterable[tuple[bytes, Times]]:
        """When time changes something about whom; to be asked once, by who opened it."""

    def clear(self) -> None:
        """Forget everything."""

    def close(self) -> None:
        """Let go of what was opened; what is stored stays."""


class StatesInMemory(dict[bytes, bytes]):
    """All states in memory: their topic alone outlives the process."""

    mark = 0

    def landed(self, pairs: Iterable[Pair], span: Span | None) -> None:
        """Nothing to do: they are here."""

    def restored(self, pairs: Iterable[tuple[bytes, bytes | None]], mark: int) -> None:
        """Take over what was read from the topic."""
        self.mark = mark
        for key, value in pairs:
            if value is None:
                self.pop(key, None)
            else:
                self[key] = value

    def times(self) -> Iterable[tuple[bytes, Times]]:
        """When time changes something about whom."""
        return ((key, times_of(value)) for key, value in self.items())

    def close(self) -> None:
        """Nothing to do."""


class StatesOnDisk:
    """States in a log on disk; in memory are the keys, and the newest states.

    A state goes to the log when its record has landed in the topic, never before: what
    is read here after a crash is what the topic would have given, only sooner. Records
    have to stand in the topic one after the other; if anybody else has written between
    them, the mark stays before that, and the rest is read from the topic again.

    Args:
        folder: of the log. One process at a time.

    Raises:
        StoreError: the log is damaged, or the folder cannot be used.
    """

    __slots__ = (
        "_addresses",
        "_behind",
        "_erased",
        "_fresh",
        "_live",
        "_log",
        "_moving",
        "_older",
        "_recent",
        "_times",
        "mark",
    )

    def __init__(self, folder: Path) -> None:
        self.mark = 0
        self._log = SegmentLog(folder)
        # There since somebody else has written; the age of what is here counts from then.
        self._behind = folder / BEHIND
        self._addresses: dict[bytes, int] = {}
        # Not landed yet; and then what has, by two generations.
        self._fresh: dict[bytes, bytes] = {}
        self._recent: dict[bytes, bytes] = {}
        self._older: dict[bytes, bytes] = {}
        # Keys whose value is empty: the log says so until nothing older is left in it.
        self._erased = 0
        # What the newest record of each key takes in the log, bytes.
        self._live = 0
        self._moving: tuple[int, Iterator[Record]] | None = None
        # Found while the values are at hand: to read them all again takes twice as long.
        self._times: dict[bytes, Times] = {}
        try:
            for block in self._log.blocks():
                self._place((key, address) for key, address, _ in block.records)
                self._look((key, value) for key, _, value in block.records)
                self.mark = block.mark
        except BaseException:
            self._log.close()
            raise

    def get(self, key: bytes, /) -> bytes | None:
        """The state of a key, or None."""
        value = self._fresh.get(key) or self._recent.get(key) or self._older.get(key)
        if value is not None:
            return value
        address = self._addresses.get(key)
        return (address and self._log.read(address)) or None

    def __getitem__(self, key: bytes, /) -> bytes:
        """The state of a key that has one."""
        value = self.get(key)
        if value is None:
            raise KeyError(key)
        return value

    def __setitem__(self, key: bytes, value: bytes, /) -> None:
        """Note a new state; it is in memory until its record has landed."""
        self._fresh[key] = value

    def __contains__(self, key: object, /) -> bool:
        """Whether a key has a state."""
        if key in self._fresh:
            return True
        address = self._addresses.get(key, 0)  # type: ignore[call-overload]
        return bool(address & LENGTHS)

    def __len__(self) -> int:
        """How many there are; those not landed yet are a few, and counted one by one."""
        known = self._addresses
        new = sum(not known.get(key, 0) & LENGTHS for key in self._fresh)
        return len(known) - self._erased + new

    def items(self) -> Iterator[Pair]:
        """All of them, by key."""
        fresh, addresses = self._fresh, self._addresses
        yield from fresh.items()
        # File by file: a million reads by place would take three times as long.
        for number in self._log.files:
            for key, address, value in self._log.records(number):
                if addresses.get(key) == address and value and key not in fresh:
                    yield key, value

    def landed(self, pairs: Iterable[Pair], span: Span | None) -> None:
        """Write what has landed to the log.

        Raises:
            StoreError: it cannot be written; or the topic has gone back behind what is
                here, which a worker must not go on from.
        """
        if span is not None and span.first < self.mark:
            message = f"the topic of states has gone back, to offset {span.first}"
            raise StoreError(message)
        pairs = list(pairs)
        mark = self.mark
        if span is not None and span.first == mark:
            mark = span.next
        elif not self._behind.exists():
            since = self._log.written
            self._behind.touch(0o600)
            if since:
                os.utime(self._behind, (since, since))
        appended = self._append(pairs, mark)
        fresh, recent = self._fresh, self._recent
        for key, value in pairs:
            recent[key] = value
            if fresh.get(key) is value:
                del fresh[key]
        if len(recent) > RECENT_STATES:
            self._older, self._recent = recent, {}
        self._clean(appended)

    def restored(self, pairs: Iterable[tuple[bytes, bytes | None]], mark: int) -> None:
        """Write what was read from the topic to the log.

        Raises:
            StoreError: it cannot be written.
        """
        self._recent, self._older = {}, {}
        found = [(key, value or b"") for key, value in pairs]
        appended = self._append(found, mark)
        self._look(found)
        self._clean(appended)

    def times(self) -> Iterable[tuple[bytes, Times]]:
        """When time changes something about whom, of what was found and restored."""
        found, self._times = self._times, {}
        self._behind.unlink(missing_ok=True)
        return found.items()

    def clear(self) -> None:
        """Forget everything, on disk as well."""
        self._log.clear()
        for known in (self._addresses, self._fresh, self._recent, self._older):
            known.clear()
        self._times.clear()
        self._live = self._erased = 0
        self._moving = None
        self.mark = 0

    def close(self) -> None:
        """Close the log; it stays where it is."""
        self._log.close()

    def _append(self, pairs: list[Pair], mark: int) -> int:
        """Write to the log; how many bytes it has grown by."""
        before = self._log.size
        if pairs or mark != self.mark:
            self._place(self._log.append(pairs, mark))
            self.mark = mark
        return self._log.size - before

    def _look(self, pairs: Iterable[Pair]) -> None:
        times = self._times
        for key, value in pairs:
            found = times_of(value) if value else NO_TIMES
            if found != NO_TIMES:
                times[key] = found
            else:
                times.pop(key, None)

    def _place(self, entries: Iterable[tuple[bytes, int]]) -> None:
        """Let keys point at newer values."""
        addresses = self._addresses
        live = erased = 0
        for key, address in entries:
            before = addresses.get(key)
            if before is None:
                live += RECORD_BYTES + len(key)
            else:
                live -= before & LENGTHS
                erased -= not before & LENGTHS
            live += address & LENGTHS
            erased += not address & LENGTHS
            addresses[key] = address
        self._live += live
        self._erased += erased

    def _clean(self, appended: int) -> None:
        """Move a portion of what is still true out of the oldest file.

        Twice as much as was appended at least, or the log would grow while it is cleaned.
        """
        if self._moving is None:
            files = self._log.files
            if len(files) < 2 or self._log.size <= 2 * self._live + SLACK_BYTES:  # noqa: PLR2004 one is appended to
                return
            self._moving = files[0], self._log.records(files[0])
        number, records = self._moving
        moved: list[Pair] = []
        left = max(CLEAN_BYTES, 2 * appended)
        for key, address, value in records:
            left -= RECORD_BYTES + len(key) + len(value)
            if self._addresses.get(key) == address:
                if value:
                    moved.append((key, value))
                else:
                    # Nothing older is left that would come back.
                    self._erased -= 1
                    self._live -= RECORD_BYTES + len(key)
                    del self._addresses[key]
            if left < 0:
                break
        else:
            self._moving = None
        if moved:
            self._place(self._log.append(moved, self.mark))
        if self._moving is None:
            self._log.drop(number)
