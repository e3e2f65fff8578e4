"""The columns of one file, by name."""

from collections.abc import Callable
from dataclasses import dataclass

from parcours.producing.language import MappingError
from parcours.producing.table import FILE, ROW, Row

Read = Callable[[Row], object]


@dataclass(frozen=True)
class Columns:
    """How the columns of one file are read.

    Attributes:
        names: its columns; empty where a row is one object, read by dotted path.
        file: identity of the file.
    """

    names: tuple[str, ...]
    file: str

    def reader(self, name: str, where: str) -> Read:
        """What reads one column.

        Raises:
            MappingError: the file has no such column.
        """
        if name == ROW:
            return lambda row: row.number
        if name == FILE:
            return lambda _row: self.file
        if not self.names:
            return _path_reader(name)
        if name not in self.names:
            message = f"{where}: no column {name!r}; there are {', '.join(self.names)}"
            raise MappingError(message)
        place = self.names.index(name)
        return lambda row: row.values[place]


def _path_reader(name: str) -> Read:
    path = name.split(".")

    def read(row: Row) -> object:
        value: object = row.values[0]
        for part in path:
            if not isinstance(value, dict):
                return None
            value = value.get(part)
        return value

    return read
