"""Messages due: what a sender is told, and what a journey state remembers for it."""

from typing import Final

from msgspec import Struct

from schemas.vocabulary import TYPES

DUE, HELD_OUT, CANCELLED = "due", "held_out", "cancelled"
"""A message's status: to be sent; kept back on purpose, to compare with; not to be sent."""

STATUSES: Final = (DUE, HELD_OUT, CANCELLED)

REASONS: Final = (
    *TYPES,
    "restarted",
    "superseded",
    "orders",
    "phase",
    "consent",
    "once",
    "cap",
    "stale",
    "backfill",
)
"""Why a message was cancelled, or never became due: closed, so that it may be a label.

A touchpoint type names what happened instead; a type of the retailer's own is `other` in
metrics."""


class MessageCause(Struct, frozen=True):
    """The touchpoint from which the delay runs: the last trigger of the occasion."""

    source: str
    id: str
    type: str
    occurred_at: int


class Message(Struct, omit_defaults=True):
    """One message to one person on one occasion: due, kept back, or cancelled.

    Records of one tenant and `message_id` replace each other; the highest `revision` is
    true. After a crash a record may be there twice, byte for byte. Times are epoch
    milliseconds; 0, or absence, stands for never.

    Attributes:
        message_id: sixteen hexadecimal digits, derived from the rule and the occasion
            (of a cart or order, with the identifier that touched it): the same wherever
            and whenever it is derived. A sender sends an id once.
        revision: version of the record.
        status: `due`, `held_out` or `cancelled`.
        purpose: what consent was checked for.
        channels: where it may be sent, the preferred one first.
        key: cart or order that it is about; empty for the person as such.
        cause: the touchpoint from which the delay ran.
        due_at: not before this; outside of quiet hours where the person is.
        expires_at: not after this.
        reason: why it was cancelled, one of `REASONS` or a touchpoint type.
        template: as the rule has it, for the sender.
        sent_at: first reported as sent (or triggered).
        delivered_at: first reported as delivered.
        opened_at: first opened by the person; not by a mail proxy.
        clicked_at: first clicked.
        bounced_at: first reported as undeliverable.
        converted_at: first touchpoint that fulfilled the rule's goal after `due_at`.
    """

    tenant: str
    person_id: str
    message_id: str
    revision: int
    status: str
    rule: str
    rule_version: int
    purpose: str
    channels: list[str]
    cause: MessageCause
    due_at: int
    key: str = ""
    expires_at: int = 0
    reason: str = ""
    template: str = ""
    sent_at: int = 0
    delivered_at: int = 0
    opened_at: int = 0
    clicked_at: int = 0
    bounced_at: int = 0
    converted_at: int = 0


class Span(Struct, array_like=True, gc=False):
    """Triggers of one rule and key, none later than the delay after the one before.

    A union of touchpoints told by its ends: what lies between cannot matter, since a
    trigger that another one follows within the delay leads to nothing.

    Attributes:
        first: when the first was.
        anchor: identity of the first, sixteen hexadecimal digits.
        last, source, id, type: the last trigger, from which the delay runs.
        tz: time zone of the place of the last, where it had one.
        live: some trigger was no part of a backfill.
    """

    first: int
    anchor: str
    last: int
    source: str
    id: str
    type: str
    tz: str = ""
    live: bool = True


class Happened(Struct, array_like=True, frozen=True, order=True, gc=False):
    """Something that may cancel a message or fulfil its goal."""

    at: int
    type: str
    cart: str = ""
    order: str = ""


class Report(Struct, array_like=True, frozen=True, gc=False):
    """What came back of a message: when each was first reported; 0 for never."""

    sent_at: int = 0
    delivered_at: int = 0
    opened_at: int = 0
    clicked_at: int = 0
    bounced_at: int = 0


class Issued(Struct, array_like=True, gc=False):
    """A message that was emitted, as it was emitted last; see Message.

    Attributes:
        until: when nothing can change it any more, by the event time of touchpoints.
        person: who it was emitted for last; empty where it is to be emitted again.
        member: whose trigger began its occasion, where the person is several.
    """

    rule: str
    version: int
    revision: int
    status: str
    key: str
    due_at: int
    until: int
    cause: MessageCause
    reason: str = ""
    report: Report = Report()
    converted_at: int = 0
    person: str = ""
    member: str = ""


class Activation(Struct, omit_defaults=True):
    """What a journey state remembers so that each occasion makes exactly one message.

    A person of several members remembers all of it; each of the members, in its part of
    the state, its own but for `issued` and `settled`, so that it can be taken away again.

    Attributes:
        spans: rule → key → spans, in order.
        happened: what may cancel or convert, sorted.
        orders: the earliest orders, as (at, identity), as many as the rules count.
        said: what the person stated, by name (`consent.<purpose>`, `tz`): the last
            statement of each day (UTC), as (at, value), in order.
        reports: message → what came back of it.
        issued: message → as it was emitted.
        settled: event time up to which every occasion has been decided.
    """

    spans: dict[str, dict[str, list[Span]]] = {}
    happened: list[Happened] = []
    orders: list[tuple[int, str]] = []
    said: dict[str, list[tuple[int, bool | str]]] = {}
    reports: dict[str, Report] = {}
    issued: dict[str, Issued] = {}
    settled: int = 0
