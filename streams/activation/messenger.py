"""One person's messages while a batch is folded into the state: take, ring, collect."""

from collections.abc import Callable, Mapping
from typing import Final

from schemas.facts import Fact
from schemas.journey import JourneyState
from schemas.messages import Activation, Message, Span
from streams.activation.deciding import Moment, bound, evaluate, forget, new_tally
from streams.activation.emissions import note_owners
from streams.activation.language import DAY_MS, MINUTE_MS
from streams.activation.lift import concern_fact
from streams.activation.memory import say, take
from streams.activation.occasions import Person, alarm, due
from streams.activation.rules import Concern, MessageRules, Rule
from streams.activation.timeline import Timeline
from streams.journey.record import Seen, decode_facts
from streams.journey.statements import consents

PhaseAt = Callable[[int], str]
TIMELESS: Final = Timeline()
"""For whoever folds without a clock: then nothing is ever found too late."""


class Messenger:
    """Keeps a state's memory for messages, and collects the records that it leads to.

    What comes of a log does not depend on how it is cut into batches: whatever event
    time has made due is decided before the next touchpoint is folded, and a touchpoint
    that may change what was decided is followed by a decision at once.

    Args:
        state: changed in place.
        rules: the message rules.

    Attributes:
        tally: what to count.
    """

    __slots__ = ("_messages", "_rules", "_state", "_touched", "tally")

    def __init__(self, state: JourneyState, rules: MessageRules) -> None:
        self._state = state
        self._rules = rules
        self._messages: dict[str, Message] = {}
        self._touched = False
        self.tally = new_tally()

    def ring(self, watermark: int, timeline: Timeline, phase_at: PhaseAt) -> None:
        """Decide what time alone has made due.

        Args:
            watermark: event time, epoch milliseconds.
            timeline: what the clock said when.
            phase_at: the person's phase at a time.
        """
        revision = self._state.revision + 1
        self._evaluate(watermark, revision, timeline.at, ("", ""), phase_at)

    def fold(  # noqa: PLR0913, PLR0917 the touchpoint, and everything about the moment
        self,
        fact: Fact,
        seen: Seen,
        concern: Concern | None,
        watermark: int,
        timeline: Timeline,
        phase_at: PhaseAt,
    ) -> None:
        """Take a new fact in, and decide again what it may change.

        Args:
            fact: the fact, already counted in the state.
            seen: the touchpoint that it was lifted from.
            concern: what its type means to the rules; None for nothing.
            watermark: event time, epoch milliseconds.
            timeline: what the clock said when.
            phase_at: the person's phase at a time.
        """
        if concern is not None:
            concern_fact(fact, seen, concern)
            if concern.reports_only and not fact.detail.message:
                concern = None
        if concern is None and not seen.consent and seen.type != "customer_updated":
            return
        memory = _memory(self._state)
        look = self._hear(memory, seen, concern)
        if concern is not None:
            look |= self._take(memory, fact, concern, watermark)
        if self._state.parts:
            # What is of a member alone, to go with it where it leaves.
            part = _memory(self._state.parts[self._state.members[fact.via]])
            self._hear(part, seen, concern)
            if concern is not None:
                take(part, fact, self._rules)
        self._touched = True
        if look:
            self._now((fact.source, fact.id), watermark, timeline, phase_at)

    def reconsider(
        self, fact: Fact, watermark: int, timeline: Timeline, phase_at: PhaseAt
    ) -> None:
        """Decide again where a late touchpoint may have changed a phase of the past."""
        memory = self._state.messages
        if memory is not None and fact.at <= memory.settled:
            self._now((fact.source, fact.id), watermark, timeline, phase_at)

    def refuse(  # noqa: PLR0913, PLR0917 the refusal, and everything about the moment
        self,
        seen: Seen,
        refusals: Mapping[str, bool],
        via: int,
        watermark: int,
        timeline: Timeline,
        phase_at: PhaseAt,
    ) -> None:
        """Take in what a touchpoint refuses that comes too late for all else.

        Args:
            seen: the touchpoint.
            refusals: the purposes that it refuses.
            via: position of the member whose it is.
            watermark: event time, epoch milliseconds.
            timeline: what the clock said when.
            phase_at: the person's phase at a time.
        """
        look = self._say(_memory(self._state), seen.occurred_at, refusals)
        if self._state.parts:
            part = _memory(self._state.parts[self._state.members[via]])
            self._say(part, seen.occurred_at, refusals)
        self._touched = True
        if look:
            self._now((seen.source, seen.id), watermark, timeline, phase_at)

    def go_on(self, state: JourneyState) -> None:
        """Go on with another state of the same person."""
        self._state = state

    def collect(self) -> list[Message]:
        """The newest record of each message that changed."""
        if self._touched and self._state.messages is not None:
            bound(self._state.messages, self.tally)
            for part in self._state.parts.values():
                if part.messages is not None:
                    bound(part.messages, new_tally())
        return list(self._messages.values())

    def _take(
        self, memory: Activation, fact: Fact, concern: Concern, watermark: int
    ) -> bool:
        look = (
            fact.at <= memory.settled
            or (concern.goal and bool(memory.issued))
            or fact.detail.message in memory.issued
        )
        for rule, span in take(memory, fact, self._rules):
            if not span.live:
                if span.first == span.last:
                    self.tally["suppressed", rule.name, "backfill"] += 1
            elif alarm(fact.at + rule.after_ms, self._rules) <= watermark:
                look = True
            else:
                self._expect(memory, rule, span)
            look |= self._told_by_others(memory, rule, fact)
        return look

    def _told_by_others(self, memory: Activation, rule: Rule, fact: Fact) -> bool:
        """Whether it may be another member now who speaks of a cart or order."""
        if not self._state.parts or rule.key == "person":
            return False
        about = fact.detail.cart if rule.key == "cart" else fact.detail.order
        told = memory.issued.values()
        return any(one.rule == rule.name and one.key == about for one in told)

    def _expect(self, memory: Activation, rule: Rule, span: Span) -> None:
        """Set the alarm for an occasion; one that was put off takes its alarm along."""
        state, rules = self._state, self._rules
        rings = alarm(due(memory, rules, rule, span), rules)
        pending = 0 < state.message_at <= MINUTE_MS
        if (
            not state.message_at
            or rings < state.message_at
            or not (pending or self._another(memory, span))
        ):
            state.message_at = rings

    def _another(self, memory: Activation, span: Span) -> bool:
        """Whether the alarm may be that of another occasion than this one."""
        for name, keys in memory.spans.items():
            rule = self._rules.rules.get(name)
            if rule is None:
                continue
            # What is final has rung, quiet hours and clocks set back or not.
            since = memory.settled - DAY_MS
            for spans in keys.values():
                for one in spans:
                    if one is not span and self._rules.until(rule, one.last) > since:
                        return True
        return False

    def _hear(self, memory: Activation, seen: Seen, concern: Concern | None) -> bool:
        """Note what is said of consent and time zone; whether it may change anything."""
        at = seen.occurred_at
        look = self._say(memory, at, consents(seen, self._rules.refused(concern)))
        automatic = seen.bot or seen.machine
        if seen.type == "customer_updated" and seen.properties and not automatic:
            tz = (decode_facts(seen.properties).facts or {}).get("tz")
            if isinstance(tz, str) and len(tz) <= 64:  # noqa: PLR2004 longer than any
                # With the clock goes the time of the alarm.
                look |= say(memory, "tz", at, tz)
        return look

    def _say(self, memory: Activation, at: int, heard: Mapping[str, bool]) -> bool:
        """Note what is said of consent; whether it may change what was decided."""
        new = False
        for purpose, given in heard.items():
            if purpose in self._rules.purposes:
                new |= say(memory, f"consent.{purpose}", at, given)
        settled = memory.settled + self._rules.longest_valid_ms
        return new and self._day(at) <= self._day(settled)

    def _now(
        self,
        latest: tuple[str, str],
        watermark: int,
        timeline: Timeline,
        phase_at: PhaseAt,
    ) -> None:
        revision = self._state.revision
        self._evaluate(watermark, revision, lambda _: timeline.now, latest, phase_at)

    def _evaluate(
        self,
        watermark: int,
        revision: int,
        found_at: Callable[[int], int],
        latest: tuple[str, str],
        phase_at: PhaseAt,
    ) -> None:
        state = self._state
        memory = state.messages
        if memory is None:
            state.message_at = 0
            return
        decided = evaluate(
            memory,
            self._rules,
            Person(
                state.tenant,
                state.person_id,
                phase_at,
                state.members,
                {name: part.messages for name, part in state.parts.items()},
            ),
            Moment(watermark, state.horizon, revision, found_at, latest),
        )
        state.message_at = decided.alarm
        if state.parts:
            # Before their triggers are forgotten.
            note_owners(state, self._rules)
        for part in state.parts.values():
            if part.messages is not None:
                forget(part.messages, self._rules, decided.final_at)
        for what, number in decided.tally.items():
            self.tally[what] += number
        for message in decided.messages:
            self._messages[message.message_id] = message

    @staticmethod
    def _day(at: int) -> int:
        return at // DAY_MS


def _memory(state: JourneyState) -> Activation:
    if state.messages is None:
        state.messages = Activation()
    return state.messages
