"""Faust's transport, one message a partition batch: the overrides that make it fast and safe.

Everything here overrides faust-streaming 0.15.3, which is pinned; the contract test
`tests/contract/test_transport.py` fails when an overridden name changes.
docs/decisions/0001-batched-transport.md says what each override mends.
"""

import asyncio
from collections.abc import Iterator, Mapping
from typing import Any, Final, Protocol, cast

import faust
from aiokafka import AIOKafkaConsumer
from faust.transport.drivers import aiokafka as driver
from faust.transport.utils import DefaultSchedulingStrategy
from faust.types import TP, ConsumerMessage

from clients.fetching import pace

COMMIT_ON_REVOKE_SECONDS: Final = 10.0
FETCH_WAIT_MS: Final = 20
LOOK_AGAIN_SECONDS: Final = 0.1
"""While a partition is passed over, a fetch of the others waits no longer for them."""
PACE_SECONDS: Final = 0.03
"""Between two fetches: what a record waits for company, see `clients.fetching.pace`."""


class Assignment(Protocol):
    """What the pipeline tells the transport about its partitions."""

    def position(self, tp: TP) -> int | None:
        """Offset to read from, where it is not the committed one that counts."""

    def sought(self, offsets: Mapping[TP, int]) -> None:
        """Where the partitions are read from now on."""

    def ready(self, tps: set[TP]) -> set[TP]:
        """Those of some partitions that are to be read now."""

    async def settle(self, revoked: set[TP]) -> None:
        """Finish the writes of partitions that are about to be taken away."""


class App(faust.App):
    """A Faust app whose streams carry partition batches.

    Attributes:
        assignment: set before the worker starts.
    """

    assignment: Assignment

    def _new_transport(self) -> "Transport":
        return Transport(self.conf.broker_consumer, self)

    def _create_directories(self) -> None:
        """Make none: they are for tables, and a killed worker would leave them behind."""


class BatchScheduler(DefaultSchedulingStrategy):
    """Hands out all records of a partition that one fetch returned as one message."""

    def iterate(self, records: Mapping[TP, Any]) -> Iterator[tuple[TP, Any]]:
        """Yield partition by partition instead of record by record."""
        for tp, fetched in records.items():
            if fetched:
                yield tp, fetched


class ConsumerThread(driver.AIOKafkaConsumerThread):
    """Seeks every assigned partition, also one that never had a commit; polls briskly."""

    def _create_worker_consumer(self, transport: driver.Transport) -> AIOKafkaConsumer:
        consumer = super()._create_worker_consumer(transport)
        # Faust fixes it at 1500 ms. Partitions that come back into a fetch wait for the
        # one under way, and the embedded broker lets an empty one wait half its time.
        consumer._fetch_max_wait_ms = FETCH_WAIT_MS  # noqa: SLF001 no other way in
        return consumer

    async def on_start(self) -> None:
        """Start the client, then slow its fetches down to batches."""
        await super().on_start()
        pace(self._ensure_consumer(), PACE_SECONDS)

    async def seek_to_committed(self) -> Mapping[TP, int]:
        """Seek to where the pipeline says, else to the committed offset, else to the start."""
        offsets: Mapping[TP, int] = await self.call_thread(self._seek_all)
        return offsets

    async def _seek_all(self) -> dict[TP, int]:
        consumer = self._ensure_consumer()
        assignment = cast("App", self.consumer.app).assignment
        offsets: dict[TP, int] = {}
        for tp in consumer.assignment():
            offset = assignment.position(TP(tp.topic, tp.partition))
            if offset is None:
                offset = await consumer.committed(tp)
            if offset is None:
                await consumer.seek_to_beginning(tp)
                offset = await consumer.position(tp)
            else:
                consumer.seek(tp, offset)
            offsets[TP(tp.topic, tp.partition)] = offset
        assignment.sought(offsets)
        return offsets


class BatchConsumer(driver.Consumer):
    """Turns a fetched batch into one message and commits whole batches."""

    def _new_consumer_thread(self) -> ConsumerThread:
        return ConsumerThread(self, loop=self.loop, beacon=self.beacon)

    async def _getmany(
        self,
        active_partitions: set[TP] | None,
        timeout: float,  # noqa: ASYNC109 as Faust calls it
    ) -> Mapping[TP, Any]:
        """Pass over partitions whose turn it is not; what was fetched of them stays."""
        if not active_partitions:
            return await super()._getmany(active_partitions, timeout)
        ready = cast("App", self.app).assignment.ready(active_partitions)
        if len(ready) < len(active_partitions):
            timeout = min(timeout, LOOK_AGAIN_SECONDS)
        if not ready:
            await asyncio.sleep(timeout)
            return {}
        return await super()._getmany(ready, timeout)

    def _to_message(self, tp: TP, record: Any) -> ConsumerMessage:  # noqa: ANN401
        last = record[-1]
        return ConsumerMessage(
            tp.topic,
            tp.partition,
            last.offset,
            last.timestamp / 1000.0,
            0,
            [],
            None,
            record,
            None,
            0,
            0,
            tp,
            generation_id=self.app.consumer_generation_id,
        )

    async def _add_gap(self, tp: TP, offset_from: int, offset_to: int) -> None:
        """Do nothing: the offsets between two batches' ends are the batch itself."""

    def _new_offset(self, tp: TP) -> int | None:
        """The offset behind the last batch before which everything is acknowledged."""
        acked = self._acked[tp]
        unfinished = min(
            (m.offset for m in self._unacked_messages if m.tp == tp and not m.acked),
            default=None,
        )
        safe = [o for o in acked if unfinished is None or o < unfinished]
        if not safe:
            return None
        top = max(safe)
        self._acked[tp] = [o for o in acked if o > top]
        self._acked_index[tp] = set(self._acked[tp])
        return top + 1

    async def on_partitions_revoked(self, revoked: set[TP]) -> None:
        """Finish and commit before Faust forgets what was acknowledged."""
        await cast("App", self.app).assignment.settle(revoked)
        try:
            await asyncio.wait_for(self.commit(), COMMIT_ON_REVOKE_SECONDS)
        except TimeoutError:
            self.log.warning("commit_on_revoke_timed_out: records will be read again")
        await super().on_partitions_revoked(revoked)


class Transport(driver.Transport):
    """The aiokafka transport with the batching consumer."""

    Consumer = BatchConsumer
