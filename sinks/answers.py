"""Answers over loopback: who owns an embedded store asks it for the other processes."""

from __future__ import annotations

import asyncio
import hmac
import logging
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final

import msgspec
from aiohttp import web

from sinks.clickhouse import DatabaseError

if TYPE_CHECKING:
    from schemas.metrics import Metrics
    from sinks.clickhouse import Database, Rows

LOOPBACK: Final = "127.0.0.1"
QUESTION_BYTES: Final = 4 << 20
THREADS: Final = 4
HURRY_SECONDS: Final = 600.0
"""How long a roll-up that somebody waits for may take."""

Hurry = Callable[[float], bool]
"""Has all rolled up that has landed by now, within so many seconds; whether it was done."""

logger = logging.getLogger(__name__)


class _Question(msgspec.Struct, forbid_unknown_fields=True):
    sql: str
    parameters: dict[str, Any] = {}


class Answers:
    """The endpoint: POST /query, POST /rollups, GET /health."""

    def __init__(
        self,
        database: Database,
        token: str,
        metrics: Metrics,
        hurry: Hurry | None = None,
    ) -> None:
        """Prepare.

        Args:
            database: a read-only handle.
            token: which every question must carry (`Authorization: Bearer …`).
            metrics: the duration of answers is measured here.
            hurry: rolls up at once; None where nothing is rolled up.
        """
        self._database = database
        self._token = token.encode()
        self._hurry = hurry
        self._seconds = metrics.histogram("parcours_query_seconds").labels("answers")
        self._threads = ThreadPoolExecutor(THREADS, "answers")
        self._runner: web.AppRunner | None = None

    async def start(self, port: int) -> None:
        """Listen on a port of the loopback."""
        application = web.Application(client_max_size=QUESTION_BYTES)
        application.router.add_post("/query", self._query)
        application.router.add_post("/rollups", self._roll_up)
        application.router.add_get("/health", self._health)
        self._runner = web.AppRunner(application, access_log=None)
        await self._runner.setup()
        await web.TCPSite(self._runner, LOOPBACK, port).start()
        logger.info("answers_ready port=%d", port)

    async def stop(self) -> None:
        """Listen no more; answers under way are finished or cut after a moment."""
        if self._runner is not None:
            await self._runner.cleanup()
        self._threads.shutdown(wait=False)

    async def _health(self, _request: web.Request) -> web.Response:
        return web.Response(text="ok\n")

    async def _query(self, request: web.Request) -> web.Response:
        if not self._allowed(request):
            return _problem(HTTPStatus.UNAUTHORIZED, "the token is missing or wrong")
        try:
            question = msgspec.json.decode(await request.read(), type=_Question)
        except msgspec.MsgspecError as error:
            return _problem(HTTPStatus.BAD_REQUEST, f"not a question: {error}")
        started = time.monotonic()
        try:
            body = await asyncio.get_running_loop().run_in_executor(
                self._threads, self._answer, question
            )
        except DatabaseError as error:
            busy = error.kind == "transient"
            status = HTTPStatus.SERVICE_UNAVAILABLE if busy else HTTPStatus.BAD_REQUEST
            return _problem(status, str(error), error.code)
        finally:
            self._seconds.observe(time.monotonic() - started)
        return web.Response(body=body, content_type="application/json")

    async def _roll_up(self, request: web.Request) -> web.Response:
        if not self._allowed(request):
            return _problem(HTTPStatus.UNAUTHORIZED, "the token is missing or wrong")
        if self._hurry is None:
            return _problem(
                HTTPStatus.NOT_FOUND,
                "this sink rolls nothing up: PARCOURS_ROLLUP_SECONDS is 0",
            )
        if not await asyncio.to_thread(self._hurry, HURRY_SECONDS):
            busy = f"not rolled up within {HURRY_SECONDS:g} s"
            return _problem(HTTPStatus.SERVICE_UNAVAILABLE, busy)
        return web.json_response({"columns": [], "rows": []})

    def _allowed(self, request: web.Request) -> bool:
        given = request.headers.get("Authorization", "").encode()
        return bool(self._token) and hmac.compare_digest(
            given, b"Bearer " + self._token
        )

    def _answer(self, question: _Question) -> bytes:
        return encode(self._database.query(question.sql, question.parameters))


def encode(rows: Rows) -> bytes:
    """An answer as JSON: times as ISO 8601 in UTC, integers in full, NaN as null."""
    columns = [{"name": name, "type": kind} for name, kind in rows.columns]
    timed = [i for i, (_, kind) in enumerate(rows.columns) if "Date" in kind]
    cells: list[tuple[object, ...]] | list[list[object]] = rows.rows
    if timed:
        cells = [list(row) for row in rows.rows]
        for row in cells:
            for index in timed:
                row[index] = _in_utc(row[index])
    return msgspec.json.encode({"columns": columns, "rows": cells}, enc_hook=str)


def _in_utc(value: object) -> object:
    if isinstance(value, datetime):
        return value.astimezone(UTC)
    if isinstance(value, list):
        return [_in_utc(one) for one in value]
    return value.isoformat() if isinstance(value, date) else value


def _problem(status: HTTPStatus, detail: str, code: int = 0) -> web.Response:
    """RFC 9457; `error` repeats the detail for readers of the plain form."""
    body = {
        "type": "about:blank",
        "title": status.phrase,
        "status": status.value,
        "detail": detail,
        "code": code,
        "error": detail,
    }
    return web.Response(
        status=status,
        body=msgspec.json.encode(body),
        content_type="application/problem+json",
    )
