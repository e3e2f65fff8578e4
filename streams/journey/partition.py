"""All journeys of one partition: a batch of records in, everything that follows out."""

import heapq
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Final, Protocol

import msgspec

from schemas.failure import Reason, Rejected
from schemas.identity import Letter, Origin
from schemas.journey import (
    Adoption,
    Control,
    History,
    JourneyState,
    Progress,
    Session,
    Tick,
    Transition,
)
from schemas.topics import record_key
from schemas.touchpoint import Duplicate
from streams.activation.deciding import Tally
from streams.activation.timeline import Alarms, Timeline
from streams.journey.adoption import model_of, newer, overlaid
from streams.journey.closing import closings_of, pending, silence_of
from streams.journey.identities import note_links, read
from streams.journey.live import Journey, Rules, Verdict, decode_state
from streams.journey.moving import direct
from streams.journey.post import Post, plain
from streams.journey.record import Seen, decode_seen, enriched, others_of
from streams.journey.watermark import Watermark

Pair = tuple[bytes, bytes]
Folded = tuple[bytes, Seen | Letter | History, int]
"""What a journey was told in this batch: its key, the record, the watermark it met."""

WHEEL_MS: Final = 60_000
ADVANCE_MASK: Final = 63
"""Time moves every 64 offsets, and with every tick: often enough, and a matter of the
log alone, not of how it was cut into batches."""
_CONTROL: Final = b'{"control":'
_DUE_UNTIL: Final = re.compile(
    rb'{"due_at":\d+,"revision":\d+,"tenant":"[^"]*+","person_id":"(?:[^"\\]|\\.)*+",'
    rb'"due_until":(\d+)'
)
_decode_control = msgspec.json.Decoder(Control).decode
_ALARM: Final = b'"message_at":'
_encode = msgspec.json.Encoder().encode


class _Alarm(msgspec.Struct):
    message_at: int = 0


_decode_alarm = msgspec.json.Decoder(_Alarm).decode


class Record(Protocol):
    """One consumed record, as far as the rules look at it."""

    @property
    def offset(self) -> int:
        """Offset in the partition."""

    @property
    def key(self) -> bytes | None:
        """Key: tenant and person."""

    @property
    def value(self) -> bytes | None:
        """Value: a touchpoint or a tick, JSON."""

    @property
    def timestamp(self) -> int:
        """Time of the record, epoch milliseconds."""


@dataclass(slots=True)
class Outcome:
    """What one batch came to: records to send, as (key, value), and what to count."""

    touchpoints: list[Pair] = field(default_factory=list)
    duplicates: list[Pair] = field(default_factory=list)
    sessions: list[Pair] = field(default_factory=list)
    transitions: list[Pair] = field(default_factory=list)
    threads: list[Pair] = field(default_factory=list)
    messages: list[Pair] = field(default_factory=list)
    states: list[Pair] = field(default_factory=list)
    links: list[Pair] = field(default_factory=list)
    sent: list[Pair] = field(default_factory=list)
    progress: bytes = b""
    rejected: list[tuple[Record, Rejected]] = field(default_factory=list)
    received: int = 0
    ticks: int = 0
    letters: int = 0
    forwarded: int = 0
    replayed: int = 0
    late: int = 0
    opened: list[str] = field(default_factory=list)
    closed: list[str] = field(default_factory=list)
    moves: list[tuple[str, str]] = field(default_factory=list)
    thread_moves: list[tuple[str, str]] = field(default_factory=list)
    threads_dropped: int = 0
    felt: list[str] = field(default_factory=list)
    oldest_received_at: int = 0
    messaged: Tally = field(default_factory=Counter)


