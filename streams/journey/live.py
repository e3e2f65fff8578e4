"""One person's journey while a batch is folded into it: load, fold, settle."""

from bisect import insort
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from hashlib import blake2b
from typing import Final, TypeVar

from msgspec import json

from schemas.journey import MUTE, Applied, Fact, JourneyState, Session, Transition
from streams.journey.advance import Entry, improved, note, trajectory
from streams.journey.model import Models
from streams.journey.policy import SessionPolicy
from streams.journey.record import Seen, decode_facts, fact_of
from streams.journey.sessionize import Change, deadline, place_fact, published
from streams.journey.thread_set import ThreadChange, ThreadSet
from streams.journey.transitions import transitions

decode_state = json.Decoder(JourneyState).decode
encode_state = json.Encoder().encode

_T = TypeVar("_T")
FORGET_FROM: Final = 16
"""Facts from which a state is tidied whenever it is touched."""


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
        threads: its threads, where a touchpoint or time concerned them.
        was_open: whether a session was still to be closed when it was opened.
    """

    __slots__ = (
        "_before",
        "_closed_until",
        "_longest",
        "_moved",
        "_paths",
        "_rules",
        "_seen",
        "changed",
        "state",
        "threads",
        "was_open",
    )

    def __init__(self, state: JourneyState, rules: Rules, closed_until: int) -> None:
        self.state = state
        self.changed = False
        self._rules = rules
        self._moved: dict[str, Change] = {}
        self._seen: set[tuple[str, str]] | None = None
        self._paths: list[list[Entry]] | None = None
        self._before: list[list[Entry]] | None = None
        self._longest: list[int] = [0 for _ in rules.models.specs]
        self._closed_until = closed_until
        self.threads: ThreadSet | None = None
        if state.sessions and state.due_at < closed_until:
            state.sessions = [
                s for s in state.sessions if deadline(s, rules.policy) >= closed_until
            ]
        self.was_open = bool(state.sessions)

    def fold(self, seen: Seen, watermark: int) -> tuple[Verdict, str, str]:
        """Fold one touchpoint.

        Args:
            seen: the touchpoint.
            watermark: event time of the partition, epoch milliseconds.

        Returns:
            The verdict, the touchpoint's session and the phase when it happened.
        """
        state = self.state
        at = seen.occurred_at
        identity = (seen.source, seen.id)
        if self._seen is None:
            self._seen = {(fact.source, fact.id) for fact in state.recent}
        if identity in self._seen or (at <= state.known_until and self._known(seen)):
            return Verdict.DUPLICATE, "", ""
        self.changed = True
        state.revision += 2
        policy = self._rules.policy
        if at < watermark - policy.rule(seen.channel).lateness_ms or at < state.horizon:
            state.late += 1
            self._remember(seen.source, seen.id, at)
            return Verdict.LATE, "", self._phase_at(at)
        self._seen.add(identity)
        fact = fact_of(seen, policy)
        recent = state.recent
        newest = not recent or recent[-1] < fact
        if newest:
            recent.append(fact)
        else:
            insort(recent, fact)
        session = ""
        if fact.role != MUTE:
            self._count(fact)
            if fact.threads:
                self._open_threads().fold(fact, watermark)
            if fact.kind:
                session, changes = place_fact(
                    state, fact, policy, newest=newest, watermark=watermark
                )
                for change in changes:
                    self._moved[change.session.session_id] = change
        if seen.consent or seen.type == "customer_updated":
            self._learn(seen)
        return Verdict.FOLDED, session, self._phase_at(at)

    def settle_threads(self, watermark: int) -> list[ThreadChange]:
        """Say what is new of the threads; before `settle`, which needs their times."""
        passed = (
            self._closed_until <= end <= watermark for end in self.state.threads_due
        )
        if self.threads is None and not any(passed):
            return []
        return self._open_threads().settle(watermark)

    def settle(self, watermark: int) -> tuple[list[Session], list[Transition]]:
        """Close what is over, forget what can no longer change, and say what is new.

        For a journey that changed; what time alone changes is told without opening it.

        Args:
            watermark: event time of the partition, epoch milliseconds.

        Returns:
            Changed sessions and transitions, ready to be sent.
        """
        state = self.state
        policy = self._rules.policy
        state.threads_due = [end for end in state.threads_due if end > watermark]
        dues = list(state.threads_due)
        still_open = []
        # More devices than a person has: those that end first are closed early.
        early: set[str] = set()
        if len(state.sessions) > policy.max_open:
            ends = sorted((deadline(s, policy), s.session_id) for s in state.sessions)
            early = {name for _, name in ends[: -policy.max_open]}
        for session in state.sessions:
            end = deadline(session, policy)
            if watermark >= end or session.session_id in early:
                self._moved[session.session_id] = Change(session, "closed")
            else:
                still_open.append(session)
                dues.append(end)
        state.sessions = still_open
        state.due_at = min(dues, default=0)
        last = max(dues, default=0)
        state.due_until = last if last > state.due_at else 0
        if self.changed and len(state.recent) >= FORGET_FROM:
            self._forget(watermark)
        tenant, person, revision = state.tenant, state.person_id, state.revision
        sessions = [
            published(change, tenant, person, revision + (change.status == "closed"))
            for change in self._moved.values()
        ]
        return sessions, self._transitions()

    def encode(self, log: str, offset: int) -> bytes:
        """The state as its record, marked with how far the partition was applied."""
        self.state.applied = Applied(log, offset)
        return encode_state(self.state)

    def _open_threads(self) -> ThreadSet:
        if self.threads is None:
            policy = self._rules.policy.threads
            self.threads = ThreadSet(self.state, policy, self._closed_until)
        return self.threads

    def _known(self, seen: Seen) -> bool:
        """Whether a touchpoint is among those no longer in `recent`."""
        wanted = _identity(seen.source, seen.id)
        known = self.state.known
        at = known.find(wanted)
        while at >= 0 and at % 8:
            at = known.find(wanted, at + 1)
        return at >= 0

    def _count(self, fact: Fact) -> None:
        state = self.state
        at = fact.at
        state.touchpoints += 1
        counts = state.counts
        counts[fact.type] = counts.get(fact.type, 0) + 1
        channels = state.channels
        channels[fact.channel] = channels.get(fact.channel, 0) + 1
        state.last_at = max(state.last_at, at)
        if at < state.first_at or not state.first_at:
            state.first_at = at
        if fact.type == "order_completed":
            state.orders += 1
            if fact.currency:
                value = state.value_minor
                value[fact.currency] = value.get(fact.currency, 0) + fact.value_minor
        models = self._rules.models
        needs = improved(state.milestones, fact, models)
        if needs:
            if self._before is None:
                self._before = self._now()
            note(state.milestones, fact, needs)
            self._paths = None
            paths = self._now()
            for number, one in enumerate(paths):
                self._longest[number] = max(self._longest[number], len(one))
            path = paths[0]
            if path:
                state.phase = path[-1].phase
                state.phase_since = path[-1].cause[0]

    def _now(self) -> list[list[Entry]]:
        """The path in each model, as the milestones have it now."""
        if self._paths is None:
            milestones = self.state.milestones
            self._paths = [
                trajectory(milestones, ways) if milestones else []
                for ways in self._rules.models.ways
            ]
        return self._paths

    def _phase_at(self, at: int) -> str:
        state = self.state
        if at >= state.phase_since:
            return state.phase
        phase = ""
        for entry in self._now()[0]:
            if entry.cause[0] <= at:
                phase = entry.phase
        return phase

    def _learn(self, seen: Seen) -> None:
        """Keep the newest statement of each fact and consent; ties go to the larger text."""
        state = self.state
        at = seen.occurred_at
        if seen.type == "customer_updated" and seen.properties:
            facts = decode_facts(seen.properties).facts or {}
            self._keep(facts, at, state.facts, state.facts_at)
        if seen.consent:
            self._keep(seen.consent, at, state.consent, state.consent_at)

    def _keep(
        self,
        told: Mapping[str, _T],
        at: int,
        known: dict[str, _T],
        known_at: dict[str, int],
    ) -> None:
        policy = self._rules.policy
        for name, value in told.items():
            if _bytes(name, value) <= policy.max_statement_bytes and _newer(
                at, value, known_at.get(name), known.get(name)
            ):
                known[name] = value
                known_at[name] = at
        if len(known) > policy.max_statements:
            # By name, not by age: so it does not matter in which order they came.
            for name in sorted(known)[policy.max_statements :]:
                del known[name], known_at[name]

    def _remember(self, source: str, id_: str, at: int) -> None:
        state = self.state
        state.known += _identity(source, id_)
        state.known_until = max(state.known_until, at)
        limit = 8 * self._rules.policy.max_known
        if len(state.known) > limit:
            state.known = state.known[-(limit // 8 * 7) & ~7 :]

    def _forget(self, watermark: int) -> None:
        state = self.state
        policy = self._rules.policy
        overflow = len(state.recent) - policy.max_recent
        if overflow > 0:
            # Beyond the bound history is final: what comes before it is late.
            cut = overflow + policy.max_recent // 4
            state.horizon = state.recent[cut].at
        # A late touchpoint may reach a session as long as its whole length ago.
        oldest = {
            channel: watermark - policy.correctable_ms(channel)
            for channel in {fact.channel for fact in state.recent}
        }
        keep = []
        for fact in state.recent:
            if fact.at >= state.horizon and fact.at >= oldest[fact.channel]:
                keep.append(fact)
            else:
                self._remember(fact.source, fact.id, fact.at)
        state.recent = keep

    def _transitions(self) -> list[Transition]:
        if not self.changed:
            return []
        models = self._rules.models
        known = self.state.models
        if self._before is None and all(
            spec.name in known and known[spec.name].version == spec.version
            for spec in models.specs
        ):
            return []
        before, now = self._before, self._now()
        return transitions(self.state, models, before, now, self._longest)


def _identity(source: str, id_: str) -> bytes:
    return blake2b(f"{source}\0{id_}".encode(), digest_size=8).digest()


def _bytes(name: str, value: object) -> int:
    """Size of a statement in the state, near enough."""
    return 4 * len(name) if isinstance(value, bool) else len(json.encode((name, value)))


def _newer(at: int, value: object, known_at: int | None, known: object) -> bool:
    if known_at is None or at > known_at:
        return True
    return at == known_at and repr(value) > repr(known)
