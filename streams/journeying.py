"""The second step on a batch: touchpoints of a partition in, its journeys' changes out."""

import asyncio
from collections.abc import Collection, Iterable, Sequence
from typing import cast

from msgspec import json

from schemas.failure import Reason
from schemas.progress import Progress
from schemas.topics import (
    DEAD_LETTERS,
    DUPLICATES,
    ENRICHED,
    IDENTIFIED,
    LINKS,
    MESSAGES,
    PROGRESS,
    RAW,
    SESSIONS,
    STATES,
    THREADS,
    TRANSITIONS,
)
from streams.dead_letter import DeadLetterLimit, RecordAt, dead_letter
from streams.identifying import RawRecord
from streams.journey.live import Rules
from streams.journey.outcome import Outcome
from streams.journey.partition import PartitionJourneys
from streams.kafka import Pair, Sends, Spans, TopicFacts
from streams.partition import partition_of
from streams.restore import Restored
from streams.seal import Sealer
from streams.store.folder import StateFolder
from streams.store.states import StateStore

_encode = json.Encoder().encode


class GapError(RuntimeError):
    """Records between two batches are missing; going on would lose them."""


class JourneyStep:
    """Holds the journeys of the partitions this worker owns and folds batches into them.

    Args:
        rules: session policy and journey models.
        sealer: encrypts the bytes of dead letters.
        limit: says when too many records were refused.
        topics: log identity and partitions of the topics.
        folder: keeps the states.

    Attributes:
        partitions: the journeys of the partitions that are owned, by number.
    """

    def __init__(
        self,
        rules: Rules,
        sealer: Sealer,
        limit: DeadLetterLimit,
        topics: dict[str, TopicFacts],
        folder: StateFolder,
    ) -> None:
        self._rules = rules
        self._sealer = sealer
        self._limit = limit
        self._log = topics[IDENTIFIED.name].log
        self._partitions = topics[IDENTIFIED.name].partitions
        self._raw = topics[RAW.name]
        self._letter_partitions = topics[DEAD_LETTERS.name].partitions
        self._folder = folder
        self._stores: dict[int, StateStore] = {}
        self.partitions: dict[int, PartitionJourneys] = {}

    async def open(self, partitions: Iterable[int]) -> dict[int, StateStore]:
        """The stores of partitions that are about to be restored.

        In a thread: the group, and the watchdog, hear of us meanwhile.

        Raises:
            StoreError: the folder cannot be used.
        """
        opened = {}
        for partition in partitions:
            store = await asyncio.to_thread(self._folder.open, partition)
            opened[partition] = self._stores[partition] = store
        await asyncio.to_thread(self._folder.all_open, set(self._stores))
        return opened

    def release_but(self, kept: Collection[int]) -> None:
        """Let go of all partitions but these; what is stored of them stays."""
        for partition in self._stores.keys() - kept:
            self.partitions.pop(partition, None)
            self._stores.pop(partition).close()

    def landed(self, states: Sends, spans: Spans) -> None:
        """Note that states are durable.

        Args:
            states: what was sent to the topic of states.
            spans: where it stands there.

        Raises:
            StoreError: they cannot be stored.
        """
        for target, pairs in states.items():
            store = self._stores.get(target[1])
            if store is not None and target[1] in self.partitions:
                keyed = cast("list[tuple[bytes, bytes]]", pairs)
                store.landed(keyed, spans[target])

    def adopt(self, partition: int, restored: Restored) -> None:
        """Take a partition over from its topics, and from its store, opened before.

        Args:
            partition: its number.
            restored: what was found of it.
        """
        progress = restored.progress
        if progress is None or progress.log != self._log:
            progress = Progress(self._log, 0, self._raw.log, 0)
        progress.next_offset = max(progress.next_offset, restored.log_start)
        store = self._stores[partition]
        self.partitions[partition] = PartitionJourneys(
            store,
            progress,
            self._rules,
            self._raw.partitions,
            partition,
            self._partitions,
            store.times(),
        )

    def compute(
        self, partition: int, records: Sequence[RawRecord]
    ) -> tuple[Outcome, tuple[Sends, Sends, Sends]]:
        """Fold a batch.

        Args:
            partition: its partition, adopted before.
            records: consecutive records.

        Returns:
            What happened, and what to write in which order: outputs, then states, then
            progress.

        Raises:
            GapError: the batch does not go on where the last one ended.
            KeyError: the partition was never adopted.
        """
        journeys = self.partitions[partition]
        if records[0].offset > journeys.next_offset:
            message = (
                f"partition {partition}: expected offset {journeys.next_offset}, "
                f"read {records[0].offset}"
            )
            raise GapError(message)
        outcome = journeys.apply(records)
        number = str(partition).encode()
        outputs: dict[tuple[str, int], list[Pair]] = {
            (ENRICHED.name, partition): list(outcome.touchpoints),
            (DUPLICATES.name, partition): list(outcome.duplicates),
            (SESSIONS.name, partition): list(outcome.sessions),
            (TRANSITIONS.name, partition): list(outcome.transitions),
            (THREADS.name, partition): list(outcome.threads),
            (LINKS.name, partition): list(outcome.links),
            **self._sent(outcome),
            (MESSAGES.name, partition): list(outcome.messages),
            **self._letters(partition, outcome),
        }
        states: Sends = {(STATES.name, partition): list(outcome.states)}
        progress: Sends = {(PROGRESS.name, partition): [(number, outcome.progress)]}
        return outcome, (outputs, states, progress)

    def _sent(self, outcome: Outcome) -> dict[tuple[str, int], list[Pair]]:
        """What goes to other journey partitions, or comes back to this one."""
        sends: dict[tuple[str, int], list[Pair]] = {}
        for key, value in outcome.sent:
            target = (IDENTIFIED.name, partition_of(key, self._partitions))
            sends.setdefault(target, []).append((key, value))
        return sends

    def _letters(
        self, partition: int, outcome: Outcome
    ) -> dict[tuple[str, int], list[Pair]]:
        pairs: list[Pair] = []
        passed = 0
        for record, rejected, before in outcome.rejected:
            if before > passed:
                self._limit.note(partition, rejected=False)
                passed = before
            bug = rejected.reason is Reason.BUG
            self._limit.note(partition, rejected=True, bug=bug)
            at = RecordAt(
                self._log, IDENTIFIED.name, partition, record.offset, record.timestamp
            )
            letter = dead_letter(rejected, at, record.value, "journey", self._sealer)
            pairs.append((None, _encode(letter)))
        if outcome.passed > passed:
            self._limit.note(partition, rejected=False)
        return {(DEAD_LETTERS.name, partition % self._letter_partitions): pairs}
