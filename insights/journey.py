"""One person's journey: where they stand, how they got there, what happened."""

from collections.abc import Mapping
from typing import Any, Final

import msgspec
from msgspec import Struct

from insights.asker import Asker, QuestionError, ask_all, question
from insights.personas.members import PersonaOf, persona_of_person
from insights.personas.spec import PersonaModel
from insights.sentences import Sentence, say
from insights.spending import Spending, read_spending
from insights.why import Reason, read_why
from schemas.vocabulary import NAMESPACES, TYPES

MAX_LIMIT: Final = 10_000
MAX_CHAIN: Final = 16
"""Links followed from an identifier to its person; a chain is seldom longer than two."""

DEFAULT_MODEL: Final = "default"


class Position(Struct):
    """Where a person stands; times are epoch milliseconds, money the smallest unit.

    Attributes:
        revision: version of the state that this was read from.
        value_minor: order value by currency.
        counts: touchpoints by type.
        channels: touchpoints by channel.
        facts: the newest customer facts, by name.
        consent: the newest consent by purpose.
        late: touchpoints that are stored but came too late for the state.
    """

    person_id: str
    revision: int
    phase: str
    phase_since: int
    touchpoints: int
    first_at: int
    last_at: int
    orders: int
    value_minor: dict[str, int]
    counts: dict[str, int]
    channels: dict[str, int]
    sessions_total: int
    facts: dict[str, Any]
    consent: dict[str, bool]
    late: int


class PersonSession(Struct):
    """One session of the person."""

    session_id: str
    status: str
    kind: str
    place: str
    channel: str
    started_at: int
    ended_at: int
    touchpoints: int
    entry_type: str
    exit_type: str
    orders: int
    value_minor: int
    currency: str
    campaign: str
    engaged: bool


class PersonThread(Struct):
    """One cart, order, return or ticket of the person; see docs/threads.md.

    Attributes:
        since: when the status became true.
        due_at: when the cart is given up if nothing happens, or was.
    """

    kind: str
    thread_id: str
    status: str
    since: int
    started_at: int
    updated_at: int
    touchpoints: int
    value_minor: int
    currency: str
    steps: list[str]
    cause_source: str
    cause_id: str
    cause_type: str
    cause_at: int
    due_at: int | None


class Moment(Struct):
    """One touchpoint of the timeline.

    Attributes:
        at: when it occurred.
        phase: in which the person stood once it had happened, by the transitions as they
            are known now; empty where they were in none yet.
    """

    at: int
    seq: int
    source: str
    id: str
    type: str
    channel: str
    direction: str
    session_id: str
    phase: str
    late: bool
    store_id: str
    campaign_name: str
    cart_id: str
    order_id: str
    ticket_id: str
    value_minor: int | None
    currency: str
    bot: bool
    machine: bool


class Member(Struct):
    """An identifier that turned out to be the person's, and what it is linked to."""

    identifier: str
    linked_to: str


class Journey(Struct):
    """Everything stored of one person.

    Attributes:
        members: other identifiers under which touchpoints of the person came.
        position: None where touchpoints are stored but no state yet, or all of them
            came too late to make one.
        identifiers: what the person has been seen under, by namespace.
        sessions: the newest first, as many as the limit allows.
        transitions: in their order.
        threads: the last to be touched first, as many as the limit allows.
        spending: all their orders, by currency, and what was given back.
        touchpoints: the newest first, as many as the limit allows.
        persona: which one they have now; None where they do not count, or nobody knows
            personas.
        notes: what may surprise.
    """

    tenant: str
    person_id: str
    position: Position | None
    members: list[Member]
    identifiers: dict[str, list[str]]
    sessions: list[PersonSession]
    transitions: list[Reason]
    threads: list[PersonThread]
    spending: list[Spending]
    touchpoints: list[Moment]
    persona: PersonaOf | None = None
    notes: list[Sentence] = []


class _Person(Struct):
    person_id: str


class _Merged(Struct):
    identifier: str
    merged_into: str


class _PositionRow(Position):
    facts: str  # type: ignore[assignment]  # JSON, as it is stored


