"""What the journey agent emits: sessions, transitions and the journey state."""

from typing import Any

from msgspec import Raw, Struct, field

from schemas.emotion import Emotions
from schemas.identity import Identity, Letter, Origin
from schemas.messages import Activation


class Session(Struct, omit_defaults=True):
    """One session: touchpoints of one person at one device or place, without a long silence.

    Rows of one `session_id` replace each other; the highest `revision` is true.
    Times are epoch milliseconds of the touchpoints themselves.

    Attributes:
        person_id: whom the touchpoint that began it is addressed to. It never changes:
            whose it is now, after merges, is whose that identifier is now.
        kind: `web`, `app`, `store`, `phone` or `chat`: what sort of place it was.
        place: device, store or thread that the session belongs to.
        revision: grows with every touchpoint that joins, and once more on closing.
        status: `open`, `closed`, or `superseded` where a late touchpoint changed its identity.
        engaged: two active touchpoints, or an order.
        superseded_by: the session that took this one's touchpoints over.
    """

    tenant: str
    person_id: str
    session_id: str
    revision: int
    status: str
    kind: str
    place: str
    channel: str
    started_at: int
    ended_at: int
    touchpoints: int
    entry_type: str
    exit_type: str
    orders: int = 0
    value_minor: int = 0
    currency: str = ""
    campaign: str = ""
    engaged: bool = False
    superseded_by: str = ""


class Cause(Struct, omit_defaults=True, frozen=True, gc=False):
    """The touchpoint that made something true."""

    source: str
    id: str
    type: str
    occurred_at: int
    seq: int = 0


class Transition(Struct, omit_defaults=True):
    """A person's change of phase, with the rule and the touchpoint that caused it.

    Attributes:
        transition_no: 1 for the first phase ever entered; with tenant, person and
            model it is the identity of the row.
        revision: version of the row: touchpoints folded when it was written.
        deleted: true where later knowledge took this transition back.
    """

    tenant: str
    person_id: str
    model: str
    model_version: int
    transition_no: int
    from_phase: str
    to_phase: str
    occurred_at: int
    rule: str
    cause: Cause
    revision: int
    deleted: bool = False


MUTE, PASSIVE, ACTIVE = 0, 1, 2
"""A fact's role: remembered only (bots, machine opens, control events); counted; counted
and keeping a session alive (an action of the customer)."""


class Fact(Struct, array_like=True, order=True, gc=False):
    """What the state remembers of one recent touchpoint.

    The order of the fields is the wire format, and the first four are the total order
    of touchpoints: time, then seq, then identity.

    Attributes:
        at: occurred_at, epoch milliseconds.
        seq: order inside the millisecond.
        source, id: the touchpoint's identity.
        type: canonical type.
        role: MUTE, PASSIVE or ACTIVE.
        kind: session kind, empty for a touch that belongs to no session.
        place: device, store or thread of the session.
        channel: channel.
        value_minor: what an order, cart or refund is worth, smallest unit.
        currency: ISO 4217.
        campaign: campaign name.
        via: whose touchpoint it was: position in the state's `members`; 0 for a person
            who is one name only, and for the name that the person goes by.
        store: store id, whatever the kind.
        counters: filtered counters of the journey models that it feeds.
        emotion: -2 to +2, from this touchpoint alone; None where it tells none.
        observed: the customer said so; otherwise it is inferred.
        cart, order: what it belongs to, where its type concerns somebody.
        ticket: support ticket that it belongs to; of a product returned or refunded the
            id of the return, where it has one of its own.
        resolved: it closes its ticket.
        fulfils: message rules whose conditions it fulfils.
        message: the message that it tells about.
        tz: time zone of its place, where it begins an occasion for a message.
        backfill: part of history that was sent later: no message comes of it.
    """

    at: int
    seq: int
    source: str
    id: str
    type: str
    role: int
    kind: str = ""
    place: str = ""
    channel: str = ""
    value_minor: int = 0
    currency: str = ""
    campaign: str = ""
    via: int = 0
    store: str = ""
    counters: tuple[str, ...] = ()
    emotion: float | None = None
    observed: bool = False
    cart: str = ""
    order: str = ""
    ticket: str = ""
    resolved: bool = False
    fulfils: tuple[str, ...] = ()
    message: str = ""
    tz: str = ""
    backfill: bool = False


class OpenSession(Struct, array_like=True, gc=False):
    """A session as the state holds it (order of fields is the wire format); see Session.

    Attributes:
        member: whom the touchpoint that began it is addressed to.
    """

    session_id: str
    kind: str
    place: str
    channel: str
    started_at: int
    ended_at: int
    touchpoints: int
    entry_type: str
    exit_type: str
    orders: int = 0
    value_minor: int = 0
    currency: str = ""
    campaign: str = ""
    engaged: bool = False
    member: str = ""


