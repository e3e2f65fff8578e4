"""aiokafka's fetching, leaner and in step; pinned, see tests/contract/test_fetching.py."""

import asyncio
import functools
import time
from typing import Any, Protocol

from aiokafka import AIOKafkaConsumer
from aiokafka.consumer import fetcher


class Record(Protocol):
    """A record as the client's parser makes it."""

    offset: int
    timestamp: int
    key: bytes | None
    value: bytes | None


class LeanRecords(fetcher.PartitionRecords):  # type: ignore[misc] # it has no types
    """Hands out records as they are parsed, not as a dataclass of eleven fields each.

    They have offset, key, value and timestamp, which is all that a batch needs.
    """

    def _consumer_record(self, tp: object, record: Record) -> Record:  # noqa: ARG002
        return record


def use_lean_records() -> None:
    """Let every consumer of this process hand out lean records."""
    fetcher.PartitionRecords = LeanRecords


def pace(consumer: AIOKafkaConsumer, seconds: float) -> None:
    """Let a started consumer send a node one fetch in so many seconds, not one a record.

    A broker answers a fetch as soon as one record is there, so that a steady trickle is
    fetched, computed and written record by record, each at the price of a request. A
    fetch that waits a moment finds them together. Kafka's own `fetch.min.bytes` would do
    the same, but the embedded broker reads its log again and again while it waits.

    Args:
        consumer: started.
        seconds: between the beginnings of two fetches.
    """
    inside = consumer._fetcher  # noqa: SLF001 no other way in
    fetch = inside._proc_fetch_request  # noqa: SLF001
    next_at: dict[int, float] = {}

    @functools.wraps(fetch)
    async def paced(assignment: object, node_id: int, request: object) -> Any:  # noqa: ANN401
        wait = next_at.get(node_id, 0.0) - time.monotonic()
        if wait > 0:
            try:
                await asyncio.sleep(wait)
            except asyncio.CancelledError:
                return False  # as the client itself answers when it is closed
        next_at[node_id] = time.monotonic() + seconds
        return await fetch(assignment, node_id, request)

    inside._proc_fetch_request = paced  # noqa: SLF001
