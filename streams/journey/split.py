"""A state taken apart, so that it can be joined with another or lose a member."""

from collections.abc import Collection
from dataclasses import dataclass, field

from msgspec import json, structs

from schemas.facts import MUTE, Fact
from schemas.journey import Copy, JourneyState, PhaseState
from streams.activation.memory import joined
from streams.identity.strength import strength
from streams.journey.advance import next_silence, trajectory
from streams.journey.aggregate import add_sums, count_fully, join_marks, uncount
from streams.journey.feelings import with_facts, without
from streams.journey.known import identities, identity
from streams.journey.live import Rules
from streams.journey.model import Models
from streams.journey.policy import SessionPolicy
from streams.journey.sessionize import chains
from streams.journey.statements import bound_members

_encode = json.Encoder().encode

Told = dict[tuple[str, str], tuple[Fact, str]]
"""Facts by identity, each with the member whose it is."""


@dataclass(slots=True)
class Split:
    """What a state is made of.

    Attributes:
        parts: by member, what is final: sums without the facts below, and all marks.
        facts: what may still be corrected.
        joined: by the members that had them together, how many fewer the final sessions
            are than if each had had its own.
        copies: rows that no answer counts, since another member has the touchpoint.
        given_up: what bounds made impossible, by kind.
        told_until: silences that began up to here have been told.
    """

    parts: dict[str, JourneyState] = field(default_factory=dict)
    facts: Told = field(default_factory=dict)
    joined: dict[frozenset[str], int] = field(default_factory=dict)
    copies: set[Copy] = field(default_factory=set)
    given_up: dict[str, int] = field(default_factory=dict)
    told_until: int = 0

    def give_up(self, what: str, number: int) -> None:
        """Count what cannot be told."""
        if number:
            self.given_up[what] = self.given_up.get(what, 0) + number


def split(state: JourneyState, rules: Rules) -> Split:
    """Take a state apart; what comes of it shares nothing that is changed later."""
    if not state.person_id:
        return Split()
    names = state.members or [state.person_id]
    return Split(
        dict(state.parts) or {state.person_id: _final(state, rules)},
        {(fact.source, fact.id): (fact, names[fact.via]) for fact in state.recent},
        {
            frozenset(names[int(number)] for number in who.split(",")): saved
            for who, saved in state.joined.items()
        },
        set(state.copies),
        dict(state.given_up),
        state.told_until,
    )


def unite(one: Split, other: Split, rules: Rules) -> Split:
    """Join two states taken apart: members with members, facts with facts."""
    both = Split(told_until=max(one.told_until, other.told_until))
    grown: set[str] = set()
    for name in sorted({*one.parts, *other.parts}, key=strength):
        parts = [side.parts[name] for side in (one, other) if name in side.parts]
        counted = _distinct(parts)
        if len(counted) == 2:  # noqa: PLR2004 two sides of a merge
            grown.add(name)
        both.parts[name] = _sum_of(counted, parts, rules)
    same = (one.parts.keys() & other.parts.keys()) - grown
    both.give_up("shared", len(_known(one, same) & _known(other, same)))
    for who in {*one.joined, *other.joined}:
        saved = one.joined.get(who, 0), other.joined.get(who, 0)
        # Either two histories, or twice the same one.
        both.joined[who] = sum(saved) if who & grown else max(saved)
    both.facts, copies = _correctable(one, other, both)
    both.copies = one.copies | other.copies
    if not any(_beyond_bound(side, rules.policy) for side in (one, other)):
        both.copies |= copies
    return both


def whole(tenant: str, parts: Split, rules: Rules) -> JourneyState:
    """The state that parts and facts come to, but for what is open and for versions."""
    policy, models = rules.policy, rules.models
    names = _bounded(parts, rules)
    state = JourneyState(0, 0, tenant, names[0] if names else "")
    state.members = names if len(names) > 1 else []
    state.copies = sorted(parts.copies)[: policy.max_copies]
    parts.give_up("copies", len(parts.copies) - len(state.copies))
    state.given_up = dict(parts.given_up)
    state.told_until = parts.told_until
    bound_members(state, parts.parts.values(), policy)
    for part in parts.parts.values():
        add_sums(state, part)
        join_marks(state, part, policy, models)
    position = {name: number for number, name in enumerate(names)}
    state.recent = sorted(
        fact
        if fact.via == position[name]
        else structs.replace(fact, via=position[name])
        for fact, name in parts.facts.values()
    )
    for fact in state.recent:
        if fact.role != MUTE:
            count_fully(state, fact, policy, models)
    felt = (part.emotions for part in parts.parts.values())
    state.emotions = with_facts(felt, state.recent, rules.emotion)
    state.messages = joined(
        (part.messages for part in parts.parts.values()), rules.messages
    )
    told = chains(state, policy)
    state.sessions_total += sum(map(len, told.values())) - sum(parts.joined.values())
    if state.members:
        state.parts = {name: _copy(parts.parts[name], rules) for name in names}
        state.known = state.uncounted = b""
        state.joined = {
            ",".join(str(n) for n in sorted(position[name] for name in who)): saved
            for who, saved in parts.joined.items()
        }
    _derive(state, models)
    return state


