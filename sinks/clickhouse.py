"""The database: one handle over a ClickHouse server or the embedded engine.

The only module that knows the driver; its errors leave as `DatabaseError`.
"""

from __future__ import annotations

import re
import threading
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Final, cast

import clickhouse_connect
from clickhouse_connect.driver import exceptions as driver_errors

from sinks.address import Address, parse
from sinks.failures import DatabaseError, kind_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from clickhouse_connect.driver.client import Client
    from clickhouse_connect.driver.insert import InsertContext

    from schemas.tables import Table

READONLY: Final = 164
SYNTAX_ERROR: Final = 62
BAD_ARGUMENTS: Final = 36
_QUESTION: Final = re.compile(r"\s*\(*\s*(SELECT|WITH|SHOW|DESCRIBE|EXPLAIN|EXISTS)\b")
_LITERAL: Final = re.compile(r"'(?:[^'\\]|\\.)*'|`(?:[^`\\]|\\.)*`", re.DOTALL)
_INSERT_SETTINGS: Final = {
    # An asynchronous insert is acknowledged, or lost, on its own.
    "async_insert": 0,
    # A late file may touch more months than the server's default of 100 allows.
    "max_partitions_per_insert_block": 0,
    # Collapsing equal keys is left to the merges: half of an insert's cost.
    "optimize_on_insert": 0,
}
_LOAD_SETTINGS: Final = _INSERT_SETTINGS | {
    # One block makes one part per table partition, and a part is atomic: the
    # high-water mark that is committed with it relies on this.
    "min_insert_block_size_rows": 1_000_000_000,
    "min_insert_block_size_bytes": 0,
    "max_insert_threads": 1,
    # Blocks in the order of the body; two threads only cost more here.
    "input_format_parallel_parsing": 0,
    "input_format_json_named_tuples_as_objects": 1,
    "input_format_json_defaults_for_missing_elements_in_named_tuple": 1,
    "input_format_json_ignore_unknown_keys_in_named_tuple": 1,
    "input_format_json_read_objects_as_strings": 1,
}


@dataclass(frozen=True, slots=True)
class Rows:
    """An answer: (name, ClickHouse type) of each column, and the rows."""

    columns: list[tuple[str, str]]
    rows: list[tuple[object, ...]]


@dataclass(frozen=True, slots=True)
class Limits:
    """What one question may cost on a read-only handle.

    Attributes:
        seconds: longest run.
        memory_bytes: most memory.
        rows: most rows in the answer; more is an error, not a cut.
    """

    seconds: int = 30
    memory_bytes: int = 2_000_000_000
    rows: int = 200_000


__all__ = ["Database", "DatabaseError", "Limits", "Rows"]


