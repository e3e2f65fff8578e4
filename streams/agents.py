"""The pipeline on one page, in data order. Each agent: take a batch, call its rule, hand on.

raw ──identify_and_enrich──> identified ──journey──> enriched, duplicates, sessions,
                    │           ↑            │        transitions, threads, links, messages
                    │           └────────────┤        due; then states; then progress
                    └──────> dead letters <──┘
Journey partitions write letters to each other, through `identified`: who is one person, and
the state and touchpoints of whoever turned out to be another's (streams/journey/moving.py).
A batch is acknowledged when everything it led to is durable (streams/writes.py).
"""

from faust import StreamT
from mode import CrashingSupervisor

from schemas.topics import IDENTIFIED, RAW
from streams.pipeline import Batch, Pipeline, unacknowledged
from streams.transport import App


def declare(app: App, pipeline: Pipeline) -> None:
    """Give the app its agents.

    Args:
        app: the Faust app.
        pipeline: the steps, and the writers behind them.
    """
    raw = app.topic(
        RAW.name,
        key_type=bytes,
        value_type=bytes,
        key_serializer="raw",
        value_serializer="raw",
    )
    identified = app.topic(
        IDENTIFIED.name,
        key_type=bytes,
        value_type=bytes,
        key_serializer="raw",
        value_serializer="raw",
    )

    @app.agent(raw, name="identify_and_enrich", supervisor_strategy=CrashingSupervisor)
    async def identify_and_enrich(batches: StreamT[Batch]) -> None:
        """Validate and enrich raw touchpoints, name their person, re-key them by it."""
        async for event in unacknowledged(batches):
            with pipeline.agent_boundary("identify"):
                await pipeline.identify(event)

    @app.agent(identified, name="journey", supervisor_strategy=CrashingSupervisor)
    async def journey(batches: StreamT[Batch]) -> None:
        """Deduplicate and sessionize touchpoints, fold them into journey states."""
        async for event in unacknowledged(batches):
            with pipeline.agent_boundary("journey"):
                await pipeline.journey(event)
