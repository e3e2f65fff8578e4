"""Emotions of a person: tallies that fold facts, and the frictions that history tells.

Everything here is a function of the set of facts: what a contact is (the first one, a
repeat, a call after an error) is found again whenever a contact or an error is added, and
counted apart (`settled`) once no touchpoint can come any more that would change it.
"""

from bisect import insort
from collections.abc import Iterable
from typing import Final, NamedTuple

from schemas.emotion import CALL, CONTACT, ERROR, Emotions, LastFelt, Tally, Trace
from schemas.facts import MUTE, Fact
from streams.emotion.policy import DAY_MS, EmotionPolicy
from streams.journey.policy import SessionPolicy

CONTACTS: Final = frozenset({"support_contacted", "call_started"})
"""Types by which a customer gets in touch; `call_ended` ends one of them."""
_ERRORS: Final = frozenset({"payment_failed", "page_viewed", "screen_viewed"})


class Felt(NamedTuple):
    """A friction that history tells of a touchpoint.

    Attributes:
        emotion: -2 to 0.
        friction: its name in the policy.
        about: id of the earlier touchpoint that makes it one.
    """

    emotion: float
    friction: str
    about: str


def feel_fact(
    emotions: Emotions, fact: Fact, policy: EmotionPolicy, *, settled_before: int
) -> Felt | None:
    """Add a fact that is neither a bot's nor a machine's, in place.

    Args:
        emotions: what is known so far.
        fact: seen for the first time.
        policy: weights and spans.
        settled_before: contacts and errors older than this cannot be joined by older
            ones any more, epoch milliseconds (see `settled_before`).

    Returns:
        What the contact is, as far as is known now; None for anything else.
    """
    _count(emotions, fact)
    trace = _trace(fact)
    if trace is None:
        return None
    traces = emotions.traces
    insort(traces, trace)
    friction = None
    if trace.kind != ERROR:
        friction = friction_of(traces, traces.index(trace), policy)
    _settle(emotions, policy, settled_before)
    return friction


def finish_fact(emotions: Emotions, fact: Fact, policy: EmotionPolicy) -> None:
    """Add a fact that becomes final to what is final already, in place."""
    _count(emotions, fact)
    _note_trace(emotions, fact)
    _settle(emotions, policy, 0)


def without(emotions: Emotions, facts: Iterable[Fact]) -> Emotions:
    """The emotions before these facts were added; the newest is kept as it was."""
    observed, inferred = emotions.observed, _base(emotions)
    away = set()
    for fact in facts:
        away.add((fact.source, fact.id))
        felt = fact.detail
        if felt.emotion is not None and fact.role != MUTE:
            if felt.observed:
                observed = _minus(observed, felt.emotion)
            else:
                inferred = _minus(inferred, felt.emotion)
    traces = [
        trace
        for trace in emotions.traces
        if trace.settled or (trace.source, trace.id) not in away
    ]
    return Emotions(observed, inferred, None, traces, emotions.forgotten)


def with_facts(
    parts: Iterable[Emotions | None], facts: Iterable[Fact], policy: EmotionPolicy
) -> Emotions | None:
    """The emotions of what is final and of what can still be corrected, together.

    Args:
        parts: of touchpoints that have none in common, see `without`.
        facts: touchpoints in none of them.
        policy: weights and spans.

    Returns:
        None where nobody felt anything.
    """
    whole = Emotions()
    for part in parts:
        if part is not None:
            whole = merged(whole, part, policy)
    whole.inferred, whole.settled = _base(whole), None
    for fact in facts:
        if fact.role != MUTE:
            _count(whole, fact)
            _note_trace(whole, fact)
    _recount(whole, policy)
    return whole if whole != Emotions() else None


def _count(emotions: Emotions, fact: Fact) -> None:
    detail = fact.detail
    if detail.emotion is None:
        return
    felt = LastFelt(fact.at, fact.seq, fact.source, fact.id, detail.emotion)
    if detail.observed:
        emotions.observed = plus(emotions.observed, felt)
        return
    emotions.inferred = plus(emotions.inferred, felt)
    if emotions.settled is not None:
        emotions.settled = plus(emotions.settled, felt)


def _note_trace(emotions: Emotions, fact: Fact) -> None:
    trace = _trace(fact)
    known = {(one.source, one.id) for one in emotions.traces}
    if trace is not None and (trace.source, trace.id) not in known:
        insort(emotions.traces, trace)


def _minus(tally: Tally, emotion: float) -> Tally:
    return Tally(tally.count - 1, tally.hundredths - round(emotion * 100), tally.last)


def settled_before(
    watermark: int, sessions: SessionPolicy, policy: EmotionPolicy
) -> int:
    """Before this, epoch milliseconds, all that can still come is too late to matter."""
    lateness = max((rule.lateness_ms for rule in sessions.rules.values()), default=0)
    return watermark - policy.reach_ms - max(lateness, DAY_MS)


