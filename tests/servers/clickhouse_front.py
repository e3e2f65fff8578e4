"""An HTTP front over the embedded engine, so that the driver's real HTTP path runs.

One statement a request, settings and parameters from the URL, the codes of errors in
the header, as a ClickHouse server has them; and faults, asked for from outside.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
import sys
import tempfile
import time
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Literal, Self

from tests.servers.kafka import Child, absent
from tests.servers.ports import LOOPBACK, Ports, listening

if TYPE_CHECKING:
    from pathlib import Path

    from aiohttp import web

START_SECONDS = 60.0
HANG_SECONDS = 3600.0
READ_ONLY = "readonly"
# What the transport itself takes from the URL; everything else is a setting.
TRANSPORT = frozenset(
    {
        "query",
        "database",
        "client_protocol_version",
        "wait_end_of_query",
        "send_progress_in_http_headers",
        "http_headers_progress_interval_ms",
        "enable_http_compression",
        "session_id",
        "query_id",
        "default_format",
    }
)
# Parameters travel as tab-separated values do.
ESCAPES = str.maketrans({"\\": "\\\\", "\n": "\\n", "\t": "\\t"})
_INSERT = re.compile(rb"\s*INSERT\b", re.IGNORECASE)
_FORMAT = re.compile(r"\sFORMAT\s+(\w+)\s*$", re.IGNORECASE)


@dataclass(frozen=True)
class Fault:
    """What befalls the next requests whose statement contains `match`.

    Kinds: `reset_after`: run it, then cut the connection without an answer;
    `unavailable`: answer 503 without running it; `delay`: run it after `seconds`;
    `hang`: run it, never answer.
    """

    kind: Literal["reset_after", "unavailable", "delay", "hang"]
    match: str = "INSERT"
    times: int = 1
    seconds: float = 0.0


class Front:
    """A front in a process of its own; entering skips the test without the engine."""

    def __init__(self, folder: Path) -> None:
        """Choose the engine's folder; nothing runs before it is entered."""
        self._folder = folder
        self._ports: Ports | None = None
        self._running: Child | None = None
        self._port = 0

    def __enter__(self) -> Self:
        """Start it and wait until it serves."""
        try:
            import chdb  # noqa: F401, PLC0415 - only to know whether it is there
        except ImportError:
            absent("no embedded ClickHouse engine is installed")
        self._folder.mkdir(parents=True, exist_ok=True)
        self._ports = Ports(1)
        self._port = self._ports.numbers[0]
        try:
            self.start()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, *exc_info: object) -> None:
        """End it."""
        self.close()

    @property
    def url(self) -> str:
        """Where it is, as a setting of Parcours has it."""
        return f"clickhouse://{LOOPBACK}:{self._port}/default"

    def start(self) -> None:
        """Start the ended front on its data and port; wait until it serves."""
        module = ["-m", "tests.servers.clickhouse_front"]
        command = [sys.executable, *module, str(self._folder / "data"), str(self._port)]
        self._running = Child(command, self._folder / "front.log")
        deadline = time.monotonic() + START_SECONDS
        while not listening(self._port):
            if time.monotonic() > deadline:
                message = (self._folder / "front.log").read_text()[-4000:]
                raise RuntimeError(message)
            time.sleep(0.02)

    def kill(self) -> None:
        """End it as a crash would (SIGKILL)."""
        if self._running is not None:
            self._running.kill()
            self._running = None

    def close(self) -> None:
        """End it and give the port back; a second call does nothing."""
        self.kill()
        if self._ports is not None:
            self._ports.close()

    def fault(self, fault: Fault) -> None:
        """Let this befall the next requests; it replaces the fault before."""
        self._control(json.dumps(asdict(fault)).encode())

    def faults_left(self) -> int:
        """How often the last fault is still to come."""
        return int(json.loads(self._control(None))["times"])

    def _control(self, body: bytes | None) -> bytes:
        address = f"http://{LOOPBACK}:{self._port}/fault"
        with urllib.request.urlopen(address, body, timeout=10) as answer:
            return bytes(answer.read())