Mark = tuple[int, int, str, str, str]
"""A touchpoint that a milestone points at: (at, seq, source, id, type), the total order."""


ValueMark = tuple[int, int, str, str, str, int]
"""A mark of an order, and its value in the smallest unit."""
Span = tuple[Mark, Mark]
"""The first and the last touchpoint of a time without a long silence."""


def _no_threads() -> Raw:
    return Raw(b"{}")


class PhaseState(Struct, omit_defaults=True):
    """Where a person stands in one journey model, and how many transitions led there."""

    version: int
    phase: str
    since: int
    transitions: int


class Applied(Struct):
    """How far the person's source partition has been folded: log identity and last offset."""

    log: str
    offset: int


class JourneyState(Struct, omit_defaults=True):
    """Everything known of one person's journey; a mergeable aggregate.

    The record of the compacted topic `parcours.journeys.state.v1`, keyed by
    `tenant/person_id`. Fields from `recent` on are the agent's own bookkeeping:
    readable, but promised to nobody.

    Attributes:
        due_at: earliest time at which the watermark changes something (a session
            closes, a cart is given up), epoch milliseconds; 0 for never. Always the
            first field, and `revision` the second, so that a restore can read them
            without decoding the rest.
        revision: grows by two with every touchpoint, and with whatever changes who the
            person is; of two records the higher one is newer. What time alone changes
            takes the odd number in between, but for a silence, which counts as a change.
        due_until: latest such time; 0 where there is only the one.
        silence_at: earliest event time at which a silence begins in one of the journey
            models, if nothing happens before; 0 for never. Stands before whatever a
            source names, so that it can be found without decoding.
        phase: phase in the default model, entered at `phase_since`.
        touchpoints: distinct touchpoints folded, bots and machine opens left out.
        counts: the same by type.
        channels: the same by channel.
        value_minor: order value by currency, smallest unit.
        facts: the newest customer facts (`customer_updated`), by name.
        facts_at: when each fact was stated.
        consent: the newest consent by purpose.
        consent_at: when each consent was stated.
        models: position in each journey model.
        late: touchpoints that came too late to be folded.
        emotions: observed emotions and frictions; None where there were none.
        recent: touchpoints young enough to be corrected, in (at, seq, source, id) order.
        sessions: sessions that are still open.
        milestones: for each counter of the models, its earliest causes.
        value_marks: for each counter of order value, its earliest orders.
        first_marks: for each distinct count, the earliest touchpoint of each value.
        activity: for each counter of activity, its spans, the oldest first.
        told_until: silences that began up to here have been told.
        horizon: touchpoints before this are late whatever their channel says: the
            price of bounding `recent`.
        known: identities of touchpoints no longer in `recent`, 8 bytes each, oldest
            first, bounded: a touchpoint sent again months later still counts once.
        known_until: newest `at` among them.
        applied: how far the source partition has been folded into this state.
        links: weaker identifiers seen with this one → newest event time.
        identity: what else is known of the person's identifier.
        merged_into: the stronger identifier that this one turned out to be one with:
            this record is a tombstone, and the person is found there.
        members: the names that turned out to be this person, the strongest first, which
            is `person_id`; empty for a person who is one name only.
        parts: for each member what is final of it: the aggregate of its touchpoints that
            are no longer in `recent`. Only the aggregate's fields are in use, and
            `known`; the person's own `known` is empty then.
        joined: sessions that several members had together and that are final, by the
            positions of these members: how many fewer they are than if each had its own.
        given_up: what the bounds of this state made impossible, counted: `facts` that
            became final before their time, `known` identities forgotten, `sessions`
            closed early or not taken apart again, `rows` of sessions and threads that were
            final when members were parted and stay as they are, `shared` touchpoints that
            two members had both, `members` that can no longer be taken away, `silences` of long ago
            forgotten, `orders` not looked at for a threshold of value, `threads` that left
            for lack of room, and touchpoints of threads that had left.
        threads: carts, orders, returns and tickets: `kind:id` → `schemas.threads.ThreadState`;
            kept as it is encoded, since most touchpoints belong to none.
        threads_due: when each of the open carts is given up, sorted.
        threads_left: identities of finished threads that have left, 8 bytes each, sorted,
            bounded: their rows stay as they are.
        messages: what is remembered for messages; see schemas/messages.py.
        message_at: event time at which a message may become due; 0 for never.
    """

    due_at: int
    revision: int
    tenant: str
    person_id: str
    due_until: int = 0
    silence_at: int = 0
    phase: str = ""
    phase_since: int = 0
    touchpoints: int = 0
    first_at: int = 0
    last_at: int = 0
    orders: int = 0
    counts: dict[str, int] = {}
    channels: dict[str, int] = {}
    value_minor: dict[str, int] = {}
    sessions_total: int = 0
    facts: dict[str, Any] = {}
    facts_at: dict[str, int] = {}
    consent: dict[str, bool] = {}
    consent_at: dict[str, int] = {}
    models: dict[str, PhaseState] = {}
    late: int = 0
    emotions: Emotions | None = None
    merged_into: str = ""
    members: list[str] = []
    recent: list[Fact] = []
    sessions: list[OpenSession] = []
    milestones: dict[str, list[Mark]] = {}
    value_marks: dict[str, list[ValueMark]] = {}
    first_marks: dict[str, dict[str, Mark]] = {}
    activity: dict[str, list[Span]] = {}
    told_until: int = 0
    horizon: int = 0
    known: bytes = b""
    known_until: int = 0
    links: dict[str, int] = {}
    identity: Identity | None = None
    parts: dict[str, "JourneyState"] = {}
    joined: dict[str, int] = {}
    given_up: dict[str, int] = {}
    threads: Raw = field(default_factory=_no_threads)
    threads_due: list[int] = []
    threads_left: bytes = b""
    messages: Activation | None = None
    message_at: int = 0
    applied: Applied | None = None


