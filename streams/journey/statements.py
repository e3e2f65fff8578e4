"""What customers and systems stated: of each fact and consent the newest, in a bound."""

from collections.abc import Collection, Mapping
from typing import TypeVar

from msgspec import json

from schemas.journey import JourneyState
from streams.journey.policy import SessionPolicy
from streams.journey.record import Seen, decode_facts

_T = TypeVar("_T")


def learn(state: JourneyState, seen: Seen, policy: SessionPolicy) -> None:
    """Keep the newest statement of each fact and consent; ties go to the larger text.

    Args:
        state: changed in place.
        seen: a touchpoint that may state something.
        policy: how many statements are kept, and how large.
    """
    at = seen.occurred_at
    if seen.type == "customer_updated" and seen.properties:
        told = decode_facts(seen.properties).facts or {}
        small = {
            name: value
            for name, value in told.items()
            if _bytes(name, value) <= policy.max_statement_bytes
        }
        _keep(small, dict.fromkeys(small, at), state.facts, state.facts_at, policy)
    if seen.consent:
        consent = {
            name: value
            for name, value in seen.consent.items()
            if _bytes(name, value) <= policy.max_statement_bytes
        }
        times = dict.fromkeys(consent, at)
        _keep(consent, times, state.consent, state.consent_at, policy)


def unite_statements(
    state: JourneyState, other: JourneyState, policy: SessionPolicy
) -> None:
    """Keep what another state knows to be stated, by the same rule; in place."""
    _keep(other.facts, other.facts_at, state.facts, state.facts_at, policy)
    _keep(other.consent, other.consent_at, state.consent, state.consent_at, policy)


def bound_members(
    person: JourneyState, members: Collection[JourneyState], policy: SessionPolicy
) -> None:
    """Keep what all members of a person stated within the bound of one state; in place.

    The more members, the fewer names each of them keeps, the first by the alphabet: so
    it matters neither who came first nor in which order persons were put together.
    """
    most = policy.max_member_statements // max(1, len(members))
    if most >= policy.max_statements:
        return
    for names, times in (("facts", "facts_at"), ("consent", "consent_at")):
        told = sorted({name for one in members for name in getattr(one, names)})
        for name in told[most:]:
            for one in (person, *members):
                getattr(one, names).pop(name, None)
                getattr(one, times).pop(name, None)


def _keep(
    told: Mapping[str, _T],
    told_at: Mapping[str, int],
    known: dict[str, _T],
    known_at: dict[str, int],
    policy: SessionPolicy,
) -> None:
    for name, value in told.items():
        at = told_at[name]
        if _newer(at, value, known_at.get(name), known.get(name)):
            known[name] = value
            known_at[name] = at
    if len(known) > policy.max_statements:
        # By name, not by age: so it does not matter in which order they came.
        for name in sorted(known)[policy.max_statements :]:
            del known[name], known_at[name]


def _bytes(name: str, value: object) -> int:
    """Size of a statement in the state, near enough."""
    return 4 * len(name) if isinstance(value, bool) else len(json.encode((name, value)))


def _newer(at: int, value: object, known_at: int | None, known: object) -> bool:
    if known_at is None or at > known_at:
        return True
    return at == known_at and repr(value) > repr(known)
