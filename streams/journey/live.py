"""One person's journey while a batch is folded into it: load, fold, settle."""

from bisect import insort
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from enum import Enum
from typing import Final

from msgspec import json

from schemas.emotion import Emotions
from schemas.facts import MUTE, Fact
from schemas.journey import Applied, Copy, JourneyState, Session, Transition
from schemas.progress import History
from streams.activation.messenger import TIMELESS, Messenger
from streams.activation.rules import NO_RULES, MessageRules
from streams.activation.timeline import Timeline
from streams.emotion.policy import EmotionPolicy
from streams.identity.links import DEFAULT_LINKS, LinkPolicy
from streams.journey.aggregate import count
from streams.journey.belonging import threads_of
from streams.journey.feelings import CONTACTS, Felt, feel_fact, settled_before
from streams.journey.forgetting import (
    bound_identities,
    forget,
    give_up,
    holder,
    remember,
)
from streams.journey.known import knows
from streams.journey.model import Models
from streams.journey.phases import Phases
from streams.journey.policy import SessionPolicy
from streams.journey.record import Seen, fact_of
from streams.journey.sessionize import Change, deadline, place_fact, published
from streams.journey.statements import bound_members, consents, hear, learn
from streams.journey.thread_set import ThreadChange, ThreadSet

decode_state = json.Decoder(JourneyState).decode
encode_state = json.Encoder().encode

FORGET_FROM: Final = 16
"""Facts from which a state is tidied whenever it is touched."""

FEW_FACTS: Final = 4
"""So many are looked through one by one: a set does not pay."""


class Verdict(Enum):
    """What folding a touchpoint came to."""

    FOLDED = "folded"
    DUPLICATE = "duplicate"
    LATE = "late"


@dataclass(frozen=True, slots=True)
class Rules:
    """Everything a fold depends on besides state, touchpoint and watermark."""

    policy: SessionPolicy
    models: Models
    emotion: EmotionPolicy = field(default_factory=EmotionPolicy)
    links: LinkPolicy = DEFAULT_LINKS
    messages: MessageRules = NO_RULES


