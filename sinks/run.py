"""The sink's process: connect, migrate, serve, consume, until told to end."""

from __future__ import annotations

import asyncio
import gc
import logging
import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from contextlib import AsyncExitStack, closing
from typing import TYPE_CHECKING, Final, NamedTuple

from aiokafka.errors import KafkaError
from prometheus_client import CollectorRegistry, start_http_server

from clients.fetching import use_lean_records
from schemas.metrics import Metrics
from sinks.answers import Answers, Hurry
from sinks.batch import BatchPolicy
from sinks.clickhouse import Database, DatabaseError
from sinks.consumer import Consumer
from sinks.migrate import MigrationError, migrate
from sinks.refusals import Refusals
from sinks.rows import LANDINGS
from sinks.source import Source, SourceError
from sinks.tally import Pulse, Tally
from sinks.writer import Writer

if TYPE_CHECKING:
    from schemas.settings import Settings
    from sinks.refusals import Seal

OK: Final = 0
RESTART: Final = 70
"""A crash or a stall: start it again."""

STAY_DOWN: Final = 78
"""Nothing changes before somebody has looked."""

CONNECT_SECONDS: Final = 60.0
CONNECT_PAUSE_SECONDS: Final = 0.5
WATCH_SECONDS: Final = 1.0


class Companion(NamedTuple):
    """What runs beside the sink.

    Attributes:
        end: ends it.
        hurry: has it deal with what has landed by now, within so many seconds; whether it
            did.
    """

    end: Callable[[], None]
    hurry: Hurry


Beside = Callable[["Database", Metrics], Companion | None]

logger = logging.getLogger(__name__)


def run(
    settings: Settings, seal: Seal | None = None, beside: Beside | None = None
) -> int:
    """Land the topics until SIGTERM or SIGINT.

    Args:
        settings: of this process.
        seal: encrypts what dead letters keep of a record; without it they keep none.
        beside: what runs beside the sink on its database, since one process owns an
            embedded one; called when it is migrated.

    Returns:
        Exit status: 0 after a signal, 70 to be started again, 78 not to be.
    """
    use_lean_records()
    try:
        with closing(_connected(settings.clickhouse_url)) as database:
            for name in migrate(database):
                logger.info("migrated name=%s", name)
            return asyncio.run(_serve(settings, database, seal, beside))
    except DatabaseError as error:
        logger.critical(
            "sink_failed kind=%s code=%d error=%s", error.kind, error.code, error
        )
        return STAY_DOWN if error.kind == "fatal" else RESTART
    except MigrationError as error:
        logger.critical("sink_failed error=%s", error)
        return STAY_DOWN
    except (SourceError, KafkaError) as error:
        logger.critical("sink_failed error=%s", error)
        return RESTART


def _connected(url: str) -> Database:
    """Connect, waiting for a database that is still starting."""
    deadline = time.monotonic() + CONNECT_SECONDS
    while True:
        try:
            return Database.connect(url)
        except DatabaseError as error:
            if error.kind == "fatal" or time.monotonic() > deadline:
                raise
            logger.warning("database_not_ready error=%s", error)
            time.sleep(CONNECT_PAUSE_SECONDS)


async def _serve(
    settings: Settings, database: Database, seal: Seal | None, beside: Beside | None
) -> int:
    metrics = Metrics(CollectorRegistry())
    pulse, tally = Pulse(), Tally(metrics)
    async with AsyncExitStack() as stack:
        # Before there are connections: a file that it reads may make no sense.
        companion = beside(database, metrics) if beside else None
        if companion:
            stack.callback(companion.end)
        source = Source(settings, tuple(LANDINGS))
        refusals = Refusals(source.bury, settings.dead_letter_max_run, seal)
        writer = Writer(database, refusals, tally, pulse)
        stack.callback(writer.close)
        consumer = Consumer(source, writer, BatchPolicy.of(settings), tally, pulse)
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, consumer.stop)
        if settings.sink_metrics_port:
            server, thread = start_http_server(
                settings.sink_metrics_port, settings.metrics_host, metrics.registry
            )
            stack.callback(thread.join)
            stack.callback(server.shutdown)
        if settings.answers_port:
            hurry = companion.hurry if companion else None
            await _answer(settings, metrics, stack, hurry)
        if companion:
            # Before the answers, too: one of them may be waiting for it.
            stack.callback(companion.end)
        _watch(pulse, settings.stall_seconds)
        # Batches are garbage by reference counts alone; what start-up made stays.
        gc.freeze()
        await consumer.run()
    return OK


async def _answer(
    settings: Settings, metrics: Metrics, stack: AsyncExitStack, hurry: Hurry | None
) -> None:
    reader = Database.connect(settings.clickhouse_url, readonly=True)
    stack.callback(reader.close)
    answers = Answers(reader, settings.answers_token, metrics, hurry)
    await answers.start(settings.answers_port)
    stack.push_async_callback(answers.stop)


def _watch(pulse: Pulse, stall_seconds: float) -> None:
    """End the process from a thread of its own when nothing gets on any more."""

    def watch() -> None:
        while pulse.silent_seconds() < stall_seconds:
            time.sleep(WATCH_SECONDS)
        logger.critical("sink_stalled seconds=%.0f", pulse.silent_seconds())
        sys.stderr.flush()
        os._exit(RESTART)

    threading.Thread(target=watch, name="watchdog", daemon=True).start()
