"""Every Kafka topic, once: owner, key, record, retention."""

from dataclasses import dataclass
from typing import Final

from msgspec import Struct

from schemas.failure import DeadLetter
from schemas.identity import IdentityLink, Implied, Linked, Move, Split
from schemas.journey import JourneyState, Session, Transition
from schemas.messages import Message
from schemas.progress import Adoption, History, Progress, Tick, TimeMark
from schemas.threads import Thread
from schemas.touchpoint import Duplicate, RawTouchpoint, Touchpoint

DAY_MS: Final = 86_400_000
MAX_RECORD_BYTES: Final = 8 << 20
SOURCES: Final = "sources"
"""The owner of a topic that others write and Parcours reads."""
NO_KEY: Final = "none"


@dataclass(frozen=True, slots=True)
class Topic:
    """One topic's promise.

    Attributes:
        name: `parcours.<plural>.<state>.v<N>`.
        owner: the only writer.
        key: what the key is, in words.
        record: type of the JSON value.
        append_time: records carry the broker's time, not the producer's.
        retention_ms: how long records stay; None for compacted topics.
        internal: read by Parcours alone; may change without notice.
        controls: types of the control records that travel among the others.
        private_from: the record's first field that is its owner's bookkeeping; it and
            those after it are readable, but promised to nobody.
        tombstone: what a record without a value means, in words; empty where there
            is no such record.
    """

    name: str
    owner: str
    key: str
    record: type[Struct]
    retention_ms: int | None
    internal: bool = False
    append_time: bool = False
    controls: tuple[type[Struct], ...] = ()
    private_from: str = ""
    tombstone: str = ""

    @property
    def inbound(self) -> bool:
        """Whether others write it and Parcours reads it."""
        return self.owner == SOURCES

    def config(self) -> dict[str, str]:
        """Topic settings for the broker, names as Kafka has them."""
        size = {"max.message.bytes": str(MAX_RECORD_BYTES)}
        if self.append_time:
            size["message.timestamp.type"] = "LogAppendTime"
        if self.retention_ms is not None:
            return size | {
                "cleanup.policy": "delete",
                "retention.ms": str(self.retention_ms),
            }
        # A compaction lag keeps both versions of a key readable while a paused
        # worker may still write its last batch.
        return size | {
            "cleanup.policy": "compact",
            "min.compaction.lag.ms": "600000",
            "min.cleanable.dirty.ratio": "0.2",
            "segment.ms": "600000",
            "delete.retention.ms": str(DAY_MS),
        }


RAW: Final = Topic(
    "parcours.touchpoints.raw.v1",
    SOURCES,
    "the source's choice; one key's records keep their order",
    RawTouchpoint,
    7 * DAY_MS,
    append_time=True,
)
IDENTIFIED: Final = Topic(
    "parcours.touchpoints.identified.v1",
    "agent identify_and_enrich; agent journey for what it sends on, and its letters",
    "tenant/person_id",
    Touchpoint,
    2 * DAY_MS,
    internal=True,
    controls=(Tick, TimeMark, Linked, Implied, Move, Split, Adoption, History),
)
ENRICHED: Final = Topic(
    "parcours.touchpoints.enriched.v1",
    "agent journey",
    "tenant/person_id",
    Touchpoint,
    7 * DAY_MS,
)
DUPLICATES: Final = Topic(
    "parcours.touchpoints.duplicates.v1",
    "agent journey",
    "tenant/person_id",
    Duplicate,
    7 * DAY_MS,
)
SESSIONS: Final = Topic(
    "parcours.sessions.v1", "agent journey", "tenant/person_id", Session, 7 * DAY_MS
)
TRANSITIONS: Final = Topic(
    "parcours.journeys.transitions.v1",
    "agent journey",
    "tenant/person_id",
    Transition,
    7 * DAY_MS,
)
THREADS: Final = Topic(
    "parcours.threads.v1", "agent journey", "tenant/person_id", Thread, 7 * DAY_MS
)
MESSAGES: Final = Topic(
    "parcours.messages.due.v1",
    "agent journey",
    "tenant/person_id",
    Message,
    7 * DAY_MS,
)
STATES: Final = Topic(
    "parcours.journeys.state.v1",
    "agent journey",
    "tenant/person_id",
    JourneyState,
    None,
    private_from="recent",
    tombstone="the person was erased; of a merged one `merged_into` says where it went",
)
LINKS: Final = Topic(
    "parcours.identities.links.v1",
    "agent journey",
    "tenant/identifier",
    IdentityLink,
    None,
)
PROGRESS: Final = Topic(
    "parcours.journeys.progress.v1",
    "agent journey",
    "partition number, decimal",
    Progress,
    None,
    internal=True,
)
DEAD_LETTERS: Final = Topic(
    "parcours.touchpoints.dead-letter.v1",
    "every stage",
    NO_KEY,
    DeadLetter,
    30 * DAY_MS,
)

TOPICS: Final = (
    RAW,
    IDENTIFIED,
    ENRICHED,
    DUPLICATES,
    SESSIONS,
    TRANSITIONS,
    THREADS,
    MESSAGES,
    STATES,
    LINKS,
    PROGRESS,
    DEAD_LETTERS,
)


def log_id(topic_id: str) -> str:
    """Short identity of a topic's log, from the topic id that its broker gave it.

    Offsets mean something only within one log: a topic made anew has another id.

    Args:
        topic_id: the broker's UUID in its usual text form.

    Returns:
        Twelve hexadecimal digits (the random end of the UUID).
    """
    return topic_id.replace("-", "")[-12:]


def record_key(tenant: str, person_id: str) -> bytes:
    """The key of every record that belongs to a person."""
    return f"{tenant}/{person_id}".encode()
