"""Sends raw touchpoints in whole batches, at full speed or at a given rate."""

import asyncio
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from aiokafka.errors import KafkaError

from parcours.kafka_admin import BrokerError
from parcours.producing.outbox import Outbox, Pair, Patience
from parcours.producing.table import Refused
from schemas.settings import Settings
from schemas.topics import MAX_RECORD_BYTES

CHUNK_RECORDS: Final = 5_000
# What Kafka adds to the bytes of a key and a value.
RECORD_OVERHEAD_BYTES: Final = 1_024
CHUNKS_A_SECOND: Final = 20
REFUSALS_KEPT: Final = 20
AT_ONCE: Final = Patience()


@dataclass
class Tally:
    """What was produced, and what was not.

    Attributes:
        rows: rows of mapped files, or lines, or touchpoints of another origin.
        sent: touchpoints that the broker has.
        bytes: of their values.
        blank: empty lines.
        types: touchpoints by type; of mapped files only.
        grouped: rows that are in them.
        skipped: rows left out by a rule of the mapping, by its reason.
        refused: rows of which nothing could be made.
        refusals: the first of them.
        seconds: how long it took.
    """

    rows: int = 0
    sent: int = 0
    bytes: int = 0
    blank: int = 0
    types: dict[str, int] = field(default_factory=dict)
    grouped: int = 0
    skipped: dict[str, int] = field(default_factory=dict)
    refused: int = 0
    refusals: list[Refused] = field(default_factory=list)
    seconds: float = 0.0

    def refuse(self, refused: Refused) -> None:
        """Count rows of which nothing was made; the first few are remembered."""
        self.refused += refused.rows
        if len(self.refusals) < REFUSALS_KEPT:
            self.refusals.append(refused)

    @property
    def per_second(self) -> float:
        """Touchpoints a second."""
        return self.sent / self.seconds if self.seconds else 0.0


async def send_all(  # noqa: PLR0913 - one for each option of the command
    settings: Settings,
    pairs: Iterator[Pair],
    tally: Tally,
    *,
    rate: float | None = None,
    progress: Callable[[], None] = lambda: None,
    patience: Patience = AT_ONCE,
) -> None:
    """Send raw records; return when the broker has them all.

    Records of one key keep their order. While one chunk is under way the next is made.

    Args:
        settings: broker, compression, idempotence.
        pairs: (key, value) of each record.
        tally: takes up the counts.
        rate: touchpoints a second at most.
        progress: called after every chunk.
        patience: with a broker that is away.

    Raises:
        BrokerError: something was not delivered; what was sent before has been.
    """
    size = CHUNK_RECORDS
    if rate:
        size = max(1, min(size, int(rate / CHUNKS_A_SECOND)))
    began = time.monotonic()
    try:
        async with Outbox(settings, patience) as outbox:
            under_way = asyncio.create_task(_nothing())
            handed = 0
            while chunk := await asyncio.to_thread(_take, pairs, size, tally):
                await under_way
                under_way = asyncio.create_task(_send(outbox, chunk, tally, progress))
                handed += len(chunk)
                if rate:
                    due = began + outbox.lost_seconds + handed / rate
                    await asyncio.sleep(due - time.monotonic())
            await under_way
    except KafkaError as error:
        message = f"not all could be sent: {error}"
        raise BrokerError(message) from error
    finally:
        tally.seconds += time.monotonic() - began


async def _send(
    outbox: Outbox, chunk: Sequence[Pair], tally: Tally, progress: Callable[[], None]
) -> None:
    await outbox.send(chunk)
    tally.sent += len(chunk)
    tally.bytes += sum(len(value) for _, value in chunk)
    progress()


def _take(pairs: Iterator[Pair], size: int, tally: Tally) -> list[Pair]:
    chunk: list[Pair] = []
    for key, value in pairs:
        if len(value) + len(key or b"") > MAX_RECORD_BYTES - RECORD_OVERHEAD_BYTES:
            tally.refuse(Refused(tally.rows, "it is larger than a record may be"))
            continue
        chunk.append((key, value))
        if len(chunk) == size:
            break
    return chunk


async def _nothing() -> None:
    """Stands for the chunk before the first."""
