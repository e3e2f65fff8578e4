"""The first step on a batch: raw records in, touchpoints by person and dead letters out."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from msgspec import json

from schemas.failure import Reason, Rejected, bug
from schemas.topics import DEAD_LETTERS, IDENTIFIED, RAW, record_key
from streams.dead_letter import DeadLetterLimit, RecordAt, dead_letter
from streams.enrich.identify import Identifier
from streams.enrich.moment import LATEST_MS
from streams.journey.outcome import Record
from streams.kafka import Pair, TopicFacts
from streams.partition import partition_of
from streams.seal import Sealer

RawRecord: TypeAlias = Record
"""A consumed record, as far as the steps look at it."""

_encode = json.Encoder().encode


@dataclass(slots=True)
class Identified:
    """What a batch of raw records came to.

    Attributes:
        sends: touchpoints and dead letters, by topic and partition.
        received: records taken.
        emitted: touchpoints among `sends`.
        rejected: dead letters, by reason.
        emotions: emotions found, and scores that gave none, by evidence.
        front: newest event time, not beyond its receipt; 0 where nothing passed.
        next_offset: first offset after the batch.
        oldest_received_at: time of the first record.
    """

    sends: dict[tuple[str, int], list[Pair]] = field(default_factory=dict)
    received: int = 0
    emitted: int = 0
    rejected: Counter[str] = field(default_factory=Counter)
    emotions: Counter[str] = field(default_factory=Counter)
    front: int = 0
    next_offset: int = 0
    oldest_received_at: int = 0


class IdentifyStep:
    """Applies the rules of the first agent to whole batches.

    Args:
        identifier: the rule for one record.
        sealer: encrypts the bytes of dead letters.
        limit: says when too many records were refused.
        topics: log identity and partitions of the raw and the identified topic.
    """

    def __init__(
        self,
        identifier: Identifier,
        sealer: Sealer,
        limit: DeadLetterLimit,
        topics: dict[str, TopicFacts],
    ) -> None:
        self._identify = identifier.identify
        self._sealer = sealer
        self._limit = limit
        self._raw_log = topics[RAW.name].log
        self._partitions = topics[IDENTIFIED.name].partitions
        self._letter_partitions = topics[DEAD_LETTERS.name].partitions

    def compute(self, partition: int, records: Sequence[RawRecord]) -> Identified:
        """Identify a batch.

        Args:
            partition: its raw partition.
            records: consecutive records.

        Raises:
            TooManyDeadLetters: nothing passes any more.
        """
        out = Identified(
            received=len(records),
            next_offset=records[-1].offset + 1,
            oldest_received_at=records[0].timestamp,
        )
        identified: list[list[Pair]] = [[] for _ in range(self._partitions)]
        partitions = self._partitions
        front = passed = 0
        for record in records:
            try:
                result = self._identify(
                    record.value,
                    received_at=record.timestamp,
                    raw_log=self._raw_log,
                    raw_partition=partition,
                    raw_offset=record.offset,
                )
                if not isinstance(result, Rejected):
                    key = record_key(result.tenant, result.person_id)
                    value = _encode(result)
            except Exception as error:  # noqa: BLE001 an error of ours costs one record
                result = bug(error, "the rules of identify")
            if isinstance(result, Rejected):
                self._note_passed(partition, passed, out)
                self._reject(partition, record, result, out)
                continue
            identified[partition_of(key, partitions)].append((key, value))
            passed += 1
            if result.emotion_evidence:
                out.emotions[result.emotion_evidence] += 1
            if result.occurred_at > front:
                front = min(result.occurred_at, record.timestamp)
        self._note_passed(partition, passed, out)
        out.front = front
        for number, pairs in enumerate(identified):
            if pairs:
                out.sends[IDENTIFIED.name, number] = pairs
        return out

    def _note_passed(self, partition: int, passed: int, out: Identified) -> None:
        """Records have passed since one was refused; of many, once will do."""
        if passed > out.emitted:
            self._limit.note(partition, rejected=False)
        out.emitted = passed

    def _reject(
        self, partition: int, record: RawRecord, rejected: Rejected, out: Identified
    ) -> None:
        ours = rejected.reason is Reason.BUG
        self._limit.note(partition, rejected=True, bug=ours)
        out.rejected[rejected.reason] += 1
        # A producer's own clock may be anywhere; a row of the table has to be in time.
        received_at = min(max(record.timestamp, 0), LATEST_MS)
        at = RecordAt(self._raw_log, RAW.name, partition, record.offset, received_at)
        letter = dead_letter(rejected, at, record.value, "identify", self._sealer)
        target = (DEAD_LETTERS.name, partition % self._letter_partitions)
        out.sends.setdefault(target, []).append((None, _encode(letter)))
