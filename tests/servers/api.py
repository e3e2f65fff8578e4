"""The API over a store of a test: a real server on a free port of the loopback."""

from __future__ import annotations

import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, cast

import httpx
import uvicorn

from insights.api.app import make_app
from tests.servers.ports import LOOPBACK, Ports

if TYPE_CHECKING:
    from collections.abc import Iterator

    from uvicorn._types import ASGIApplication

    from insights.api.app import Setup


@contextmanager
def serving(setup: Setup) -> Iterator[httpx.Client]:
    """Serve, and hand over a client that knows where."""
    with Ports(1) as ports, _serving(setup, ports.numbers[0]) as client:
        yield client


@contextmanager
def _serving(setup: Setup, port: int) -> Iterator[httpx.Client]:
    config = uvicorn.Config(
        cast("ASGIApplication", make_app(setup)),
        host=LOOPBACK,
        port=port,
        log_config=None,
        access_log=False,
        timeout_graceful_shutdown=1,
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        with httpx.Client(base_url=f"http://{LOOPBACK}:{port}", timeout=30) as client:
            while not server.started:
                assert thread.is_alive()
                time.sleep(0.01)
            yield client
    finally:
        server.should_exit = True
        thread.join()
