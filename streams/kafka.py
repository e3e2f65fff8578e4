"""The Kafka client edge of the worker: whole batches out, log identities."""

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import accumulate
from typing import Final

from aiokafka import AIOKafkaProducer
from aiokafka.producer.message_accumulator import BatchBuilder
from kafka.admin import KafkaAdminClient

from schemas.settings import Settings
from schemas.topics import log_id
from streams.store.states import Span

BATCH_BYTES: Final = 1 << 20
REQUEST_BYTES: Final = 16 << 20
REQUEST_SECONDS: Final = 30
BOOTSTRAP_MS: Final = 5_000
"""So long one question waits for a first broker to answer at all."""

Pair = tuple[bytes | None, bytes]
Sends = Mapping[tuple[str, int], list[Pair]]
"""Records to send, by topic and partition, as (key, value)."""
Spans = dict[tuple[str, int], Span | None]
"""Where records came to stand, by topic and partition; None where that is not known."""


class MissingTopicError(RuntimeError):
    """A topic that must exist does not; `parcours topics create` makes them all."""


class NotStartedError(RuntimeError):
    """The producer was asked to send before it was started."""


class BatchProducer:
    """Sends records in whole batches and says when the broker has them.

    Args:
        settings: broker, compression and idempotence.

    Attributes:
        ends: behind what was last sent to a partition of a topic: its next offset.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._client: AIOKafkaProducer | None = None
        self._lanes: dict[tuple[str, int], _Lane] = {}
        self.ends: dict[tuple[str, int], int] = {}

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

    async def send(self, sends: Sends) -> Spans:
        """Send records; return when the broker has all of them.

        Args:
            sends: records by topic and partition; their order within one is kept.

        Returns:
            Where they stand.

        Raises:
            KafkaError: something was not delivered; parts may have been.
            NotStartedError: `start` was never called.
        """
        if self._client is None:
            raise NotStartedError
        delivered: list[asyncio.Future[Span | None]] = []
        for (topic, partition), pairs in sends.items():
            lane = self._lanes.get((topic, partition))
            if lane is None:
                lane = _Lane(self._client, topic, partition)
                self._lanes[topic, partition] = lane
            delivered.append(lane.put(pairs))
        spans = dict(zip(sends, await asyncio.gather(*delivered), strict=True))
        self.ends |= {to: span.next for to, span in spans.items() if span is not None}
        return spans


class _Lane:
    """What goes to one partition: in turn, and what waits together goes together.

    The client lets one batch a partition wait and makes everybody else try again, in no
    order and with a timeout that shrinks faster than time; here nobody has to try twice.
    """

    def __init__(self, client: AIOKafkaProducer, topic: str, partition: int) -> None:
        self._client = client
        self._topic = topic
        self._partition = partition
        self._waiting: list[tuple[list[Pair], asyncio.Future[Span | None]]] = []
        self._task: asyncio.Task[None] | None = None

    def put(self, pairs: list[Pair]) -> "asyncio.Future[Span | None]":
        delivered: asyncio.Future[Span | None]
        delivered = asyncio.get_running_loop().create_future()
        self._waiting.append((pairs, delivered))
        if self._task is None:
            self._task = asyncio.create_task(self._drain())
        return delivered

    async def _drain(self) -> None:
        while self._waiting:
            taken, self._waiting = self._waiting, []
            try:
                first = await self._send([pair for pairs, _ in taken for pair in pairs])
            except Exception as error:  # noqa: BLE001 it goes to everybody who waits
                for _, delivered in taken:
                    if not delivered.done():
                        delivered.set_exception(error)
            else:
                for pairs, delivered in taken:
                    span = None
                    if first is not None:
                        span = Span(first, first + len(pairs))
                        first = span.next
                    if not delivered.done():
                        delivered.set_result(span)
        self._task = None

    async def _send(self, pairs: list[Pair]) -> int | None:
        """Send records; the offset of the first, if they stand one after the other."""
        batches = _batches(self._client, pairs)
        if not batches:
            return None
        acknowledged = [
            await self._client.send_batch(batch, self._topic, partition=self._partition)
            for batch in batches
        ]
        offsets = [found.offset for found in await asyncio.gather(*acknowledged)]
        sizes = [batch.record_count() for batch in batches]
        expected = list(accumulate(sizes, initial=offsets[0]))
        return offsets[0] if offsets == expected[:-1] and offsets[0] >= 0 else None


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
