"""Rows that cannot land: each becomes a dead letter."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import msgspec

from schemas.failure import DeadLetter

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from sinks.batch import Refused

LARGE_BYTES: Final = 262_144
"""Payloads above this are not kept whole: the original is at the coordinates."""

KEPT_BYTES: Final = 65_536
"""What is kept of them."""


@dataclass(frozen=True, slots=True)
class Coordinates:
    """Where a record is; a sealed payload is bound to it."""

    log: str
    topic: str
    partition: int
    offset: int


if TYPE_CHECKING:
    Seal = Callable[[bytes, Coordinates], bytes]


@dataclass(frozen=True, slots=True)
class Refusals:
    """What is done with rows that cannot land.

    Attributes:
        bury: sends an encoded dead letter, given the refused record's partition, and
            returns when the broker has it.
        max_run: rows refused in a row, by the database, that end the sink.
        seal: encrypts what a dead letter keeps of the record; without it the letter
            keeps nothing but the coordinates.
    """

    bury: Callable[[bytes, int], Awaitable[None]]
    max_run: int
    seal: Seal | None = None

    async def send(self, refused: Refused) -> None:
        """Send the dead letter of a record; the same record gives the same letter.

        Raises:
            KafkaError: it was not delivered.
        """
        letter = msgspec.json.encode(self.letter(refused))
        await self.bury(letter, refused.row.partition)

    def letter(self, refused: Refused) -> DeadLetter:
        """The dead letter of a record."""
        row, topic = refused.row, refused.landing.topic.name
        kept = row.value if len(row.value) <= LARGE_BYTES else row.value[:KEPT_BYTES]
        place = Coordinates(refused.log, topic, row.partition, row.offset)
        return DeadLetter(
            log=refused.log,
            topic=topic,
            partition=row.partition,
            offset=row.offset,
            stage="sink",
            reason=refused.why.reason.value,
            detail=refused.why.detail,
            received_at=row.timestamp,
            payload=self.seal(kept, place) if self.seal else b"",
            payload_bytes=len(row.value),
            truncated=self.seal is None or len(kept) < len(row.value),
        )