class PartitionJourneys:
    """The journeys of one partition, and the time it has reached.

    Args:
        states: key → encoded state, as restored; owned by this object from now on.
        progress: where the partition was left.
        rules: session policy and journey models.
        raw_partitions: number of raw partitions, for the watermark.
        number: this partition's own.
    """

    def __init__(
        self,
        states: dict[bytes, bytes],
        progress: Progress,
        rules: Rules,
        raw_partitions: int,
        number: int = 0,
    ) -> None:
        self.states = states
        self.next_offset = progress.next_offset
        self.watermark = Watermark(raw_partitions, progress)
        self._log = progress.log
        self._raw_log = progress.raw_log
        self._seen_raw = dict(progress.seen_raw)
        self._seen_sent = dict(progress.seen_sent)
        self._number = number
        self._base = rules
        self._adopted = dict(progress.adopted)
        self._rules = self._overlaid()
        self._wheel: dict[int, set[bytes]] = {}
        self._minutes: list[int] = []
        self._alarms = Alarms()
        self._timeline = Timeline(progress.clock)
        # What was due before this was emitted as closed before the progress was written.
        self._closed_until = progress.watermark // WHEEL_MS * WHEEL_MS
        self.open = 0
        for key, value in states.items():
            last, due = last_due_of(value), 0
            if last and last >= self._closed_until:
                found = pending(value, rules.policy, self._closed_until)
                self.open += found.open
                due = found.due
            self._schedule_first(key, due, silence_of(value))
            if rings := alarm_of(value):
                self._alarms.set(key, rings)

    def apply(  # noqa: C901 a branch for each sort of record
        self, records: Iterable[Record]
    ) -> Outcome:
        """Fold a batch of records, in the order of the log.

        Records before `next_offset` are passed over: they are part of the states.

        Args:
            records: consecutive records of this partition.

        Returns:
            Everything to send, count and remember. The states are changed already: the
            caller sends the outcome, in order, or does not go on.
        """
        outcome = Outcome()
        touched: dict[bytes, Journey] = {}
        told: list[Folded] = []
        watermark = self.watermark
        seen_raw = self._seen_raw
        post = Post(self._number, sent=outcome.sent, links=outcome.links)
        timeline = self._timeline
        timeline.begin()
        for record in records:
            offset = record.offset
            if offset < self.next_offset:
                continue
            self.next_offset = offset + 1
            outcome.received += 1
            timeline.now = max(timeline.now, record.timestamp)
            value = record.value or b""
            if value.startswith(_CONTROL):
                self._control(value, record, touched, told, post, outcome)
                continue
            try:
                seen = decode_seen(value)
            except msgspec.MsgspecError:
                detail = "not a touchpoint as the first agent writes it"
                outcome.rejected.append((record, Rejected(Reason.BUG, detail)))
                continue
            if seen.sent is not None:
                # Sent on by another partition, which has seen time in it.
                if self._is_new(seen.sent):
                    self._fold(seen, record, value, touched, told, outcome, post)
                else:
                    outcome.replayed += 1
                continue
            if seen.raw_log != self._raw_log:
                self._raw_log = seen.raw_log
                seen_raw.clear()
                watermark.reset()
            raw = seen.raw_partition
            if seen.raw_offset <= seen_raw.get(raw, -1):
                outcome.replayed += 1
                continue
            seen_raw[raw] = seen.raw_offset
            watermark.observe(raw, seen.occurred_at, seen.received_at)
            if not offset & ADVANCE_MASK:
                watermark.advance()
                timeline.note(watermark.now)
            self._fold(seen, record, value, touched, told, outcome, post)
        self._wake(touched, outcome)
        for key, journey in touched.items():
            self._settle(key, journey, outcome)
        outcome.progress = self._progress()
        return outcome

    def _fold(  # noqa: PLR0913, PLR0917 the inside of the loop above
        self,
        seen: Seen,
        record: Record,
        value: bytes,
        touched: dict[bytes, Journey],
        told: list[Folded],
        outcome: Outcome,
        post: Post,
    ) -> None:
        if not outcome.oldest_received_at:
            outcome.oldest_received_at = seen.received_at
        now = self.watermark.now
        key = record.key or record_key(seen.tenant, seen.person_id)
        journey = touched.get(key)
        if journey is None:
            journey = touched[key] = self._open(key, seen.tenant)
        if self._applied(journey, record.offset):
            outcome.replayed += 1
            return
        post.open(record.offset)
        try:
            if self._elsewhere(journey, seen, value, now, post):
                told.append((key, seen, now))
                outcome.forwarded += 1
                return
            verdict, session, phase = journey.fold(seen, now, self._timeline)
        except Exception as error:  # noqa: BLE001 an error of ours costs one touchpoint
            touched[key] = self._again(key, seen, told)
            detail = f"{type(error).__name__} in the fold"
            outcome.rejected.append((record, Rejected(Reason.BUG, detail)))
            return
        told.append((key, seen, now))
        value = plain(seen, value)
        if verdict is Verdict.FOLDED:
            felt = journey.felt
            value = enriched(value, session, phase, late=False, felt=felt)
            if felt is not None:
                outcome.felt.append(f"friction:{felt.friction}")
            outcome.touchpoints.append((key, value))
        elif verdict is Verdict.DUPLICATE:
            outcome.duplicates.append((key, _encode(_duplicate(seen))))
        else:
            outcome.late += 1
            value = enriched(value, session, phase, late=True)
            outcome.touchpoints.append((key, value))

    def _control(  # noqa: PLR0913, PLR0917 the inside of the loop above
        self,
        value: bytes,
        record: Record,
        touched: dict[bytes, Journey],
        told: list[Folded],
        post: Post,
        outcome: Outcome,
    ) -> None:
        letter = _decode_control(value)
        if isinstance(letter, Tick):
            self.watermark.tick(letter)
            self._timeline.note(self.watermark.now)
            outcome.ticks += 1
            return
        if isinstance(letter, Adoption):
            self._adopt(letter, touched, told, outcome)
            outcome.letters += 1
            return
        if isinstance(letter, History):
            self._learn(letter, record, touched, told, outcome)
            outcome.letters += 1
            return
        if not self._is_new(letter.sent):
            outcome.letters += 1
            return
        key = record_key(letter.tenant, letter.identifier)
        journey = touched.get(key)
        if journey is None:
            journey = touched[key] = self._open(key, letter.tenant)
        if not self._applied(journey, record.offset):
            post.open(record.offset)
            now, written = self.watermark.now, (len(post.sent), len(post.links))
            try:
                read(letter, journey, self._rules.links, now, post)
            except Exception as error:  # noqa: BLE001 an error of ours costs one letter
                touched[key] = self._again(key, letter, told)
                del post.sent[written[0] :], post.links[written[1] :]
                detail = f"{type(error).__name__} in reading a letter"
                outcome.rejected.append((record, Rejected(Reason.BUG, detail)))
                return
            told.append((key, letter, now))
        outcome.letters += 1

    def _adopt(
        self,
        adoption: Adoption,
        touched: dict[bytes, Journey],
        told: list[Folded],
        outcome: Outcome,
    ) -> None:
        """Go by another journey model; what is open was opened under the former ones."""
        if not newer(self._adopted, adoption):
            return
        for key, journey in touched.items():
            if journey.changed:
                self._settle(key, journey, outcome)
        touched.clear()
        told.clear()
        self._adopted[model_of(adoption).name] = adoption
        self._rules = self._overlaid()

    def _overlaid(self) -> Rules:
        models = overlaid(self._base.models, self._adopted)
        return replace(self._base, models=models)

    def _learn(
        self,
        history: History,
        record: Record,
        touched: dict[bytes, Journey],
        told: list[Folded],
        outcome: Outcome,
    ) -> None:
        """Tell a person of their past, or send it on to whom they turned out to be."""
        key = record.key or record_key(history.tenant, history.person_id)
        versions = {spec.name: spec.version for spec in self._rules.models.specs}
        if key not in self.states or versions.get(history.model) != history.version:
            return
        journey = touched.get(key)
        if journey is None:
            journey = touched[key] = self._open(key, history.tenant)
        if self._applied(journey, record.offset):
            return
        person = journey.state.merged_into
        if person:
            outcome.sent.append((record_key(history.tenant, person), _encode(history)))
            return
        journey.learn(history, self.watermark.now)
        told.append((key, history, self.watermark.now))

    def _elsewhere(
        self, journey: Journey, seen: Seen, value: bytes, now: int, post: Post
    ) -> bool:
        """Note the links that a touchpoint shows, and send it on where it belongs."""
        if seen.sent is None and (others := others_of(seen)):
            note_links(seen, others, journey, post)
        return direct(journey, seen, value, now, post)

    def _is_new(self, sent: Origin) -> bool:
        """Whether a record of another partition, or of this one, comes for the first time."""
        source, *place = sent
        last = self._seen_sent.get(source, (-1, 0))
        if (place[0], place[1]) <= last:
            return False
        self._seen_sent[source] = (place[0], place[1])
        return True

    def _applied(self, journey: Journey, offset: int) -> bool:
        """Whether what is at this offset is part of the state already."""
        applied = journey.state.applied
        return (
            applied is not None
            and offset <= applied.offset
            and applied.log == self._log
        )

    def _open(self, key: bytes, tenant: str) -> Journey:
        known = self.states.get(key)
        if known is None:
            person_id = key[len(tenant.encode()) + 1 :].decode()
            state = JourneyState(0, 0, tenant, person_id)
        else:
            state = decode_state(known)
        return Journey(state, self._rules, self._closed_until)

    def _again(self, key: bytes, failed: Seen | Letter, told: list[Folded]) -> Journey:
        """The person's journey without the record on which something failed."""
        journey = self._open(key, failed.tenant)
        sent_before = Post(self._number)
        for other, record, watermark in told:
            if other != key:
                continue
            if isinstance(record, History):
                journey.learn(record, watermark)
            elif not isinstance(record, Seen):
                read(record, journey, self._rules.links, watermark, sent_before)
            elif not self._elsewhere(journey, record, b"{}", watermark, sent_before):
                journey.fold(record, watermark, self._timeline)
        return journey

    def _settle(self, key: bytes, journey: Journey, outcome: Outcome) -> None:
        changed = journey.wake(self.watermark.now, self._timeline)
        messages = journey.messenger.collect() if journey.messenger else ()
        if journey.messenger and journey.messenger.tally:
            outcome.messaged.update(journey.messenger.tally)
        # That time passed is no reason to write a state: the wheel tells it from there.
        if not changed:
            return
        sessions, transitions = journey.settle(self.watermark.now)
        _take_threads(key, journey, outcome)
        for session in sessions:
            outcome.sessions.append((key, _encode(session)))
            _count_session(session, outcome)
        self.open += bool(journey.state.sessions) - journey.was_open
        for transition in transitions:
            outcome.transitions.append((key, _encode(transition)))
            _count_transition(transition, self._rules, outcome)
        for message in messages:
            outcome.messages.append((key, _encode(message)))
        encoded = journey.encode(self._log, self.next_offset - 1)
        self.states[key] = encoded
        outcome.states.append((key, encoded))
        self._schedule_first(key, journey.state.due_at, journey.state.silence_at)
        if journey.state.message_at:
            self._alarms.set(key, journey.state.message_at)

    def _schedule_first(self, key: bytes, due: int, silent: int) -> None:
        """Wake a person when a session is over or a silence begins; 0 for never."""
        if due or silent:
            self._schedule(key, min(due or silent, silent or due))

    def _schedule(self, key: bytes, due: int) -> None:
        minute = due // WHEEL_MS + 1
        keys = self._wheel.get(minute)
        if keys is None:
            keys = self._wheel[minute] = set()
            heapq.heappush(self._minutes, minute)
        keys.add(key)

    def _wake(self, touched: dict[bytes, Journey], outcome: Outcome) -> None:
        """Send what time has changed for persons whose states stay as they are."""
        now = self.watermark.now
        while self._minutes and self._minutes[0] * WHEEL_MS <= now:
            minute = heapq.heappop(self._minutes)
            for key in self._wheel.pop(minute):
                journey = touched.get(key)
                if journey is not None and journey.wake(now, self._timeline):
                    continue
                encoded = self.states[key]
                silent = silence_of(encoded)
                if silent and silent // WHEEL_MS + 1 <= minute:
                    opened = Journey(
                        decode_state(encoded), self._rules, self._closed_until
                    )
                    if opened.wake(now, self._timeline):
                        touched[key] = opened
                        continue
                # A state written since may be due later; then it stands there, too.
                if due_of(encoded) // WHEEL_MS + 1 <= minute:
                    self._pass(key, encoded, minute, outcome)
            self._closed_until = max(self._closed_until, minute * WHEEL_MS)
        for key in self._alarms.ring(now):
            known = self.states.get(key)
            if known is not None and key not in touched and 0 < alarm_of(known) <= now:
                touched[key] = Journey(
                    decode_state(known), self._rules, self._closed_until
                )

    def _pass(self, key: bytes, encoded: bytes, minute: int, outcome: Outcome) -> None:
        """Let a minute pass for one person."""
        since, until = (minute - 1) * WHEEL_MS, minute * WHEEL_MS
        closings = closings_of(encoded, self._rules.policy, since, until)
        for session in closings.sessions:
            outcome.sessions.append((key, _encode(session)))
            outcome.closed.append(session.kind)
        for thread in closings.threads:
            outcome.threads.append((key, _encode(thread)))
            outcome.thread_moves.append((thread.kind, thread.status))
        self.open -= bool(closings.sessions) and not closings.pending.open
        self._schedule_first(key, closings.pending.due, silence_of(encoded))

    def _progress(self) -> bytes:
        progress = Progress(
            log=self._log,
            next_offset=self.next_offset,
            raw_log=self._raw_log,
            watermark=0,
            seen_raw=dict(self._seen_raw),
            seen_sent=dict(self._seen_sent),
            clock=self._timeline.now,
            adopted=self._adopted,
        )
        self.watermark.snapshot(progress)
        return _encode(progress)


