"""Wait until all that was produced has landed, and what time brings about with it."""

import asyncio
import time
from collections.abc import Callable
from typing import Final

from msgspec import json

from parcours.kafka_admin import KafkaAdmin
from parcours.log_view import STAGES, Pending, progress, reached
from parcours.producing.producer import Producer
from parcours.settling import Settling, Unsettled, last_tick
from schemas.progress import Tick
from schemas.settings import Settings
from schemas.topics import IDENTIFIED, RAW
from streams.journey.peers import HOPS

POLL_SECONDS: Final = 0.25


class Step:
    """How far a drain is.

    Attributes:
        stage: the stage that is waited for; `time` for what time brings about.
        total: records that it has to deal with, from the start of its topics; or journey
            partitions whose time has to come.
        pending: what it has before it still, by topic; nothing for time.
        left: how many records, or partitions, are missing.
    """

    def __init__(
        self, stage: str, total: int, pending: list[Pending], left: int = 0
    ) -> None:
        self.stage = stage
        self.total = total
        self.pending = pending
        self.left = left or sum(one.records for one in pending)


class NotDrainedError(TimeoutError):
    """Time was up before all had landed; `step` says where the rest is."""

    def __init__(self, step: Step) -> None:
        """Say where the rest is."""
        left = ", ".join(
            f"{p.records:,} of {p.topic}" for p in step.pending if p.records
        )
        super().__init__(f"not drained: {step.stage} has before it {left}")
        self.step = step


class NotSettledError(TimeoutError):
    """All that was produced has been dealt with, but time has not passed it."""

    def __init__(self, missing: Unsettled) -> None:
        """Say what is missing."""
        super().__init__(f"time has not settled: {missing}")


Report = Callable[[Step], None]


class Drain:
    """One wait: until what has been produced up to now is in the database.

    The ends of a stage's topics are marked when the stage before has reached its own
    marks; so the wait ends although ticks, or a source, keep adding records. Journeys
    are waited for as often as partitions may send something on to each other.

    Args:
        broker: whom to ask.
        timeout_seconds: how long at most.
        report: told how far it is, a few times a second.
    """

    def __init__(
        self, broker: KafkaAdmin, timeout_seconds: float, report: Report
    ) -> None:
        self._broker = broker
        self._deadline = time.monotonic() + timeout_seconds
        self._report = report

    def land(self) -> None:
        """Wait for what was produced, and for nothing that only time brings about.

        Raises:
            NotDrainedError: time was up.
        """
        self._journeyed()
        self._pass("sink")

    def settle(self, final: Settings | None = None) -> None:
        """Wait for what time brings about too: sessions over, silences, messages due.

        Args:
            final: of a system whose sources have sent all they have: time moves on to the
                newest touchpoint then, and not after a minute of silence.

        Raises:
            NotDrainedError: time was up.
            NotSettledError: time was up, and all but what time brings about is there.
        """
        raw = self._journeyed()
        missing = self._settled(raw[RAW.name], final)
        self._pass("sink")
        if missing:
            raise NotSettledError(missing)

    def _journeyed(self) -> dict[str, dict[int, int]]:
        """Wait for both agents; where the raw topic ended at the beginning."""
        raw = self._pass("identify")
        for _ in range(HOPS):
            self._pass("journey")
        return raw

    def _pass(self, stage: str) -> dict[str, dict[int, int]]:
        """Wait until a stage has reached the ends that its topics have now."""
        marks = self._broker.ends(*STAGES[stage])
        while (step := _step(self._broker, stage, marks)).left:
            self._report(step)
            if self._up():
                raise NotDrainedError(step)
            time.sleep(POLL_SECONDS)
        self._report(step)
        return marks

    def _settled(self, marks: dict[int, int], final: Settings | None) -> Unsettled:
        """Wait until time has settled, or is up; what is missing then."""
        known = progress(self._broker)
        journeys = len(self._broker.ends(IDENTIFIED.name)[IDENTIFIED.name])
        settling = Settling.after(journeys, known)
        if final is not None and known:
            log = self._broker.logs(RAW.name)[RAW.name]
            tick = last_tick(log, known, self._quiet(marks))
            asyncio.run(_tell(final, tick, journeys))
            self._pass("journey")
            known = progress(self._broker)
        while True:
            missing = settling.look(known, self._quiet(marks))
            self._report(Step("time", journeys, [], missing.partitions))
            if not missing or self._up():
                return missing
            time.sleep(POLL_SECONDS)
            known = progress(self._broker)

    def _quiet(self, marks: dict[int, int]) -> frozenset[int]:
        """Raw partitions to which nothing was added since they were marked."""
        ends = self._broker.ends(RAW.name)[RAW.name]
        return frozenset(raw for raw, end in ends.items() if end == marks[raw])

    def _up(self) -> bool:
        return time.monotonic() > self._deadline


async def _tell(settings: Settings, tick: Tick, partitions: int) -> None:
    pair = (None, json.encode(tick))
    async with Producer(settings) as producer:
        await producer.send({(IDENTIFIED.name, n): [pair] for n in range(partitions)})


def _step(broker: KafkaAdmin, stage: str, marks: dict[str, dict[int, int]]) -> Step:
    total = sum(sum(ends.values()) for ends in marks.values())
    left = []
    for topic, ends in marks.items():
        done = reached(broker, stage, topic)
        missing = {p: end - done.get(p, 0) for p, end in ends.items()}
        missing = {p: records for p, records in missing.items() if records > 0}
        left.append(Pending(stage, topic, sum(missing.values()), missing))
    return Step(stage, total, left)
