"""Values by key in an append-only log of files: read by address, never changed in place."""

import os
import shutil
import struct
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final, NamedTuple

Pair = tuple[bytes, bytes]

SEGMENT_BYTES: Final = 64 << 20
"""A file that has grown beyond this is followed by another one."""

_SUFFIX: Final = ".log"
_BLOCK: Final = struct.Struct("<4sIIQ")
"""Before each block: magic, checksum and size of what follows, mark."""
RECORD_BYTES: Final = 6
_RECORD: Final = struct.Struct("<HI")
"""Before each record, in so many bytes: sizes of key and value."""
_MAGIC: Final = b"PJS1"
_LENGTH_BITS: Final = 26
_PLACE_BITS: Final = 32
LENGTHS: Final = (1 << _LENGTH_BITS) - 1
"""The bits of an address that tell the size of its value."""
_PLACES: Final = (1 << _PLACE_BITS) - 1


class StoreError(RuntimeError):
    """What was stored cannot be read, or nothing more be written; says where."""


class DamagedError(StoreError):
    """What is stored is not what was written; it is of no use any more."""


Record = tuple[bytes, int, bytes]
"""Key, address and value."""


class Block(NamedTuple):
    """What was appended at a time.

    Attributes:
        mark: what its writer said of it.
        records: in their order.
    """

    mark: int
    records: list[Record]


