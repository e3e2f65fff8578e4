"""Emotion and friction as a journey state keeps them: observed apart from inferred."""

from typing import Annotated

from msgspec import Meta, Struct

Emotion = Annotated[float, Meta(ge=-2, le=2)]
"""From very bad to very good; 0 is neutral."""


class LastFelt(Struct, array_like=True, order=True, frozen=True, gc=False):
    """The newest emotion, and the touchpoint that carries it (order is the wire format).

    Attributes:
        at: occurred_at, epoch milliseconds.
        seq: order inside the millisecond.
        source, id: the touchpoint's identity.
        emotion: -2 to +2.
    """

    at: int
    seq: int
    source: str
    id: str
    emotion: Emotion


class Tally(Struct, omit_defaults=True, frozen=True):
    """Emotions of one sort, added up.

    Attributes:
        count: touchpoints that carry one.
        hundredths: their sum, in hundredths, so that no order of adding matters.
        last: the newest of them.
    """

    count: int = 0
    hundredths: int = 0
    last: LastFelt | None = None


ERROR, CONTACT, CALL = 0, 1, 2
"""What a trace is of: an error on web or app; a contact with the retailer; one by phone."""


class Trace(Struct, array_like=True, order=True, frozen=True, gc=False):
    """A contact or an error that later contacts may have to do with.

    The order of the fields is the wire format, and the first four are the total order
    of touchpoints.

    Attributes:
        at: occurred_at, epoch milliseconds.
        seq: order inside the millisecond.
        source, id: the touchpoint's identity.
        kind: ERROR, CONTACT or CALL.
        thread: the call or chat it belongs to, where the source names one.
        settled: nothing can change any more what it is to its person.
    """

    at: int
    seq: int
    source: str
    id: str
    kind: int
    thread: str = ""
    settled: bool = False


class Emotions(Struct, omit_defaults=True):
    """What a person told of their mood, and what happened to them; never one mean.

    Attributes:
        observed: surveys, ratings, reviews, mentions.
        inferred: frictions.
        settled: the frictions that no touchpoint to come can change; None where that
            is all of `inferred`. Bookkeeping of the agent, like what follows.
        traces: contacts and errors young enough to matter, in order.
        forgotten: traces given up early because a person left too many.
    """

    observed: Tally = Tally()
    inferred: Tally = Tally()
    settled: Tally | None = None
    traces: list[Trace] = []
    forgotten: int = 0
