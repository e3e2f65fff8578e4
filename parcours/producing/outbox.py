"""Hands chunks of raw records to the broker, and waits for a broker that is away."""

import asyncio
import contextlib
import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, Self
from zlib import crc32

from aiokafka.errors import (
    ClusterAuthorizationFailedError,
    InvalidTopicError,
    KafkaError,
    MessageSizeTooLargeError,
    RecordListTooLargeError,
    TopicAuthorizationFailedError,
)

from parcours import kafka_admin
from parcours.kafka_admin import BrokerError
from parcours.producing.producer import Producer
from schemas.settings import Settings
from schemas.topics import RAW
from streams.kafka import MissingTopicError, topic_facts
from streams.partition import partition_of

Pair = tuple[bytes | None, bytes]

QUIET_SECONDS: Final = 3.0
"""A chunk that the broker has not taken by then is worth a word."""
PAUSE_SECONDS: Final = 0.5
CLOSE_SECONDS: Final = 5.0
# A broker that came back empty has no topics for a moment.
AWAY: Final = (KafkaError, BrokerError, MissingTopicError, OSError)
REFUSED: Final = (
    ClusterAuthorizationFailedError,
    InvalidTopicError,
    MessageSizeTooLargeError,
    RecordListTooLargeError,
    TopicAuthorizationFailedError,
)
"""No waiting helps."""
# The client logs every failed attempt; we say once that nobody answers.
logging.getLogger("aiokafka").setLevel(logging.CRITICAL)


@dataclass(frozen=True)
class Patience:
    """How long to wait for a broker that is away, and who is told of it.

    Attributes:
        seconds: of one absence, at most; 0 for not at all.
        away: told once an absence: for how many seconds nothing has been taken.
        back: told how many seconds it lasted.
    """

    seconds: float = 0.0
    away: Callable[[float], None] = lambda _: None
    back: Callable[[float], None] = lambda _: None


class Outbox:
    """Sends one chunk after the other, for the time of an `async with`.

    A chunk that was not taken is sent again, as a whole: what the broker had of it comes
    twice then, and is counted as a duplicate later.

    Args:
        settings: broker, compression, idempotence.
        patience: with a broker that is away, once it has answered.

    Attributes:
        lost_seconds: spent waiting.
    """

    def __init__(self, settings: Settings, patience: Patience) -> None:
        self._settings = settings
        self._patience = patience
        self._producer: Producer | None = None
        self._partitions = 0
        self.lost_seconds = 0.0

    async def __aenter__(self) -> Self:
        """Connect; a broker that never answered is not waited for."""
        await self._connect()
        return self

    async def __aexit__(self, *_exc: object) -> None:
        """Disconnect; what is under way is finished, unless the broker is away."""
        await self._disconnect()

    async def send(self, chunk: Sequence[Pair]) -> None:
        """Send a chunk; return when the broker has it.

        Raises:
            BrokerError: it was away for longer than is waited for.
            KafkaError: it refused the chunk; or it is away, and nobody waits.
        """
        patience, began = self._patience, time.monotonic()
        if not patience.seconds:
            await self._attempt(chunk)
            return
        loop = asyncio.get_running_loop()
        notice = loop.call_later(QUIET_SECONDS, patience.away, QUIET_SECONDS)
        try:
            async with asyncio.timeout(patience.seconds):
                await self._until_taken(chunk)
        except TimeoutError:
            message = (
                f"the broker on {self._settings.kafka_servers} has taken nothing for "
                f"{patience.seconds:g} s"
            )
            raise BrokerError(message) from None
        finally:
            notice.cancel()
        seconds = time.monotonic() - began
        if seconds > QUIET_SECONDS:
            self.lost_seconds += seconds
            patience.back(seconds)

    async def _until_taken(self, chunk: Sequence[Pair]) -> None:
        while True:
            try:
                await self._attempt(chunk)
            except REFUSED:
                raise
            except AWAY:
                pass
            else:
                return
            await self._disconnect()
            await asyncio.sleep(PAUSE_SECONDS)

    async def _attempt(self, chunk: Sequence[Pair]) -> None:
        producer = self._producer or await self._connect()
        await producer.send(_spread(chunk, self._partitions))

    async def _connect(self) -> Producer:
        servers = self._settings.kafka_servers
        if not await asyncio.to_thread(kafka_admin.answers, servers):
            message = f"no Kafka broker answers on {servers}"
            raise BrokerError(message)
        facts = await asyncio.to_thread(topic_facts, servers, [RAW.name])
        self._partitions = facts[RAW.name].partitions
        self._producer = producer = Producer(self._settings)
        await producer.start()
        return producer

    async def _disconnect(self) -> None:
        producer, self._producer = self._producer, None
        if producer is not None:
            with contextlib.suppress(TimeoutError, *AWAY):
                async with asyncio.timeout(CLOSE_SECONDS):
                    await producer.stop()


def _spread(
    chunk: Sequence[Pair], partitions: int
) -> dict[tuple[str, int], list[Pair]]:
    spread: dict[tuple[str, int], list[Pair]] = {}
    for pair in chunk:
        key, value = pair
        # Without a key it still has one place, wherever it is sent from.
        place = partition_of(key, partitions) if key else crc32(value) % partitions
        spread.setdefault((RAW.name, place), []).append(pair)
    return spread
