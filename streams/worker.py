"""One worker process: everything wired, run until it is told to stop."""

import asyncio
import gc
import logging
import os
import time
from collections.abc import Awaitable, Callable
from typing import Final

import faust
from kafka.errors import KafkaError
from mode import ServiceT
from prometheus_client import CollectorRegistry, start_http_server

from clients.fetching import use_lean_records
from schemas.metrics import Metrics
from schemas.settings import Settings
from schemas.topics import STATES, TOPICS
from streams.agents import declare
from streams.app import make_app
from streams.dead_letter import TooManyDeadLetters, limit_from
from streams.enrich.identify import Identifier
from streams.enrich.policy import policy_from as identify_policy_from
from streams.identifying import IdentifyStep
from streams.journey.live import Rules
from streams.journeying import JourneyStep
from streams.kafka import BatchProducer, TopicFacts, topic_facts
from streams.ownership import Ownership
from streams.pipeline import Pipeline
from streams.rules import load_rules
from streams.seal import Sealer
from streams.sensors import Sensors
from streams.store.folder import StateFolder
from streams.ticks import Ticker
from streams.transport import App
from streams.watchdog import Vitals, watch

EXIT_RESTART: Final = 70
EXIT_STAY_DOWN: Final = 78
BROKER_SECONDS: Final = 30.0
"""So long a worker waits at its start for a broker that can tell of the topics."""
ASK_AGAIN_SECONDS: Final = 0.5
COLLECT_EVERY: Final = 60
"""Seconds between collections of cyclic garbage."""

log = logging.getLogger(__name__)


def ask_topics(servers: str) -> dict[str, TopicFacts]:
    """What the brokers say of the topics; one of them may be away just now.

    Args:
        servers: bootstrap servers.

    Raises:
        KafkaError: for `BROKER_SECONDS` none of them could be asked.
        MissingTopicError: a topic does not exist.
    """
    deadline = time.monotonic() + BROKER_SECONDS
    while True:
        try:
            return topic_facts(servers, [topic.name for topic in TOPICS])
        except KafkaError:
            if time.monotonic() >= deadline:
                raise
            time.sleep(ASK_AGAIN_SECONDS)


def exit_status(error: BaseException) -> int:
    """Whether a process manager should start the worker again after this error."""
    return EXIT_STAY_DOWN if isinstance(error, TooManyDeadLetters) else EXIT_RESTART


def crash(error: BaseException) -> None:
    """End the process at once: whatever is not durable will be read again."""
    log.critical("worker_crashed error=%s", type(error).__name__, exc_info=error)
    logging.shutdown()
    os._exit(exit_status(error))


def run(settings: Settings) -> int:
    """Run one worker until SIGTERM or SIGINT.

    Args:
        settings: the worker's settings.

    Returns:
        Exit status: 0 after a stop that was asked for. On errors the process ends
        itself with EXIT_RESTART, or EXIT_STAY_DOWN where a restart cannot help.
    """
    rules = load_rules(settings)
    try:
        topics = ask_topics(settings.kafka_servers)
    except KafkaError as error:
        log.critical(
            "no_broker_tells_of_topics servers=%s error=%s",
            settings.kafka_servers,
            type(error).__name__,
        )
        return EXIT_RESTART
    use_lean_records()
    metrics = Metrics(CollectorRegistry())
    if settings.worker_metrics_port:
        start_http_server(
            settings.worker_metrics_port, settings.metrics_host, metrics.registry
        )
    # Batches make many short-lived objects and hardly a cycle: the collector runs when
    # the loop says so, not in the middle of a fold.
    gc.freeze()
    gc.disable()
    app = make_app(settings)
    _wire(app, settings, rules, topics, Sensors(metrics))
    worker = faust.Worker(
        app, loglevel=settings.log_level, redirect_stdouts=False, quiet=True
    )
    try:
        worker.execute_from_commandline()
    except SystemExit as ended:
        return int(ended.code or 0)
    return 0


def _wire(
    app: App,
    settings: Settings,
    rules: Rules,
    topics: dict[str, TopicFacts],
    sensors: Sensors,
) -> None:
    sealer = Sealer(settings.pseudonym_key)
    identifier = Identifier(identify_policy_from(settings))
    identify_step = IdentifyStep(identifier, sealer, limit_from(settings), topics)
    states_log = topics[STATES.name].log
    folder = StateFolder(settings.state_folder, states_log, time.time)
    folder.prepare()
    journey_step = JourneyStep(rules, sealer, limit_from(settings), topics, folder)
    ownership = Ownership(settings.kafka_servers, journey_step, sensors, time.time)
    vitals = Vitals(time.monotonic(), time.monotonic())
    producer = BatchProducer(settings)
    pipeline = Pipeline(
        identify_step=identify_step,
        journey_step=journey_step,
        ownership=ownership,
        producer=producer,
        sensors=sensors,
        clock=time.time,
        crash=crash,
    )
    ticker = Ticker(
        ownership=ownership,
        journey_step=journey_step,
        producer=producer,
        topics=topics,
        sensors=sensors,
        clock=time.time,
    )
    app.assignment = pipeline
    declare(app, pipeline)
    _connect(app, settings, ownership, producer, ticker, vitals)


def _connect(  # noqa: PLR0913, PLR0917 each is one collaborator
    app: App,
    settings: Settings,
    ownership: Ownership,
    producer: BatchProducer,
    ticker: Ticker,
    vitals: Vitals,
) -> None:
    async def take_over(*_: object, **__: object) -> None:
        await or_crash(app, producer.start(), crash)
        await or_crash(app, ownership.take_over(app), crash)

    async def tick() -> None:
        await or_crash(app, ticker.run(app, settings.tick_seconds), crash)

    async def beat() -> None:
        done = -1
        beats = 0
        watch(vitals, settings.stall_seconds, _stalled)
        while True:
            vitals.beat_at = now = time.monotonic()
            if ticker.lag == 0 or ticker.done != done:
                vitals.progress_at = now
                done = ticker.done
            if not app.rebalancing:
                vitals.rebalancing_since = 0.0
            elif not vitals.rebalancing_since:
                vitals.rebalancing_since = now
            beats += 1
            if beats % COLLECT_EVERY == 0:
                gc.collect()
            await asyncio.sleep(1)

    app.on_rebalance_complete.connect(take_over)
    app.task(on_leader=False)(tick)
    app.task(on_leader=False)(beat)


async def or_crash(
    app: ServiceT, work: Awaitable[None], crash: Callable[[BaseException], None]
) -> None:
    """Do background work; an error in it ends the process.

    Args:
        app: whose work it is. Where it was asked to stop, its transport may be gone in
            the middle of the work: that is its end, not a crash. Nothing of such work
            is acknowledged, and it is done again after the next start.
        work: what to do.
        crash: ends the process.
    """
    try:
        await work
    except Exception as error:  # noqa: BLE001 the boundary of a background task
        if app.should_stop and not app.crashed:
            log.info("worker_stops_in_work error=%s", type(error).__name__)
            return
        crash(error)


def _stalled(complaint: str) -> None:
    log.critical("worker_stalled complaint=%r", complaint)
    logging.shutdown()
    os._exit(EXIT_RESTART)