class Progress(Struct, omit_defaults=True):
    """Where the journey agent resumes in one partition, and the watermark it had there.

    One record replaces the other under the partition's number: offset and watermark
    are one atomic snapshot, so a replay sees exactly the time that the first run saw.

    Attributes:
        log: identity of the log that the offset counts in.
        next_offset: first offset not yet applied.
        raw_log: identity of the log that `seen_raw` counts in.
        watermark: never goes back, epoch milliseconds.
        arrived: the same for what comes first hand: what other partitions send is not
            waited for.
        marks: journey partition → what its last `TimeMark` told.
        told: what this partition's last one did.
        received: newest receipt among the touchpoints seen.
        fronts: raw partition → newest event time seen from it.
        idle: raw partition → milliseconds it has been silent, from the last tick.
        confirmed: raw partition → when it was last known to be read to its end.
        seen_raw: raw partition → last raw offset seen, to drop re-sent records.
        adopted: journey models that came by the log, by name.
        seen_sent: journey partition → offset and number of the last record seen that
            it sent here, to the same end.
        clock: newest time at which a record read so far was written.
    """

    log: str
    next_offset: int
    raw_log: str
    watermark: int
    received: int = 0
    fronts: dict[int, int] = {}
    idle: dict[int, int] = {}
    confirmed: dict[int, int] = {}
    seen_raw: dict[int, int] = {}
    adopted: dict[str, "Adoption"] = {}
    seen_sent: dict[int, tuple[int, int]] = {}
    clock: int = 0
    arrived: int = 0
    marks: dict[int, list[int]] = {}
    told: list[int] = []


class Tick(Struct, tag_field="control", tag="tick"):
    """Time passing, as a record: what the sender knows of the raw partitions it owns.

    Attributes:
        raw_log: identity of the raw log.
        at: when the sender looked, epoch milliseconds.
        fronts: raw partition → newest event time whose touchpoints are all sent.
        idle: raw partition → milliseconds since its last record; only partitions
            that were read to their end when the sender looked.
    """

    raw_log: str
    at: int
    fronts: dict[int, int]
    idle: dict[int, int]


class TimeMark(Struct, tag_field="control", tag="time"):
    """How far a journey partition is, told to each of them; see streams/journey/peers.py.

    Attributes:
        levels: up to when everything has come first hand, epoch milliseconds; then what
            has been sent on once, twice, and so on.
    """

    sent: Origin
    levels: list[int]


class Adoption(Struct, tag_field="control", tag="model"):
    """A journey model to go by from here on, in every partition.

    Attributes:
        model: the model as JSON, see `streams/journey/model_spec.py`.
        awaiting: each person keeps the former position until a `History` has come,
            since what the model newly counts was not counted before.
    """

    model: Raw
    awaiting: bool = False


class History(Struct, tag_field="control", tag="history", omit_defaults=True):
    """A person's past, reduced to what one journey model counts; keyed by the person.

    Attributes:
        person_id: the name whose touchpoints these are: the person's own, or that of a
            member.
        model: name of the model.
        version: its version; another one passes this over.
        milestones, value_marks, first_marks, activity: as in `JourneyState`.
    """

    tenant: str
    person_id: str
    model: str
    version: int
    milestones: dict[str, list[Mark]] = {}
    value_marks: dict[str, list[ValueMark]] = {}
    first_marks: dict[str, dict[str, Mark]] = {}
    activity: dict[str, list[Span]] = {}


Control = Tick | TimeMark | Letter | Adoption | History
"""A record of the identified topic that is no touchpoint."""
