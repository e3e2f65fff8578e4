"""What leaves a state's `recent`: what is final, and what there is no room for.

Sessions leave whole: everything of one device or place that no silence parts goes
together, so that the sessions of what stays are always told rightly, whoever it is
merged with. Of a merged person each touchpoint goes into the part of its member.
"""

from bisect import bisect_left
from collections.abc import Iterable, Mapping
from operator import attrgetter
from typing import Final

from schemas.emotion import Emotions
from schemas.facts import MUTE, Fact
from schemas.journey import JourneyState
from streams.emotion.policy import EmotionPolicy
from streams.journey.aggregate import count_fully
from streams.journey.feelings import CONTACTS, finish_fact
from streams.journey.known import identity, shorten
from streams.journey.model import Models
from streams.journey.policy import ANY_OTHER, DAY_MS, SessionPolicy
from streams.journey.sessionize import chain
from streams.journey.thread_marks import shrink_parts

_AT: Final = attrgetter("at")


def forget(
    state: JourneyState,
    policy: SessionPolicy,
    models: Models,
    emotion: EmotionPolicy,
    watermark: int,
) -> None:
    """Let go of what can no longer change, or of the oldest where there is too much.

    Args:
        state: changed in place.
        policy: lateness, lengths and bounds.
        models: the journey models.
        emotion: weights and spans of emotions.
        watermark: event time, epoch milliseconds.
    """
    recent = state.recent
    kept_ms = policy.undo_days * DAY_MS if state.parts else 0
    overflow = len(recent) - policy.max_recent
    least = watermark - max(policy.least_correctable_ms, kept_ms)
    if overflow <= 0 and (not recent or recent[0].at >= least):
        return  # the oldest is too young on any channel
    floor = 0
    if overflow > 0:
        # Beyond the bound history is final: what comes before it is late.
        floor = recent[overflow + policy.max_recent // 4].at
        state.horizon = max(state.horizon, floor)
    # A late touchpoint may reach a session as long as its whole length ago.
    oldest = {
        channel: watermark - max(correctable_ms, kept_ms)
        for channel, correctable_ms in policy.correctable_ms.items()
    }
    final = _final(recent, bisect_left(recent, least, key=_AT), oldest, policy)
    if not final and not floor:
        return
    gone, kept, forced = [], [], 0
    for fact in recent:
        if (fact.source, fact.id) in final:
            gone.append(fact)
        elif fact.at < floor:
            gone.append(fact)
            forced += 1
        else:
            kept.append(fact)
    state.recent = kept
    give_up(state, "facts", forced)
    for fact in gone:
        remember(
            state,
            fact.via,
            fact.source,
            fact.id,
            fact.at,
            counted=fact.role != MUTE,
        )
    bound_identities(state, policy)
    if state.parts:
        _into_parts(state, gone, policy, models, emotion)
        shrink_parts(state, policy.threads, watermark)


def _final(
    recent: list[Fact], young: int, oldest: Mapping[str, int], policy: SessionPolicy
) -> set[tuple[str, str]]:
    """Identities of the facts that are old enough, together with all of their run.

    None of those from the place `young` on is.
    """
    other = oldest[ANY_OTHER]
    found = [
        fact for fact in recent[:young] if fact.at < oldest.get(fact.channel, other)
    ]
    if not found:
        return set()
    places = {(fact.kind, fact.place) for fact in found if fact.kind}
    final = {(fact.source, fact.id) for fact in found if not fact.kind}
    for run in runs((f for f in recent if (f.kind, f.place) in places), policy):
        if all(fact.at < oldest.get(fact.channel, other) for fact in run):
            final.update((fact.source, fact.id) for fact in run)
    return final


def give_up(state: JourneyState, what: str, number: int = 1) -> None:
    """Count what the state's bounds made impossible."""
    if number:
        state.given_up[what] = state.given_up.get(what, 0) + number


def runs(facts: Iterable[Fact], policy: SessionPolicy) -> list[list[Fact]]:
    """Facts that no silence parts, whatever sessions they form, by device or place.

    Args:
        facts: facts that belong to sessions, in order.
        policy: gaps.
    """
    found: list[list[Fact]] = []
    last: dict[tuple[str, str], list[Fact]] = {}
    silences: dict[tuple[str, str], int] = {}
    for fact in facts:
        where = (fact.kind, fact.place)
        run = last.get(where)
        if run is None:
            silences[where] = policy.silence(*where)
        if run is None or fact.at - run[-1].at > silences[where]:
            run = last[where] = []
            found.append(run)
        run.append(fact)
    return found


def holder(state: JourneyState, via: int) -> JourneyState:
    """Where a touchpoint that is not, or no longer, in `recent` is accounted for."""
    return state.parts[state.members[via]] if state.parts else state


def remember(  # noqa: PLR0913 what is remembered of it
    state: JourneyState, via: int, source: str, id_: str, at: int, *, counted: bool
) -> None:
    """Take note of a touchpoint that leaves `recent`, or was never in it."""
    where, mark = holder(state, via), identity(source, id_)
    where.known += mark
    if not counted:
        where.uncounted += mark
    state.known_until = max(state.known_until, at)


def bound_identities(state: JourneyState, policy: SessionPolicy) -> None:
    """Forget the oldest identities where there are more than the policy lets a state keep."""
    holders = state.parts.values() or (state,)
    limit = max(policy.max_known // len(holders), 8)
    give_up(state, "known", sum(shorten(one, limit) for one in holders))


def _into_parts(
    state: JourneyState,
    gone: list[Fact],
    policy: SessionPolicy,
    models: Models,
    emotion: EmotionPolicy,
) -> None:
    for fact in gone:
        if fact.role != MUTE:
            part = holder(state, fact.via)
            count_fully(part, fact, policy, models)
            if fact.detail.emotion is not None or fact.type in CONTACTS:
                part.emotions = part.emotions or Emotions()
                finish_fact(part.emotions, fact, emotion)
    for run in runs((fact for fact in gone if fact.kind), policy):
        members = sorted({fact.via for fact in run})
        apart = 0
        for via in members:
            own = chain(state, (f for f in run if f.via == via), policy)
            holder(state, via).sessions_total += len(own)
            apart += len(own)
        saved = apart - len(chain(state, run, policy))
        if saved:
            name = ",".join(map(str, members))
            state.joined[name] = state.joined.get(name, 0) + saved
