"""What a journey state keeps of single touchpoints, and of sessions that are open."""

from typing import Final

from msgspec import Struct

MUTE, PASSIVE, ACTIVE = 0, 1, 2
"""A fact's role: remembered only (bots, machine opens, control events); counted; counted
and keeping a session alive (an action of the customer)."""


class Detail(Struct, omit_defaults=True, gc=False):
    """What only some touchpoints tell.

    Attributes:
        store: store id, where that is not the place of the touchpoint.
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


NO_DETAIL: Final = Detail()
"""For readers only: nobody writes to it."""


class Fact(Struct, array_like=True, order=True, gc=False):
    """What the state remembers of one recent touchpoint.

    The order of the fields is the wire format, and the first four are the total order
    of touchpoints: time, then seq, then identity. Beyond these facts are not compared.

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
        more: what else it tells; None for nothing, as nearly always. Ask `detail` to
            read it, and `told` to write it.
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
    more: Detail | None = None

    @property
    def detail(self) -> Detail:
        """What else it tells, to be read."""
        return self.more or NO_DETAIL

    def told(self) -> Detail:
        """What else it tells, to be written."""
        if self.more is None:
            self.more = Detail()
        return self.more


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