def find_persons(asker: Asker, identifier: str, tenant: str = "default") -> list[str]:
    """The persons that an identifier leads to.

    Args:
        asker: whom to ask.
        identifier: a person id, or `namespace:value`, or a value of any namespace;
            an e-mail address or phone number as its pseudonym, never in clear.
        tenant: whose data.

    Returns:
        Person ids, sorted: none where nobody is known by it, several where it is
        ambiguous (101 at most).
    """
    namespace, colon, value = identifier.partition(":")
    if not colon or namespace not in NAMESPACES:
        namespace, value = "", identifier
    if not value:
        return []
    named = [f"{name}:{value}" for name in NAMESPACES if namespace in ("", name)]
    names = {"tenant": tenant, "candidates": [identifier, *named]}
    values = {"tenant": tenant, "namespace": namespace, "value": value}
    # What has a journey of its own says itself whose it is; what was only ever seen
    # beside others, such as a shared device, leads to all of them.
    found = ask_all(asker, question("journey_named"), names, _Person) or ask_all(
        asker, question("journey_persons"), values, _Person
    )
    return _followed(asker, {row.person_id for row in found}, tenant)


def _followed(asker: Asker, persons: set[str], tenant: str) -> list[str]:
    """The persons that these turned out to be."""
    for _ in range(MAX_CHAIN):
        values = {"tenant": tenant, "names": sorted(persons)}
        merged = ask_all(asker, question("journey_merged"), values, _Merged)
        if not merged:
            break
        gone = {row.identifier for row in merged}
        persons = (persons - gone) | {row.merged_into for row in merged}
    return sorted(persons)


def read_journey(
    asker: Asker,
    person_id: str,
    tenant: str = "default",
    limit: int = 50,
    *,
    personas: PersonaModel | None = None,
) -> Journey | None:
    """What is stored of one person.

    Args:
        asker: whom to ask.
        person_id: as `find_persons` returns it.
        tenant: whose data.
        limit: how many touchpoints, sessions and threads, at most.
        personas: tells which persona they have.

    Returns:
        The journey, or None where nothing is stored of that person.

    Raises:
        QuestionError: the limit is out of range.
    """
    if not 1 <= limit <= MAX_LIMIT:
        raise QuestionError(say("bounds", name="limit", least=1, most=MAX_LIMIT))
    who: dict[str, object] = {"tenant": tenant, "person_id": person_id}
    members = ask_all(asker, question("journey_members"), who, Member)
    names = [person_id, *(member.identifier for member in members)]
    under = {"tenant": tenant, "names": names}
    newest = under | {"limit": limit}
    position = _position(asker, who)
    transitions = read_why(asker, person_id, tenant).transitions
    timeline = newest | who | {"model": _default_model(position, transitions)}
    moments = ask_all(asker, question("journey_touchpoints"), timeline, Moment)
    if position is None and not moments:
        return None
    return Journey(
        tenant=tenant,
        person_id=person_id,
        position=position,
        members=members,
        identifiers=_identifiers(asker, under),
        sessions=ask_all(asker, question("journey_sessions"), newest, PersonSession),
        transitions=transitions,
        threads=ask_all(asker, question("journey_threads"), newest, PersonThread),
        spending=read_spending(asker, person_id, names, tenant),
        touchpoints=moments,
        persona=persona_of_person(asker, personas, names, tenant) if personas else None,
        notes=_notes(moments),
    )


def _notes(moments: list[Moment]) -> list[Sentence]:
    """Why more may be listed than the state counts, and than sessions have."""
    mute = [one for one in moments if _mute(one)]
    alone = sum(not one.session_id for one in moments if not _mute(one))
    if not mute and not alone:
        return []
    listed = len(moments)
    return [say("journey_counts", listed=listed, mute=len(mute), alone=alone)]


def _mute(one: Moment) -> bool:
    """Whether a touchpoint is listed, and told to no journey."""
    kind = TYPES.get(one.type)
    return one.bot or one.machine or one.late or bool(kind and kind.control)


def _position(asker: Asker, who: Mapping[str, object]) -> Position | None:
    found = ask_all(asker, question("journey_state"), who, _PositionRow)
    if not found:
        return None
    fields = msgspec.structs.asdict(found[0])
    fields["facts"] = msgspec.json.decode(found[0].facts or "{}")
    return Position(**fields)


def _default_model(position: Position | None, transitions: list[Reason]) -> str:
    """The model whose phase the position tells: a system may name its first one anyhow."""
    newest = {one.model: one for one in transitions}
    told = (position.phase, position.phase_since) if position else ("", 0)
    alike = [
        model
        for model, one in newest.items()
        if (one.to_phase, one.occurred_at) == told
    ]
    return alike[0] if alike and DEFAULT_MODEL not in newest else DEFAULT_MODEL


def _identifiers(asker: Asker, who: Mapping[str, object]) -> dict[str, list[str]]:
    answer = asker.ask(question("journey_identifiers"), who)
    names = [name for name, _ in answer.columns]
    lists = msgspec.convert(answer.rows[0], list[list[str]])
    return {name: found for name, found in zip(names, lists, strict=True) if found}
