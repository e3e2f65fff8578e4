"""The Kafka client edge of the worker: whole batches out, states back in, log identities."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Mapping
from dataclasses import dataclass
from typing import Final, Protocol

from aiokafka import (
    AIOKafkaConsumer,
    AIOKafkaProducer,
    ConsumerRecord,
    TopicPartition,
)
from aiokafka.producer.message_accumulator import BatchBuilder
from kafka.admin import KafkaAdminClient
from msgspec import json

from schemas.progress import Progress
from schemas.settings import Settings
from schemas.topics import IDENTIFIED, PROGRESS, STATES, log_id

BATCH_BYTES: Final = 1 << 20
REQUEST_BYTES: Final = 16 << 20
REQUEST_SECONDS: Final = 30
BOOTSTRAP_MS: Final = 5_000
"""So long one question waits for a first broker to answer at all."""

Pair = tuple[bytes | None, bytes]
Sends = Mapping[tuple[str, int], list[Pair]]
"""Records to send, by topic and partition, as (key, value)."""

_decode_progress = json.Decoder(Progress).decode


class MissingTopicError(RuntimeError):
    """A topic that must exist does not; `parcours topics create` makes them all."""


class NotStartedError(RuntimeError):
    """The producer was asked to send before it was started."""


class Revision(Protocol):
    """Reads the revision of an encoded state."""

    def __call__(self, encoded: bytes, /) -> int:
        """The revision; of two records of a key the higher one is newer."""


class BatchProducer:
    """Sends records in whole batches and says when the broker has them.

    Args:
        settings: broker, compression and idempotence.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._client: AIOKafkaProducer | None = None
        self._lanes: dict[tuple[str, int], _Lane] = {}

    async def start(self) -> None:
        """Connect, where that is not yet done."""
        if self._client is not None:
            return
        settings = self._settings
        compression = None if settings.compression == "none" else settings.compression
        self._client = AIOKafkaProducer(
            bootstrap_servers=settings.kafka_servers,
            acks="all",
            enable_idempotence=settings.idempotence,
            compression_type=compression,
            max_batch_size=BATCH_BYTES,
            max_request_size=REQUEST_BYTES,
            linger_ms=0,
            request_timeout_ms=REQUEST_SECONDS * 1000,
        )
        await self._client.start()

    async def send(self, sends: Sends) -> None:
        """Send records; return when the broker has all of them.

        Args:
            sends: records by topic and partition; their order within one is kept.

        Raises:
            KafkaError: something was not delivered; parts may have been.
            NotStartedError: `start` was never called.
        """
        if self._client is None:
            raise NotStartedError
        delivered = []
        for (topic, partition), pairs in sends.items():
            lane = self._lanes.get((topic, partition))
            if lane is None:
                lane = _Lane(self._client, topic, partition)
                self._lanes[topic, partition] = lane
            delivered.append(lane.put(pairs))
        if delivered:
            await asyncio.gather(*delivered)


class _Lane:
    """What goes to one partition: in turn, and what waits together goes together.

    The client lets one batch a partition wait and makes everybody else try again, in no
    order and with a timeout that shrinks faster than time; here nobody has to try twice.
    """

    def __init__(self, client: AIOKafkaProducer, topic: str, partition: int) -> None:
        self._client = client
        self._topic = topic
        self._partition = partition
        self._waiting: list[tuple[list[Pair], asyncio.Future[None]]] = []
        self._task: asyncio.Task[None] | None = None

    def put(self, pairs: list[Pair]) -> "asyncio.Future[None]":
        delivered = asyncio.get_running_loop().create_future()
        self._waiting.append((pairs, delivered))
        if self._task is None:
            self._task = asyncio.create_task(self._drain())
        return delivered

    async def _drain(self) -> None:
        while self._waiting:
            taken, self._waiting = self._waiting, []
            try:
                await self._send(pair for pairs, _ in taken for pair in pairs)
            except Exception as error:  # noqa: BLE001 it goes to everybody who waits
                for _, delivered in taken:
                    if not delivered.done():
                        delivered.set_exception(error)
            else:
                for _, delivered in taken:
                    if not delivered.done():
                        delivered.set_result(None)
        self._task = None

    async def _send(self, pairs: Iterable[Pair]) -> None:
        acknowledged = [
            await self._client.send_batch(batch, self._topic, partition=self._partition)
            for batch in _batches(self._client, pairs)
        ]
        await asyncio.gather(*acknowledged)


