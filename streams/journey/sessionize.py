"""Sessions as a function of the facts: greedy from the left, whatever order they came in."""

from collections.abc import Iterable
from hashlib import blake2b

from schemas.journey import Fact, JourneyState, Session
from streams.journey.policy import SessionPolicy


def session_id(tenant: str, first: Fact) -> str:
    """Identity of a session, from the content of its earliest touchpoint.

    Args:
        tenant: tenant.
        first: the session's earliest touchpoint.

    Returns:
        Sixteen hexadecimal digits; the same wherever and whenever it is derived.
    """
    name = "\0".join((tenant, first.kind, first.place, first.source, first.id))
    return blake2b(name.encode(), digest_size=8).hexdigest()


def deadline(session: Session, policy: SessionPolicy) -> int:
    """First moment at which the session is over: a millisecond after its gap."""
    return session.ended_at + _gap(session, policy) + 1


def place_fact(
    state: JourneyState,
    fact: Fact,
    policy: SessionPolicy,
    *,
    newest: bool,
    watermark: int,
) -> tuple[str, list[Session]]:
    """Put an active fact, already in `state.recent`, into its session.

    Args:
        state: changed in place.
        fact: the fact; its kind is not empty.
        policy: gaps and maximum length.
        newest: no other fact of the person is later.
        watermark: event time; sessions that it has passed are closed and no longer
            in `state.sessions`.

    Returns:
        The id of the fact's session, and every session that changed, superseded
        ones included.
    """
    last = _last_open(state.sessions, fact)
    if last is not None and _extends(last, fact, policy, state.horizon, newest=newest):
        _extend(last, fact, policy)
        return last.session_id, [last]
    if newest and (last is not None or fact.at >= watermark):
        session = _opened(state, fact)
        state.sessions.append(session)
        state.sessions_total += 1
        return session.session_id, [session]
    return _repair(state, fact, policy, watermark)


def chain(
    state: JourneyState, facts: Iterable[Fact], policy: SessionPolicy
) -> list[Session]:
    """Form the sessions of one device or place.

    Args:
        state: whose they are.
        facts: active facts of one kind and place, in order.
        policy: gaps and maximum length.

    Returns:
        The sessions, in order of their start.
    """
    built: list[Session] = []
    for fact in facts:
        if built and _joins(built[-1], fact, policy):
            _extend(built[-1], fact, policy)
        else:
            built.append(_opened(state, fact))
    return built


def _gap(session: Session, policy: SessionPolicy) -> int:
    return policy.gap(session.kind, session.place, session.channel)


def _joins(session: Session, fact: Fact, policy: SessionPolicy) -> bool:
    return (
        fact.at - session.ended_at <= _gap(session, policy)
        and fact.at - session.started_at <= policy.max_length_ms
    )


def _extends(
    session: Session,
    fact: Fact,
    policy: SessionPolicy,
    horizon: int,
    *,
    newest: bool,
) -> bool:
    """Whether the fact only lengthens or fills this session and moves no border."""
    if newest or session.started_at < horizon:
        return fact.at >= session.started_at and _joins(session, fact, policy)
    return session.started_at < fact.at < session.ended_at


def _last_open(sessions: list[Session], fact: Fact) -> Session | None:
    last: Session | None = None
    for session in sessions:
        if (
            session.kind == fact.kind
            and session.place == fact.place
            and (last is None or session.started_at >= last.started_at)
        ):
            last = session
    return last


def _opened(state: JourneyState, fact: Fact) -> Session:
    ordered = fact.type == "order_completed"
    return Session(
        tenant=state.tenant,
        person_id=state.person_id,
        session_id=session_id(state.tenant, fact),
        revision=0,
        status="open",
        kind=fact.kind,
        place=fact.place,
        channel=fact.channel,
        started_at=fact.at,
        ended_at=fact.at,
        touchpoints=1,
        entry_type=fact.type,
        exit_type=fact.type,
        orders=int(ordered),
        value_minor=fact.value_minor,
        currency=fact.currency,
        campaign=fact.campaign,
        engaged=ordered,
    )


def _extend(session: Session, fact: Fact, policy: SessionPolicy) -> None:
    session.touchpoints += 1
    if fact.at >= session.ended_at:
        session.ended_at = fact.at
        session.exit_type = fact.type
    if fact.type == "order_completed":
        session.orders += 1
        session.value_minor += fact.value_minor
        session.currency = session.currency or fact.currency
    session.campaign = session.campaign or fact.campaign
    session.engaged = (
        session.touchpoints > 1
        or session.orders > 0
        or session.ended_at - session.started_at >= policy.engaged_ms
    )


def _repair(
    state: JourneyState, fact: Fact, policy: SessionPolicy, watermark: int
) -> tuple[str, list[Session]]:
    """Form this place's sessions with and without a late fact; what differs has changed."""
    facts = [
        other
        for other in state.recent
        if other.kind == fact.kind and other.place == fact.place
    ]
    former = chain(state, (f for f in facts if f is not fact), policy)
    before = {session.session_id: session for session in former}
    after = chain(state, facts, policy)
    state.sessions_total += len(after) - len(former)
    were_open = {session.session_id for session in state.sessions}
    changed: list[Session] = []
    for session in after:
        if watermark >= deadline(session, policy):
            session.status = "closed"
        old = before.pop(session.session_id, None)
        if old is not None and old.session_id not in were_open:
            old.status = "closed"
        if old != session:
            changed.append(session)
    for gone in before.values():
        gone.status = "superseded"
        gone.superseded_by = _covering(after, gone.started_at)
        changed.append(gone)
    state.sessions = [
        s for s in state.sessions if s.kind != fact.kind or s.place != fact.place
    ] + [s for s in after if s.status == "open"]
    return _covering(after, fact.at), changed


def _covering(sessions: list[Session], at: int) -> str:
    for session in sessions:
        if session.started_at <= at <= session.ended_at:
            return session.session_id
    return ""
