"""Files, one after the other, as keyed records; counts what becomes of their rows."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from parcours.producing.backfill import backfilled
from parcours.producing.files import Input, lines, open_input, table
from parcours.producing.keys import KeyOf
from parcours.producing.language import (
    DELIMITER,
    ENCODING,
    Mapping,
    MappingError,
    load,
)
from parcours.producing.mapper import Made, Mapper, Skipped, identity_mapping
from parcours.producing.outbox import Pair
from parcours.producing.sending import Tally
from parcours.producing.table import Refused, Table


class Feed:
    """The files of one `produce`.

    Args:
        paths: the files, in their order; `-` for standard input.
        mapping: the mapping file; None where NDJSON is sent as it is, and columns have
            the names of fields.
        source: replaces the mapping's own.
        file_format: of the files, where their names do not tell.
        key_of: makes a record's key from its value.
        tally: takes up the counts.
        backfill: it is history: no message shall come of it.

    Raises:
        FileError: a file is not there, or its format is not known.
        MappingError: the mapping cannot be read.
    """

    def __init__(  # noqa: PLR0913, PLR0917 - one for each option of the command
        self,
        paths: Sequence[str],
        mapping: Path | None,
        source: str | None,
        file_format: str | None,
        key_of: KeyOf,
        tally: Tally,
        *,
        backfill: bool = False,
    ) -> None:
        self._inputs = [open_input(path, file_format) for path in paths]
        self._mapping = load(mapping) if mapping else None
        self._mapping_file = mapping
        self._source = source
        self._key_of = key_of
        self._tally = tally
        self._backfill = backfill
        self._done = 0
        self._current: Input | None = None

    @property
    def size(self) -> int | None:
        """Size of all files; None where one has none."""
        sizes = [found.bytes for found in self._inputs]
        return None if None in sizes else sum(size or 0 for size in sizes)

    def read_bytes(self) -> int:
        """How much of them has been read."""
        current = self._current
        if current is None or current.bytes is None or current.raw.closed:
            return self._done
        return self._done + current.raw.tell()

    def pairs(self) -> Iterator[Pair]:
        """Key and value of every record.

        Raises:
            FileError: a file is damaged; what came before has been yielded.
            MappingError: the mapping does not fit a file.
        """
        for found in self._inputs:
            self._current = found
            as_it_is = found.format == "ndjson" and self._mapping is None
            for value in self._lines(found) if as_it_is else self._mapped(found):
                sent = backfilled(value) if self._backfill else value
                yield self._key_of(value), sent
            self._done += found.bytes or 0
            self._current = None
            found.raw.close()

    def _lines(self, found: Input) -> Iterator[bytes]:
        for line in lines(found):
            self._tally.rows += 1
            if line:
                yield line
            else:
                self._tally.blank += 1

    def _mapped(self, found: Input) -> Iterator[bytes]:
        mapping = self._mapping
        rows = table(
            found,
            mapping.delimiter if mapping else DELIMITER,
            mapping.encoding if mapping else ENCODING,
        )
        yield from self._made(
            rows, mapping or identity_mapping(rows.columns, self._source)
        )

    def _made(self, rows: Table, mapping: Mapping) -> Iterator[bytes]:
        types = self._tally.types
        try:
            mapper = Mapper(mapping, rows, self._source)
        except MappingError as error:
            message = f"{self._mapping_file or 'the columns'}: {error}"
            raise MappingError(message) from error
        for outcome in mapper.outcomes():
            self._tally.rows += outcome.rows
            if isinstance(outcome, Made):
                self._tally.grouped += outcome.rows
                types[outcome.type] = types.get(outcome.type, 0) + 1
                yield outcome.value
            elif isinstance(outcome, Skipped):
                skipped = self._tally.skipped
                skipped[outcome.reason] = skipped.get(outcome.reason, 0) + outcome.rows
            else:
                self._refuse(outcome)

    def _refuse(self, refused: Refused) -> None:
        """Count it; where there are several files, the reason names its own."""
        if len(self._inputs) > 1 and self._current:
            reason = f"{self._current.path}: {refused.reason}"
            refused = Refused(refused.row, reason, refused.rows)
        self._tally.refuse(refused)
