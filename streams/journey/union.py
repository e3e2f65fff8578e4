"""Persons who turn out to be one, or not to be one, while their journeys are folded.

Each of these changes an opened journey in place; its `settle` then emits what became of
sessions and transitions. Rows of a session replace each other whoever they say it is of,
by revision: that of a joined or parted state is newer than any row before.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from types import MappingProxyType

from msgspec import structs

from schemas.facts import OpenSession
from schemas.identity import Route
from schemas.journey import JourneyState
from streams.journey.live import Journey
from streams.journey.merge import detach, hold, merge, restrict
from streams.journey.policy import SessionPolicy
from streams.journey.sessionize import Change, chains, covering, deadline

_Way = tuple[str, dict[str, Route]]


def absorb(journey: Journey, other: JourneyState, watermark: int) -> None:
    """Make another person part of this one.

    All sessions of the other that can still be told are emitted again, as this person's.
    Absorbing an empty state that has a name makes that name a member, so that
    touchpoints which still arrive under it can be told apart.

    Args:
        journey: the person who keeps the name.
        other: who it turned out to be, as `dissolve` handed it over; not changed.
        watermark: event time, epoch milliseconds.

    Raises:
        ValueError: the other's name is the stronger one, or its tenant another.
    """
    mine = journey.state
    merged = merge(mine, other, journey.rules)
    if merged.person_id != mine.person_id:
        message = "the person with the stronger name absorbs the other"
        raise ValueError(message)
    merged.applied = mine.applied
    _go_on(journey, merged, watermark, joining=_told(other, journey.rules.policy))


def release(journey: Journey, member: str, watermark: int) -> JourneyState:
    """Take a member away again, as if it had never been this person.

    Args:
        journey: the person.
        member: one of `state.members` but the person's own name.
        watermark: event time, epoch milliseconds.

    Returns:
        The member's own state: to be absorbed by an empty journey of that name, which
        then emits its sessions and transitions.

    Raises:
        ValueError: the member is what the person goes by.
    """
    mine = journey.state
    if member == mine.person_id:
        message = "a person cannot be parted from its own name"
        raise ValueError(message)
    rest, own = detach(mine, member, journey.rules)
    _go_on(journey, rest, watermark, leaving=_told(own, journey.rules.policy))
    return own


def part(journey: Journey, members: Collection[str], watermark: int) -> JourneyState:
    """Take several members away together; see `release`.

    Args:
        journey: the person.
        members: some of `state.members`, without the person's own name.
        watermark: event time, epoch milliseconds.

    Returns:
        What these members come to, under the strongest of their names.
    """
    mine, rules = journey.state, journey.rules
    given = restrict(mine, members, rules)
    rest = restrict(mine, [n for n in mine.members if n not in members], rules)
    _go_on(journey, rest, watermark, leaving=_told(given, rules.policy))
    return given


def divided(
    journey: Journey, state: JourneyState, ways: Sequence[_Way]
) -> list[tuple[_Way, JourneyState]]:
    """Take a state apart whose members belong to several persons from here on.

    Sessions that none of the parts has, since they were of several members, end here:
    who takes a part in cannot know of them.

    Args:
        journey: of the identifier at which the members part; it tells of these sessions.
        state: what came there; not changed.
        ways: where to, and for each of the members that go there how they came.

    Returns:
        The ways, and what goes each of them; of a single one it is the whole.
    """
    if len(ways) == 1:
        return [(ways[0], state)]
    policy = journey.rules.policy
    found = [(way, restrict(state, way[1], journey.rules)) for way in ways]
    parts = [_told(some, policy) for _, some in found]
    heirs = [session for part in parts for session in part.values()]
    changes = [
        Change(gone, "superseded", _heir(gone, heirs))
        for name, gone in _told(state, policy).items()
        if not any(name in part for part in parts)
    ]
    journey.tell(changes, state.revision + 2)
    return found


def dissolve(journey: Journey) -> JourneyState:
    """End a person who goes on as part of another.

    What is left is empty; `settle` takes all transitions back. Sessions stay as they
    are until the other emits them again.

    Args:
        journey: the person.

    Returns:
        Everything known, to be absorbed by the other.
    """
    given = journey.state
    given.revision += 2
    left = JourneyState(0, given.revision, given.tenant, given.person_id)
    left.applied = given.applied
    left.models = given.models
    given = structs.replace(given, models=dict(given.models))
    journey.replace(left, ())
    return given


def _go_on(
    journey: Journey,
    state: JourneyState,
    watermark: int,
    *,
    joining: Mapping[str, OpenSession] = MappingProxyType({}),
    leaving: Mapping[str, OpenSession] = MappingProxyType({}),
) -> None:
    """Go on with a state; sessions that changed, came or went are to be emitted."""
    policy = journey.rules.policy
    state.models = dict(journey.state.models)
    before, now = _told(journey.state, policy), _told(state, policy)
    changes = []
    # What was open and is over by now is closed by `settle`.
    going = {session.session_id: session for session in state.sessions}
    for name, session in now.items():
        over = watermark >= deadline(session, policy)
        if not over:
            going[name] = session
        # One that both had has rows of both: the newest may be the other's.
        if before.get(name) != session or name in joining:
            changes.append(Change(session, "closed" if over else "open"))
    heirs = [*now.values(), *leaving.values()]
    changes += [
        Change(gone, "superseded", _heir(gone, heirs))
        for name, gone in {**before, **joining}.items()
        if name not in now and name not in leaving
    ]
    hold(state, going.values(), policy)
    journey.replace(state, changes, leaving)


def _told(state: JourneyState, policy: SessionPolicy) -> dict[str, OpenSession]:
    """The sessions that the facts of a state tell whole, by id."""
    found = chains(state, policy)
    return {
        session.session_id: session
        for (kind, place), there in found.items()
        for session in there
        if not state.horizon
        or session.started_at > state.horizon + policy.silence(kind, place)
    }


def _heir(gone: OpenSession, heirs: Iterable[OpenSession]) -> str:
    there = [s for s in heirs if (s.kind, s.place) == (gone.kind, gone.place)]
    return covering(there, gone.started_at)
