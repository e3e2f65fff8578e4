"""How questions reach the database, whoever owns it at the moment."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, Protocol, TypeVar

import msgspec

from insights.sentences import Sentence

if TYPE_CHECKING:
    from sinks.clickhouse import Database

_T = TypeVar("_T")
_NOTHING: Final[Mapping[str, object]] = MappingProxyType({})


class QuestionError(ValueError):
    """A question that cannot be asked; the message tells a person what to change.

    Attributes:
        said: the message as a sentence that other languages know; None for one that
            is in English alone.
    """

    def __init__(self, message: str | Sentence) -> None:
        """Make one of what a person is to read."""
        super().__init__(str(message))
        self.said = message if isinstance(message, Sentence) else None


class AskError(RuntimeError):
    """The database could not be asked, or refused the question.

    Attributes:
        code: ClickHouse error code; 0 where there is none.
        transient: asking again later can help.
    """

    def __init__(self, message: str, *, code: int = 0, transient: bool = False) -> None:
        """Make one; the message must not hold a value of a row or a secret."""
        super().__init__(message)
        self.code = code
        self.transient = transient


@dataclass(frozen=True, slots=True)
class Rows:
    """What the database answered.

    Attributes:
        columns: (name, ClickHouse type) of each column.
        rows: values in the order of the columns.
    """

    columns: Sequence[tuple[str, str]]
    rows: Sequence[Sequence[object]]


class Asker(Protocol):
    """Whatever can put one question: a server, the folder, or the folder's owner.

    The questions of this package keep to what survives JSON, since the folder's owner
    is asked over HTTP: parameters are strings, numbers, booleans and lists of them,
    and answers hold no dates (times are epoch milliseconds).
    """

    def ask(self, sql: str, parameters: Mapping[str, object] = _NOTHING) -> Rows:
        """Put one question.

        Args:
            sql: one statement; values stand in it as `{name:Type}`.
            parameters: the values, by name; bound by the server.
        """
        ...


class DatabaseAsker:
    """Asks a database that this process has opened: a server, or the folder."""

    def __init__(self, database: "Database") -> None:
        """Ask `database`, which stays its opener's to close."""
        self._database = database

    def ask(self, sql: str, parameters: Mapping[str, object] = _NOTHING) -> Rows:
        """Put one question; see `Asker.ask`."""
        answer = self._database.query(sql, dict(parameters))
        return Rows(answer.columns, answer.rows)


@cache
def question(name: str, package: str = "insights") -> str:
    """The text of `sql/<name>.sql` in the folder of a package."""
    return files(package).joinpath("sql", f"{name}.sql").read_text("utf-8")


def ask_all(
    asker: Asker, sql: str, parameters: Mapping[str, object], kind: type[_T]
) -> list[_T]:
    """Put a question and decode each row into a struct, columns to fields by name.

    Args:
        asker: whom to ask.
        sql: the statement.
        parameters: its values.
        kind: a msgspec struct with a field for every column of the answer.

    Raises:
        msgspec.ValidationError: the answer does not have the struct's form.
    """
    answer = asker.ask(sql, parameters)
    names = [name for name, _ in answer.columns]
    return [
        msgspec.convert(dict(zip(names, row, strict=True)), kind) for row in answer.rows
    ]
