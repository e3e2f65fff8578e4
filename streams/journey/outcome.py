"""What a batch of a partition's records comes to: records to send, things to count."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final, NamedTuple, Protocol

from msgspec import Struct, json

from schemas.failure import Rejected
from schemas.journey import Session, Transition
from streams.journey.thread_set import ThreadChange

Pair = tuple[bytes, bytes]

_encode: Final = json.Encoder().encode


class Record(Protocol):
    """One consumed record, as far as the rules look at it."""

    @property
    def offset(self) -> int:
        """Offset in the partition."""

    @property
    def key(self) -> bytes | None:
        """Key: tenant and person."""

    @property
    def value(self) -> bytes | None:
        """Value: a touchpoint or a tick, JSON."""

    @property
    def timestamp(self) -> int:
        """Time of the record, epoch milliseconds."""


class Refusal(NamedTuple):
    """A record that became a dead letter.

    Attributes:
        record: the record.
        why: why.
        passed: touchpoints and letters of the batch that passed before it.
    """

    record: Record
    why: Rejected
    passed: int


@dataclass(slots=True)
class Outcome:
    """What one batch came to: records to send, as (key, value), and what to count."""

    touchpoints: list[Pair] = field(default_factory=list)
    duplicates: list[Pair] = field(default_factory=list)
    sessions: list[Pair] = field(default_factory=list)
    transitions: list[Pair] = field(default_factory=list)
    threads: list[Pair] = field(default_factory=list)
    messages: list[Pair] = field(default_factory=list)
    states: list[Pair] = field(default_factory=list)
    links: list[Pair] = field(default_factory=list)
    sent: list[Pair] = field(default_factory=list)
    progress: bytes = b""
    rejected: list[Refusal] = field(default_factory=list)
    received: int = 0
    ticks: int = 0
    letters: int = 0
    forwarded: int = 0
    replayed: int = 0
    late: int = 0
    opened: list[str] = field(default_factory=list)
    closed: list[str] = field(default_factory=list)
    moves: list[tuple[str, str]] = field(default_factory=list)
    thread_moves: list[tuple[str, str]] = field(default_factory=list)
    threads_dropped: int = 0
    felt: list[str] = field(default_factory=list)
    oldest_received_at: int = 0
    messaged: Counter[tuple[str, str, str]] = field(default_factory=Counter)

    @property
    def passed(self) -> int:
        """Touchpoints that were stored, known before, or sent on, and letters read."""
        told = len(self.touchpoints) + len(self.duplicates)
        return told + self.forwarded + self.letters

    def refuse(self, record: Record, why: Rejected) -> None:
        """Let a record become a dead letter."""
        self.rejected.append(Refusal(record, why, self.passed))

    def tell(self, records: list[Pair], key: bytes, told: Iterable[Struct]) -> None:
        """Send records of a person to one of the topics."""
        records += [(key, _encode(one)) for one in told]

    def tell_sessions(self, key: bytes, sessions: Iterable[Session]) -> None:
        """Send the sessions of a person, and count what was opened and closed."""
        for session in sessions:
            self.sessions.append((key, _encode(session)))
            if session.status == "closed":
                self.closed.append(session.kind)
            elif session.status == "open" and session.touchpoints == 1:
                self.opened.append(session.kind)

    def tell_threads(self, key: bytes, changes: Iterable[ThreadChange]) -> None:
        """Send the threads of a person, and count what was moved."""
        for thread, moved in changes:
            self.threads.append((key, _encode(thread)))
            if moved:
                self.thread_moves.append((thread.kind, thread.status))

    def tell_transitions(
        self, key: bytes, transitions: Iterable[Transition], model: str
    ) -> None:
        """Send the transitions of a person, and count those of the default model."""
        for transition in transitions:
            self.transitions.append((key, _encode(transition)))
            if transition.model == model and not transition.deleted:
                self.moves.append((transition.from_phase, transition.to_phase))
