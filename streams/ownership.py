"""Which partitions this worker owns, where it stands in them, and how it takes them over."""

import asyncio
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from faust.types import TP

from schemas.topics import IDENTIFIED, RAW
from streams.journey.encoded import revision_of
from streams.journeying import JourneyStep
from streams.restore import restore
from streams.sensors import Sensors
from streams.transport import App

Clock = Callable[[], float]
log = logging.getLogger(__name__)


@dataclass(slots=True)
class RawPosition:
    """How far this worker got in one raw partition.

    Attributes:
        next_offset: first offset whose outcome is not yet durable.
        front: newest event time among what is durable, epoch milliseconds.
        active_at: when something last happened here, epoch seconds.
    """

    next_offset: int
    front: int
    active_at: float


class Ownership:
    """The partitions of this worker in the present generation of its group.

    Args:
        servers: bootstrap servers, for restoring.
        journey_step: holds the journey partitions.
        sensors: metrics.
        clock: wall clock, seconds.
    """

    def __init__(
        self, servers: str, journey_step: JourneyStep, sensors: Sensors, clock: Clock
    ) -> None:
        self._servers = servers
        self._journey = journey_step
        self._sensors = sensors
        self._clock = clock
        self._generation = -1
        self.raw: dict[int, RawPosition] = {}

    def position(self, tp: TP) -> int | None:
        """Where to read on: a journey partition knows it better than its group does."""
        if tp.topic != IDENTIFIED.name:
            return None
        journeys = self._journey.partitions.get(tp.partition)
        return None if journeys is None else journeys.next_offset

    def sought(self, offsets: Mapping[TP, int]) -> None:
        """Note where the raw partitions are read from."""
        now = self._clock()
        known = self.raw
        self.raw = {}
        for tp, offset in offsets.items():
            if tp.topic == RAW.name:
                before = known.get(tp.partition)
                front = before.front if before is not None else 0
                self.raw[tp.partition] = RawPosition(offset, front, now)

    async def take_over(self, app: App) -> None:
        """Restore the journey partitions that are new here; drop those that left.

        A partition is kept only from one generation to the very next: in between
        nobody else can have owned it.
        """
        generation = app.consumer_generation_id
        assigned = {
            tp.partition
            for tp in app.consumer.assignment()
            if tp.topic == IDENTIFIED.name
        }
        held = self._journey.partitions
        kept = assigned & set(held) if generation == self._generation + 1 else set()
        self._journey.release_but(kept)
        started = self._clock()
        stores = await self._journey.open(assigned - kept)
        restored = await restore(self._servers, stores, revision_of)
        for number, found in restored.items():
            if app.consumer_generation_id != generation:
                log.info("restore_abandoned generation=%s", generation)
                return
            self._journey.adopt(number, found)
            await asyncio.sleep(0)
        if app.consumer_generation_id != generation:
            return
        self._generation = generation
        seconds = self._clock() - started
        persons = sum(len(store) for store in stores.values())
        self._sensors.restored(seconds, self._journey.partitions)
        log.info(
            "partitions_taken_over generation=%s assigned=%s restored=%s states=%s "
            "read=%s seconds=%.2f",
            generation,
            len(assigned),
            len(restored),
            persons,
            sum(found.read for found in restored.values()),
            seconds,
        )