def _final(state: JourneyState, rules: Rules) -> JourneyState:
    """What is final of a person with one name: sums without `recent`, and all marks."""
    part = _copy(state, rules)
    for fact in state.recent:
        if fact.role != MUTE:
            uncount(part, fact)
    if part.emotions is not None:
        part.emotions = without(part.emotions, state.recent)
    told = chains(state, rules.policy)
    part.sessions_total -= sum(map(len, told.values()))
    return part


def _copy(part: JourneyState, rules: Rules) -> JourneyState:
    return _sum_of([part], [part], rules)


def _sum_of(
    counted: list[JourneyState], known: Collection[JourneyState], rules: Rules
) -> JourneyState:
    first = counted[0]
    found = JourneyState(0, 0, first.tenant, first.person_id)
    for part in counted:
        add_sums(found, part)
    for part in known:
        join_marks(found, part, rules.policy, rules.models)
    felt = (part.emotions for part in counted)
    found.emotions = with_facts(felt, (), rules.emotion)
    found.messages = joined((part.messages for part in known), rules.messages)
    return found


def _distinct(parts: list[JourneyState]) -> list[JourneyState]:
    """Of two versions of one part the one that has all of the other's touchpoints.

    Both, where neither has: then they are of different touchpoints, and add up.
    """
    if len(parts) == 1:
        return parts
    mine, theirs = (identities(part.known) for part in parts)
    if theirs and theirs <= mine:
        return parts[:1]
    return parts[1:] if mine and mine <= theirs else parts


def _known(parts: Split, but: Collection[str]) -> set[bytes]:
    """Identities of the final touchpoints, but for those of some members."""
    found = [
        identities(part.known) for name, part in parts.parts.items() if name not in but
    ]
    return set().union(*found)


def _correctable(one: Split, other: Split, both: Split) -> tuple[Told, set[Copy]]:
    """The facts of both but for those that are final in either; and whose are copies.

    A touchpoint sent again with other identifiers, before anybody knew that they are one
    person, is a fact of two names. It stays with one of them, as that one was told it;
    but with another where it counts there and is final.
    """
    found, copies = dict(one.facts), set()
    for key, told in other.facts.items():
        if key in found:
            kept, left = sorted((told, found[key]), key=_preference)
            found[key] = kept
            if kept[1] != left[1]:
                both.give_up("shared", 1)
                copies.add(Copy(left[1], *key))
        else:
            found[key] = told
    known = {name: identities(part.known) for name, part in both.parts.items()}
    counted = {
        name: known[name] - identities(part.uncounted)
        for name, part in both.parts.items()
    }
    named = one.copies | other.copies
    staying = {}
    for key, (fact, name) in found.items():
        if Copy(name, *key) in named:
            continue
        mark = identity(*key)
        holders = {who for who in known if mark in known[who]}
        counts = fact.role != MUTE and all(mark not in counted[who] for who in holders)
        if counts or not holders:
            staying[key] = (fact, name)
            copies.update(Copy(who, *key) for who in holders - {name})
        elif name not in holders:
            copies.add(Copy(name, *key))
    return staying, copies


def _preference(told: tuple[Fact, str]) -> tuple[bool, tuple[int, str], bytes]:
    """Sort key of tellings of a touchpoint: one that counts stays, of the stronger name."""
    fact, name = told
    return fact.role == MUTE, strength(name), _encode(fact)


def _beyond_bound(side: Split, policy: SessionPolicy) -> bool:
    """Whether a fact may be another name's than the one it was addressed to."""
    return "members" in side.given_up or len(side.parts) >= policy.max_members


def _bounded(parts: Split, rules: Rules) -> list[str]:
    """The names, the strongest first; what is beyond the bound becomes the person's own."""
    names = sorted(parts.parts, key=strength)
    beyond = names[rules.policy.max_members :]
    if not beyond:
        return names
    gone = [parts.parts.pop(name) for name in beyond]
    own = [parts.parts[names[0]], *gone]
    merged = parts.parts[names[0]] = _sum_of(own, own, rules)
    parts.give_up("members", len(gone))
    kept = set(names).difference(beyond)
    for key, (fact, name) in parts.facts.items():
        parts.facts[key] = (fact, name if name in kept else names[0])
    before, parts.joined = parts.joined, {}
    for who, saved in before.items():
        now = frozenset(name if name in kept else names[0] for name in who)
        if len(now) > 1:
            parts.joined[now] = parts.joined.get(now, 0) + saved
        else:
            merged.sessions_total -= saved
    return names[: len(kept)]


def _derive(state: JourneyState, models: Models) -> None:
    """Phases, as the marks have them."""
    state.silence_at = next_silence(state, models, state.told_until)
    for number, spec in enumerate(models.specs):
        path = trajectory(state, models, number, state.told_until)
        if not path:
            continue
        phase, since = path[-1].phase, path[-1].at
        state.models[spec.name] = PhaseState(spec.version, phase, since, len(path))
        if spec is models.specs[0]:
            state.phase, state.phase_since = phase, since
