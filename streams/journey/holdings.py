"""What a partition holds between batches, and what it has in hand during one."""

from dataclasses import dataclass, field

from msgspec import json

from schemas.identity import Letter, Origin
from schemas.journey import JourneyState
from schemas.progress import History, Progress, TimeMark
from streams.activation.timeline import Timeline
from streams.journey.identities import note_links, read
from streams.journey.live import Journey, Rules, decode_state
from streams.journey.moving import direct
from streams.journey.outcome import Outcome
from streams.journey.post import Post
from streams.journey.record import Seen, others_of
from streams.journey.watermark import Watermark
from streams.store.states import States

Folded = tuple[bytes, Seen | Letter | History, int]
"""What a journey was told in this batch: its key, the record, the watermark it met."""

_encode = json.Encoder().encode


@dataclass(slots=True)
class Batch:
    """A batch in hand.

    Attributes:
        post: what identifiers write.
        outcome: what it comes to.
        touched: the journeys opened so far, by key.
        told: what they were told, in order.
    """

    post: Post
    outcome: Outcome
    touched: dict[bytes, Journey] = field(default_factory=dict)
    told: list[Folded] = field(default_factory=list)


class Holdings:
    """The states of a partition, its time and its rules.

    Args:
        states: key → encoded state, as restored; owned by this object from now on.
        progress: where the partition was left.
        rules: session policy and journey models.
        raw_partitions: number of raw partitions, for the watermark.
        number: the partition's own.
        partitions: how many there are; 0 where nothing is waited for that is sent.

    Attributes:
        closed_until: what was due before this was emitted, epoch milliseconds.
        heard_until: alarms up to this were heard, whatever came of them.
    """

    __slots__ = (
        "_everybody",
        "_log",
        "_seen_sent",
        "closed_until",
        "heard_until",
        "number",
        "rules",
        "states",
        "timeline",
        "watermark",
    )

    def __init__(  # noqa: PLR0913, PLR0917 what a partition is
        self,
        states: States,
        progress: Progress,
        rules: Rules,
        raw_partitions: int,
        number: int,
        partitions: int = 0,
    ) -> None:
        self.states = states
        self.rules = rules
        self.number = number
        self.watermark = Watermark(raw_partitions, progress, partitions)
        self._everybody = tuple(self.watermark.peers.keys())
        self.timeline = Timeline(progress.clock)
        self.closed_until = 0
        self.heard_until = progress.watermark
        self._log = progress.log
        self._seen_sent = dict(progress.seen_sent)

    def begin(self) -> Batch:
        """Begin with a batch."""
        self.timeline.begin()
        outcome = Outcome()
        post = Post(self.number, sent=outcome.sent, links=outcome.links)
        return Batch(post, outcome)

    def touch(self, batch: Batch, key: bytes, tenant: str) -> Journey:
        """The journey of a key, opened once a batch."""
        journey = batch.touched.get(key)
        if journey is None:
            journey = batch.touched[key] = self._open(key, tenant)
        return journey

    def reopen(self, key: bytes) -> Journey:
        """A journey of which a state is held."""
        state = self._decoded(self.states[key])
        return Journey(state, self.rules, self.closed_until)

    def again(self, batch: Batch, key: bytes, failed: Seen | Letter) -> None:
        """Make a person's journey anew, without the record on which something failed."""
        journey = batch.touched[key] = self._open(key, failed.tenant)
        sent_before = Post(self.number)
        for other, record, watermark in batch.told:
            if other != key:
                continue
            if isinstance(record, History):
                journey.ring(watermark, self.timeline)
                journey.learn(record, watermark)
            elif not isinstance(record, Seen):
                journey.ring(watermark, self.timeline)
                read(record, journey, self.rules.links, watermark, sent_before)
            elif not elsewhere(journey, record, b"{}", watermark, sent_before):
                journey.fold(record, watermark, self.timeline)

    def applied(self, journey: Journey, offset: int) -> bool:
        """Whether what is at this offset is part of the state already."""
        applied = journey.state.applied
        return (
            applied is not None
            and offset <= applied.offset
            and applied.log == self._log
        )

    def is_new(self, sent: Origin) -> bool:
        """Whether a record of another partition, or of this one, comes for the first time."""
        source, *place = sent
        last = self._seen_sent.get(source, (-1, 0))
        if (place[0], place[1]) <= last:
            return False
        self._seen_sent[source] = (place[0], place[1])
        return True

    def tell_time(self, post: Post, offset: int) -> None:
        """Tell all partitions how far this one is, if that is news.

        What the record at this offset made this one send is ahead of it.
        """
        levels = self.watermark.peers.news(self.watermark.arrived)
        if not levels:
            return
        if post.offset != offset:
            post.open(offset)
        for key in self._everybody:
            post.sent.append((key, _encode(TimeMark(post.origin(), levels))))

    def snapshot(self, progress: Progress) -> None:
        """Write what a replay needs into a progress record."""
        progress.seen_sent = dict(self._seen_sent)
        progress.clock = self.timeline.now
        self.watermark.snapshot(progress)

    def _open(self, key: bytes, tenant: str) -> Journey:
        known = self.states.get(key)
        if known is None:
            person_id = key[len(tenant.encode()) + 1 :].decode()
            state = JourneyState(0, 0, tenant, person_id)
        else:
            state = self._decoded(known)
        return Journey(state, self.rules, self.closed_until)

    def _decoded(self, known: bytes) -> JourneyState:
        state = decode_state(known)
        if state.messages is not None and 0 < state.message_at <= self.heard_until:
            # Of its alarm nothing came, so that nobody wrote down that it was heard.
            state.messages.settled = max(state.messages.settled, self.heard_until)
        return state


def elsewhere(journey: Journey, seen: Seen, value: bytes, now: int, post: Post) -> bool:
    """Note the links that a touchpoint shows, and send it on where it belongs.

    Args:
        journey: of the identifier at which it arrived; changed in place.
        seen: the touchpoint.
        value: its JSON.
        now: watermark, epoch milliseconds.
        post: what is to be sent.

    Returns:
        Whether it was sent on; if not it is to be folded here.
    """
    if seen.sent is None and (others := others_of(seen)):
        note_links(seen, others, journey, post)
    return direct(journey, seen, value, now, post)
