"""Files as rows or as lines: NDJSON, CSV, Parquet, each also gzipped, or standard input."""

import csv
import gzip
import hashlib
import io
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final, cast

import msgspec

from parcours.producing.table import Refused, Row, Table

GZIP_MAGIC: Final = b"\x1f\x8b"
HASH_BYTES: Final = 1 << 20
FILE_DIGITS: Final = 16
PARQUET_ROWS: Final = 20_000
FIELD_CHARACTERS: Final = 16 << 20
FORMATS: Final = {
    ".ndjson": "ndjson",
    ".jsonl": "ndjson",
    ".json": "ndjson",
    ".csv": "csv",
    ".tsv": "tsv",
    ".parquet": "parquet",
}


class FileError(ValueError):
    """A file cannot be read, or is not of the form that it should have."""


@dataclass(frozen=True)
class Input:
    """A file to be produced.

    Attributes:
        path: `-` for standard input.
        format: `ndjson`, `csv`, `tsv` or `parquet`.
        stream: its content, unpacked.
        raw: the file underneath, whose position tells how much has been read.
        bytes: size of that file; None where it has none.
    """

    path: str
    format: str
    stream: IO[bytes]
    raw: io.BufferedReader
    bytes: int | None


def open_input(path: str, form: str | None) -> Input:
    """Open a file; a gzipped one is known by its first bytes.

    Args:
        path: `-` for standard input.
        form: its format, where the name does not tell.

    Raises:
        FileError: it is not there, or its format is not known.
    """
    kind = form or _format_of(path)
    try:
        raw = open(0 if path == "-" else path, "rb", closefd=path != "-")  # noqa: SIM115
        size = None if path == "-" else Path(path).stat().st_size
    except OSError as error:
        message = f"{path}: {error.strerror}"
        raise FileError(message) from error
    stream: IO[bytes] = raw
    if raw.peek(2)[:2] == GZIP_MAGIC:
        stream = cast("IO[bytes]", gzip.GzipFile(fileobj=raw))
    return Input(path, kind, stream, raw, size)


def lines(source: Input) -> Iterator[bytes]:
    """The lines of an NDJSON file as they are, without their ends.

    Raises:
        FileError: the compressed file is damaged.
    """
    try:
        for line in source.stream:
            yield line.rstrip(b"\r\n")
    except (OSError, EOFError, zlib.error) as error:
        message = f"{source.path}: damaged: {error}"
        raise FileError(message) from error


def table(source: Input, delimiter: str, encoding: str) -> Table:
    """A file as rows.

    Args:
        source: the file.
        delimiter: of CSV.
        encoding: of CSV.

    Raises:
        FileError: it has no header, or cannot be read at all.
    """
    identity = _identity(source)
    if source.format == "parquet":
        return _parquet(source, identity)
    if source.format == "ndjson":
        return Table((), _objects(source), identity)
    delimiter = "\t" if source.format == "tsv" else delimiter
    return _csv(source, delimiter, encoding, identity)


def _format_of(path: str) -> str:
    name = Path(path.removesuffix(".gz"))
    if path == "-":
        return "ndjson"
    if name.suffix.lower() not in FORMATS:
        message = f"{path}: say its --format; known endings are {', '.join(FORMATS)}"
        raise FileError(message)
    return FORMATS[name.suffix.lower()]


def _identity(source: Input) -> str:
    """Hash of the content; of standard input, which is read once, a fixed text."""
    if source.bytes is None:
        return "stdin"
    digest = hashlib.sha256()
    with Path(source.path).open("rb") as file:
        while block := file.read(HASH_BYTES):
            digest.update(block)
    return digest.hexdigest()[:FILE_DIGITS]


def _objects(source: Input) -> Iterator[Row | Refused]:
    for number, line in enumerate(lines(source), 1):
        if not line:
            continue
        try:
            value = msgspec.json.decode(line)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            yield Refused(number, "it is not JSON")
            continue
        if isinstance(value, dict):
            yield Row(number, (value,))
        else:
            yield Refused(number, "it is not a JSON object")


def _csv(source: Input, delimiter: str, encoding: str, identity: str) -> Table:
    csv.field_size_limit(FIELD_CHARACTERS)
    text = io.TextIOWrapper(
        source.stream, encoding, errors="surrogateescape", newline=""
    )
    reader = csv.reader(text, delimiter=delimiter, strict=True)
    try:
        header = tuple(next(reader))
    except (StopIteration, csv.Error) as error:
        message = f"{source.path}: no header"
        raise FileError(message) from error
    if len(set(header)) < len(header):
        message = f"{source.path}: two columns have one name"
        raise FileError(message)
    return Table(header, _csv_rows(source, reader, len(header)), identity)


def _csv_rows(
    source: Input, reader: "Iterator[list[str]]", width: int
) -> Iterator[Row | Refused]:
    number = 0
    while True:
        try:
            found = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            number += 1
            yield Refused(number, f"it is not CSV: {error}")
            continue
        except (OSError, EOFError, zlib.error) as error:
            message = f"{source.path}: damaged: {error}"
            raise FileError(message) from error
        if not found:
            continue
        number += 1
        if len(found) == width:
            yield Row(number, found)
        else:
            yield Refused(number, f"it has {len(found)} columns, the header {width}")


def _parquet(source: Input, identity: str) -> Table:
    try:
        import pyarrow as pa  # noqa: PLC0415 - an extra
        import pyarrow.parquet as pq  # noqa: PLC0415
    except ImportError as error:
        message = "Parquet needs pyarrow: pip install parcours[parquet]"
        raise FileError(message) from error
    # Parquet is read from its end: what cannot be sought in is held in memory.
    seekable = source.stream is source.raw and source.bytes is not None
    try:
        content = source.raw if seekable else io.BytesIO(source.stream.read())
        file = pq.ParquetFile(content)
    except (pa.ArrowInvalid, OSError, EOFError, zlib.error) as error:
        message = f"{source.path}: it is not Parquet: {error}"
        raise FileError(message) from error

    def rows() -> Iterator[Row | Refused]:
        number = 0
        for batch in file.iter_batches(PARQUET_ROWS):
            columns = [column.to_pylist() for column in batch.columns]
            for values in zip(*columns, strict=True):
                number += 1
                yield Row(number, values)

    return Table(tuple(file.schema_arrow.names), rows(), identity)