class Database:
    """One handle on the database, for every thread of the process.

    The driver's clients are not for sharing (the embedded engine even serialises
    them), so each thread gets its own at its first call.
    """

    def __init__(self, address: Address, limits: Limits | None) -> None:
        """Prepare the handle; `connect` is the way to get one.

        Args:
            address: where the database is.
            limits: of every question; None for a handle that may write.
        """
        self._address = address
        self._limits = limits
        self._local = threading.local()
        self._clients: list[Client] = []
        self._lock = threading.Lock()
        # One file for every load: a killed process leaves one behind, not many.
        self._load_lock = threading.Lock()
        self._closed = False
        # Fixed questions with parameters are checked once, not at each call.
        self._check = lru_cache(maxsize=256)(self._check_statement)

    @classmethod
    def connect(
        cls, url: str, *, readonly: bool = False, limits: Limits | None = None
    ) -> Database:
        """Open the database and make sure that it answers.

        Args:
            url: `clickhouse://user:password@host:port/database`, `clickhouses://`
                for TLS, or `chdb:///folder`.
            readonly: refuse whatever is not a question.
            limits: of questions; only for read-only handles.

        Raises:
            DatabaseError: not reachable (`transient`), or refused (`fatal`).
        """
        address = parse(url)
        database = cls(address, (limits or Limits()) if readonly else None)
        try:
            database._client()
        except BaseException:
            database.close()
            raise
        return database

    @property
    def embedded(self) -> bool:
        """Whether the engine runs inside this process."""
        return self._address.embedded

    def query(self, sql: str, parameters: Mapping[str, object] | None = None) -> Rows:
        """Ask one question.

        Args:
            sql: one statement; values only as `{name:Type}`.
            parameters: the values; the database parses each as its type.

        Raises:
            DatabaseError: also where the text holds several statements.
        """
        client = self._client()
        with self._translated():
            self._check(sql)
            try:
                result = client.query(sql, parameters=_bound(sql, parameters))
            except (ValueError, OverflowError) as error:
                message = f"the answer holds what Python cannot: {error}"
                raise DatabaseError(message) from error
        names = result.column_names or ("result",) * len(result.first_row or ())
        types = [kind.name for kind in result.column_types] or ["String"] * len(names)
        rows = [tuple(row) for row in result.result_rows]
        return Rows(list(zip(names, types, strict=False)), rows)

    def command(self, sql: str, parameters: Mapping[str, object] | None = None) -> None:
        """Run one statement that answers nothing; arguments as `query`."""
        client = self._client()
        with self._translated():
            self._check(sql)
            client.command(sql, parameters=_bound(sql, parameters))

    def insert(self, table: Table, columns: Sequence[Sequence[object]]) -> None:
        """Land rows: one statement, one block, one part per table partition.

        Args:
            table: where; its column list is the order of `columns`.
            columns: one sequence a column, all of one length. Times are epoch
                milliseconds as int.

        Raises:
            DatabaseError: nothing landed for `poison` and `fatal`; unknown otherwise.
        """
        if not columns or not len(columns[0]):
            return
        client = self._client()
        with self._translated():
            context = self._insert_context(client, table)
            # One block makes one part per table partition, and a part is atomic:
            # the high-water mark that is committed with it relies on this.
            context.req_block_size = len(columns[0])
            context.data = columns
            try:
                client.insert(context=context)
            except (
                ValueError,
                TypeError,
                AttributeError,
                OverflowError,
            ) as error:
                message = f"a value does not fit {table.name}: {type(error).__name__}"
                raise DatabaseError(message, kind="poison") from error

    def load(
        self,
        table: Table,
        select: str,
        body: bytes,
        parameters: Mapping[str, object] | None = None,
    ) -> None:
        """Land rows that the engine itself decodes: three times cheaper than Python.

        Args:
            table: where; its column list is the order of the selected columns.
            select: a SELECT from `input('columns')`, which reads the body.
            body: one JSON object a row, with those columns.
            parameters: values for `{name:Type}` in the SELECT.

        Raises:
            DatabaseError: nothing landed for `poison` and `fatal`; unknown otherwise.
        """
        client = self._client()
        names = ", ".join(name for name, _ in table.columns)
        settings = ", ".join(
            f"{name} = {value}" for name, value in _LOAD_SETTINGS.items()
        )
        head = f"INSERT INTO {table.name} ({names}) SETTINGS {settings}"
        with self._translated():
            if not self.embedded:
                sql = f"{head} {select} FORMAT JSONEachRow"
                client.command(sql, parameters=_bound(sql, parameters), data=body)
                return
            with self._load_lock:
                file = Path(self._address.folder) / "landing.ndjson"
                file.write_bytes(body)
                source = f"file('{_quoted(str(file))}', 'JSONEachRow', "
                sql = f"{head} {select.replace('input(', source, 1)}"
                client.command(sql, parameters=_bound(sql, parameters))

    def close(self) -> None:
        """Close every thread's client; a second call does nothing."""
        with self._lock:
            self._closed = True
            clients, self._clients = self._clients, []
        for client in clients:
            client.close()

    def _client(self) -> Client:
        client = cast("Client | None", getattr(self._local, "client", None))
        if client is None:
            with self._lock:
                if self._closed:
                    message = "the handle has been closed"
                    raise DatabaseError(message, kind="fatal")
            with self._translated():
                client = self._open()
            with self._lock:
                self._clients.append(client)
            self._local.client = client
        return client

    def _open(self) -> Client:
        if self._address.embedded:
            return _open_embedded(self._address.folder, self._limits)
        return _open_server(self._address, self._limits)

    def _insert_context(self, client: Client, table: Table) -> InsertContext:
        contexts = self._local.__dict__.setdefault("contexts", {})
        if table.name not in contexts:
            contexts[table.name] = client.create_insert_context(
                table.name,
                [name for name, _ in table.columns],
                column_type_names=[kind for _, kind in table.columns],
                column_oriented=True,
                settings=_INSERT_SETTINGS,
            )
        return cast("InsertContext", contexts[table.name])

    def _check_statement(self, sql: str) -> None:
        """Refuse several statements, and on read-only handles all but questions.

        The embedded engine runs `select 1; drop table t`, and lets a read-only
        session write files (INTO OUTFILE) or stop merges (SYSTEM). The engine's own
        parser says what a statement is.
        """
        if self._limits is None and ";" not in sql.strip().rstrip(";"):
            return
        formatted = self._client().query(
            "SELECT formatQuerySingleLine({statement:String})",
            parameters={"statement": sql},
        )
        if self._limits is None:
            return
        bare = _LITERAL.sub("''", str(formatted.result_rows[0][0]))
        if not _QUESTION.match(bare) or re.search(r"\bINTO OUTFILE\b", bare):
            message = (
                "only a question can be asked here: SELECT, SHOW, DESCRIBE, EXPLAIN"
            )
            raise DatabaseError(message, READONLY, "fatal")

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except driver_errors.Error as error:
            raise self._translate(error) from error

    def _translate(self, error: driver_errors.Error) -> DatabaseError:
        message = str(error) or type(error).__name__
        if self._address.password:
            message = message.replace(self._address.password, "***")
        if error.code is not None:
            kind = kind_of(error.code)
            if error.code == READONLY and self._limits is not None:
                kind = "fatal"
            return DatabaseError(message, error.code, kind)
        # The embedded engine cannot tell an error that quotes a row that is no UTF-8:
        # it says nothing at all, or fails at saying it, by the version of Python.
        cause = error.__cause__
        wordless = type(cause).__name__ == "ChdbError" and not str(cause)
        quotes_bytes = wordless or isinstance(cause, UnicodeDecodeError)
        if isinstance(error, driver_errors.DataError) or quotes_bytes:
            return DatabaseError(message, kind="poison")
        if isinstance(error, driver_errors.OperationalError):
            return DatabaseError(message, kind="transient")
        return DatabaseError(message)