def _batches(client: AIOKafkaProducer, pairs: Iterable[Pair]) -> list[BatchBuilder]:
    batches: list[BatchBuilder] = []
    batch = None
    for key, value in pairs:
        if batch is not None:
            added = batch.append(timestamp=None, key=key, value=value)
            if added is not None:
                continue
        batch = client.create_batch()
        batches.append(batch)
        batch.append(timestamp=None, key=key, value=value)
    for batch in batches:
        batch.close()
    return batches


@dataclass(frozen=True, slots=True)
class TopicFacts:
    """What the broker says of a topic: the identity of its log, and its partitions."""

    log: str
    partitions: int


def topic_facts(servers: str, names: Iterable[str]) -> dict[str, TopicFacts]:
    """Ask the broker for the identity and size of topics.

    Raises:
        MissingTopicError: one of them does not exist.
    """
    admin = KafkaAdminClient(
        bootstrap_servers=servers, bootstrap_timeout_ms=BOOTSTRAP_MS
    )
    try:
        wanted = list(names)
        facts = {
            str(found["name"]): TopicFacts(
                log_id(str(found["topic_id"])), len(found["partitions"])
            )
            for found in admin.describe_topics(wanted)
            if not found["error_code"]
        }
    finally:
        admin.close()
    missing = [name for name in wanted if name not in facts]
    if missing:
        message = f"topic {missing[0]} does not exist; run `parcours topics create`"
        raise MissingTopicError(message)
    return facts


@dataclass(frozen=True, slots=True)
class Restored:
    """What a journey partition was left with.

    Attributes:
        states: key → encoded state.
        progress: where it was left; None for never begun.
        log_start: first offset that the broker still has of its source.
    """

    states: dict[bytes, bytes]
    progress: Progress | None
    log_start: int


async def restore(
    servers: str, partitions: Iterable[int], revision_of: Revision
) -> dict[int, Restored]:
    """Read the states and the progress of journey partitions, from the start to now.

    Args:
        servers: bootstrap servers.
        partitions: the partitions to restore.
        revision_of: decides between two records of one key; a paused worker may have
            written an older one after a newer one.

    Returns:
        What was found, by partition.
    """
    wanted = sorted(partitions)
    if not wanted:
        return {}
    states: dict[int, dict[bytes, bytes]] = {number: {} for number in wanted}
    progress: dict[int, Progress] = {}
    consumer = AIOKafkaConsumer(
        bootstrap_servers=servers,
        enable_auto_commit=False,
        max_partition_fetch_bytes=4 << 20,
        request_timeout_ms=REQUEST_SECONDS * 1000,
    )
    await consumer.start()
    try:
        tps = [TopicPartition(STATES.name, number) for number in wanted]
        tps += [TopicPartition(PROGRESS.name, number) for number in wanted]
        consumer.assign(tps)
        sources = [TopicPartition(IDENTIFIED.name, number) for number in wanted]
        starts = await consumer.beginning_offsets(sources)
        async for tp, records in _to_the_end(consumer, tps):
            if tp.topic == STATES.name:
                _keep(states[tp.partition], records, revision_of)
            else:
                for record in records:
                    progress[tp.partition] = _decode_progress(record.value)
    finally:
        await consumer.stop()
    return {
        tp.partition: Restored(
            states[tp.partition], progress.get(tp.partition), starts[tp]
        )
        for tp in sources
    }


async def _to_the_end(
    consumer: AIOKafkaConsumer, tps: list[TopicPartition]
) -> AsyncIterator[tuple[TopicPartition, list[ConsumerRecord[bytes, bytes]]]]:
    await consumer.seek_to_beginning(*tps)
    ends = await consumer.end_offsets(tps)
    left = {tp for tp in tps if ends[tp] > await consumer.position(tp)}
    while left:
        fetched = await consumer.getmany(*left, timeout_ms=1000)
        for tp, records in fetched.items():
            yield tp, records
        left = {tp for tp in left if await consumer.position(tp) < ends[tp]}


def _keep(
    states: dict[bytes, bytes],
    records: Iterable[ConsumerRecord[bytes, bytes]],
    revision_of: Revision,
) -> None:
    for record in records:
        key, value = record.key, record.value
        if value is None:
            states.pop(key, None)
            continue
        known = states.get(key)
        if known is None or revision_of(value) >= revision_of(known):
            states[key] = value