def merged(one: Emotions, other: Emotions, policy: EmotionPolicy) -> Emotions:
    """The emotions of a person of whom two states knew different touchpoints.

    Commutative and associative; what was settled apart stays as it was counted.
    """
    whole = Emotions(
        both(one.observed, other.observed),
        both(_base(one), _base(other)),
        None,
        sorted({*one.traces, *other.traces}),
        one.forgotten + other.forgotten,
    )
    _recount(whole, policy)
    return whole


def plus(tally: Tally, felt: LastFelt) -> Tally:
    """A tally with one emotion more."""
    return both(tally, Tally(1, round(felt.emotion * 100), felt))


def both(one: Tally, other: Tally) -> Tally:
    """The tally of two sets of touchpoints that have none in common."""
    lasts = [last for last in (one.last, other.last) if last is not None]
    return Tally(
        one.count + other.count,
        one.hundredths + other.hundredths,
        max(lasts, default=None),
    )


def friction_of(
    traces: list[Trace], position: int, policy: EmotionPolicy
) -> Felt | None:
    """What history makes of a contact.

    Args:
        traces: contacts and errors of a person, in order.
        position: where the contact stands among them.
        policy: weights and spans.

    Returns:
        The heavier friction of the two that it can be; None for a first contact, and for
        what only goes on with a contact (near it, or in its thread).
    """
    contact = traces[position]
    error = repeated = None
    for earlier in reversed(traces[:position]):
        apart = contact.at - earlier.at
        if apart > policy.reach_ms:
            break
        if earlier.kind == ERROR:
            if error is None and apart <= policy.error_within_ms:
                error = earlier
        elif apart < policy.same_contact_ms or (
            contact.thread and earlier.thread == contact.thread
        ):
            return None
        elif repeated is None and apart <= policy.repeat_within_ms:
            repeated = earlier
    found = []
    if error is not None and contact.kind == CALL:
        found.append(_felt("call_after_error", error, policy))
    if repeated is not None:
        found.append(_felt("repeat_contact", repeated, policy))
    return min(found, default=None)


def _felt(friction: str, because: Trace, policy: EmotionPolicy) -> Felt:
    return Felt(policy.frictions[friction], friction, because.id)


def _trace(fact: Fact) -> Trace | None:
    if fact.type in CONTACTS:
        kind = CALL if fact.channel == "phone" else CONTACT
        thread = fact.place if fact.kind in {"phone", "chat"} else ""
        return Trace(fact.at, fact.seq, fact.source, fact.id, kind, thread)
    if (
        fact.type in _ERRORS
        and fact.channel in {"web", "app"}
        and fact.detail.emotion is not None
        and not fact.detail.observed
    ):
        return Trace(fact.at, fact.seq, fact.source, fact.id, ERROR)
    return None


def _base(emotions: Emotions) -> Tally:
    return emotions.inferred if emotions.settled is None else emotions.settled


def _contacts(traces: list[Trace], policy: EmotionPolicy) -> list[tuple[int, LastFelt]]:
    """The contacts that are frictions and not settled: position and emotion."""
    found = []
    for position, trace in enumerate(traces):
        if trace.kind != ERROR and not trace.settled:
            felt = friction_of(traces, position, policy)
            if felt is not None:
                last = LastFelt(
                    trace.at, trace.seq, trace.source, trace.id, felt.emotion
                )
                found.append((position, last))
    return found


def _recount(emotions: Emotions, policy: EmotionPolicy) -> None:
    base = total = _base(emotions)
    for _, felt in _contacts(emotions.traces, policy):
        total = plus(total, felt)
    emotions.inferred = total
    emotions.settled = None if total is base else base


def _settle(emotions: Emotions, policy: EmotionPolicy, before: int) -> None:
    """Count for good what cannot change, drop what nobody looks back at, keep the bound.

    Beyond the bound all is counted for good at once, as it is known now.
    """
    traces = emotions.traces
    excess = 0
    if len(traces) > policy.max_traces:
        excess = len(traces) - policy.max_traces // 4 * 3
        emotions.forgotten += excess
    base = _base(emotions)
    frictions = dict(_contacts(traces, policy))
    kept = []
    for position, trace in enumerate(traces):
        final = excess or trace.at < before
        if final and position in frictions:
            base = plus(base, frictions[position])
        # What is settled may still be what a later contact looks back at.
        if position >= excess and trace.at >= before - policy.reach_ms:
            kept.append(_settled(trace) if final else trace)
    emotions.traces = kept
    emotions.inferred, emotions.settled = base, None
    _recount(emotions, policy)


def _settled(trace: Trace) -> Trace:
    return Trace(
        trace.at,
        trace.seq,
        trace.source,
        trace.id,
        trace.kind,
        trace.thread,
        settled=True,
    )
