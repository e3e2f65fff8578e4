"""What a worker finds of the partitions that come to it: states back in, progress."""

import logging
from collections import Counter
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from msgspec import json

from schemas.progress import Progress
from schemas.topics import IDENTIFIED, PROGRESS, STATES
from streams.kafka import REQUEST_SECONDS
from streams.store.states import StateStore

FETCH_BYTES: Final = 4 << 20
FETCH_MS: Final = 50
"""So long an answer waits where a partition has nothing more: at the end most have not."""

log = logging.getLogger(__name__)
_decode_progress: Final = json.Decoder(Progress).decode


class Revision(Protocol):
    """Reads the revision of an encoded state."""

    def __call__(self, encoded: bytes, /) -> int:
        """The revision; of two records of a key the higher one is newer."""


@dataclass(frozen=True, slots=True)
class Restored:
    """What a journey partition was left with, besides its states.

    Attributes:
        progress: where it was left; None for never begun.
        log_start: first offset that the broker still has of its source.
        read: records of the topic of states that were read.
    """

    progress: Progress | None
    log_start: int
    read: int


async def restore(
    servers: str, stores: Mapping[int, StateStore], revision_of: Revision
) -> dict[int, Restored]:
    """Read the states and the progress of journey partitions up to now.

    Args:
        servers: bootstrap servers.
        stores: of the partitions to restore, by number; what they do not hold yet is
            read from the topic and put into them.
        revision_of: decides between two records of one key; a paused worker may have
            written an older one after a newer one.

    Returns:
        What was found, by partition.
    """
    wanted = sorted(stores)
    if not wanted:
        return {}
    progress: dict[int, Progress] = {}
    read: Counter[int] = Counter()
    consumer = AIOKafkaConsumer(
        bootstrap_servers=servers,
        enable_auto_commit=False,
        max_partition_fetch_bytes=FETCH_BYTES,
        fetch_max_wait_ms=FETCH_MS,
        request_timeout_ms=REQUEST_SECONDS * 1000,
    )
    await consumer.start()
    try:
        tps = [TopicPartition(STATES.name, number) for number in wanted]
        tps += [TopicPartition(PROGRESS.name, number) for number in wanted]
        consumer.assign(tps)
        sources = [TopicPartition(IDENTIFIED.name, number) for number in wanted]
        starts = await consumer.beginning_offsets(sources)
        held = {
            TopicPartition(STATES.name, number): store
            for number, store in stores.items()
        }
        async for tp, records in _to_the_end(consumer, tps, held):
            if tp.topic == STATES.name:
                read[tp.partition] += len(records)
                _keep(stores[tp.partition], records, revision_of)
            else:
                for record in records:
                    progress[tp.partition] = _decode_progress(record.value)
    finally:
        await consumer.stop()
    return {
        tp.partition: Restored(
            progress.get(tp.partition), starts[tp], read[tp.partition]
        )
        for tp in sources
    }


async def _to_the_end(
    consumer: AIOKafkaConsumer,
    tps: list[TopicPartition],
    stores: Mapping[TopicPartition, StateStore],
) -> AsyncIterator[tuple[TopicPartition, list[ConsumerRecord[bytes, bytes]]]]:
    await consumer.seek_to_beginning(*tps)
    ends = await consumer.end_offsets(tps)
    for tp, store in stores.items():
        if store.mark > ends[tp] and store.mark > await _end(consumer, tp, ends[tp]):
            log.warning("states_ahead_of_topic partition=%s", tp.partition)
            store.clear()
            await consumer.seek_to_beginning(tp)
        if store.mark > await consumer.position(tp):
            consumer.seek(tp, store.mark)
    left = {tp for tp in tps if ends[tp] > await consumer.position(tp)}
    while left:
        fetched = await consumer.getmany(*left, timeout_ms=1000)
        for tp, records in fetched.items():
            yield tp, records
        left = {tp for tp in left if await consumer.position(tp) < ends[tp]}


async def _end(consumer: AIOKafkaConsumer, tp: TopicPartition, told: int) -> int:
    """Where a partition ends; the embedded broker tells one behind where its last batch begins."""
    if not told:
        return 0
    consumer.seek(tp, told - 1)
    # A fetch that was under way before does not count: its answer may come first.
    while consumer.highwater(tp) is None:
        await consumer.getmany(tp, timeout_ms=1000)
    return max(told, int(consumer.highwater(tp)))


def _keep(
    store: StateStore,
    records: Sequence[ConsumerRecord[bytes, bytes]],
    revision_of: Revision,
) -> None:
    found: dict[bytes, bytes | None] = {}
    for record in records:
        key, value = record.key, record.value
        if value is not None:
            known = found[key] if key in found else store.get(key)
            if known is not None and revision_of(value) < revision_of(known):
                continue
        found[key] = value
    store.restored(found.items(), records[-1].offset + 1)
