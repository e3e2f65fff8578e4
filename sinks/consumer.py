"""The landing, step by step: poll, batch, write, commit, measure.

A batch is gathered while the former one is written. Offsets are committed after the
rows are in the tables, and only save work: what the tables say of themselves (the
high-water marks) is the truth, and the row's identity is the net below it.
"""

from __future__ import annotations

import asyncio
import logging
import time
from math import inf
from typing import TYPE_CHECKING, Final

from sinks.batch import Batch
from sinks.failures import DatabaseError
from sinks.marks import Marks
from sinks.rows import LANDINGS
from sinks.source import RewoundError, SourceError
from sinks.writer import StoppedError

if TYPE_CHECKING:
    from sinks.batch import BatchPolicy
    from sinks.source import Fetched, Place, Source
    from sinks.tally import Pulse, Tally
    from sinks.writer import Writer

POLL_SECONDS: Final = 0.2
PATIENCE_SECONDS: Final = 1.0
"""How long a full batch waits for the former one before fetching is paused."""

REVOKE_SECONDS: Final = 30.0
"""How long a rebalance waits for the batch at hand; then its next owner reads it again."""

PREPARE_SECONDS: Final = 2.0
"""Pause between attempts to ask the tables and the broker at an assignment."""

logger = logging.getLogger(__name__)


