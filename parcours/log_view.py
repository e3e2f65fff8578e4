"""Where Kafka stands: how far each reader of the flow is, in one view."""

from collections.abc import Mapping, Sequence
from typing import Final

import msgspec

from insights.audit import LANDINGS
from insights.deliveries import Delivery
from insights.positions import LogPositions, LogView, Span
from parcours.kafka_admin import KafkaAdmin
from schemas.progress import Progress
from schemas.topics import IDENTIFIED, PROGRESS, RAW
from streams.adapters.adapter import Adapted
from streams.adapters.registry import ADAPTERS, CANONICAL

WORKER_GROUP: Final = "parcours-worker"
SINK_GROUP: Final = "parcours-sink"

Offsets = Mapping[int, int]


class Pending(msgspec.Struct, frozen=True):
    """Records that one stage has before it, in one topic.

    Attributes:
        stage: `identify`, `journey` or `sink`.
        records: over all partitions.
        partitions: by partition; only those with any.
    """

    stage: str
    topic: str
    records: int
    partitions: dict[int, int]


def reached(broker: KafkaAdmin, stage: str, topic: str) -> Offsets:
    """First offset of each partition that a stage has not finished.

    The journey agent is asked for its own progress records, not the group's offsets:
    they are what it resumes from.
    """
    if stage == "identify":
        return broker.committed(WORKER_GROUP, topic)
    if stage == "sink":
        return broker.committed(SINK_GROUP, topic)
    return {p: known.next_offset for p, known in progress(broker).items()}


def progress(broker: KafkaAdmin) -> dict[int, Progress]:
    """How far the journey agent is in the log that there is, by partition."""
    log = broker.logs(IDENTIFIED.name)[IDENTIFIED.name]
    found = {
        partition: msgspec.json.decode(value, type=Progress)
        for partition, value in broker.newest(PROGRESS.name).items()
    }
    return {p: known for p, known in found.items() if known.log == log}


def view(broker: KafkaAdmin) -> LogView:
    """Take the view that the audit rests on; see `LogView` for the order of reading."""
    done = {
        name: reached(broker, stage, name)
        for stage, names in STAGES.items()
        for name in names
    }
    logs, starts = broker.logs(*done), broker.starts(*done)
    ends = broker.ends(*done)
    positions = {
        name: LogPositions(
            logs[name],
            tuple(
                Span(starts[name][p], end, done[name].get(p, 0))
                for p, end in sorted(ends[name].items())
            ),
        )
        for name in done
    }
    return LogView(
        positions[RAW.name],
        positions[IDENTIFIED.name],
        {name: positions[name] for name in STAGES["sink"]},
    )


def deliveries(broker: KafkaAdmin, places: Sequence[tuple[int, int]]) -> list[Delivery]:
    """Which touchpoints raw records deliver; without those that cannot be read."""
    found = []
    for (partition, offset), value in broker.read(RAW.name, places).items():
        adapted = ADAPTERS[CANONICAL](value)
        if isinstance(adapted, Adapted):
            raw = adapted.raw
            found.append(Delivery(partition, offset, raw.tenant, raw.source, raw.id))
    return found


STAGES: Final[dict[str, tuple[str, ...]]] = {
    "identify": (RAW.name,),
    "journey": (IDENTIFIED.name,),
    "sink": tuple(LANDINGS),
}
"""The flow: each stage and the topics that it reads."""


def pending(broker: KafkaAdmin) -> list[Pending]:
    """What every stage has before it now, in the order of the flow."""
    taken = view(broker)
    logs = {RAW.name: taken.raw, IDENTIFIED.name: taken.identified, **taken.landing}
    return [
        Pending(
            stage,
            name,
            logs[name].pending,
            {p: s.pending for p, s in enumerate(logs[name].spans) if s.pending},
        )
        for stage, names in STAGES.items()
        for name in names
    ]