class Engine:
    """The engine behind the front: a fresh connection for every request."""

    def __init__(self, folder: str) -> None:
        """Open it, and keep one connection so that it stays open."""
        import chdb  # noqa: PLC0415 - the front's own process needs it, tests do not

        self._connect = lambda: chdb.connect(folder)
        self._held = self._connect()

    def run(
        self, sql: bytes, data: bytes, settings: dict[str, str], bound: dict
    ) -> bytes:
        """Run one statement; raises what the engine raises."""
        connection = self._connect()
        try:
            text = sql.decode()
            # Its parser refuses several statements; a server does that by itself.
            connection.query(
                "SELECT formatQuerySingleLine({q:String})",
                "Null",
                params={"q": text.translate(ESCAPES)},
            )
            for name in sorted(settings, key=lambda name: name == READ_ONLY):
                connection.query(f"SET {name} = '{settings[name]}'", "Null")
            if not data:
                return connection.query(text, "TabSeparated", params=bound).bytes()
            return self._insert(connection, text, data, bound)
        finally:
            connection.close()

    def _insert(self, connection: object, text: str, data: bytes, bound: dict) -> bytes:
        form = _FORMAT.search(text)
        assert form is not None, "an insert with data names its format"
        with tempfile.NamedTemporaryFile() as file:
            file.write(data)
            file.flush()
            head = text[: form.start()]
            if "input(" in head:
                sql = head.replace("input(", f"file('{file.name}', '{form[1]}', ", 1)
            else:
                sql = f"{head} FROM INFILE '{file.name}' FORMAT {form[1]}"
            return connection.query(sql, "TabSeparated", params=bound).bytes()


class Server:
    """The requests: statement, data, settings and parameters; then the fault, if any."""

    def __init__(self, engine: Engine) -> None:
        """Serve this engine."""
        self._engine = engine
        self._fault = Fault("unavailable", times=0)
        self._threads = ThreadPoolExecutor(4)

    async def control(self, request: web.Request) -> web.Response:
        """Tell the fault, or take a new one."""
        from aiohttp import web  # noqa: PLC0415

        if request.method == "POST":
            self._fault = Fault(**await request.json())
        return web.json_response(asdict(self._fault))

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """One statement."""
        from aiohttp import web  # noqa: PLC0415

        asked = dict(request.query)
        body = b""
        if request.content_type == "multipart/form-data":
            # Long parameters come so.
            asked |= {
                name: str(value) for name, value in (await request.post()).items()
            }
        else:
            body = await request.read()
        sql, data = _statement(asked, body)
        fault = self._take(sql)
        if fault == "unavailable":
            return web.Response(status=503, text="too busy\n")
        if fault == "delay":
            await asyncio.sleep(self._fault.seconds)
        settings, bound = _settings(asked), _parameters(asked)
        loop = asyncio.get_running_loop()
        try:
            body = await loop.run_in_executor(
                self._threads, self._engine.run, sql, data, settings, bound
            )
        except UnicodeDecodeError:
            # The engine's words quote bytes that are no text; a server has the code.
            return self._failed("Code: 27. DB::Exception: Cannot parse input")
        except Exception as error:  # noqa: BLE001 - the engine has one type for all
            # Or it says nothing of them, by the version of Python.
            return self._failed(
                str(error) or "Code: 27. DB::Exception: Cannot parse input"
            )
        if fault == "reset_after":
            assert request.transport is not None
            request.transport.abort()
        if fault == "hang":
            await asyncio.sleep(HANG_SECONDS)
        return web.Response(
            body=body,
            headers={"X-ClickHouse-Format": "TabSeparated"} if body else {},
        )

    def _take(self, sql: bytes) -> str:
        if self._fault.times < 1 or self._fault.match.encode() not in sql:
            return ""
        left = asdict(self._fault) | {"times": self._fault.times - 1}
        self._fault, kind = Fault(**left), self._fault.kind
        return kind

    def _failed(self, message: str) -> web.Response:
        from aiohttp import web  # noqa: PLC0415

        code = re.search(r"Code: (\d+)", message)
        headers = {"X-ClickHouse-Exception-Code": code[1]} if code else {}
        return web.Response(status=500, text=message, headers=headers)


def _statement(asked: dict[str, str], body: bytes) -> tuple[bytes, bytes]:
    """Statement and data: in the URL and the body, or one after the other."""
    if "query" in asked:
        return asked["query"].encode(), body
    if _INSERT.match(body) and b"\n" in body:
        sql, _, data = body.partition(b"\n")
        if _FORMAT.search(sql.decode()):
            return sql, data
    return body, b""


def _settings(asked: dict[str, str]) -> dict[str, str]:
    return {
        name: value
        for name, value in asked.items()
        if name not in TRANSPORT and not name.startswith("param_")
    }


def _parameters(asked: dict[str, str]) -> dict[str, str]:
    return {
        name.removeprefix("param_"): value
        for name, value in asked.items()
        if name.startswith("param_")
    }


async def main(folder: str, port: int) -> None:
    """Serve until killed."""
    from aiohttp import web  # noqa: PLC0415

    server = Server(Engine(folder))
    application = web.Application(client_max_size=1 << 30)
    application.router.add_get("/ping", lambda _: web.Response(text="Ok.\n"))
    application.router.add_route("*", "/fault", server.control)
    application.router.add_post("/", server.serve)
    runner = web.AppRunner(application, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, LOOPBACK, port).start()
    await asyncio.Event().wait()


if __name__ == "__main__":
    os.environ.pop("TZ", None)
    asyncio.run(main(sys.argv[1], int(sys.argv[2])))
