"""What stands behind the agents: compute a batch, hand its writes over, acknowledge."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Final, TypeAlias, cast

from faust import EventT, Stream, StreamT
from faust.types import TP

from schemas.topics import IDENTIFIED, RAW
from streams.identifying import IdentifyStep, RawRecord
from streams.journeying import JourneyStep
from streams.kafka import BatchProducer
from streams.ownership import Clock, Ownership
from streams.sensors import Sensors
from streams.writes import Write, Writer

Batch: TypeAlias = list[RawRecord]
"""All records of one partition that one fetch returned."""
BACKLOG: Final = 20_000
"""So many touchpoints between the two steps are enough to keep the second one busy."""
SETTLE_SECONDS: Final = 25.0
"""Longer than this no rebalance waits for writes: the group would go on without us."""


class Pipeline:
    """Connects the two steps with the broker; implements `transport.Assignment`.

    Args:
        identify_step: the first step.
        journey_step: the second step.
        ownership: the partitions of this worker.
        producer: sends what the steps emit.
        sensors: metrics.
        clock: wall clock, seconds.
        crash: ends the process on an error that nothing here can mend.
    """

    def __init__(  # noqa: PLR0913 each is one collaborator
        self,
        *,
        identify_step: IdentifyStep,
        journey_step: JourneyStep,
        ownership: Ownership,
        producer: BatchProducer,
        sensors: Sensors,
        clock: Clock,
        crash: Callable[[BaseException], None],
    ) -> None:
        self._identify = identify_step
        self._journey = journey_step
        self._ownership = ownership
        self._producer = producer
        self._sensors = sensors
        self._clock = clock
        self._crash = crash
        self._writers: dict[str, Writer] = {}

    @contextmanager
    def agent_boundary(self, stage: str) -> Iterator[None]:
        """End the process on an error in an agent: nothing may be acknowledged after it."""
        try:
            yield
        except Exception as error:  # noqa: BLE001 the one place where all of them end
            self._sensors.error(stage, error)
            self._crash(error)

    async def identify(self, event: EventT[Batch]) -> None:
        """Compute a raw batch and hand over its writes."""
        partition = event.message.partition
        started = self._clock()
        out = self._identify.compute(partition, cast("Batch", event.value))

        async def acknowledge() -> None:
            event.ack()
            now = self._clock()
            position = self._ownership.raw.get(partition)
            if position is not None:
                position.next_offset = out.next_offset
                position.front = max(position.front, out.front)
                position.active_at = now
            self._sensors.identified(out, started, now)

        write = Write(event.message.tp, out.sends, acknowledge)
        await self._writer("identify").put(write)

    async def journey(self, event: EventT[Batch]) -> None:
        """Fold a batch of touchpoints and hand over its writes."""
        partition = event.message.partition
        started = self._clock()
        outcome, sends = self._journey.compute(partition, cast("Batch", event.value))

        async def acknowledge() -> None:
            event.ack()
            self._sensors.journeyed(outcome, started, self._clock())

        outputs, states, progress = sends
        write = Write(event.message.tp, outputs, acknowledge, states, progress)
        await self._writer("journey").put(write)

    def _writer(self, agent: str) -> Writer:
        # Made where the loop runs, at the first batch.
        writer = self._writers.get(agent)
        if writer is None:
            writer = self._writers[agent] = Writer(
                self._producer.send, self._journey.landed, self._crash
            )
        return writer

    def position(self, tp: TP) -> int | None:
        """Where to read a partition from, where it is not the committed offset."""
        return self._ownership.position(tp)

    def sought(self, offsets: Mapping[TP, int]) -> None:
        """Note where partitions are read from."""
        self._ownership.sought(offsets)

    def ready(self, tps: set[TP]) -> set[TP]:
        """Leave the raw partitions alone while much that came of them is to be folded.

        Else the first step, which is faster, would run through all of a backlog: event
        time, which goes through the same log, would stand still for the second one until
        its end, no session be closed, and every state remember all of its touchpoints.
        """
        ends = self._producer.ends
        backlog = sum(
            max(0, ends.get((IDENTIFIED.name, number), 0) - journeys.next_offset)
            for number, journeys in self._journey.partitions.items()
        )
        if backlog <= BACKLOG:
            return tps
        return {tp for tp in tps if tp.topic != RAW.name}

    async def settle(self, revoked: set[TP]) -> None:
        """Finish the writes of partitions that are about to be taken away."""
        try:
            async with asyncio.timeout(SETTLE_SECONDS):
                await asyncio.gather(
                    *(writer.settle(revoked) for writer in self._writers.values())
                )
        except TimeoutError as error:
            self._crash(error)


async def unacknowledged(batches: StreamT[Batch]) -> AsyncIterator[EventT[Batch]]:
    """The batches of a stream, none of which Faust acknowledges by itself."""
    stream = cast("Stream[Batch]", batches).noack()
    async for event in stream.events():
        yield event