class Journey:
    """A journey state opened for folding.

    Args:
        state: what is known so far; changed in place.
        rules: session policy and journey models.
        closed_until: sessions that were over before this, epoch milliseconds, were
            emitted as closed already; they are left out.

    Attributes:
        state: the state.
        changed: whether it has to be written.
        rules: session policy and journey models.
        thread_changes: what `settle` found new of its threads.
        threads_dropped: threads that had to leave for lack of room.
        was_open: whether a session was still to be closed when it was opened.
        felt: the friction that history makes of the touchpoint folded last.
        messenger: the person's messages, where this batch concerns them.
    """

    __slots__ = (
        "_closed_until",
        "_ids",
        "_moved",
        "_phases",
        "_threads",
        "changed",
        "felt",
        "messenger",
        "rules",
        "state",
        "thread_changes",
        "threads_dropped",
        "was_open",
    )

    def __init__(self, state: JourneyState, rules: Rules, closed_until: int) -> None:
        self.state = state
        self.changed = False
        self.felt: Felt | None = None
        self.rules = rules
        self.messenger: Messenger | None = None
        # What became of sessions, with the revision that the state had then: who takes
        # the state over in the middle of a batch tells of them from there on.
        self._moved: dict[str, tuple[Change, int]] = {}
        self._ids: set[str] | None = None
        self._phases = Phases(state, rules.models)
        self._closed_until = closed_until
        self._threads: ThreadSet | None = None
        self.threads_dropped = 0
        self.thread_changes: list[ThreadChange] = []
        if state.sessions and state.due_at < closed_until:
            state.sessions = [
                s for s in state.sessions if deadline(s, rules.policy) >= closed_until
            ]
        self.was_open = bool(state.sessions)

    def fold(
        self, seen: Seen, watermark: int, timeline: Timeline = TIMELESS
    ) -> tuple[Verdict, str, str]:
        """Fold one touchpoint.

        Args:
            seen: the touchpoint.
            watermark: event time of the partition, epoch milliseconds.
            timeline: what the clock said when event time got somewhere.

        Returns:
            The verdict, the touchpoint's session and the phase when it happened.
        """
        state = self.state
        self.felt = None
        at = seen.occurred_at
        if 0 < state.message_at <= watermark:
            self.ring(watermark, timeline)
        if self._recalls(seen):
            return Verdict.DUPLICATE, "", ""
        self.changed = True
        if 0 < state.silence_at <= watermark:
            self._phases.pass_time(watermark)
        state.revision += 2
        policy = self.rules.policy
        via = 0 if seen.person_id == state.person_id else self._member(seen.person_id)
        overdue = seen.overdue
        if overdue is None:
            overdue = seen.sent is None and policy.overdue(seen.channel, at, watermark)
        if overdue or at < state.horizon:
            self._late(seen, via)
            self._refuse_late(seen, via, watermark, timeline)
            return Verdict.LATE, "", self._phases.phase_at(at)
        fact = fact_of(seen, policy, self.rules.models.selection)
        fact.via = via
        session = self._apply(fact, watermark)
        messages = self.rules.messages
        concern = messages.by_type.get(seen.type)
        refused = messages.refused(concern)
        told = seen.consent or refused or seen.type == "customer_updated"
        if told:
            learn(state, seen, refused, policy)
            if state.parts:
                learn(holder(state, via), seen, refused, policy)
                bound_members(state, state.parts.values(), policy)
        if told or concern is not None or messages.asks_phase:
            self._message(fact, seen, watermark, timeline)
        return Verdict.FOLDED, session, self._phases.phase_at(at)

    def learn(self, history: History, watermark: int) -> None:
        """Take the person's past into account, as a newly adopted model counts it.

        Args:
            history: the past.
            watermark: event time of the partition, epoch milliseconds.
        """
        self.changed = True
        self._phases.pass_time(watermark)
        self.state.revision += 2
        self._phases.learn(history)
        self._phases.pass_time(watermark)

    def _recalls(self, seen: Seen) -> bool:
        """Whether a touchpoint was folded before."""
        state, source, id_ = self.state, seen.source, seen.id
        if self._ids is None and len(state.recent) > FEW_FACTS:
            self._ids = {fact.id for fact in state.recent}
        if self._ids is None or id_ in self._ids:
            for fact in state.recent:
                if fact.id == id_ and fact.source == source:
                    return True
        if seen.occurred_at <= state.known_until and knows(state, source, id_):
            return True
        # Another name had it as well, and kept it when the two were parted.
        return bool(state.copies) and Copy(seen.person_id, source, id_) in state.copies

    def _apply(self, fact: Fact, watermark: int) -> str:
        """Put a new fact into the state, in place; the session that it belongs to."""
        state = self.state
        recent = state.recent
        if self._ids is not None:
            self._ids.add(fact.id)
        newest = not recent or recent[-1] < fact
        if newest:
            recent.append(fact)
        else:
            insort(recent, fact)
        if fact.role == MUTE:
            return ""
        latest = fact.at > state.last_at
        count(state, fact)
        if self._phases.note(fact, newest=latest):
            self._phases.pass_time(watermark)
        more = fact.more
        if more is not None and (names := threads_of(fact)):
            self._open_threads().fold(fact, names, watermark)
        if fact.type in CONTACTS or (more is not None and more.emotion is not None):
            self._feel(fact, watermark)
        if not fact.kind:
            return ""
        session, changes = place_fact(
            state, fact, self.rules.policy, newest=newest, watermark=watermark
        )
        self._note(changes)
        return session

    def wake(self, watermark: int, timeline: Timeline) -> bool:
        """Let time pass; whether `settle` is going to write the state, with all it changed.

        Messages first: their revisions must not depend on how the log is cut.
        """
        state = self.state
        if 0 < state.message_at <= watermark:
            self.ring(watermark, timeline)
        if 0 < state.silence_at <= watermark:
            self.pass_time(watermark)
        return self.changed

    def pass_time(self, watermark: int) -> bool:
        """Let the silences begin that are due; whether the state has to be written."""
        if self._phases.pass_time(watermark):
            self.changed = True
        return self.changed

    def ring(self, watermark: int, timeline: Timeline) -> None:
        """Decide which messages time alone has made due; to be done before `settle`."""
        if 0 < self.state.message_at <= watermark:
            self.changed = True
            self._messenger().ring(watermark, timeline, self._phases.phase_at)

    def settle(self, watermark: int) -> tuple[list[Session], list[Transition]]:
        """Close what is over, forget what can no longer change, and say what is new.

        For a journey that changed; what time alone changes is told without opening it.

        Args:
            watermark: event time of the partition, epoch milliseconds.

        Returns:
            Changed sessions and transitions, ready to be sent.
        """
        state = self.state
        policy = self.rules.policy
        if 0 < state.silence_at <= watermark:
            self.pass_time(watermark)
        self.thread_changes = []
        if self._threads is not None or state.threads_due:
            self.thread_changes = self._settle_threads(watermark)
            state.threads_due = [end for end in state.threads_due if end > watermark]
        dues = list(state.threads_due)
        still_open = []
        # More devices than a person has: those that end first are closed early.
        early: set[str] = set()
        if len(state.sessions) > policy.max_open:
            ends = sorted((deadline(s, policy), s.session_id) for s in state.sessions)
            early = {name for _, name in ends[: -policy.max_open]}
            give_up(state, "sessions", len(early))
        for session in state.sessions:
            end = deadline(session, policy)
            if watermark >= end or session.session_id in early:
                closed = Change(session, "closed")
                self._moved[session.session_id] = closed, state.revision + 1
            else:
                still_open.append(session)
                dues.append(end)
        state.sessions = still_open
        state.due_at, state.due_until = span_of(dues)
        if self.changed and len(state.recent) >= FORGET_FROM:
            forget(state, policy, self.rules.models, self.rules.emotion, watermark)
        sessions = [
            published(change, state.tenant, revision)
            for change, revision in self._moved.values()
        ]
        return sessions, self._phases.settle() if self.changed else []

    def _message(
        self, fact: Fact, seen: Seen, watermark: int, timeline: Timeline
    ) -> None:
        """Hand a fact to the messages; most touchpoints are none of their business."""
        rules = self.rules.messages
        concern = rules.by_type.get(seen.type)
        if not rules.rules:
            return
        messenger = self._messenger()
        if concern is None and seen.type != "customer_updated" and not seen.consent:
            messenger.reconsider(fact, watermark, timeline, self._phases.phase_at)
            return
        messenger.fold(fact, seen, concern, watermark, timeline, self._phases.phase_at)

    def _messenger(self) -> Messenger:
        if self.messenger is None:
            self.messenger = Messenger(self.state, self.rules.messages)
        return self.messenger

    def encode(self, log: str, offset: int) -> bytes:
        """The state as its record, marked with how far the partition was applied."""
        self.state.applied = Applied(log, offset)
        return encode_state(self.state)

    def replace(
        self,
        state: JourneyState,
        changes: Iterable[Change],
        gone: Iterable[str] = (),
    ) -> None:
        """Go on with another state; `settle` tells the difference.

        Args:
            state: what is known now, of the same person.
            changes: sessions that are other ones than they were.
            gone: sessions that are another's from now on: nothing is told of them.
        """
        self._phases.replace(state)
        threads = self._open_threads()
        before, self.state = self.state, state
        state.links, state.identity = before.links, before.identity
        threads.go_on(state)
        if self.messenger is not None:
            self.messenger.go_on(state)
        self.changed = True
        self._ids = None
        self._note(changes)
        for name in gone:
            self._moved.pop(name, None)

    def tell(self, changes: Iterable[Change], revision: int) -> None:
        """Tell what has become of sessions; the journey has to be one that changed.

        Args:
            changes: sessions, also of a state that is on its way to somebody else.
            revision: of the state that they are of; the row of a closed one has the next.
        """
        for change in changes:
            version = revision + (change.status == "closed")
            self._moved[change.session.session_id] = change, version

    def _note(self, changes: Iterable[Change]) -> None:
        """Take note of what has become of sessions."""
        self.tell(changes, self.state.revision)

    def _open_threads(self) -> ThreadSet:
        if self._threads is None:
            policy = self.rules.policy.threads
            self._threads = ThreadSet(self.state, policy, self._closed_until)
        return self._threads

    def _settle_threads(self, watermark: int) -> list[ThreadChange]:
        dues, since = self.state.threads_due, self._closed_until
        if self._threads is None and not (
            dues and any(since <= end <= watermark for end in dues)
        ):
            return []
        threads = self._open_threads()
        changes = threads.settle(watermark)
        self.threads_dropped += threads.dropped
        self._threads = None
        return changes

    def _member(self, name: str) -> int:
        """Position of a name among those that the person was merged from."""
        members = self.state.members
        return members.index(name) if name in members else 0

    def _late(self, seen: Seen, via: int) -> None:
        state = self.state
        state.late += 1
        if state.parts:
            holder(state, via).late += 1
        remember(state, via, seen.source, seen.id, seen.occurred_at, counted=False)
        bound_identities(state, self.rules.policy)

    def _refuse_late(
        self, seen: Seen, via: int, watermark: int, timeline: Timeline
    ) -> None:
        """Take in what a late touchpoint refuses: a refusal never comes too late.

        Consent that is given late stays out, like all else that the touchpoint says.
        """
        messages, state, policy = self.rules.messages, self.state, self.rules.policy
        heard = consents(seen, messages.refused(messages.by_type.get(seen.type)))
        refusals = {purpose: given for purpose, given in heard.items() if not given}
        if not refusals:
            return
        hear(state, refusals, seen.occurred_at, policy)
        if state.parts:
            hear(holder(state, via), refusals, seen.occurred_at, policy)
            bound_members(state, state.parts.values(), policy)
        if not messages.purposes.isdisjoint(refusals):
            phase_at = self._phases.phase_at
            self._messenger().refuse(seen, refusals, via, watermark, timeline, phase_at)

    def _feel(self, fact: Fact, watermark: int) -> None:
        if self.state.emotions is None:
            self.state.emotions = Emotions()
        policy = self.rules.emotion
        self.felt = feel_fact(
            self.state.emotions,
            fact,
            policy,
            settled_before=settled_before(watermark, self.rules.policy, policy),
        )


def span_of(dues: Collection[int]) -> tuple[int, int]:
    """When time changes something first, and when last where that is later; or 0."""
    if not dues:
        return 0, 0
    first, last = min(dues), max(dues)
    return first, last if last > first else 0
