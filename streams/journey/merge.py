"""Journey states as a mergeable aggregate: lift, merge and the way back.

A state is what is final, kept apart by member, and a set of facts. Merging joins both
and counts anew; taking a member away counts anew without it. What each field adds up
or joins to is said in `aggregate`.
"""

import operator
from collections.abc import Collection, Iterable
from typing import Final

from msgspec import structs

from schemas.emotion import Emotions
from schemas.facts import Fact, OpenSession
from schemas.journey import Copy, JourneyState
from schemas.messages import Activation, Issued
from streams.activation.emissions import emissions, taken
from streams.activation.memory import newest
from streams.journey.forgetting import give_up
from streams.journey.live import Rules, span_of
from streams.journey.policy import SessionPolicy
from streams.journey.record import Seen, fact_of
from streams.journey.sessionize import chains, deadline
from streams.journey.split import Split, split, unite, whole
from streams.journey.statements import GIVEN_UP, learn
from streams.journey.thread_marks import dues_of

EMPTY: Final = JourneyState(0, 0, "", "")
"""The state of nobody: merging it changes nothing."""

BOOKKEEPING: Final = frozenset(
    {
        "due_at",
        "due_until",
        "revision",
        "silence_at",
        "told_until",
        "recent",
        "sessions",
        "horizon",
        "known",
        "uncounted",
        "known_until",
        "message_at",
        "messages",
        "applied",
        "parts",
        "joined",
        "copies",
        "given_up",
        "threads_due",
        "threads_left",
        "links",
        "identity",
        "merged_into",
    }
)
"""Fields in which states of the same content may differ: how far corrections can still
reach, what is open at the moment, which rows were written, versions and offsets."""


def lift(seen: Seen, rules: Rules) -> JourneyState:
    """The state of a person of whom this touchpoint is all that is known.

    Args:
        seen: the touchpoint; what it states of facts and consent is part of the state.
        rules: session policy and journey models.
    """
    fact = fact_of(seen, rules.policy, rules.models.selection)
    state = lift_fact(fact, seen.tenant, seen.person_id, rules)
    messages = rules.messages
    refused = messages.refused(messages.by_type.get(seen.type))
    learn(state, seen, refused, rules.policy)
    return state


def lift_fact(fact: Fact, tenant: str, person_id: str, rules: Rules) -> JourneyState:
    """The state of a person of whom this fact is all that is known."""
    alone = Split({person_id: JourneyState(0, 0, tenant, person_id)})
    alone.facts[fact.source, fact.id] = (fact, person_id)
    state = whole(tenant, alone, rules)
    state.revision = 2
    state.threads_due = dues_of(state.threads, rules.policy.threads)
    told = chains(state, rules.policy).values()
    hold(state, [session for there in told for session in there], rules.policy)
    return state


def merge(one: JourneyState, other: JourneyState, rules: Rules) -> JourneyState:
    """The state of two persons who are one; neither argument is changed.

    Associative and commutative, with `EMPTY` as identity, on what `content` shows. The
    stronger of the two names is the result's. A touchpoint that both have counts once.
    The result's revision is newer than both. `applied` is that of the side whose name
    the result bears. Nothing is forgotten here: `Journey.settle` keeps the bounds.

    Args:
        one: a state.
        other: another state of the same tenant, or `EMPTY`.
        rules: session policy and journey models.

    Raises:
        ValueError: the two belong to different tenants.
    """
    if one.tenant and other.tenant and one.tenant != other.tenant:
        message = "persons of different tenants are never one"
        raise ValueError(message)
    both = unite(split(one, rules), split(other, rules), rules)
    same = one.person_id == other.person_id
    for what in {*one.given_up, *other.given_up}:
        join = max if same or what == GIVEN_UP else operator.add
        both.give_up(what, join(one.given_up.get(what, 0), other.given_up.get(what, 0)))
    state = whole(one.tenant or other.tenant, both, rules)
    state.revision = max(one.revision, other.revision) + 2
    state.horizon = max(one.horizon, other.horizon)
    state.known_until = max(one.known_until, other.known_until)
    pending = {*one.threads_due, *other.threads_due}
    dues = dues_of(state.threads, rules.policy.threads)
    state.threads_due = [end for end in dues if end in pending]
    reopen(state, [*one.sessions, *other.sessions], rules.policy, heads=True)
    named = [side for side in (one, other) if side.person_id == state.person_id]
    state.applied = max(named, key=lambda side: side.revision, default=EMPTY).applied
    issued = emissions(one, rules.messages), emissions(other, rules.messages)
    _remember_issued(state, newest(*issued), (one.messages, other.messages))
    return state


