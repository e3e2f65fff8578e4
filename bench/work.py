"""The work that all frameworks are given: the project's own pure rules, record by record.

`identify` is decode, validate, normalise, enrich; `fold` is deduplicate, sessionize,
fold, phase. Only the carrying is the framework's own. What our worker does besides
(enriched touchpoints, duplicates, sessions and transitions as topics of their own,
dead letters, closing idle sessions by the watermark, resuming without loss) the others
are spared.
"""

from pathlib import Path
from typing import Final

import msgspec
import yaml

import streams.journey
from bench.job import Job
from schemas.failure import Rejected
from schemas.journey import JourneyState
from schemas.progress import Progress
from schemas.topics import record_key
from streams.enrich.identify import Identifier
from streams.enrich.policy import IdentifyPolicy
from streams.journey.live import Journey, Rules
from streams.journey.model import models_from
from streams.journey.policy import SessionPolicy
from streams.journey.record import decode_seen
from streams.journey.watermark import Watermark

MODEL: Final = Path(streams.journey.__file__).with_name("default_model.yaml")
LOG: Final = "bench"
"""Identity of the raw log, which only has to be the same for all records."""


class Work:
    """The rules, ready for records.

    Args:
        job: says how many raw partitions there are, and the secret.
    """

    def __init__(self, job: Job) -> None:
        """Make the rules."""
        self._identifier = Identifier(IdentifyPolicy(job.secret))
        model = yaml.safe_load(MODEL.read_text())
        self._rules = Rules(SessionPolicy(), models_from(model))
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

    def fold(self, state: JourneyState | None, value: bytes) -> JourneyState:
        """A person's state with one more identified touchpoint in it."""
        seen = decode_seen(value)
        self._watermark.observe(seen.raw_partition, seen.occurred_at, seen.received_at)
        if state is None:
            state = JourneyState(0, 0, seen.tenant, seen.person_id)
        journey = Journey(state, self._rules, 0)
        journey.fold(seen, self._watermark.now)
        journey.settle(self._watermark.now)
        return journey.state


_encode = msgspec.json.Encoder().encode
