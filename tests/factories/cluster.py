"""Several journey partitions in one process: letters between them, crashes, any timing."""

import random
from collections.abc import Callable, Iterable

from msgspec import json

from schemas.progress import Progress, Tick
from schemas.topics import record_key
from schemas.touchpoint import Touchpoint
from streams.journey.live import Rules
from streams.journey.outcome import Outcome
from streams.journey.partition import PartitionJourneys
from streams.partition import partition_of
from tests.factories.identified import START_MS, Record

RAW_PARTITIONS = 2


class Cluster:
    """Partitions with their logs, what is durable of them, and what they put out.

    Args:
        rules: the rules.
        chance: decides who works next, how batches are cut, and where a crash falls.
        partitions: how many.
        crashes: how often a batch ends in one, 0 to 1.

    Attributes:
        longest: records in a batch at most.
        now: what the clock says when a record is written, epoch milliseconds.
    """

    def __init__(
        self,
        rules: Rules,
        chance: random.Random,
        partitions: int = 3,
        crashes: float = 0.0,
        take: Callable[[Outcome], None] = lambda _: None,
    ) -> None:
        self.rules = rules
        self.chance = chance
        self.crashes = crashes
        self.longest = 9
        self.now = START_MS
        self.count = partitions
        self.logs: list[list[Record]] = [[] for _ in range(partitions)]
        self.states: list[dict[bytes, bytes]] = [{} for _ in range(partitions)]
        self.progress = [Progress("log", 0, "raw", 0) for _ in range(partitions)]
        self.running = [self._started(n) for n in range(partitions)]
        self.links: dict[bytes, bytes] = {}
        self.take = take
        self._raw = [0] * RAW_PARTITIONS

    def _started(self, number: int) -> PartitionJourneys:
        progress = json.decode(json.encode(self.progress[number]), type=Progress)
        held = dict(self.states[number])
        return PartitionJourneys(
            held, progress, self.rules, RAW_PARTITIONS, number, self.count
        )

    def restart(self, rules: Rules) -> None:
        """All of them again, by other rules."""
        self.rules = rules
        self.states = [dict(one.states) for one in self.running]
        self.running = [self._started(n) for n in range(self.count)]

    def put(self, touchpoint: Touchpoint) -> None:
        """A touchpoint from the first agent."""
        raw = self.chance.randrange(RAW_PARTITIONS)
        touchpoint.raw_partition, touchpoint.raw_offset = raw, self._raw[raw]
        self._raw[raw] += 1
        key = record_key(touchpoint.tenant, touchpoint.person_id)
        self._append(key, json.encode(touchpoint))

    def tick(self, front: int) -> None:
        """Time, in every partition."""
        fronts = dict.fromkeys(range(RAW_PARTITIONS), front)
        value = json.encode(Tick("raw", front, fronts, {}))
        for log in self.logs:
            log.append(Record(len(log), None, value, self.now))

    def _append(self, key: bytes, value: bytes) -> None:
        log = self.logs[partition_of(key, self.count)]
        log.append(Record(len(log), key, value, self.now))

    def run(self, steps: int | None = None) -> int:
        """Work until all is quiet, or for so many batches.

        Returns:
            Batches that were worked on.
        """
        done = 0
        while steps is None or done < steps:
            behind = [
                n
                for n, p in enumerate(self.running)
                if p.next_offset < len(self.logs[n])
            ]
            if not behind:
                return done
            self._batch(self.chance.choice(behind))
            done += 1
            assert done < 100_000, "letters never come to rest"
        return done

    def _batch(self, number: int) -> None:
        running, chance = self.running[number], self.chance
        start = running.next_offset
        outcome = running.apply(
            self.logs[number][start : start + chance.randint(1, self.longest)]
        )
        crash = chance.random() < self.crashes
        if crash and chance.random() < 0.3:
            # The broker took a part of the outputs, from the front of each lane.
            cut = {n: chance.randint(0, len(outcome.sent)) for n in range(self.count)}
            self._send(outcome.sent, cut)
            self.running[number] = self._started(number)
            return
        self.take(outcome)
        self.links.update(outcome.links)
        self._send(outcome.sent, {})
        stage = chance.choice(("outputs", "some", "states")) if crash else "progress"
        kept = outcome.states
        if stage == "some":
            kept = chance.sample(kept, len(kept) // 2)
        if stage != "outputs":
            self.states[number].update(kept)
        if crash:
            self.running[number] = self._started(number)
        else:
            self.progress[number] = json.decode(outcome.progress, type=Progress)

    def _send(self, pairs: Iterable[tuple[bytes, bytes]], cut: dict[int, int]) -> None:
        sent: dict[int, int] = {}
        for key, value in pairs:
            number = partition_of(key, self.count)
            sent[number] = sent.get(number, 0) + 1
            if number not in cut or sent[number] <= cut[number]:
                self._append(key, value)
