"""Sessions as a function of the facts: greedy from the left, whatever order they came in."""

from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import blake2b

from schemas.facts import Fact, OpenSession
from schemas.journey import JourneyState, Session
from streams.journey.policy import SessionPolicy


@dataclass(slots=True)
class Change:
    """A session to be emitted.

    Attributes:
        session: its content.
        status: `open`, `closed` or `superseded`.
        heir: id of the session that took it over.
    """

    session: OpenSession
    status: str
    heir: str = ""


def published(change: Change, tenant: str, revision: int) -> Session:
    """The session as readers get it: under the name that it began under.

    What it began with makes its identity, so that name stays, whoever is merged or
    parted: a row that is final when that happens is as true as any other.

    Args:
        change: the session and its status.
        tenant: whose customer.
        revision: version of the row.
    """
    held = change.session
    return Session(
        tenant,
        held.member,
        held.session_id,
        revision,
        change.status,
        held.kind,
        held.place,
        held.channel,
        held.started_at,
        held.ended_at,
        held.touchpoints,
        held.entry_type,
        held.exit_type,
        held.orders,
        held.value_minor,
        held.currency,
        held.campaign,
        held.engaged,
        change.heir,
    )


def session_id(tenant: str, first: Fact) -> str:
    """Identity of a session, from the content of its earliest touchpoint.

    Args:
        tenant: tenant.
        first: the session's earliest touchpoint.

    Returns:
        Sixteen hexadecimal digits; the same wherever and whenever it is derived.
    """
    name = f"{tenant}\0{first.kind}\0{first.place}\0{first.source}\0{first.id}"
    return blake2b(name.encode(), digest_size=8).hexdigest()


def deadline(session: OpenSession, policy: SessionPolicy) -> int:
    """First moment at which the session is over: a millisecond after its gap."""
    return (
        session.ended_at + policy.gap(session.kind, session.place, session.channel) + 1
    )


def place_fact(
    state: JourneyState,
    fact: Fact,
    policy: SessionPolicy,
    *,
    newest: bool,
    watermark: int,
) -> tuple[str, list[Change]]:
    """Put an active fact, already in `state.recent`, into its session.

    Args:
        state: changed in place; its `sessions` are the open ones.
        fact: the fact; its kind is not empty.
        policy: gaps and maximum length.
        newest: no other fact of the person is later.
        watermark: event time; sessions that it has passed are closed.

    Returns:
        The id of the fact's session, and every session that changed.
    """
    last = _last_open(state.sessions, fact)
    if last is not None and _extends(last, fact, policy, state.horizon, newest=newest):
        _extend(last, fact)
        return last.session_id, [Change(last, "open")]
    if newest and (last is not None or fact.at >= watermark):
        session = _opened(state, fact)
        state.sessions.append(session)
        state.sessions_total += 1
        return session.session_id, [Change(session, "open")]
    return _repair(state, fact, policy, watermark)


def chain(
    state: JourneyState, facts: Iterable[Fact], policy: SessionPolicy
) -> list[OpenSession]:
    """Form the sessions of one device or place.

    Args:
        state: whose facts they are.
        facts: active facts of one kind and place, in order.
        policy: gaps and maximum length.

    Returns:
        The sessions, in order of their start.
    """
    built: list[OpenSession] = []
    for fact in facts:
        if built and _joins(built[-1], fact, policy):
            _extend(built[-1], fact)
        else:
            built.append(_opened(state, fact))
    return built


def chains(
    state: JourneyState, policy: SessionPolicy
) -> dict[tuple[str, str], list[OpenSession]]:
    """Form the sessions of every device and place, of all facts of a state.

    Args:
        state: whose sessions.
        policy: gaps and maximum length.

    Returns:
        The sessions, by kind and place.
    """
    found: dict[tuple[str, str], list[Fact]] = {}
    for fact in state.recent:
        if fact.kind:
            found.setdefault((fact.kind, fact.place), []).append(fact)
    return {where: chain(state, there, policy) for where, there in found.items()}


def covering(sessions: list[OpenSession], at: int) -> str:
    """Id of the session, one of those of a place, that lasted at this time."""
    for session in sessions:
        if session.started_at <= at <= session.ended_at:
            return session.session_id
    return ""


def _joins(session: OpenSession, fact: Fact, policy: SessionPolicy) -> bool:
    gap = policy.gap(session.kind, session.place, session.channel)
    return (
        fact.at - session.ended_at <= gap
        and fact.at - session.started_at <= policy.max_length_ms
    )


def _extends(
    session: OpenSession,
    fact: Fact,
    policy: SessionPolicy,
    horizon: int,
    *,
    newest: bool,
) -> bool:
    """Whether the fact only lengthens or fills this session and moves no border."""
    if newest or session.started_at < horizon:
        return fact.at >= session.started_at and _joins(session, fact, policy)
    return session.started_at < fact.at < session.ended_at and not _disputes(
        session, fact
    )


def _disputes(session: OpenSession, fact: Fact) -> bool:
    """Whether the fact may be the earlier one to say what the session is said to have."""
    return _differ(session.campaign, fact.campaign) or _differ(
        session.currency, fact.currency
    )


def _differ(said: str, other: str) -> bool:
    return bool(said and other) and said != other


def _last_open(sessions: list[OpenSession], fact: Fact) -> OpenSession | None:
    last: OpenSession | None = None
    for session in sessions:
        if (
            session.place == fact.place
            and session.kind == fact.kind
            and (last is None or session.started_at >= last.started_at)
        ):
            last = session
    return last


def _opened(state: JourneyState, fact: Fact) -> OpenSession:
    ordered = fact.type == "order_completed"
    return OpenSession(
        session_id(state.tenant, fact),
        fact.kind,
        fact.place,
        fact.channel,
        fact.at,
        fact.at,
        1,
        fact.type,
        fact.type,
        int(ordered),
        fact.value_minor if ordered else 0,
        fact.currency if ordered else "",
        fact.campaign,
        ordered,
        state.members[fact.via] if fact.via else state.person_id,
    )


def _extend(session: OpenSession, fact: Fact) -> None:
    session.touchpoints += 1
    if fact.at >= session.ended_at:
        session.ended_at = fact.at
        session.exit_type = fact.type
    if fact.type == "order_completed":
        session.orders += 1
        session.value_minor += fact.value_minor
        session.currency = session.currency or fact.currency
    if fact.campaign and not session.campaign:
        session.campaign = fact.campaign
    session.engaged = True  # two active touchpoints engage


def _repair(
    state: JourneyState, fact: Fact, policy: SessionPolicy, watermark: int
) -> tuple[str, list[Change]]:
    """Form this place's sessions with and without a late fact; what differs has changed."""
    facts = [
        other
        for other in state.recent
        if other.kind == fact.kind and other.place == fact.place
    ]
    former = chain(state, (f for f in facts if f is not fact), policy)
    before = {session.session_id: session for session in former}
    after = chain(state, facts, policy)
    were_open = {session.session_id for session in state.sessions}
    still_open: list[OpenSession] = []
    changed: list[Change] = []
    for session in after:
        over = watermark >= deadline(session, policy)
        if not over:
            still_open.append(session)
        old = before.pop(session.session_id, None)
        if old != session or over == (session.session_id in were_open):
            changed.append(Change(session, "closed" if over else "open"))
    changed += [
        Change(gone, "superseded", covering(after, gone.started_at))
        for gone in before.values()
    ]
    state.sessions_total += len(after) - len(former)
    state.sessions = [
        s for s in state.sessions if s.kind != fact.kind or s.place != fact.place
    ] + still_open
    return covering(after, fact.at), changed
