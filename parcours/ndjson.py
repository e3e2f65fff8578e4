"""Writes lines to a file: NDJSON, gzipped where its name says so, `-` for stdout."""

import gzip
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import IO, Final, cast

CHUNK_LINES: Final = 2_000
# Barely larger than the best that gzip can, and several times as fast.
COMPRESSION: Final = 5


class OutputError(RuntimeError):
    """A file cannot be written."""


def write_lines(path: str, lines: Iterable[bytes]) -> int:
    """Write lines; the same lines give the same bytes, also gzipped.

    Args:
        path: `-` for standard output.
        lines: without their ends.

    Returns:
        How many.

    Raises:
        OutputError: the file cannot be opened.
    """
    count = 0
    left = iter(lines)
    with _opened(path) as stream:
        while chunk := list(islice(left, CHUNK_LINES)):
            stream.write(b"\n".join(chunk) + b"\n")
            count += len(chunk)
    return count


@contextmanager
def _opened(path: str) -> Iterator[IO[bytes]]:
    if path == "-":
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    try:
        file = Path(path).open("wb")  # noqa: SIM115 - closed below
    except OSError as error:
        message = f"{path}: {error.strerror}"
        raise OutputError(message) from error
    with file:
        if not path.endswith(".gz"):
            yield file
            return
        # Without name and time of the file, which would make every file another one.
        packed = gzip.GzipFile("", "wb", COMPRESSION, file, mtime=0)
        with packed:
            yield cast("IO[bytes]", packed)
