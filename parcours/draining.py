"""Wait until all that was produced has landed: one stage after the other."""

import time
from collections.abc import Callable
from typing import Final

from parcours.kafka_admin import KafkaAdmin
from parcours.log_view import STAGES, Pending, reached

POLL_SECONDS: Final = 0.25


class Step:
    """How far a drain is.

    Attributes:
        stage: the stage that is waited for.
        total: records that it has to deal with, from the start of its topics.
        pending: what it has before it still, by topic.
    """

    def __init__(self, stage: str, total: int, pending: list[Pending]) -> None:
        self.stage = stage
        self.total = total
        self.pending = pending
        self.records = sum(one.records for one in pending)


class NotDrainedError(TimeoutError):
    """Time was up before all had landed; `step` says where the rest is."""

    def __init__(self, step: Step) -> None:
        """Say where the rest is."""
        left = ", ".join(
            f"{p.records:,} of {p.topic}" for p in step.pending if p.records
        )
        super().__init__(f"not drained: {step.stage} has before it {left}")
        self.step = step


Report = Callable[[Step], None]


def drain(broker: KafkaAdmin, timeout_seconds: float, report: Report) -> None:
    """Wait until what has been produced up to now is in the database.

    The ends of a stage's topics are marked when the stage before has reached its own
    marks; so the wait ends although ticks, or a source, keep adding records.

    Args:
        broker: whom to ask.
        timeout_seconds: how long at most.
        report: told how far it is, a few times a second.

    Raises:
        NotDrainedError: time was up.
    """
    deadline = time.monotonic() + timeout_seconds
    for stage, topics in STAGES.items():
        marks = broker.ends(*topics)
        while (step := _step(broker, stage, marks)).records:
            report(step)
            if time.monotonic() > deadline:
                raise NotDrainedError(step)
            time.sleep(POLL_SECONDS)
        report(step)


def _step(broker: KafkaAdmin, stage: str, marks: dict[str, dict[int, int]]) -> Step:
    total = sum(sum(ends.values()) for ends in marks.values())
    left = []
    for topic, ends in marks.items():
        done = reached(broker, stage, topic)
        missing = {p: end - done.get(p, 0) for p, end in ends.items()}
        missing = {p: records for p, records in missing.items() if records > 0}
        left.append(Pending(stage, topic, sum(missing.values()), missing))
    return Step(stage, total, left)
