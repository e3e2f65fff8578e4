"""The Kafka edge of the sink: whole fetches in, offsets and dead letters out."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Protocol

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.abc import ConsumerRebalanceListener
from aiokafka.errors import (
    KafkaError,
    NoOffsetForPartitionError,
    OffsetOutOfRangeError,
)
from kafka import KafkaAdminClient
from kafka.errors import KafkaError as AdminError

from clients.fetching import pace
from schemas.topics import DEAD_LETTERS, MAX_RECORD_BYTES, log_id

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from schemas.settings import Settings
    from sinks.batch import Record

GROUP: Final = "parcours-sink"
FETCH_RECORDS: Final = 10_000
"""Records handed over at once: what the event loop may be busy with in one go."""

_FETCH_WAIT_MS: Final = 250
_PACE_SECONDS: Final = 0.2
# Only the client counts it, and it would leave the group while a long outage of the
# database keeps the sink paused; the watchdog is what notices a hang.
_MAX_POLL_INTERVAL_MS: Final = 10_000_000
_ADMIN_MS: Final = 10_000

Place = tuple[str, int]
"""Topic and partition."""

logger = logging.getLogger(__name__)


class SourceError(RuntimeError):
    """Kafka does not answer, or lacks what the sink needs; the message says which."""


class RewoundError(RuntimeError):
    """Offsets that the sink stands at are not in the log: it is another one, or cut."""

    def __init__(self, places: Iterable[Place]) -> None:
        """Say where."""
        self.places = frozenset(places)
        super().__init__(f"no such offsets in {sorted(self.places)}")


class Owner(Protocol):
    """Who is told of assignments; both are awaited."""

    async def assigned(self, places: frozenset[Place]) -> None:
        """These partitions are ours from now on, and no others."""

    async def revoked(self, places: frozenset[Place]) -> None:
        """These are about to be taken away: finish what is read of them."""


@dataclass(frozen=True, slots=True)
class Fetched:
    """Records of one partition, in the order of their offsets; at least one."""

    topic: str
    partition: int
    records: Sequence[Record]


class Source:
    """The consumer of the sink's topics, and the producer of its dead letters."""

    def __init__(self, settings: Settings, topics: Sequence[str]) -> None:
        """Prepare; `start` connects.

        Args:
            settings: broker, group session, compression, idempotence.
            topics: what to read.
        """
        self._settings = settings
        self._topics = tuple(topics)
        session_ms = int(settings.group_session_seconds * 1000)
        self._consumer = AIOKafkaConsumer(
            bootstrap_servers=settings.kafka_servers,
            group_id=GROUP,
            enable_auto_commit=False,
            # Every position is set on purpose; a wrong one is an error, not a jump.
            auto_offset_reset="none",
            session_timeout_ms=session_ms,
            heartbeat_interval_ms=session_ms // 4,
            rebalance_timeout_ms=max(session_ms, 60_000),
            max_poll_interval_ms=_MAX_POLL_INTERVAL_MS,
            fetch_max_wait_ms=_FETCH_WAIT_MS,
        )
        compression = None if settings.compression == "none" else settings.compression
        self._producer = AIOKafkaProducer(
            bootstrap_servers=settings.kafka_servers,
            acks="all",
            enable_idempotence=settings.idempotence,
            compression_type=compression,
            max_request_size=2 * MAX_RECORD_BYTES,
        )

    async def start(self, owner: Owner) -> None:
        """Connect, and join the group.

        Raises:
            SourceError: no broker answers.
        """
        try:
            await self._consumer.start()
            # Batches gather for a while: fewer fetches find as many records.
            pace(self._consumer, _PACE_SECONDS)
            await self._producer.start()
        except KafkaError as error:
            message = f"Kafka does not answer: {error}"
            raise SourceError(message) from error
        self._consumer.subscribe(self._topics, listener=_Listener(owner))

    async def stop(self) -> None:
        """Leave the group and disconnect."""
        await self._consumer.stop()
        await self._producer.stop()

    async def logs(self) -> dict[str, str]:
        """Identity of each topic's log.

        Raises:
            SourceError: Kafka does not answer, or a topic does not exist.
        """
        return await asyncio.to_thread(
            _logs, self._settings.kafka_servers, self._topics
        )

    async def begin(
        self, places: Iterable[Place], *, anew: frozenset[Place]
    ) -> dict[Place, int]:
        """Set the positions of assigned partitions.

        Args:
            places: all of them; each starts at its committed offset if it has one.
            anew: those that start at the beginning of the log whatever is committed.

        Returns:
            Their positions.

        Raises:
            SourceError: the assignment changed meanwhile, or Kafka does not answer.
        """
        try:
            await self._position(frozenset(places), anew)
            return {
                p: await self._consumer.position(TopicPartition(*p)) for p in places
            }
        except KafkaError as error:
            message = f"no positions: {type(error).__name__}"
            raise SourceError(message) from error

    async def _position(self, places: frozenset[Place], anew: frozenset[Place]) -> None:
        rest = [TopicPartition(*place) for place in places - anew]
        offsets = await asyncio.gather(*(self._consumer.committed(at) for at in rest))
        first = [TopicPartition(*place) for place in anew & places]
        for at, offset in zip(rest, offsets, strict=True):
            if offset is None:
                first.append(at)
            else:
                self._consumer.seek(at, offset)
        if first:
            await self._consumer.seek_to_beginning(*first)

    async def poll(self, seconds: float, most: int) -> list[Fetched]:
        """At most so many records that have arrived, or none after so many seconds.

        Raises:
            RewoundError: see there.
        """
        try:
            found = await self._consumer.getmany(
                timeout_ms=int(seconds * 1000), max_records=min(most, FETCH_RECORDS)
            )
        except NoOffsetForPartitionError:
            # The client looked before `begin` had set the position.
            return []
        except OffsetOutOfRangeError as error:
            raise RewoundError(_places(error.args[0])) from error
        return [
            Fetched(at.topic, at.partition, records)
            for at, records in found.items()
            if records
        ]

    async def commit(self, ends: Mapping[Place, int]) -> bool:
        """Commit offsets; whether the broker took them.

        A commit that fails is no loss: the next one covers it, or the next owner of
        the partitions asks the tables what they have.
        """
        try:
            await self._consumer.commit(
                {TopicPartition(*place): end for place, end in ends.items()}
            )
        except KafkaError as error:
            logger.warning("sink_commit_failed error=%s", type(error).__name__)
            return False
        return True

    def pause(self) -> None:
        """Fetch nothing until `resume`; the group membership stays."""
        self._consumer.pause(*self._consumer.assignment())

    def resume(self) -> None:
        """Fetch again."""
        self._consumer.resume(*self._consumer.assignment())

    def end(self, place: Place) -> int | None:
        """End of a partition as the last fetch told it; None before that."""
        at = TopicPartition(*place)
        if at not in self._consumer.assignment():
            return None
        end: int | None = self._consumer.highwater(at)
        return end

    async def bury(self, letter: bytes, partition: int) -> None:
        """Send one dead letter; return when the broker has it.

        Args:
            letter: an encoded `schemas.failure.DeadLetter`.
            partition: of the refused record; decides the letter's own.

        Raises:
            KafkaError: not delivered.
        """
        partitions = await self._producer.partitions_for(DEAD_LETTERS.name)
        await self._producer.send_and_wait(
            DEAD_LETTERS.name, letter, partition=partition % len(partitions)
        )


