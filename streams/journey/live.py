"""One person's journey while a batch is folded into it: load, fold, settle."""

from bisect import insort
from dataclasses import dataclass
from enum import Enum
from hashlib import blake2b

from msgspec import json

from schemas.journey import (
    MUTE,
    Applied,
    Fact,
    JourneyState,
    PhaseState,
    Session,
    Transition,
)
from streams.journey.advance import Entry, improved, note, trajectory
from streams.journey.model import Models, ModelSpec
from streams.journey.policy import SessionPolicy
from streams.journey.record import Seen, decode_facts, fact_of
from streams.journey.sessionize import deadline, place_fact

decode_state = json.Decoder(JourneyState).decode
encode_state = json.Encoder().encode


FORGET_FROM = 16
"""Facts from which a state is tidied at every touch; below, when a session closes."""


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


def _fact_order(fact: Fact) -> tuple[int, int, str, str]:
    return (fact.at, fact.seq, fact.source, fact.id)


class Journey:
    """A journey state opened for folding.

    Args:
        state: what is known so far; changed in place.
        rules: session policy and journey models.
    """

    __slots__ = ("_before", "_path", "_rules", "_seen", "changed", "moved", "state")

    def __init__(self, state: JourneyState, rules: Rules) -> None:
        self.state = state
        self.changed = False
        self.moved: dict[str, Session] = {}
        self._rules = rules
        self._seen: set[tuple[str, str]] | None = None
        self._path: list[Entry] | None = None
        self._before: list[list[Entry]] | None = None

    def fold(self, seen: Seen, watermark: int) -> tuple[Verdict, str, str]:
        """Fold one touchpoint.

        Args:
            seen: the touchpoint.
            watermark: event time of the partition, epoch milliseconds.

        Returns:
            The verdict, the touchpoint's session and the phase when it happened.
        """
        state = self.state
        if self._knows(seen):
            return Verdict.DUPLICATE, "", ""
        lateness = self._rules.policy.rule(seen.channel).lateness_ms
        self.changed = True
        state.revision += 1
        if seen.occurred_at < watermark - lateness or seen.occurred_at < state.horizon:
            state.late += 1
            self._remember(_identity(seen.source, seen.id), seen.occurred_at)
            return Verdict.LATE, "", self._phase_at(seen.occurred_at)
        fact = fact_of(seen, self._rules.policy)
        newest = self._insert(fact)
        session = ""
        if fact.role != MUTE:
            self._count(fact)
            if fact.kind:
                session, moved = place_fact(
                    state,
                    fact,
                    self._rules.policy,
                    newest=newest,
                    watermark=watermark,
                )
                for one in moved:
                    self.moved[one.session_id] = one
        self._learn(seen)
        return Verdict.FOLDED, session, self._phase_at(fact.at)

    def settle(self, watermark: int) -> tuple[list[Session], list[Transition]]:
        """Close what is over, forget what can no longer change, and say what is new.

        Args:
            watermark: event time of the partition, epoch milliseconds.

        Returns:
            Changed sessions and transitions, ready to be sent.
        """
        state = self.state
        policy = self._rules.policy
        due = 0
        open_before = len(state.sessions)
        for session in state.sessions:
            end = deadline(session, policy)
            if watermark >= end:
                session.status = "closed"
                state.revision += 1
                self.moved[session.session_id] = session
                self.changed = True
            elif not due or end < due:
                due = end
        if self.changed:
            state.sessions = [s for s in state.sessions if s.status == "open"]
        if len(state.sessions) < open_before or len(state.recent) >= FORGET_FROM:
            self._forget(watermark)
        if due != state.due_at:
            state.due_at = due
            self.changed = True
        for session in self.moved.values():
            session.revision = state.revision
        return list(self.moved.values()), self._transitions()

    def encode(self, log: str, offset: int) -> bytes:
        """The state as its record, marked with how far the partition was applied."""
        self.state.applied = Applied(log, offset)
        return encode_state(self.state)

    def _knows(self, seen: Seen) -> bool:
        state = self.state
        if self._seen is None:
            self._seen = {(fact.source, fact.id) for fact in state.recent}
        if (seen.source, seen.id) in self._seen:
            return True
        if not state.known or seen.occurred_at > state.known_until:
            return False
        wanted = _identity(seen.source, seen.id)
        at = state.known.find(wanted)
        while at >= 0 and at % 8:
            at = state.known.find(wanted, at + 1)
        return at >= 0

    def _insert(self, fact: Fact) -> bool:
        recent = self.state.recent
        if self._seen is not None:
            self._seen.add((fact.source, fact.id))
        if not recent or _fact_order(recent[-1]) < _fact_order(fact):
            recent.append(fact)
            return True
        insort(recent, fact, key=_fact_order)
        return False

    def _count(self, fact: Fact) -> None:
        state = self.state
        state.touchpoints += 1
        state.counts[fact.type] = state.counts.get(fact.type, 0) + 1
        state.channels[fact.channel] = state.channels.get(fact.channel, 0) + 1
        if not state.first_at or fact.at < state.first_at:
            state.first_at = fact.at
        state.last_at = max(state.last_at, fact.at)
        if fact.type == "order_completed":
            state.orders += 1
            if fact.currency:
                value = state.value_minor
                value[fact.currency] = value.get(fact.currency, 0) + fact.value_minor
        models = self._rules.models
        counters = improved(state.milestones, fact, models)
        if counters:
            if self._before is None:
                self._before = [trajectory(state.milestones, w) for w in models.ways]
            note(state.milestones, fact, models, counters)
            self._enter()

    def _enter(self) -> None:
        self._path = trajectory(self.state.milestones, self._rules.models.ways[0])
        if self._path:
            self.state.phase = self._path[-1].phase
            self.state.phase_since = self._path[-1].cause.occurred_at

    def _phase_at(self, at: int) -> str:
        state = self.state
        if at >= state.phase_since:
            return state.phase
        if self._path is None:
            self._path = trajectory(state.milestones, self._rules.models.ways[0])
        phase = ""
        for entry in self._path:
            if entry.cause.occurred_at <= at:
                phase = entry.phase
        return phase

    def _learn(self, seen: Seen) -> None:
        """Keep the newest statement of each fact and consent; ties go to the larger text."""
        state = self.state
        at = seen.occurred_at
        if seen.type == "customer_updated" and seen.properties:
            for name, value in decode_facts(seen.properties).facts.items():
                if _newer(at, value, state.facts_at.get(name), state.facts.get(name)):
                    state.facts[name] = value
                    state.facts_at[name] = at
        for purpose, given in (seen.consent or {}).items():
            if _newer(
                at, given, state.consent_at.get(purpose), state.consent.get(purpose)
            ):
                state.consent[purpose] = given
                state.consent_at[purpose] = at

    def _remember(self, identity: bytes, at: int) -> None:
        state = self.state
        state.known += identity
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
                self._remember(_identity(fact.source, fact.id), fact.at)
        if len(keep) < len(state.recent):
            state.recent = keep
            self.changed = True

    def _transitions(self) -> list[Transition]:
        state = self.state
        found: list[Transition] = []
        specs = self._rules.models.specs
        stale = any(
            (known := state.models.get(spec.name)) is None
            or known.version != spec.version
            for spec in specs
        )
        if not self.changed or (self._before is None and not stale):
            return found
        for position, spec in enumerate(specs):
            path = trajectory(state.milestones, self._rules.models.ways[position])
            known = state.models.get(spec.name)
            if known is None or known.version != spec.version:
                before: list[Entry] = []
            else:
                before = self._before[position] if self._before is not None else path
            found += self._differences(spec, before, path, known)
            if path:
                state.models[spec.name] = PhaseState(
                    spec.version,
                    path[-1].phase,
                    path[-1].cause.occurred_at,
                    len(path),
                )
        return found

    def _differences(
        self,
        spec: ModelSpec,
        before: list[Entry],
        path: list[Entry],
        known: PhaseState | None,
    ) -> list[Transition]:
        rows = [
            self._transition(spec, path, number)
            for number in range(1, len(path) + 1)
            if before[number - 1 : number] != path[number - 1 : number]
            or before[max(0, number - 2) : number - 1]
            != path[max(0, number - 2) : number - 1]
        ]
        for number in range(len(path) + 1, (known.transitions if known else 0) + 1):
            taken_back = self._transition(
                spec, before or path, min(number, len(before or path))
            )
            taken_back.transition_no = number
            taken_back.deleted = True
            rows.append(taken_back)
        return rows

    def _transition(
        self, spec: ModelSpec, path: list[Entry], number: int
    ) -> Transition:
        entry = path[number - 1]
        return Transition(
            tenant=self.state.tenant,
            person_id=self.state.person_id,
            model=spec.name,
            model_version=spec.version,
            transition_no=number,
            from_phase=path[number - 2].phase if number > 1 else "",
            to_phase=entry.phase,
            occurred_at=entry.cause.occurred_at,
            rule=entry.rule,
            cause=entry.cause,
            revision=self.state.revision,
        )


def _identity(source: str, id_: str) -> bytes:
    return blake2b(f"{source}\0{id_}".encode(), digest_size=8).digest()


def _newer(at: int, value: object, known_at: int | None, known: object) -> bool:
    if known_at is None or at > known_at:
        return True
    return at == known_at and repr(value) > repr(known)
