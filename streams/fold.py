"""The whole job offline: raw touchpoints in; what the journey agent emits out."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final, NamedTuple, TypeVar

from msgspec import Struct, json, structs

from schemas.failure import Rejected
from schemas.identity import IdentityLink
from schemas.journey import JourneyState, Session, Transition
from schemas.messages import Message
from schemas.progress import Progress, Tick
from schemas.threads import Thread
from schemas.topics import record_key
from schemas.touchpoint import Actor
from streams.enrich.identify import Identifier
from streams.journey.live import Rules, decode_state
from streams.journey.outcome import Outcome
from streams.journey.partition import PartitionJourneys

BATCH: Final = 5_000
AFTERWARDS_MS: Final = 2 * 86_400_000
"""Beyond the longest gap: clocks may run ahead of their receipt by a day."""
_Key = TypeVar("_Key")
_Kind = TypeVar("_Kind", Session, Transition, Thread, Message, IdentityLink)
_encode = json.Encoder().encode
_decode_session = json.Decoder(Session).decode
_decode_message = json.Decoder(Message).decode
_decode_transition = json.Decoder(Transition).decode
_decode_thread = json.Decoder(Thread).decode
_decode_link = json.Decoder(IdentityLink).decode


class _Record(NamedTuple):
    offset: int
    key: bytes
    value: bytes
    timestamp: int


class Refused(Struct):
    """A line that is no touchpoint."""

    line: int
    reason: str
    detail: str


@dataclass(frozen=True, slots=True)
class Folded:
    """What a file of raw touchpoints comes to.

    Attributes:
        states: one a person, and one for every identifier that was linked.
        sessions: the newest revision of each, superseded ones included.
        transitions: the newest revision of each, without those taken back.
        threads: the newest revision of each.
        refused: lines that would have become dead letters.
        touchpoints: distinct touchpoints, late ones included.
        duplicates: touchpoints that were there before.
        late: touchpoints that came after their channel's lateness.
        messages: the newest revision of each, cancelled ones included.
    """

    states: list[JourneyState]
    sessions: list[Session]
    transitions: list[Transition]
    threads: list[Thread]
    refused: list[Refused]
    touchpoints: int
    duplicates: int
    late: int
    messages: list[Message]


def fold(  # noqa: PLR0913 - how records arrive is for the caller to say
    lines: Iterable[bytes],
    identifier: Identifier,
    rules: Rules,
    *,
    received_at: int,
    close: bool = False,
    still: bool = False,
    batch_size: int = BATCH,
) -> Folded:
    """Fold raw touchpoints with the worker's own rules, in the order given.

    Args:
        lines: one raw touchpoint each, JSON.
        identifier: the rule of the first agent.
        rules: session policy and journey models.
        received_at: when the lines are taken to have been received, epoch milliseconds.
        close: let time pass at the end, so that every session is over.
        still: let no time pass before the end: nothing is late, nothing is closed.
        batch_size: records that the journey agent gets at a time.
    """
    # A second raw partition, of which nothing is known until the end, holds time.
    raw_partitions = 2 if still else 1
    partition = _Partition(rules, received_at, raw_partitions)
    result = partition.result
    for number, line in enumerate(lines):
        one = identifier.identify(
            line,
            received_at=received_at,
            raw_log="fold",
            raw_partition=0,
            raw_offset=number,
        )
        if isinstance(one, Rejected):
            result.refused.append(Refused(number + 1, one.reason, one.detail))
            continue
        key = record_key(one.tenant, one.person_id)
        partition.put(key, _encode(one))
        if partition.waiting >= batch_size or partition.may_send(key, one.actor):
            partition.finish()
    partition.finish()
    if close:
        front = partition.journeys.watermark.newest
        later = front + rules.policy.longest_gap_ms + AFTERWARDS_MS
        fronts = dict.fromkeys(range(raw_partitions), later)
        partition.put(b"", _encode(Tick("fold", received_at, fronts, {})))
        partition.finish()
    return result.folded(value for _, value in partition.journeys.states.items())


class _Partition:
    """The only journey partition: what it sends comes back to itself."""

    def __init__(self, rules: Rules, received_at: int, raw_partitions: int) -> None:
        start = Progress("fold", 0, "fold", 0)
        self.journeys = PartitionJourneys({}, start, rules, raw_partitions)
        self.result = Gathered()
        self._received_at = received_at
        self._log: list[_Record] = []
        self._next = 0
        self._linked: set[bytes] = set()

    @property
    def waiting(self) -> int:
        return len(self._log)

    def may_send(self, key: bytes, actor: Actor) -> bool:
        """Whether a touchpoint may lead to records that have to be read before the next.

        Where partitions work side by side such a record arrives a moment later; behind
        a whole batch of a file, days of event time may have passed.
        """
        names = sum(name is not None for name in structs.astuple(actor))
        return names > 1 or key in self._linked

    def put(self, key: bytes, value: bytes) -> None:
        self._log.append(_Record(self._next, key, value, self._received_at))
        self._next += 1

    def work(self) -> None:
        """Fold what is there; what it sends comes next."""
        log, self._log = self._log, []
        outcome = self.journeys.apply(log)
        self.result.take(outcome)
        self._linked.update(key for key, _ in outcome.links)
        for key, value in outcome.sent:
            self.put(key, value)

    def finish(self) -> None:
        """Fold until nothing is sent any more."""
        while self._log:
            self.work()


class Gathered:
    """What replacing tables would hold of everything that partitions put out."""

    def __init__(self) -> None:
        self.refused: list[Refused] = []
        self._sessions: dict[str, Session] = {}
        self._transitions: dict[tuple[str, str, str, int], Transition] = {}
        self._threads: dict[tuple[str, str, str, str], Thread] = {}
        self._links: dict[tuple[str, str], IdentityLink] = {}
        self._messages: dict[tuple[str, str], Message] = {}
        self._touchpoints = self._duplicates = self._late = 0

    def take(self, outcome: Outcome) -> None:
        """Take what a batch came to; of one row the highest revision is true."""
        self._touchpoints += len(outcome.touchpoints)
        self._duplicates += len(outcome.duplicates)
        self._late += outcome.late
        for _, value in outcome.sessions:
            session = _decode_session(value)
            _replace(self._sessions, session.session_id, session)
        for _, value in outcome.transitions:
            one = _decode_transition(value)
            identity = (one.tenant, one.person_id, one.model, one.transition_no)
            _replace(self._transitions, identity, one)
        for _, value in outcome.threads:
            told = _decode_thread(value)
            name = (told.tenant, told.person_id, told.kind, told.thread_id)
            _replace(self._threads, name, told)
        for _, value in outcome.links:
            link = _decode_link(value)
            _replace(self._links, (link.tenant, link.identifier), link)
        for _, value in outcome.messages:
            message = _decode_message(value)
            _replace(self._messages, (message.tenant, message.message_id), message)

    def _person(self, tenant: str, name: str) -> str:
        """Whom an identifier stands for now, as a reader of the links finds it."""
        while (link := self._links.get((tenant, name))) and link.linked_to:
            name = link.linked_to
        return name

    def folded(self, encoded: Iterable[bytes]) -> Folded:
        """The whole.

        Args:
            encoded: the states of all partitions.
        """
        threads = [one for one in self._threads.values() if not one.deleted]
        rows: list[Session | Transition | Message | Thread] = [
            *self._sessions.values(),
            *self._transitions.values(),
            *threads,
            *self._messages.values(),
        ]
        for row in rows:
            row.person_id = self._person(row.tenant, row.person_id)
        states = map(decode_state, encoded)
        return Folded(
            [
                state
                for state in states
                if self._person(state.tenant, state.person_id) == state.person_id
                and state.touchpoints + state.late + len(state.recent)
            ],
            list(self._sessions.values()),
            [one for one in self._transitions.values() if not one.deleted],
            _whole(threads),
            self.refused,
            self._touchpoints,
            self._duplicates,
            self._late,
            list(self._messages.values()),
        )


def _replace(rows: dict[_Key, _Kind], name: _Key, one: _Kind) -> None:
    known = rows.get(name)
    if known is None or one.revision >= known.revision:
        rows[name] = one


def _whole(threads: list[Thread]) -> list[Thread]:
    """One row a thread: of several that persons had who are one now, that of the most."""
    found: dict[tuple[str, str, str, str], Thread] = {}
    for one in sorted(threads, key=lambda t: (t.touchpoints, t.updated_at, t.revision)):
        found[one.tenant, one.person_id, one.kind, one.thread_id] = one
    return list(found.values())


def records(folded: Folded) -> Iterator[bytes]:
    """The result as NDJSON lines: `{"record": "session" | …, …}`, in a stable order."""
    states = sorted(folded.states, key=lambda s: (s.tenant, s.person_id))
    sessions = sorted(folded.sessions, key=lambda s: (s.tenant, s.session_id))
    transitions = sorted(
        folded.transitions,
        key=lambda t: (t.tenant, t.person_id, t.model, t.transition_no),
    )
    threads = sorted(
        folded.threads, key=lambda t: (t.tenant, t.person_id, t.kind, t.thread_id)
    )
    messages = sorted(folded.messages, key=lambda m: (m.tenant, m.message_id))
    groups: tuple[tuple[bytes, Iterable[Struct]], ...] = (
        (b"state", states),
        (b"session", sessions),
        (b"transition", transitions),
        (b"thread", threads),
        (b"message", messages),
        (b"refused", folded.refused),
    )
    for name, group in groups:
        for one in group:
            yield b'{"record":"' + name + b'",' + _encode(one)[1:]