class _Listener(ConsumerRebalanceListener):  # type: ignore[misc]
    """Passes assignments on, without the client's types."""

    def __init__(self, owner: Owner) -> None:
        self._owner = owner

    async def on_partitions_assigned(self, assigned: Iterable[TopicPartition]) -> None:
        """Pass on."""
        await self._owner.assigned(_places(assigned))

    async def on_partitions_revoked(self, revoked: Iterable[TopicPartition]) -> None:
        """Pass on."""
        await self._owner.revoked(_places(revoked))


def _places(found: Iterable[TopicPartition]) -> frozenset[Place]:
    return frozenset((at.topic, at.partition) for at in found)


def _logs(servers: str, topics: Sequence[str]) -> dict[str, str]:
    try:
        admin = KafkaAdminClient(
            bootstrap_servers=servers.split(","), bootstrap_timeout_ms=_ADMIN_MS
        )
        try:
            described = admin.describe_topics(list(topics))
        finally:
            admin.close()
    except AdminError as error:
        message = f"Kafka does not answer: {error}"
        raise SourceError(message) from error
    found = {
        topic["name"]: log_id(str(topic["topic_id"]))
        for topic in described
        if not topic["error_code"]
    }
    absent = sorted(set(topics) - set(found))
    if absent:
        message = (
            f"there is no topic {absent[0]}; make it with `parcours topics create`"
        )
        raise SourceError(message)
    return found