def due_of(encoded: bytes) -> int:
    """When a state must be woken, read from the start of its JSON without decoding it."""
    return int(encoded[10 : encoded.index(b",", 10)])


def last_due_of(encoded: bytes) -> int:
    """When a state must be woken for the last time; 0 for never."""
    told = _DUE_UNTIL.match(encoded)
    return int(told[1]) if told else due_of(encoded)


def alarm_of(encoded: bytes) -> int:
    """When a message of a state may become due; nearly all of the others tell quickly."""
    return _decode_alarm(encoded).message_at if _ALARM in encoded else 0


def revision_of(encoded: bytes) -> int:
    """A state's revision, read from the start of its JSON without decoding it."""
    start = encoded.index(b",", 10) + 12
    return int(encoded[start : encoded.index(b",", start)])


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


def _count_session(session: Session, outcome: Outcome) -> None:
    if session.status == "closed":
        outcome.closed.append(session.kind)
    elif session.status == "open" and session.touchpoints == 1:
        outcome.opened.append(session.kind)


def _take_threads(key: bytes, journey: Journey, outcome: Outcome) -> None:
    for thread, moved in journey.thread_changes:
        outcome.threads.append((key, _encode(thread)))
        if moved:
            outcome.thread_moves.append((thread.kind, thread.status))
    outcome.threads_dropped += journey.threads_dropped


def _count_transition(transition: Transition, rules: Rules, outcome: Outcome) -> None:
    if transition.model == rules.models.specs[0].name and not transition.deleted:
        outcome.moves.append((transition.from_phase, transition.to_phase))
