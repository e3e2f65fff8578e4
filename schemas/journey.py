"""What the journey agent emits: sessions, transitions and the journey state."""

from typing import Any

from msgspec import Raw, Struct, field

from schemas.emotion import Emotions
from schemas.facts import Fact, Mark, OpenSession, Span, ValueMark
from schemas.identity import Identity
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


class Copy(Struct, array_like=True, order=True, frozen=True, gc=False):
    """A touchpoint's row that tells nothing new: another name of the person has it too.

    Attributes:
        person_id: the name that the row is addressed to.
        source, id: the touchpoint's identity.
    """

    person_id: str
    source: str
    id: str


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
        message_at: event time at which a message may become due; 0 for never, and
            likewise once event time has passed it, since nothing came of it then.
            Stands there for the same reason.
        phase: phase in the default model, entered at `phase_since`.
        touchpoints: distinct touchpoints folded, bots and machine opens left out.
        counts: the same by type.
        channels: the same by channel.
        value_minor: order value by currency, smallest unit.
        facts: the newest customer facts (`customer_updated`), by name.
        facts_at: when each fact was stated.
        consent: the newest consent by purpose; of bots and mail proxies refusals alone.
            What refuses by its type (`unsubscribed`) refuses every purpose of the
            message rules.
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
        uncounted: those of `known` that moved nothing: late ones, bots, control events.
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
        copies: touchpoints that two of the names had each, sent again with other
            identifiers: the row under one of the names, which no answer counts, bounded.
        given_up: what the bounds of this state made impossible, counted: `facts` that
            became final before their time, `known` identities forgotten, `sessions`
            closed early or not taken apart again, `rows` of sessions and threads that were
            final when members were parted and stay as they are, `shared` touchpoints that
            two members had both, `members` that can no longer be taken away, `silences` of long ago
            forgotten, `orders` not looked at for a threshold of value, `threads` that left
            for lack of room, `copies` beyond their bound. `afterwards` are touchpoints that
            came too long after the end of their thread to count for it; no bound is to
            blame. `statements` is 1 where facts or consents were too many, or too large,
            for all to be kept.
        threads: carts, orders, returns and tickets: `kind:id` → `schemas.threads.ThreadState`;
            kept as it is encoded, since most touchpoints belong to none.
        threads_due: when each of the open carts is given up, sorted.
        threads_left: identities of finished threads that have left, 8 bytes each, sorted,
            bounded: their rows stay as they are.
        messages: what is remembered for messages; see schemas/messages.py.
    """

    due_at: int
    revision: int
    tenant: str
    person_id: str
    due_until: int = 0
    silence_at: int = 0
    message_at: int = 0
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
    uncounted: bytes = b""
    known_until: int = 0
    links: dict[str, int] = {}
    identity: Identity | None = None
    parts: dict[str, "JourneyState"] = {}
    joined: dict[str, int] = {}
    copies: list[Copy] = []
    given_up: dict[str, int] = {}
    threads: Raw = field(default_factory=_no_threads)
    threads_due: list[int] = []
    threads_left: bytes = b""
    messages: Activation | None = None
    applied: Applied | None = None
