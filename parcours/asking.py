"""Whom to ask: the process that owns the folder, a server, or the folder itself."""

import contextlib
import http.client
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

import msgspec

from insights.asker import Asker, AskError, QuestionError, Rows, question
from insights.sentences import say
from parcours import door
from parcours.embedded.plan import ANSWERS_PORT, ANSWERS_TOKEN
from parcours.embedded.ports import LOOPBACK
from parcours.persona_files import personas_for

if TYPE_CHECKING:
    from insights.scope import Personas, Scope

TIMEOUT_SECONDS: Final = 120.0
ROLLUP_SECONDS: Final = 630.0
"""A little longer than the sink waits for it."""
_NOTHING: Final[Mapping[str, object]] = MappingProxyType({})


class _Column(msgspec.Struct):
    name: str
    type: str


class _Answer(msgspec.Struct):
    columns: list[_Column] = []
    rows: list[list[object]] = []
    error: str = ""
    code: int = 0


class HttpAsker:
    """Asks the sink that owns an embedded store, over loopback.

    Args:
        port: of its answers endpoint.
        token: which every question must carry.
    """

    def __init__(self, port: int, token: str) -> None:
        self._port = port
        self._token = token

    def ask(self, sql: str, parameters: Mapping[str, object] = _NOTHING) -> Rows:
        """Put one question; see `Asker.ask`.

        Raises:
            AskError: the owner does not answer, or refuses.
        """
        question = msgspec.json.encode({"sql": sql, "parameters": dict(parameters)})
        return self._posted("/query", question, TIMEOUT_SECONDS)

    def roll_up(self) -> None:
        """Have all that has landed rolled up; return when it is.

        Raises:
            AskError: the owner does not answer, or rolls nothing up.
        """
        self._posted("/rollups", b"", ROLLUP_SECONDS)

    def _posted(self, path: str, body: bytes, seconds: float) -> Rows:
        headers = {
            "Authorization": f"Bearer {self._token}",
            "Content-Type": "application/json",
        }
        connection = http.client.HTTPConnection(LOOPBACK, self._port, timeout=seconds)
        try:
            connection.request("POST", path, body, headers)
            response = connection.getresponse()
            status, told = response.status, response.read()
        except (OSError, http.client.HTTPException) as error:
            message = f"the sink does not answer on port {self._port}: {error}"
            raise AskError(message, transient=True) from error
        finally:
            connection.close()
        return _rows(status, told)

    def answers(self) -> bool:
        """Whether it answers, asked once."""
        with contextlib.suppress(AskError):
            self.ask("SELECT 1")
            return True
        return False


class NothingStoredError(QuestionError):
    """There is nothing to ask about yet."""


@contextlib.contextmanager
def open_asker(data_dir: Path, *tenants: str) -> Iterator[Asker]:
    """Whoever answers questions for the system on a folder, for the time of a `with`.

    Args:
        data_dir: the system's folder; the environment's database goes before it.
        tenants: whose touchpoints the questions are about; none where about nobody's.

    Raises:
        AskError: there is neither a running system nor a store.
        NothingStoredError: none of these tenants has a touchpoint.
    """
    with _opened(data_dir) as asker:
        if tenants and not any(_has_any(asker, tenant) for tenant in tenants):
            raise NothingStoredError(say("nothing_yet", tenant=", ".join(tenants)))
        yield asker


@contextlib.contextmanager
def open_scope(
    data_dir: Path, scope: "Scope"
) -> "Iterator[tuple[Asker, Personas | None]]":
    """Whoever answers questions about a scope, and what finds its persona's persons.

    Args:
        data_dir: the system's folder.
        scope: the questions'.

    Raises:
        QuestionError: there is no such persona, or nothing of the tenant.
        AskError: see `open_asker`.
    """
    personas = personas_for(data_dir, scope)
    with open_asker(data_dir, scope.tenant) as asker:
        yield asker, personas


def _has_any(asker: Asker, tenant: str) -> bool:
    return bool(asker.ask(question("any"), {"tenant": tenant}).rows)


def owner_on(data_dir: Path) -> HttpAsker | None:
    """The sink that owns the embedded store of a running system; None where none runs."""
    known = door.running_environment(data_dir)
    port = int(known.get(ANSWERS_PORT, "0"))
    return HttpAsker(port, known.get(ANSWERS_TOKEN, "")) if port else None


@contextlib.contextmanager
def _opened(data_dir: Path) -> Iterator[Asker]:
    if owner := owner_on(data_dir):
        yield owner
        return
    from insights.asker import DatabaseAsker  # noqa: PLC0415 - loads the engine
    from sinks.clickhouse import Database, DatabaseError  # noqa: PLC0415

    try:
        database = Database.connect(door.store_url(data_dir), readonly=True)
        try:
            yield DatabaseAsker(database)
        finally:
            database.close()
    except DatabaseError as error:
        raise AskError(str(error)) from error


def _rows(status: int, body: bytes) -> Rows:
    try:
        answer = msgspec.json.decode(body, type=_Answer)
    except msgspec.MsgspecError as error:
        message = f"the sink answered with status {status} and no JSON"
        raise AskError(message) from error
    if status != http.client.OK:
        message = answer.error or f"the sink answered with status {status}"
        busy = status == http.client.SERVICE_UNAVAILABLE
        raise AskError(message, code=answer.code, transient=busy)
    return Rows([(c.name, c.type) for c in answer.columns], answer.rows)
