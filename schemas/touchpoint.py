"""The touchpoint: as a source sends it (raw) and as Parcours promises it (enriched)."""

from typing import Annotated

from msgspec import Meta, Raw, Struct, field

from schemas.emotion import Emotion

ShortText = Annotated[str, Meta(min_length=1, max_length=256)]
LongText = Annotated[str, Meta(max_length=2048)]
# A hundred billion: more is no order, and a sum of a million such still fits 64 bits.
Minor = Annotated[int, Meta(ge=-(10**13), le=10**13)]
# In Python `$` also fits before a last line break, hence what follows it.
Currency = Annotated[str, Meta(pattern=r"^[A-Z]{3}$(?!\n)")]


def _no_properties() -> Raw:
    return Raw(b"{}")


class RawActor(Struct, forbid_unknown_fields=True, omit_defaults=True, frozen=True):
    """Who acted; at least one identifier. E-mail and phone in clear are replaced on entry."""

    anonymous_id: ShortText | None = None
    customer_id: ShortText | None = None
    email: ShortText | None = None
    email_hash: ShortText | None = None
    phone: ShortText | None = None
    phone_hash: ShortText | None = None
    loyalty_id: ShortText | None = None
    device_id: ShortText | None = None


class Place(Struct, forbid_unknown_fields=True, omit_defaults=True):
    """Where: a store and its zone.

    `gln` is the GS1 location number, `tz` an IANA time zone, `country` ISO 3166-1 alpha-2.
    """

    store_id: ShortText | None = None
    gln: ShortText | None = None
    tz: ShortText | None = None
    country: ShortText | None = None
    city: ShortText | None = None


class Campaign(Struct, forbid_unknown_fields=True, omit_defaults=True):
    """Which campaign, in the words of the UTM parameters."""

    source: LongText | None = None
    medium: LongText | None = None
    name: LongText | None = None
    content: LongText | None = None
    term: LongText | None = None
    id: LongText | None = None


class RawTouchpoint(Struct, forbid_unknown_fields=True, omit_defaults=True):
    """One interaction as a source sends it: one JSON object, one Kafka record.

    `source` and `id` together are the identity of the event: sent twice, it counts once.
    Unknown fields are not an error: they are kept under `properties`.

    Attributes:
        time: when it happened: RFC 3339 with zone, or epoch milliseconds.
        seq: order among the events of one millisecond.
        sent_at: when the source sent it, in the form of `time` and by the same clock: a
            clock that is ahead is put right by it.
        value_minor: money in the currency's smallest unit (cents).
        consent: purpose (analytics, personalisation, messaging) → given or refused.
        backfill: history sent later: it counts like any other, but no message comes of it.
    """

    id: ShortText
    source: ShortText
    type: ShortText
    time: str | int
    actor: RawActor = RawActor()
    seq: Annotated[int, Meta(ge=0, le=2**31 - 1)] = 0
    sent_at: str | int | None = None
    tenant: Annotated[
        str, Meta(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.\-]{0,63}$(?!\n)")
    ] = "default"
    channel: ShortText | None = None
    direction: ShortText | None = None
    place: Place | None = None
    campaign: Campaign | None = None
    session_hint: ShortText | None = None
    cart_id: ShortText | None = None
    order_id: ShortText | None = None
    value_minor: Minor | None = None
    currency: Currency | None = None
    consent: dict[str, bool] | None = None
    properties: Raw = field(default_factory=_no_properties)
    backfill: bool = False


class Actor(Struct, omit_defaults=True, frozen=True):
    """The identifiers of an enriched touchpoint: pseudonyms only, never in clear."""

    customer_id: str | None = None
    loyalty_id: str | None = None
    email_hash: str | None = None
    phone_hash: str | None = None
    device_id: str | None = None
    anonymous_id: str | None = None


class Touchpoint(Struct, omit_defaults=True):
    """One interaction as Parcours promises it to its readers.

    Times are epoch milliseconds, UTC. The journey agent appends `session_id`,
    `phase`, `late` and the frictions that only history tells; on the internal,
    re-keyed topic they are absent.

    Attributes:
        person_id: `namespace:value` of the strongest identifier.
        received_at: time of the raw Kafka record.
        device_class: one of `vocabulary.DEVICE_CLASSES`, or empty where nothing tells.
        bot: sent by a crawler or monitor.
        machine: opened by a mail proxy, not by a person.
        referrer: host of the page the visitor came from.
        ticket_id: the support ticket of a contact, also where its properties name it.
        raw_log: identity of the raw topic's log, see `topics.log_id`.
        raw_partition: partition of the raw record.
        raw_offset: offset of the raw record.
        phase: of the person, in the default model, as it was known when the touchpoint
            arrived: late facts and merges do not change it, and transitions tell what is
            true now.
        late: arrived after its channel's lateness; stored, not folded into the journey.
        emotion: the customer's mood, -2 to +2; None where nothing tells (docs/emotion.md).
        emotion_observed: the customer said so; otherwise it is inferred from a friction.
        emotion_evidence: what tells: `nps`, `csat`, `ces`, `stars`, `mention`,
            `text:fr`, `text:en`, `friction:…`; `invalid:…` for a score off its scale.
        emotion_about: id of the touchpoint that a survey asks about, or that makes
            a contact a friction; empty where it is this one.
        backfill: history sent later: no message comes of it.
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
    sent_at: int | None = None
    actor: Actor = Actor()
    place: Place | None = None
    campaign: Campaign | None = None
    session_hint: str | None = None
    cart_id: str | None = None
    order_id: str | None = None
    value_minor: int | None = None
    currency: str | None = None
    consent: dict[str, bool] | None = None
    device_class: str = ""
    bot: bool = False
    machine: bool = False
    referrer: str = ""
    properties: Raw = field(default_factory=_no_properties)
    ticket_id: str = ""
    session_id: str = ""
    phase: str = ""
    late: bool = False
    emotion: Emotion | None = None
    emotion_observed: bool = False
    emotion_evidence: str = ""
    emotion_about: str = ""
    backfill: bool = False


class Duplicate(Struct):
    """A touchpoint that had been received before: counted, not stored twice."""

    tenant: str
    person_id: str
    source: str
    id: str
    occurred_at: int
    received_at: int
    raw_log: str
    raw_partition: int
    raw_offset: int