def _open_server(address: Address, limits: Limits | None) -> Client:
    settings: dict[str, object] = {}
    if limits is not None:
        settings = {**_limit_settings(limits), "readonly": 1}
    return clickhouse_connect.get_client(
        host=address.host,
        port=address.port,
        username=address.user,
        password=address.password,
        database=address.database,
        secure=address.secure,
        compress=address.compression or False,
        settings=settings,
        # Threads ask at the same time; a session would forbid it.
        autogenerate_session_id=False,
        connect_timeout=10,
        send_receive_timeout=60,
        tz_mode="aware",
    )


def _open_embedded(folder: str, limits: Limits | None) -> Client:
    options = {} if limits is None else _limit_settings(limits)
    if limits is None:
        Path(folder).mkdir(parents=True, exist_ok=True)
    elif not Path(folder).is_dir():
        message = f"there is no store in {folder} yet"
        raise DatabaseError(message, kind="fatal")
    try:
        client = clickhouse_connect.get_client(
            interface="chdb", path=folder, chdb_options=options, tz_mode="aware"
        )
    except ImportError as error:
        message = "the embedded engine is not installed: pip install parcours[embedded]"
        raise DatabaseError(message, kind="fatal") from error
    except driver_errors.ProgrammingError as error:
        message = (
            f"{folder} cannot be opened: another process owns it (one at a time can; "
            f"a running sink answers questions for the others), or it is damaged"
        )
        raise DatabaseError(message, BAD_ARGUMENTS, "transient") from error
    if limits is not None:
        # Not chDB's mode=ro: that is readonly=2, which still reads any file.
        client.command("set readonly = 1")
    return client


def _limit_settings(limits: Limits) -> dict[str, object]:
    return {
        "max_execution_time": limits.seconds,
        "max_memory_usage": limits.memory_bytes,
        "max_result_rows": limits.rows,
    }


def _quoted(text: str) -> str:
    return text.replace("\\", "\\\\").replace("'", "\\'")


def _bound(
    sql: str, parameters: Mapping[str, object] | None
) -> dict[str, object] | None:
    """The parameters, all of them for the server to bind."""
    for name in parameters or ():
        if not name.isidentifier() or f"{{{name}:" not in sql:
            message = f"parameter {name} has no {{{name}:Type}} in the statement"
            raise DatabaseError(message, SYNTAX_ERROR, "fatal")
    return dict(parameters) if parameters else None
