"""Time as records: every few seconds each worker says how far its raw partitions are."""

import asyncio
import logging
from collections.abc import Mapping

from faust.types import TP
from msgspec import json

from schemas.progress import Tick
from schemas.topics import IDENTIFIED, RAW
from streams.journeying import JourneyStep
from streams.kafka import BatchProducer, Pair, TopicFacts
from streams.ownership import Clock, Ownership, RawPosition
from streams.sensors import Sensors
from streams.transport import App

log = logging.getLogger(__name__)
_encode = json.Encoder().encode


def tick_of(
    raw_log: str,
    now: float,
    positions: Mapping[int, RawPosition],
    ends: Mapping[int, int],
) -> Tick:
    """What is known of raw partitions.

    Args:
        raw_log: identity of the raw log.
        now: when `ends` were asked for, epoch seconds.
        positions: how far each partition's outcome is durable.
        ends: end offset of each partition.

    Returns:
        The tick. A partition that is not read to its end is never called idle.
    """
    fronts: dict[int, int] = {}
    idle: dict[int, int] = {}
    for number, position in positions.items():
        if position.front:
            fronts[number] = position.front
        if number in ends and position.next_offset >= ends[number]:
            idle[number] = int((now - position.active_at) * 1000)
    return Tick(raw_log, int(now * 1000), fronts, idle)


class Ticker:
    """Puts ticks into every partition of the identified topic, and reports lags.

    Args:
        ownership: the raw partitions of this worker.
        journey_step: its journey partitions.
        producer: sends the ticks.
        topics: log identity and partitions of the topics.
        sensors: metrics.
        clock: wall clock, seconds.

    Attributes:
        lag: records not yet dealt with, in all partitions, at the last look.
        done: sum of their positions; it stands still where no work is done.
    """

    def __init__(  # noqa: PLR0913 each is one collaborator
        self,
        *,
        ownership: Ownership,
        journey_step: JourneyStep,
        producer: BatchProducer,
        topics: dict[str, TopicFacts],
        sensors: Sensors,
        clock: Clock,
    ) -> None:
        self._ownership = ownership
        self._journey = journey_step
        self._producer = producer
        self._topics = topics
        self._sensors = sensors
        self._clock = clock
        self.lag = 0
        self.done = 0

    async def run(self, app: App, seconds: float) -> None:
        """Tick for ever.

        Args:
            app: the running app.
            seconds: pause between ticks.
        """
        while True:
            await asyncio.sleep(seconds)
            if not app.rebalancing and app.consumer.assignment():
                await self._tick(app)

    async def _tick(self, app: App) -> None:
        now = self._clock()
        tps = app.consumer.assignment()
        listed: Mapping[TP, int] = await app.consumer.highwaters(*tps)
        # The embedded broker lists the end of a log too low, but fetches it right.
        ends = {
            tp: max(end, app.consumer.highwater(tp) or 0) for tp, end in listed.items()
        }
        self._report(ends)
        raw_ends = {
            tp.partition: end for tp, end in ends.items() if tp.topic == RAW.name
        }
        positions = self._ownership.raw
        tick = tick_of(self._topics[RAW.name].log, now, positions, raw_ends)
        if not tick.fronts and not tick.idle:
            return
        pair: Pair = (None, _encode(tick))
        partitions = range(self._topics[IDENTIFIED.name].partitions)
        await self._producer.send({(IDENTIFIED.name, n): [pair] for n in partitions})

    def _report(self, ends: Mapping[TP, int]) -> None:
        behind = at = 0
        for tp, end in ends.items():
            if tp.topic == RAW.name:
                position = self._ownership.raw.get(tp.partition)
                done = position.next_offset if position is not None else end
            else:
                journeys = self._journey.partitions.get(tp.partition)
                done = journeys.next_offset if journeys is not None else end
            lag = max(0, end - done)
            behind += lag
            at += done
            self._sensors.lag(tp.topic, tp.partition, lag)
        self.lag = behind
        self.done = at
        self._sensors.holdings(self._journey.partitions)
