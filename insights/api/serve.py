"""The API's process: listen until told to end."""

import asyncio
import logging
import signal
import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final, cast

import uvicorn
from prometheus_client import CollectorRegistry, start_http_server

from insights.api.app import Setup, make_app
from insights.api.entrance import is_loopback
from insights.api.library import Library
from insights.api.token import Tokens, read_tokens
from insights.asker import Asker
from schemas.metrics import Metrics
from schemas.settings import Settings, SettingsError

if TYPE_CHECKING:
    from uvicorn._types import ASGIApplication

END_SECONDS: Final = 3
IDLE_SECONDS: Final = 30

logger = logging.getLogger(__name__)


def tokens_of(settings: Settings) -> Tokens | None:
    """The tokens that open the API; None where the loopback alone is let in.

    Raises:
        SettingsError: the file is wrong; or the API would listen where others come in,
            and has no tokens.
    """
    if settings.api_tokens_file:
        file = Path(settings.api_tokens_file)
        return read_tokens(file, settings.api_requests_per_minute)
    if not is_loopback(settings.api_host):
        message = (
            f"PARCOURS_API_HOST={settings.api_host} lets others in, and there are no "
            "tokens: make one with `parcours api token`, put its entry into a file, and "
            "name that in PARCOURS_API_TOKENS_FILE; or listen on 127.0.0.1"
        )
        raise SettingsError(message)
    return None


def serve(
    settings: Settings,
    tokens: Tokens | None,
    asker: Asker,
    library: Callable[[], Library],
    clock: Callable[[], float],
) -> None:
    """Answer over HTTP until SIGTERM or SIGINT.

    Args:
        settings: of this process.
        tokens: as `tokens_of` has read them.
        asker: whom to ask.
        library: gives what files say now; called from several threads.
        clock: seconds since 1970.

    Raises:
        SettingsError: a port is taken.
    """
    _claim(settings.api_host, settings.api_port, "PARCOURS_API_PORT")
    _claim(
        settings.metrics_host, settings.api_metrics_port, "PARCOURS_API_METRICS_PORT"
    )
    metrics = Metrics(CollectorRegistry())
    setup = Setup(
        asker,
        metrics,
        clock,
        library,
        tokens,
        tuple(host.strip().lower() for host in settings.api_hosts.split(",") if host),
        settings.api_requests_per_minute,
    )
    with ExitStack() as stack:

        def listening() -> None:
            logger.info(
                "api_ready host=%s port=%d", settings.api_host, settings.api_port
            )
            if settings.api_metrics_port:
                server, thread = start_http_server(
                    settings.api_metrics_port, settings.metrics_host, metrics.registry
                )
                stack.callback(thread.join)
                stack.callback(server.shutdown)

        asyncio.run(_Server(_config(settings, setup), listening).serve())


def _claim(host: str, port: int, variable: str) -> None:
    """Find out whether a port is free, as long as it is easy to say which one is not."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            message = (
                f"cannot listen on {host}:{port} ({error.strerror}); "
                f"{variable} names another port"
            )
            raise SettingsError(message) from error


class _Server(uvicorn.Server):
    """Says when it listens, and ends with status 0 when it is told to.

    The metrics, by which others know that it answers, come once it listens. Uvicorn's own
    way would raise the signal again when all is done.
    """

    def __init__(self, config: uvicorn.Config, listening: Callable[[], None]) -> None:
        super().__init__(config)
        self._listening = listening

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._end)
        yield

    def _end(self) -> None:
        self.should_exit = True

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            self._listening()


def _config(settings: Settings, setup: Setup) -> uvicorn.Config:
    return uvicorn.Config(
        cast("ASGIApplication", make_app(setup)),
        host=settings.api_host,
        port=settings.api_port,
        log_config=None,
        log_level="warning",
        # A request's address can name a person.
        access_log=False,
        server_header=False,
        lifespan="on",
        timeout_keep_alive=IDLE_SECONDS,
        timeout_graceful_shutdown=END_SECONDS,
    )
