"""What the journey reads of a touchpoint, and how its verdict is written into the record."""

from typing import Final

from msgspec import Raw, Struct, field, json

from schemas.facts import ACTIVE, MUTE, PASSIVE, Fact
from schemas.identity import Origin, Route
from schemas.vocabulary import IDENTITY_TYPES, TYPES
from streams.journey.belonging import CONCERNED, name_threads
from streams.journey.feelings import Felt
from streams.journey.policy import SessionPolicy
from streams.journey.selection import Selection

_STORELESS: Final = frozenset({"web", "app", "phone", "chat", ""})
"""Kinds of sessions whose place is no store, and of none."""
CONTROL_TYPES = frozenset(name for name, type_ in TYPES.items() if type_.control)


class _Actor(Struct):
    device_id: str = ""
    anonymous_id: str = ""
    customer_id: str = ""
    loyalty_id: str = ""
    email_hash: str = ""
    phone_hash: str = ""


class _Place(Struct):
    store_id: str = ""
    tz: str = ""


class _Campaign(Struct):
    name: str = ""
    id: str = ""


class Seen(Struct):
    """The fields of an identified touchpoint that the fold looks at.

    A second, smaller reading of `schemas.touchpoint.Touchpoint`: what is not named
    here is skipped without being built, which is most of the record.

    Attributes:
        overdue: whether it came too late where it arrived first; None where that has
            not been asked.
    """

    tenant: str
    person_id: str
    source: str
    id: str
    type: str
    occurred_at: int
    received_at: int
    channel: str
    direction: str
    raw_log: str
    raw_partition: int
    raw_offset: int
    seq: int = 0
    actor: _Actor = field(default_factory=_Actor)
    place: _Place | None = None
    campaign: _Campaign | None = None
    session_hint: str = ""
    cart_id: str = ""
    order_id: str = ""
    value_minor: int = 0
    currency: str = ""
    consent: dict[str, bool] | None = None
    bot: bool = False
    machine: bool = False
    emotion: float | None = None
    emotion_observed: bool = False
    backfill: bool = False
    properties: Raw = field(default_factory=Raw)
    ticket_id: str = ""
    via: Route | None = None
    sent: Origin | None = None
    overdue: bool | None = None


class _Linked(Struct):
    linked: list[str] = []


def place_of(store_id: str) -> _Place | None:
    """The place of a touchpoint in a store."""
    return _Place(store_id) if store_id else None


def campaign_of(name: str, id_: str) -> _Campaign | None:
    """The campaign of a touchpoint that has one."""
    return _Campaign(name, id_) if name or id_ else None


class Facts(Struct):
    """The properties of `customer_updated`: what is now known of the customer."""

    facts: dict[str, object] | None = None


class _Friction(Struct):
    emotion: float
    emotion_evidence: str
    emotion_about: str


_encode = json.Encoder().encode
decode_seen = json.Decoder(Seen).decode
decode_facts = json.Decoder(Facts).decode
_decode_linked = json.Decoder(_Linked).decode


def others_of(seen: Seen) -> list[str]:
    """The identifiers of a touchpoint beside the one that it is addressed to.

    None of a bot or a mail proxy: what they send along is nobody's.
    """
    actor = seen.actor
    found = []
    # One attribute read each: this is asked of every touchpoint.
    if value := actor.anonymous_id:
        found.append("anonymous_id:" + value)
    if value := actor.device_id:
        found.append("device_id:" + value)
    if value := actor.customer_id:
        found.append("customer_id:" + value)
    if value := actor.email_hash:
        found.append("email_hash:" + value)
    if value := actor.loyalty_id:
        found.append("loyalty_id:" + value)
    if value := actor.phone_hash:
        found.append("phone_hash:" + value)
    if seen.type in IDENTITY_TYPES:
        found += _decode_linked(seen.properties or b"{}").linked
    elif len(found) == 1 or seen.bot or seen.machine:
        return []
    elif (person := seen.person_id) in found:
        found.remove(person)
        return found
    person = seen.person_id
    return [name for name in found if name != person]


def fact_of(
    seen: Seen, policy: SessionPolicy, selection: Selection | None = None
) -> Fact:
    """Lift a touchpoint to the fact that the state remembers of it.

    Args:
        seen: the touchpoint.
        policy: says which session kind its channel forms.
        selection: tells which filtered counters it feeds.

    Returns:
        The fact; its role is MUTE for bots, machine opens and control events, which
        move neither a state nor a session.
    """
    type_ = seen.type
    if seen.bot or seen.machine or type_ in CONTROL_TYPES:
        role = MUTE
    else:
        role = ACTIVE if seen.direction == "in" else PASSIVE
    kind = policy.rule(seen.channel).kind if role == ACTIVE else ""
    campaign = seen.campaign
    ordered = type_ == "order_completed"
    fact = Fact(
        seen.occurred_at,
        seen.seq,
        seen.source,
        seen.id,
        type_,
        role,
        kind,
        _place(seen, kind) if kind else "",
        seen.channel,
        seen.value_minor if ordered else 0,
        seen.currency if ordered else "",
        (campaign.name or campaign.id) if campaign is not None else "",
    )
    place = seen.place
    if place is not None and place.store_id and kind in _STORELESS:
        fact.told().store = place.store_id
    if role != MUTE:
        if selection is not None and (counters := selection.of(seen)):
            fact.told().counters = counters
        if type_ in CONCERNED:
            name_threads(fact, seen)
    if seen.emotion is not None:
        told = fact.told()
        told.emotion, told.observed = seen.emotion, seen.emotion_observed
    return fact


def store_of(fact: Fact) -> str:
    """The store in which a touchpoint was, whatever else its place may be."""
    return fact.detail.store if fact.kind in _STORELESS else fact.place


def _place(seen: Seen, kind: str) -> str:
    if kind in ("web", "app"):
        return seen.actor.device_id or seen.actor.anonymous_id
    if kind in ("phone", "chat"):
        return seen.session_hint
    return seen.place.store_id if seen.place is not None else ""


def enriched(
    value: bytes,
    session_id: str,
    phase: str,
    *,
    late: bool,
    felt: Felt | None = None,
) -> bytes:
    """Write the journey's verdict into a touchpoint's JSON, without decoding it again.

    Args:
        value: the touchpoint as the first agent encoded it, a JSON object.
        session_id: session it belongs to, or empty.
        phase: phase of the person when it happened, or empty.
        late: came after its channel's lateness.
        felt: the friction that the person's history makes of it.

    Returns:
        The same object with the verdict's fields added at its end.
    """
    if session_id and phase:
        tail = f',"session_id":"{session_id}","phase":"{phase}"'
    elif session_id:
        tail = f',"session_id":"{session_id}"'
    else:
        tail = f',"phase":"{phase}"' if phase else ""
    if late:
        tail += ',"late":true'
    if felt is not None:
        # Contacts carry no emotion of their own: no name stands twice.
        tail += "," + _encode(_friction(felt))[1:-1].decode()
    return value[:-1] + (tail + "}").encode() if tail else value


def _friction(felt: Felt) -> _Friction:
    return _Friction(felt.emotion, f"friction:{felt.friction}", felt.about)