class SegmentLog:
    """The files of one log; a block is in it as a whole or not at all.

    Nothing is forced to the disk: a killed process loses no block that was appended, a
    machine that fails may lose any of them, and whoever opens the log has to know which
    of the two happened.

    Args:
        folder: for the files; made where it does not exist. One process at a time.

    Raises:
        StoreError: the folder cannot be made or read.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._files: dict[int, int] = {}
        self._sizes: dict[int, int] = {}
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            for path in sorted(folder.glob(f"*{_SUFFIX}")):
                self._open(int(path.stem))
        except OSError as error:
            self.close()
            raise self._failed(error) from error
        self._newest = max(self._files, default=0)
        if self._newest - min(self._files, default=1) >= max(len(self._files), 1):
            self.close()
            message = f"{folder}: files are missing between the others"
            raise DamagedError(message)

    @property
    def written(self) -> float:
        """When the newest file was written to, epoch seconds; 0 where there is none."""
        file = self._files.get(self._newest)
        return os.fstat(file).st_mtime if file is not None else 0.0

    @property
    def size(self) -> int:
        """All files together, bytes."""
        return sum(self._sizes.values())

    @property
    def files(self) -> list[int]:
        """Their numbers, the oldest first; to the last one is appended."""
        return list(self._files)

    def blocks(self) -> Iterator[Block]:
        """All blocks, the oldest first; to be read to the end before anything is appended.

        What a killed process left unfinished at the end is taken away.

        Raises:
            StoreError: what stands elsewhere is no block: the log is damaged.
        """
        for number in list(self._files):
            place = 0
            while (found := self._block(number, place)) is not None:
                block, place = found
                yield block
            if place == self._sizes[number]:
                continue
            if number != self._newest:
                raise self._damaged(number, place)
            os.ftruncate(self._files[number], place)
            self._sizes[number] = place

    def records(self, number: int) -> Iterator[Record]:
        """The records that a file has, block by block.

        Raises:
            StoreError: what stands there is no block.
        """
        place = 0
        while place < self._sizes[number]:
            found = self._block(number, place)
            if found is None:
                raise self._damaged(number, place)
            block, place = found
            yield from block.records

    def append(self, pairs: Iterable[Pair], mark: int) -> list[tuple[bytes, int]]:
        """Write a block.

        Args:
            pairs: key and value of each record; no value has 64 MB.
            mark: a number that stands for what has been appended so far.

        Returns:
            The records as (key, address).

        Raises:
            StoreError: it cannot be written; nothing of it counts.
        """
        number = self._newest
        if not number or self._sizes[number] >= SEGMENT_BYTES:
            number = self._newest = number + 1
            try:
                self._open(number)
            except OSError as error:
                raise self._failed(error) from error
        size = self._sizes[number]
        place = size + _BLOCK.size
        base = number << _PLACE_BITS
        entries: list[tuple[bytes, int]] = []
        parts: list[bytes] = []
        for key, value in pairs:
            length = len(value)
            parts += (_RECORD.pack(len(key), length), key, value)
            place += RECORD_BYTES + len(key)
            entries.append((key, (base | place) << _LENGTH_BITS | length))
            place += length
        body = b"".join(parts)
        block = _BLOCK.pack(_MAGIC, _checksum(body, mark), len(body), mark) + body
        try:
            written = os.pwrite(self._files[number], block, size)
            while written < len(block):
                written += os.pwrite(
                    self._files[number], block[written:], size + written
                )
        except OSError as error:
            raise self._failed(error) from error
        self._sizes[number] = size + len(block)
        return entries

    def read(self, address: int) -> bytes:
        """The value at an address.

        Raises:
            StoreError: it is not there.
        """
        length = address & LENGTHS
        place = address >> _LENGTH_BITS
        value = os.pread(self._files[place >> _PLACE_BITS], length, place & _PLACES)
        if len(value) != length:
            message = f"{self._folder}: file {place >> _PLACE_BITS} was cut"
            raise StoreError(message)
        return value

    def drop(self, number: int) -> None:
        """Remove a file that is sealed."""
        os.close(self._files.pop(number))
        del self._sizes[number]
        self._path(number).unlink()

    def clear(self) -> None:
        """Remove all files."""
        self.close()
        self._sizes.clear()
        self._newest = 0
        remove(self._folder)
        self._folder.mkdir(mode=0o700)

    def close(self) -> None:
        """Close the files."""
        while self._files:
            os.close(self._files.popitem()[1])

    def _open(self, number: int) -> None:
        file = os.open(self._path(number), os.O_RDWR | os.O_CREAT, 0o600)
        self._files[number] = file
        self._sizes[number] = os.fstat(file).st_size

    def _path(self, number: int) -> Path:
        return self._folder / f"{number:08}{_SUFFIX}"

    def _block(self, number: int, place: int) -> tuple[Block, int] | None:
        """The block at a place and where it ends; None where not all of it is there.

        Raises:
            DamagedError: what is there was not written so.
        """
        file = self._files[number]
        head = os.pread(file, _BLOCK.size, place)
        if len(head) < _BLOCK.size:
            return None
        magic, checksum, size, mark = _BLOCK.unpack(head)
        start = place + _BLOCK.size
        if magic != _MAGIC:
            raise self._damaged(number, place)
        if start + size > self._sizes[number]:
            return None
        body = os.pread(file, size, start)
        if _checksum(body, mark) != checksum:
            raise self._damaged(number, place)
        base = number << _PLACE_BITS | start
        return Block(mark, _records(body, base)), start + size

    def _damaged(self, number: int, place: int) -> DamagedError:
        return DamagedError(f"{self._folder}: file {number} is damaged at byte {place}")

    def _failed(self, error: OSError) -> StoreError:
        return StoreError(
            f"the folder of states {self._folder} cannot be used: {error.strerror}; "
            "make room or rights, or name another one in PARCOURS_STATE_FOLDER"
        )


def remove(folder: Path) -> None:
    """Remove the folder of a log, all of it or, for whoever looks there, nothing.

    A kill in the middle would leave a log that looks whole and is not.
    """
    if not folder.exists():
        return
    aside = folder.with_name(f"gone-{folder.name}")
    shutil.rmtree(aside, ignore_errors=True)
    folder.rename(aside)
    shutil.rmtree(aside)


def _records(body: bytes, base: int) -> list[Record]:
    """The records of a block's body, which begins at an address without its length."""
    records: list[Record] = []
    unpack, start, end = _RECORD.unpack_from, 0, len(body)
    while start < end:
        width, length = unpack(body, start)
        start += RECORD_BYTES
        place = start + width
        address = (base + place) << _LENGTH_BITS | length
        key, start = body[start:place], place + length
        records.append((key, address, body[place:start]))
    return records


def _checksum(body: bytes, mark: int) -> int:
    return zlib.crc32(body, mark & 0xFFFFFFFF)
