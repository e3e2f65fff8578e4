"""What customers and systems stated: of each fact and consent the newest, in a bound."""

from collections.abc import Callable, Collection, Mapping
from operator import not_
from typing import Final, TypeVar

from msgspec import json

from schemas.journey import JourneyState
from streams.journey.policy import SessionPolicy
from streams.journey.record import Seen, decode_facts

_T = TypeVar("_T")

GIVEN_UP: Final = "statements"
"""Under this name a state says that not all that was stated is kept: 1 where it is so."""

_LONGEST_TIME: Final = 9_999_999_999_999
_encode: Final = json.Encoder().encode


def consents(seen: Seen, refused: Collection[str]) -> dict[str, bool]:
    """What a touchpoint says of consent, by purpose.

    A bot or mail proxy speaks for nobody: of what it states, a refusal alone counts.

    Args:
        seen: the touchpoint.
        refused: purposes that touchpoints of its type refuse (`MessageRules.refused`).
    """
    automatic = seen.bot or seen.machine
    said = {k: v for k, v in (seen.consent or {}).items() if not (v and automatic)}
    return said | dict.fromkeys(sorted(refused), False)


def learn(
    state: JourneyState, seen: Seen, refused: Collection[str], policy: SessionPolicy
) -> None:
    """Keep the newest statement of each fact and consent.

    Of two at once the larger text is kept, and of consents the refusal. A bot or mail
    proxy tells no facts, and see `consents`.

    Args:
        state: changed in place.
        seen: a touchpoint that may state something.
        refused: purposes that touchpoints of its type refuse.
        policy: how many statements are kept, and how large.
    """
    at, most = seen.occurred_at, policy.max_statement_bytes
    automatic = seen.bot or seen.machine
    if seen.type == "customer_updated" and seen.properties and not automatic:
        told = decode_facts(seen.properties).facts or {}
        small = {k: value for k, value in told.items() if _bytes(k, value) <= most}
        _keep_facts(state, small, dict.fromkeys(small, at), policy)
        if len(small) < len(told):
            _give_up(state)
    hear(state, consents(seen, refused), at, policy)


def hear(
    state: JourneyState, heard: Mapping[str, bool], at: int, policy: SessionPolicy
) -> None:
    """Keep the newest consent of each purpose, in place; see `learn`.

    Args:
        state: changed in place.
        heard: what was said, by purpose.
        at: when, epoch milliseconds.
        policy: how many statements are kept, and how large.
    """
    most = policy.max_statement_bytes
    said = {k: value for k, value in heard.items() if _bytes(k, value) <= most}
    _keep_consent(state, said, dict.fromkeys(said, at), policy)
    if len(said) < len(heard):
        _give_up(state)


def unite_statements(
    state: JourneyState, other: JourneyState, policy: SessionPolicy
) -> None:
    """Keep what another state knows to be stated, by the same rule; in place."""
    _keep_facts(state, other.facts, other.facts_at, policy)
    _keep_consent(state, other.consent, other.consent_at, policy)


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
        if len(told) > most:
            _give_up(person)
        for name in told[most:]:
            for one in (person, *members):
                getattr(one, names).pop(name, None)
                getattr(one, times).pop(name, None)


def _keep_facts(
    state: JourneyState,
    told: Mapping[str, object],
    told_at: Mapping[str, int],
    policy: SessionPolicy,
) -> None:
    if _keep(told, told_at, state.facts, state.facts_at, repr, policy):
        _give_up(state)


def _keep_consent(
    state: JourneyState,
    told: Mapping[str, bool],
    told_at: Mapping[str, int],
    policy: SessionPolicy,
) -> None:
    if _keep(told, told_at, state.consent, state.consent_at, not_, policy):
        _give_up(state)


def _give_up(state: JourneyState) -> None:
    """Note that something is not kept. How much depends on the order; that it is, not."""
    state.given_up[GIVEN_UP] = 1


def _keep(  # noqa: PLR0913, PLR0917 what is told, what is known, and how to choose
    told: Mapping[str, _T],
    told_at: Mapping[str, int],
    known: dict[str, _T],
    known_at: dict[str, int],
    rank: Callable[[_T], str | bool],
    policy: SessionPolicy,
) -> bool:
    """Keep what is newer, of two at once the higher rank; whether there was no room."""
    for name, value in told.items():
        at = told_at[name]
        if name not in known or (known_at[name], rank(known[name])) < (at, rank(value)):
            known[name] = value
            known_at[name] = at
    beyond = len(known) > policy.max_statements
    if beyond:
        # By name, not by age: so it does not matter in which order they came.
        for name in sorted(known)[policy.max_statements :]:
            del known[name], known_at[name]
    return beyond


def _bytes(name: str, value: object) -> int:
    """Size of a statement in the state: its name and value, its name and time."""
    return len(_encode((name, value))) + len(_encode((name, _LONGEST_TIME)))
