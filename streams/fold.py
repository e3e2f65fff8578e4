"""The whole job offline: raw touchpoints in, sessions, transitions, states, threads out."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final, NamedTuple

from msgspec import Struct, json

from schemas.failure import Rejected
from schemas.journey import JourneyState, Progress, Session, Tick, Transition
from schemas.threads import Thread
from schemas.topics import record_key
from streams.enrich.identify import Identifier
from streams.journey.live import Rules, decode_state
from streams.journey.partition import Outcome, PartitionJourneys

BATCH: Final = 5_000
FOR_EVER_MS: Final = 10_000_000_000_000
_encode = json.Encoder().encode
_decode_session = json.Decoder(Session).decode
_decode_transition = json.Decoder(Transition).decode
_decode_thread = json.Decoder(Thread).decode


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
        states: one a person.
        sessions: the newest revision of each, superseded ones included.
        transitions: the newest revision of each, without those taken back.
        threads: the newest revision of each.
        refused: lines that would have become dead letters.
        touchpoints: distinct touchpoints, late ones included.
        duplicates: touchpoints that were there before.
        late: touchpoints that came after their channel's lateness.
    """

    states: list[JourneyState]
    sessions: list[Session]
    transitions: list[Transition]
    threads: list[Thread]
    refused: list[Refused]
    touchpoints: int
    duplicates: int
    late: int


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
    start = Progress("fold", 0, "fold", 0)
    journeys = PartitionJourneys({}, start, rules, raw_partitions)
    result = _Result()
    batch: list[_Record] = []
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
        batch.append(_Record(number, key, _encode(one), received_at))
        if len(batch) == batch_size:
            result.take(journeys.apply(batch))
            batch = []
    result.take(journeys.apply(batch))
    if close:
        fronts = dict.fromkeys(range(raw_partitions), FOR_EVER_MS)
        tick = Tick("fold", received_at, fronts, {})
        end = _Record(journeys.next_offset, b"", _encode(tick), received_at)
        result.take(journeys.apply([end]))
    return result.folded(journeys)


class _Result:
    def __init__(self) -> None:
        self.refused: list[Refused] = []
        self._sessions: dict[str, Session] = {}
        self._transitions: dict[tuple[str, str, str, int], Transition] = {}
        self._threads: dict[tuple[str, str, str, str], Thread] = {}
        self._touchpoints = self._duplicates = self._late = 0

    def take(self, outcome: Outcome) -> None:
        self._touchpoints += len(outcome.touchpoints)
        self._duplicates += len(outcome.duplicates)
        self._late += outcome.late
        for _, value in outcome.sessions:
            session = _decode_session(value)
            self._sessions[session.session_id] = session
        for _, value in outcome.transitions:
            one = _decode_transition(value)
            identity = (one.tenant, one.person_id, one.model, one.transition_no)
            self._transitions[identity] = one
        for _, value in outcome.threads:
            told = _decode_thread(value)
            name = (told.tenant, told.person_id, told.kind, told.thread_id)
            self._threads[name] = told

    def folded(self, journeys: PartitionJourneys) -> Folded:
        return Folded(
            [decode_state(value) for value in journeys.states.values()],
            list(self._sessions.values()),
            [one for one in self._transitions.values() if not one.deleted],
            list(self._threads.values()),
            self.refused,
            self._touchpoints,
            self._duplicates,
            self._late,
        )


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
    groups: tuple[tuple[bytes, Iterable[Struct]], ...] = (
        (b"state", states),
        (b"session", sessions),
        (b"transition", transitions),
        (b"thread", threads),
        (b"refused", folded.refused),
    )
    for name, group in groups:
        for one in group:
            yield b'{"record":"' + name + b'",' + _encode(one)[1:]
