"""All journeys of one partition: a batch of records in, everything that follows out."""

from collections.abc import Iterable
from typing import Final

import msgspec

from schemas.failure import Reason, Rejected, bug
from schemas.progress import Progress
from schemas.topics import record_key
from schemas.touchpoint import Duplicate
from streams.journey.controls import CONTROL, Controls
from streams.journey.encoded import Times, times_of
from streams.journey.holdings import Batch, Holdings, elsewhere
from streams.journey.live import Journey, Rules, Verdict
from streams.journey.outcome import Outcome, Record
from streams.journey.post import plain
from streams.journey.record import Seen, decode_seen, enriched
from streams.journey.waking import Waker
from streams.store.states import States

ADVANCE_MASK: Final = 63
"""Time moves every 64 offsets, and with every tick: often enough, and a matter of the
log alone, not of how it was cut into batches."""
TELL_MASK: Final = 1023
"""Other partitions are told of it every 1024 offsets, and with every tick."""
_encode = msgspec.json.Encoder().encode


class PartitionJourneys:
    """The journeys of one partition, and the time it has reached.

    Args:
        states: key → encoded state, as restored; owned by this object from now on.
        progress: where the partition was left.
        rules: session policy and journey models.
        raw_partitions: number of raw partitions, for the watermark.
        number: this partition's own.
        partitions: how many there are, this one included, that send something here and
            say how far they are; 0 where nothing is waited for that is sent.
        times: when time changes something about whom, where that is known already.
    """

    def __init__(  # noqa: PLR0913, PLR0917 what a partition is
        self,
        states: States,
        progress: Progress,
        rules: Rules,
        raw_partitions: int,
        number: int = 0,
        partitions: int = 0,
        times: Iterable[tuple[bytes, Times]] | None = None,
    ) -> None:
        held = Holdings(states, progress, rules, raw_partitions, number, partitions)
        self.states = states
        self.next_offset = progress.next_offset
        self.watermark = held.watermark
        self._held = held
        self._log = progress.log
        self._raw_log = progress.raw_log
        self._seen_raw = dict(progress.seen_raw)
        self._controls = Controls(held, progress, self._settle)
        if times is None:
            times = ((key, times_of(value)) for key, value in states.items())
        self._waker = Waker(held, times, progress.watermark)

    @property
    def open(self) -> int:
        """How many persons have sessions that are open."""
        return self._waker.open

    def apply(self, records: Iterable[Record]) -> Outcome:
        """Fold a batch of records, in the order of the log.

        Records before `next_offset` are passed over: they are part of the states.

        Args:
            records: consecutive records of this partition.

        Returns:
            Everything to send, count and remember. The states are changed already: the
            caller sends the outcome, in order, or does not go on.
        """
        batch = self._held.begin()
        outcome, timeline = batch.outcome, self._held.timeline
        for record in records:
            offset = record.offset
            if offset < self.next_offset:
                continue
            self.next_offset = offset + 1
            outcome.received += 1
            if record.timestamp > timeline.now:  # noqa: PLR1730 a call for each record
                timeline.now = record.timestamp
            value = record.value or b""
            if value.startswith(CONTROL):
                self._controls.read(value, record, batch)
                continue
            try:
                seen = decode_seen(value)
            except msgspec.MsgspecError:
                detail = "not a touchpoint as the first agent writes it"
                outcome.refuse(record, Rejected(Reason.BUG, detail))
                continue
            if self._is_new(seen, offset):
                self._fold(seen, record, value, batch)
            else:
                outcome.replayed += 1
            if not offset & TELL_MASK:
                self._held.tell_time(batch.post, offset)
        self._waker.wake(batch)
        for key, journey in batch.touched.items():
            self._settle(key, journey, batch)
        outcome.progress = self._progress()
        return outcome

    def _is_new(self, seen: Seen, offset: int) -> bool:
        """Whether a touchpoint comes for the first time; time takes note of it then."""
        if seen.sent is not None:
            # Sent on by another partition, which has seen time in it.
            return self._held.is_new(seen.sent)
        watermark, seen_raw = self.watermark, self._seen_raw
        if seen.raw_log != self._raw_log:
            self._raw_log = seen.raw_log
            seen_raw.clear()
            watermark.reset()
        raw = seen.raw_partition
        if seen.raw_offset <= seen_raw.get(raw, -1):
            return False
        seen_raw[raw] = seen.raw_offset
        watermark.observe(raw, seen.occurred_at, seen.received_at)
        if not offset & ADVANCE_MASK:
            watermark.advance()
            self._held.timeline.note(watermark.now)
        return True

    def _fold(self, seen: Seen, record: Record, value: bytes, batch: Batch) -> None:
        held, outcome = self._held, batch.outcome
        if not outcome.oldest_received_at:
            outcome.oldest_received_at = seen.received_at
        now = held.watermark.now
        if seen.sent is None:
            # Where it arrives first is where it comes late or not: time goes on.
            seen.overdue = held.rules.policy.overdue(
                seen.channel, seen.occurred_at, held.watermark.arrived
            )
        key = record.key or record_key(seen.tenant, seen.person_id)
        journey = batch.touched.get(key) or held.touch(batch, key, seen.tenant)
        applied = journey.state.applied
        # The log last: a batch is mostly ahead of all states.
        if (
            applied is not None
            and record.offset <= applied.offset
            and applied.log == self._log
        ):
            outcome.replayed += 1
            return
        batch.post.open(record.offset)
        try:
            if elsewhere(journey, seen, value, now, batch.post):
                batch.told.append((key, seen, now))
                outcome.forwarded += 1
                return
            verdict, session, phase = journey.fold(seen, now, held.timeline)
        except Exception as error:  # noqa: BLE001 an error of ours costs one touchpoint
            held.again(batch, key, seen)
            outcome.refuse(record, bug(error, "the fold"))
            return
        batch.told.append((key, seen, now))
        if verdict is Verdict.DUPLICATE:
            outcome.duplicates.append((key, _encode(_duplicate(seen))))
            return
        late, felt = verdict is Verdict.LATE, journey.felt
        outcome.late += late
        if felt is not None:
            outcome.felt.append(f"friction:{felt.friction}")
        if seen.via is not None:
            value = plain(seen, value)
        value = enriched(value, session, phase, late=late, felt=felt)
        outcome.touchpoints.append((key, value))

    def _settle(self, key: bytes, journey: Journey, batch: Batch) -> None:
        held, outcome = self._held, batch.outcome
        changed = journey.wake(held.watermark.now, held.timeline)
        messages = journey.messenger.collect() if journey.messenger else ()
        if journey.messenger and journey.messenger.tally:
            outcome.messaged.update(journey.messenger.tally)
        # That time passed is no reason to write a state: the wheel tells it from there.
        if not changed:
            return
        sessions, transitions = journey.settle(held.watermark.now)
        if journey.thread_changes:
            outcome.tell_threads(key, journey.thread_changes)
        outcome.threads_dropped += journey.threads_dropped
        outcome.tell_sessions(key, sessions)
        outcome.tell_transitions(key, transitions, held.rules.models.specs[0].name)
        if messages:
            outcome.tell(outcome.messages, key, messages)
        state = journey.state
        self._waker.open += bool(state.sessions) - journey.was_open
        encoded = journey.encode(self._log, self.next_offset - 1)
        held.states[key] = encoded
        outcome.states.append((key, encoded))
        self._waker.expect(key, state.due_at, state.silence_at)
        self._waker.ring(key, state.message_at)

    def _progress(self) -> bytes:
        progress = Progress(
            log=self._log,
            next_offset=self.next_offset,
            raw_log=self._raw_log,
            watermark=0,
            seen_raw=dict(self._seen_raw),
        )
        self._controls.snapshot(progress)
        self._held.snapshot(progress)
        return _encode(progress)


def _duplicate(seen: Seen) -> Duplicate:
    return Duplicate(
        seen.tenant,
        seen.person_id,
        seen.source,
        seen.id,
        seen.occurred_at,
        seen.received_at,
        seen.raw_log,
        seen.raw_partition,
        seen.raw_offset,
    )
