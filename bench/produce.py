"""Put generated records on a topic: as fast as it goes, or open-loop at a rate.

Runs inside the benchmark to fill a topic, or beside it as a process:
`python -m bench.produce '{"servers": …}'` (a `Load` in JSON), which prints a `Sent`.
"""

import asyncio
import sys
import time
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec
from aiokafka import AIOKafkaProducer
from kafka.partitioner import murmur2

from bench.generate import Record, read

if TYPE_CHECKING:
    from aiokafka.producer.message_accumulator import BatchBuilder

BATCH_BYTES: Final = 512 * 1024
IN_FLIGHT: Final = 16
TICK_SECONDS: Final = 0.02
TIMEOUT_MS: Final = 30_000


class Load(msgspec.Struct):
    """What to send where.

    Attributes:
        servers: `host:port`.
        topic: where to.
        partitions: how many it has.
        file: made by `bench.generate.cached`.
        skip: records at its beginning that are not sent.
        count: records that are sent at most; the file may have fewer.
        rate: records a second; None for as fast as it goes.
    """

    servers: str
    topic: str
    partitions: int
    file: str
    skip: int = 0
    count: int | None = None
    rate: int | None = None


class Sent(msgspec.Struct):
    """What was sent; times are Unix seconds.

    Attributes:
        behind_seconds: at most this long after its time a record was handed over;
            an open-loop load that fell behind much was not the load it claims to be.
        cpu_seconds: CPU time of the whole process so far.
    """

    records: int
    started_at: float
    ended_at: float
    behind_seconds: float = 0.0
    cpu_seconds: float = 0.0


class _Partitions:
    """One batch under construction for each partition."""

    def __init__(self, producer: AIOKafkaProducer, load: Load) -> None:
        self._producer = producer
        self._topic = load.topic
        self._count = load.partitions
        self._chosen: dict[bytes, int] = {}
        self._open: dict[int, BatchBuilder] = {}
        self._waiting: set[asyncio.Future[object]] = set()

    async def add(self, key: bytes, value: bytes, time_ms: int) -> None:
        partition = self._chosen.get(key)
        if partition is None:
            partition = (murmur2(key) & 0x7FFFFFFF) % self._count
            self._chosen[key] = partition
        batch = self._open.get(partition)
        if batch is None:
            batch = self._open[partition] = self._producer.create_batch()
        if batch.append(key=key, value=value, timestamp=time_ms) is None:
            await self._send(partition)
            batch = self._open[partition] = self._producer.create_batch()
            batch.append(key=key, value=value, timestamp=time_ms)

    async def send_all(self) -> None:
        for partition in list(self._open):
            await self._send(partition)

    async def finish(self) -> None:
        await self.send_all()
        await asyncio.gather(*self._waiting)

    async def _send(self, partition: int) -> None:
        batch = self._open.pop(partition)
        batch.close()
        future = await self._producer.send_batch(
            batch, self._topic, partition=partition
        )
        self._waiting.add(future)
        if len(self._waiting) >= IN_FLIGHT:
            done, self._waiting = await asyncio.wait(
                self._waiting, return_when=asyncio.FIRST_COMPLETED
            )
            for future in done:
                future.result()


def fill(load: Load) -> Sent:
    """Send what `load` says, and wait until the broker has it all."""
    return asyncio.run(_send(load))


async def _send(load: Load) -> Sent:
    producer = AIOKafkaProducer(
        bootstrap_servers=load.servers,
        max_batch_size=BATCH_BYTES,
        max_request_size=8 * BATCH_BYTES,
        request_timeout_ms=TIMEOUT_MS,
    )
    await producer.start()
    try:
        partitions = _Partitions(producer, load)
        end = None if load.count is None else load.skip + load.count
        records = islice(read(Path(load.file), end), load.skip, None)
        if load.rate is None:
            return await _at_once(records, partitions)
        return await _at_rate(records, partitions, load.rate)
    finally:
        await producer.stop()


async def _at_once(records: Iterator[Record], partitions: _Partitions) -> Sent:
    started_at = time.time()
    number = 0
    for key, value in records:
        number += 1
        await partitions.add(key, value, int(time.time() * 1000))
    await partitions.finish()
    return Sent(number, started_at, time.time())


async def _at_rate(
    records: Iterator[Record], partitions: _Partitions, rate: int
) -> Sent:
    """Each record carries the time at which it was due, sent late or not."""
    started_at = time.time()
    number, behind = 0, 0.0
    for key, value in records:
        due = started_at + number / rate
        number += 1
        now = time.time()
        if due > now:
            await partitions.send_all()
            await asyncio.sleep(due + TICK_SECONDS - now)
        else:
            behind = max(behind, now - due)
        await partitions.add(key, value, int(due * 1000))
    await partitions.finish()
    return Sent(number, started_at, time.time(), behind)


if __name__ == "__main__":
    sent = fill(msgspec.json.decode(sys.argv[1], type=Load))
    sent.cpu_seconds = time.process_time()
    sys.stdout.buffer.write(msgspec.json.encode(sent) + b"\n")
