"""The work that all frameworks are given: the project's own pure rules, record by record.

`identify` is decode, validate, normalise, enrich; `fold` is deduplicate, find out who is
who, sessionize, fold, phase, threads, emotion, and what messages remember. Identifiers
write letters to each other, and every touchpoint leaves with its verdict. Only the
carrying is the framework's own. What our worker does besides (duplicates, sessions,
transitions, threads, links and messages as topics of their own, dead letters, waking
journeys by the watermark, time marks, resuming without loss) the others are spared.
"""

from typing import Final, NamedTuple

import msgspec

from bench.job import Job
from schemas.failure import Rejected
from schemas.identity import Letter
from schemas.journey import JourneyState
from schemas.progress import Progress
from schemas.settings import parse
from schemas.topics import record_key
from streams.activation.messenger import TIMELESS
from streams.enrich.identify import Identifier
from streams.enrich.policy import IdentifyPolicy
from streams.journey.controls import CONTROL
from streams.journey.holdings import elsewhere
from streams.journey.identities import read
from streams.journey.live import Journey, Verdict
from streams.journey.partition import ADVANCE_MASK
from streams.journey.post import Pair, Post
from streams.journey.record import decode_seen, enriched
from streams.journey.watermark import Watermark
from streams.rules import load_rules

LOG: Final = "bench"
"""Identity of the raw log, which only has to be the same for all records."""
_decode_letter: Final = msgspec.json.Decoder(Letter).decode


class Folded(NamedTuple):
    """What one record of the re-keyed topic came to.

    Attributes:
        state: the state of its key.
        sent: records for the re-keyed topic: letters, touchpoints that belong elsewhere.
        touchpoint: the touchpoint with its verdict, where it was one and stays here.
    """

    state: JourneyState
    sent: list[Pair]
    touchpoint: bytes | None


class Work:
    """The rules, ready for records.

    Args:
        job: says how many raw partitions there are, and the secret.
    """

    def __init__(self, job: Job) -> None:
        """Make the rules."""
        self._identifier = Identifier(IdentifyPolicy(job.secret))
        settings = {
            "PARCOURS_KAFKA_SERVERS": job.servers,
            "PARCOURS_CLICKHOUSE_URL": "chdb:///unused",
            "PARCOURS_PSEUDONYM_KEY": job.secret,
        }
        self._rules = load_rules(parse(settings))
        self._seen = 0
        self._watermark = Watermark(job.partitions, Progress(LOG, 0, LOG, 0))

    def identify(
        self, value: bytes, partition: int, offset: int, time_ms: int
    ) -> tuple[bytes, bytes]:
        """The key and value of the identified touchpoint.

        Args:
            value: of the raw record.
            partition: its partition.
            offset: its offset.
            time_ms: its time, epoch milliseconds.

        Raises:
            ValueError: it is refused, which no generated record is.
        """
        found = self._identifier.identify(
            value,
            received_at=time_ms,
            raw_log=LOG,
            raw_partition=partition,
            raw_offset=offset,
        )
        if isinstance(found, Rejected):
            raise ValueError(found.detail)  # noqa: TRY004 - it is the value
        return record_key(found.tenant, found.person_id), _encode(found)

    def fold(
        self, key: bytes, state: JourneyState | None, value: bytes, partition: int
    ) -> Folded:
        """A person's state with one more record in it.

        Args:
            key: of the record.
            state: what is known so far; changed in place.
            value: an identified touchpoint, or a letter.
            partition: where it was read.
        """
        if state is None:
            tenant, _, person_id = key.decode().partition("/")
            state = JourneyState(0, 0, tenant, person_id)
        journey = Journey(state, self._rules, 0)
        post = Post(partition)
        touchpoint = None
        now = self._watermark.now
        if value.startswith(CONTROL):
            read(_decode_letter(value), journey, self._rules.links, now, post)
        else:
            touchpoint = self._touchpoint(journey, value, post)
        if journey.wake(now, TIMELESS):
            journey.settle(now)
        return Folded(journey.state, post.sent, touchpoint)

    def _touchpoint(self, journey: Journey, value: bytes, post: Post) -> bytes | None:
        seen = decode_seen(value)
        self._watermark.observe(seen.raw_partition, seen.occurred_at, seen.received_at)
        self._seen += 1
        if not self._seen & ADVANCE_MASK:
            self._watermark.advance()
        now = self._watermark.now
        if elsewhere(journey, seen, value, now, post):
            return None
        verdict, session, phase = journey.fold(seen, now)
        if verdict is Verdict.DUPLICATE:
            return value
        late = verdict is Verdict.LATE
        return enriched(value, session, phase, late=late, felt=journey.felt)


_encode = msgspec.json.Encoder().encode