def detach(
    state: JourneyState, member: str, rules: Rules
) -> tuple[JourneyState, JourneyState]:
    """Undo the merging of one member.

    Args:
        state: a person; not changed.
        member: one of `state.members`, such as `anonymous_id:a`. Of a name that is no
            member there is nothing to take away.
        rules: session policy and journey models.

    Returns:
        The person without the member, and the member's own state, both as if they had
        never been merged; their revisions are newer than `state`'s.
    """
    others = [name for name in state.members or [state.person_id] if name != member]
    own = restrict(state, [member], rules)
    if not own.person_id:
        own = JourneyState(0, own.revision, state.tenant, member)
    return restrict(state, others, rules), own


def restrict(state: JourneyState, names: Collection[str], rules: Rules) -> JourneyState:
    """What the state would be if its person consisted of these members alone.

    Use it to take several members away together: once with them, once with the others.
    """
    before = split(state, rules)
    mixed = {
        who: saved for who, saved in before.joined.items() if len(who & {*names}) > 1
    }
    kept = Split(
        {name: part for name, part in before.parts.items() if name in names},
        {key: told for key, told in before.facts.items() if told[1] in names},
        {who: saved for who, saved in mixed.items() if who.issubset(names)},
        _copies_of(before, {*names}, state.person_id),
        before.given_up,
        before.told_until,
    )
    # Final sessions of several of these with one of the others: which, is not known.
    kept.give_up("sessions", sum(mixed.values()) - sum(kept.joined.values()))
    if before.parts.keys() - {*names}:
        kept.give_up("rows", _rows_that_stay(before, {*names}))
    found = whole(state.tenant, kept, rules)
    found.revision = state.revision + 2
    found.horizon = state.horizon
    found.known_until = state.known_until
    found.threads_due = dues_of(found.threads, rules.policy.threads)
    same = found.person_id == state.person_id
    found.applied = state.applied if same else None
    reopen(found, state.sessions, rules.policy, heads=same)
    issued = emissions(state, rules.messages)
    _remember_issued(found, taken(issued, state, names), (state.messages,))
    return found


def _copies_of(before: Split, names: set[str], person_id: str) -> set[Copy]:
    """The copies under these names; what bounds made the person's own stays with it."""
    folded_in = {one.person_id for one in before.copies} - before.parts.keys()
    kept = names | folded_in if person_id in names else names
    return {one for one in before.copies if one.person_id in kept}


def _rows_that_stay(before: Split, names: set[str]) -> int:
    """How many final rows show members together, or under one name, that are parted."""
    sessions = sum(
        saved
        for who, saved in before.joined.items()
        if who & names and not who.issubset(names)
    )
    return sessions + sum(len(p.threads_left) // 8 for p in before.parts.values())


def _remember_issued(
    state: JourneyState,
    issued: dict[str, Issued],
    before: Collection[Activation | None],
) -> None:
    """Remember what was emitted, beside what the members remember of touchpoints."""
    held = [one for one in before if one is not None]
    if not held:
        return
    memory = state.messages = state.messages or Activation()
    memory.issued = issued
    memory.settled = max(one.settled for one in held)
    state.message_at = 1  # at once: what is due has to be decided again


def content(state: JourneyState) -> dict[str, object]:
    """What two states have to agree on to say the same of a person.

    It is every field that is not `BOOKKEEPING`; no value is the same as a value of 0.
    """
    found: dict[str, object] = {
        name: value
        for name, value in structs.asdict(state).items()
        if name not in BOOKKEEPING
    }
    found["value_minor"] = {
        name: sum_ for name, sum_ in state.value_minor.items() if sum_
    }
    felt = state.emotions or Emotions()
    # The rest of them is bookkeeping.
    found["emotions"] = (felt.observed, felt.inferred)
    return found


def reopen(
    state: JourneyState,
    held: Iterable[OpenSession],
    policy: SessionPolicy,
    *,
    heads: bool,
) -> None:
    """Hold open what came of sessions that were open.

    Args:
        state: changed in place.
        held: sessions that were open.
        policy: gaps and maximum length.
        heads: keep sessions that began before the horizon, which can no longer be told
            from the facts, as they are.
    """
    told = chains(state, policy)
    found: dict[str, OpenSession] = {}
    for session in held:
        if session.started_at < state.horizon:
            if heads:
                found[session.session_id] = structs.replace(session)
            give_up(state, "sessions")
            continue
        for now in told.get((session.kind, session.place), ()):
            if session.started_at <= now.ended_at and (
                now.started_at <= session.ended_at
            ):
                found[now.session_id] = now
    hold(state, found.values(), policy)


def hold(
    state: JourneyState, sessions: Iterable[OpenSession], policy: SessionPolicy
) -> None:
    """Make these the open sessions of a state, and say what time will change."""
    state.sessions = sorted(sessions, key=lambda s: (s.started_at, s.session_id))
    ends = [deadline(session, policy) for session in state.sessions]
    state.due_at, state.due_until = span_of(ends + state.threads_due)
