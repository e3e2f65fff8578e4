"""Dead letters: a record that could not be used, and how many of them are too many."""

from dataclasses import dataclass
from typing import Final, NamedTuple

from schemas.failure import DeadLetter, Rejected
from schemas.settings import Settings
from streams.seal import Sealer

LARGE_BYTES: Final = 262_144
"""Payloads above this are not kept whole: the original is at the coordinates."""

KEPT_BYTES: Final = 65_536
"""What is kept of them."""


class RecordAt(NamedTuple):
    """Where a record is, and when it came.

    Attributes:
        log: identity of the topic's log, see `topics.log_id`.
        topic: name of the topic.
        partition: partition number.
        offset: offset in the partition.
        received_at: time of the record, epoch milliseconds.
    """

    log: str
    topic: str
    partition: int
    offset: int
    received_at: int


def dead_letter(
    rejected: Rejected, at: RecordAt, value: bytes | None, stage: str, sealer: Sealer
) -> DeadLetter:
    """Make the dead letter of a record; the same record gives the same bytes.

    Args:
        rejected: why it could not be used.
        at: the record's coordinates.
        value: its value, None for a tombstone.
        stage: the step that refused it: `identify`, `journey` or `sink`.
        sealer: what encrypts the value.
    """
    value = value or b""
    truncated = len(value) > LARGE_BYTES
    kept = value[:KEPT_BYTES] if truncated else value
    return DeadLetter(
        log=at.log,
        topic=at.topic,
        partition=at.partition,
        offset=at.offset,
        stage=stage,
        reason=rejected.reason.value,
        detail=rejected.detail,
        received_at=at.received_at,
        payload=sealer.seal(
            kept,
            log=at.log,
            topic=at.topic,
            partition=at.partition,
            offset=at.offset,
        ),
        payload_bytes=len(value),
        truncated=truncated,
    )


class TooManyDeadLetters(Exception):  # noqa: N818
    """So many records in a row were refused that the worker has to stop."""


@dataclass(frozen=True, slots=True)
class DeadLetterPolicy:
    """How many refused records in a row, in one partition, stop the worker.

    Attributes:
        max_run: records refused for whatever reason.
        bug_max_run: records that an error of ours refused.
    """

    max_run: int = 200_000
    bug_max_run: int = 100


def limit_from(settings: Settings) -> "DeadLetterLimit":
    """The limit that a process's settings ask for."""
    return DeadLetterLimit(
        DeadLetterPolicy(settings.dead_letter_max_run, settings.bug_max_run)
    )


class DeadLetterLimit:
    """Counts refused records in a row, by partition: one good record starts anew.

    A bad record now and then is the source's affair. A partition in which nothing
    passes any more means a broken source or release: going on would only empty the
    topic into the dead letters.
    """

    def __init__(self, policy: DeadLetterPolicy) -> None:
        """Start with nothing refused.

        Args:
            policy: the limits.
        """
        self._policy = policy
        self._rejected: dict[int, int] = {}
        self._bugs: dict[int, int] = {}

    def note(self, partition: int, *, rejected: bool, bug: bool = False) -> None:
        """Count the outcome of one record; of many good ones in a row, once will do.

        Args:
            partition: where the record was.
            rejected: it became a dead letter.
            bug: by an error of ours.

        Raises:
            TooManyDeadLetters: a limit is reached.
        """
        if not rejected:
            self._rejected.pop(partition, None)
            self._bugs.pop(partition, None)
            return
        run = self._rejected[partition] = self._rejected.get(partition, 0) + 1
        bugs = self._bugs[partition] = self._bugs.get(partition, 0) + 1 if bug else 0
        if bugs >= self._policy.bug_max_run:
            message = (
                f"{bugs} records in a row in partition {partition} ended in an error "
                "of Parcours itself (reason bug). Nothing is lost: they are in the "
                "dead letters. Report their `detail`, install the repair, start the "
                "worker again, then replay them (parcours dead-letters). "
                "Limit: PARCOURS_BUG_MAX_RUN"
            )
            raise TooManyDeadLetters(message)
        if run >= self._policy.max_run:
            message = (
                f"{run} records in a row in partition {partition} were refused. "
                "Nothing is lost: they are in the dead letters, with reasons "
                "(parcours dead-letters). Repair the source, start the worker again, "
                "then replay them. Limit: PARCOURS_DEAD_LETTER_MAX_RUN"
            )
            raise TooManyDeadLetters(message)
