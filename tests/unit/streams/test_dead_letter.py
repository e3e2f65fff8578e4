"""Dead letters, and the limit beyond which the worker stops."""

import pytest

from schemas.failure import DeadLetter, Reason, Rejected
from schemas.settings import Settings
from streams.dead_letter import (
    KEPT_BYTES,
    LARGE_BYTES,
    DeadLetterLimit,
    DeadLetterPolicy,
    RecordAt,
    TooManyDeadLetters,
    dead_letter,
    limit_from,
)
from streams.seal import Sealer

SEALER = Sealer("a secret of the tests only")
AT = RecordAt("0123456789ab", "parcours.touchpoints.raw.v1", 2, 71, 1_714_817_480_000)
REJECTED = Rejected(Reason.INVALID_JSON, "$: truncated")


def open_payload(letter: DeadLetter) -> bytes:
    log, topic, partition, offset = AT[:4]
    return SEALER.open(
        letter.payload, log=log, topic=topic, partition=partition, offset=offset
    )


def test_a_dead_letter_says_why_where_and_when() -> None:
    """And opens to the original bytes."""
    letter = dead_letter(REJECTED, AT, b'{"id":', "identify", SEALER)
    assert (letter.reason, letter.detail) == ("invalid_json", "$: truncated")
    assert (letter.log, letter.topic, letter.partition, letter.offset) == AT[:4]
    assert (letter.stage, letter.received_at) == ("identify", AT.received_at)
    assert (letter.payload_bytes, letter.truncated) == (6, False)
    assert open_payload(letter) == b'{"id":'


def test_a_tombstone_has_an_empty_payload() -> None:
    """No value is no bytes."""
    letter = dead_letter(REJECTED, AT, None, "identify", SEALER)
    assert letter.payload_bytes == 0
    assert open_payload(letter) == b""


def test_large_payloads_are_kept_in_part() -> None:
    """The first part, marked; up to the bound, all of it."""
    whole = dead_letter(REJECTED, AT, b"x" * LARGE_BYTES, "identify", SEALER)
    assert not whole.truncated
    assert len(open_payload(whole)) == LARGE_BYTES
    part = dead_letter(REJECTED, AT, b"x" * (LARGE_BYTES + 1), "identify", SEALER)
    assert part.truncated
    assert part.payload_bytes == LARGE_BYTES + 1
    assert open_payload(part) == b"x" * KEPT_BYTES


def test_a_run_of_rejected_records_stops_the_worker() -> None:
    """At the limit, with the setting to look at."""
    limit = DeadLetterLimit(DeadLetterPolicy(max_run=3, bug_max_run=2))
    limit.note(0, rejected=True)
    limit.note(0, rejected=True)
    with pytest.raises(TooManyDeadLetters, match="PARCOURS_DEAD_LETTER_MAX_RUN"):
        limit.note(0, rejected=True)


def test_a_run_of_bugs_stops_the_worker_sooner() -> None:
    """An error of ours will not go away by going on."""
    limit = DeadLetterLimit(DeadLetterPolicy(max_run=9, bug_max_run=2))
    limit.note(0, rejected=True, bug=True)
    with pytest.raises(TooManyDeadLetters, match="PARCOURS_BUG_MAX_RUN"):
        limit.note(0, rejected=True, bug=True)


def test_one_good_record_starts_the_count_anew() -> None:
    """Bad records now and then, however many in all, are the source's affair."""
    limit = DeadLetterLimit(DeadLetterPolicy(max_run=2, bug_max_run=2))
    for _ in range(50):
        limit.note(0, rejected=True, bug=True)
        limit.note(0, rejected=False)


def test_wrong_data_between_two_bugs_is_no_run_of_bugs() -> None:
    """Only errors of ours in direct succession count as one run."""
    limit = DeadLetterLimit(DeadLetterPolicy(max_run=99, bug_max_run=2))
    for _ in range(20):
        limit.note(0, rejected=True, bug=True)
        limit.note(0, rejected=True)


def test_partitions_are_counted_apart() -> None:
    """A good partition does not excuse a bad one, nor do two bad ones add up."""
    limit = DeadLetterLimit(DeadLetterPolicy(max_run=2, bug_max_run=2))
    limit.note(0, rejected=True)
    limit.note(1, rejected=True)
    limit.note(1, rejected=False)
    with pytest.raises(TooManyDeadLetters, match="partition 0"):
        limit.note(0, rejected=True)


def test_the_limits_come_from_the_settings() -> None:
    """`dead_letter_max_run` and `bug_max_run`."""
    limit = limit_from(
        Settings("k", "c", "p" * 16, dead_letter_max_run=1, bug_max_run=1)
    )
    with pytest.raises(TooManyDeadLetters):
        limit.note(0, rejected=True)