class Consumer:
    """One consumer of the sink's topics. Everything but the inserts is on one loop."""

    def __init__(
        self,
        source: Source,
        writer: Writer,
        policy: BatchPolicy,
        tally: Tally,
        pulse: Pulse,
    ) -> None:
        """Put together; `run` does the work.

        Args:
            source: Kafka.
            writer: lands batches.
            policy: when a batch is due.
            tally: what is counted.
            pulse: what the watchdog looks at.
        """
        self._source = source
        self._writer = writer
        self._policy = policy
        self._tally = tally
        self._pulse = pulse
        self._stop = asyncio.Event()
        self._batch = Batch()
        self._writing: asyncio.Task[None] | None = None
        self._took = 0.0
        self._earliest = -inf
        self._turn = asyncio.Lock()
        self._assigned: frozenset[Place] = frozenset()
        self._owned: frozenset[Place] = frozenset()
        self._anew: frozenset[Place] = frozenset()
        self._committed: dict[Place, int] = {}
        self._logs: dict[str, str] = {}
        self._marks = Marks({})

    def stop(self) -> None:
        """Finish what is at hand, then end `run`."""
        self._stop.set()
        self._writer.stop()

    async def run(self) -> None:
        """Read and land until stopped.

        Raises:
            DatabaseError: what trying again cannot help.
            KafkaError: the broker refused something.
        """
        await self._source.start(self)
        try:
            while not self._stop.is_set():
                await self._step()
            await self._flush()
        except StoppedError:
            logger.warning("sink_stopped pending=%d", self._pending)
        finally:
            self._owned = frozenset()
            await self._source.stop()

    async def _step(self) -> None:
        if self._assigned != self._owned or self._anew:
            await self._prepare()
        try:
            room = max(1, self._policy.rows - self._batch.pending)
            wait = min(POLL_SECONDS, max(0.0, self._due_in()))
            found = await self._source.poll(wait, room)  # 1. poll
        except RewoundError as error:
            logger.warning("sink_rewound places=%d", len(error.places))
            self._anew |= error.places
            return
        for fetched in found:
            self._gather(fetched)  # 2. batch
        if self._due_in() <= 0:
            await self._rotate()
        self._look()

    def _due_in(self) -> float:
        return self._batch.due_in(self._policy, time.monotonic(), self._earliest)

    def _gather(self, fetched: Fetched) -> None:
        """Put records into the batch, without those that their table has."""
        place = (fetched.topic, fetched.partition)
        if place not in self._owned:
            return
        landing = LANDINGS[fetched.topic]
        landed = self._marks.landed(landing, fetched.partition, fetched.records)
        if self._batch.since is None:
            self._batch.since = time.monotonic()
        erased = self._batch.add(
            landing,
            self._logs[fetched.topic],
            fetched.partition,
            fetched.records,
            landed,
        )
        self._tally.received(fetched.topic, len(fetched.records))
        if landed:
            self._tally.skipped(landing.table.name, len(landed))
        if erased:
            self._tally.erased(landing.table.name, erased)

    async def _rotate(self) -> None:
        """Begin to write the batch as soon as the former one is written."""
        async with self._turn:
            await self._written()
            if not self._batch.ends:
                return
            batch, self._batch = self._batch, Batch()
            self._writer.pending = batch.pending
            self._earliest = time.monotonic() + self._policy.apart(self._took)
            self._writing = asyncio.create_task(self._land(batch))

    async def _land(self, batch: Batch) -> None:
        started = time.monotonic()
        await self._writer.write(batch)  # 3. write
        if await self._source.commit(batch.ends):  # 4. commit
            self._committed |= batch.ends
        self._took = time.monotonic() - started
        self._tally.written(batch, self._took)  # 5. measure

    async def _written(self) -> None:
        """Wait for the write under way; a long wait pauses the fetching."""
        writing, paused_at = self._writing, None
        while writing is not None and not writing.done():
            await asyncio.wait({writing}, timeout=PATIENCE_SECONDS)
            if paused_at is None and not writing.done():
                paused_at = time.monotonic()
                self._source.pause()
            self._look()
        if paused_at is not None:
            self._source.resume()
            self._tally.paused(time.monotonic() - paused_at)
        self._writing = None
        if writing is not None and not writing.cancelled():
            writing.result()

    async def _flush(self) -> None:
        """Write all that has been read."""
        await self._rotate()
        async with self._turn:
            await self._written()

    async def assigned(self, places: frozenset[Place]) -> None:
        """Note it: what has to be asked first is asked outside of the rebalance."""
        self._tally.rebalanced()
        self._assigned = places
        self._anew = frozenset()

    async def revoked(self, places: frozenset[Place]) -> None:
        """Write what has been read; what that takes too long for is read again."""
        self._owned = self._assigned = frozenset()
        try:
            async with asyncio.timeout(REVOKE_SECONDS):
                await self._flush()
        except (TimeoutError, DatabaseError, StoppedError) as error:
            logger.warning("sink_revoked_unwritten error=%s", type(error).__name__)
            self._drop()
        for place in places:
            self._tally.not_ours(*place)

    def _drop(self) -> None:
        """Forget what has been read: it is not committed, so it will be read again."""
        if self._writing is not None:
            self._writing.cancel()
        self._tally.dropped(self._batch.pending + self._writer.forget())
        self._batch = Batch()

    async def _prepare(self) -> None:
        """Ask the tables how far they are, and set the positions of our partitions.

        A partition of which a table knows nothing is read from its beginning: what is
        committed may count in another log, or the table may have been lost.
        """
        places = self._assigned
        try:
            await self._flush()
            logs = await self._source.logs()
            marks = await self._writer.marks(logs)
            unknown = frozenset(place for place in places if not marks.known(*place))
            starts = await self._source.begin(places, anew=unknown | self._anew)
        except (SourceError, DatabaseError) as error:
            if isinstance(error, DatabaseError) and error.kind == "fatal":
                raise
            await self._not_ready(error)
            return
        if places != self._assigned:
            return
        self._logs, self._marks, self._committed = logs, marks, starts
        self._anew = frozenset()
        self._owned = places
        logger.info("sink_assigned partitions=%d", len(places))

    async def _not_ready(self, error: Exception) -> None:
        logger.warning("sink_not_ready error=%s", error)
        self._tally.failed(error)
        self._pulse.beat()
        await asyncio.sleep(PREPARE_SECONDS)

    @property
    def _pending(self) -> int:
        return self._batch.pending + self._writer.pending

    def _lag(self) -> int:
        """Show and sum what of our partitions is not acknowledged."""
        total = 0
        for place in self._owned:
            end = self._source.end(place)
            if end is not None:
                records = max(0, end - self._committed.get(place, 0))
                self._tally.lag(*place, records)
                total += records
        return total

    def _look(self) -> None:
        """Show where we are, to the metrics and to the watchdog."""
        self._tally.pending(self._pending)
        self._pulse.expect(max(self._pending, self._lag()))
