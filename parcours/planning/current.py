"""The journey models that apply now, and the event time that each partition has reached."""

from collections.abc import Mapping
from dataclasses import dataclass

import msgspec

from parcours.kafka_admin import KafkaAdmin
from schemas.progress import Adoption, Progress
from schemas.settings import Settings
from schemas.topics import IDENTIFIED, PROGRESS
from streams.journey.adoption import newer, overlaid
from streams.journey.model import models_of
from streams.journey.model_spec import ModelSpec
from streams.model_files import models_of_settings


@dataclass(frozen=True, slots=True)
class Present:
    """What the journey agent says of itself.

    Attributes:
        watermarks: by partition.
        partitions: of the journey agent.
        models: those of the settings, and what came by the log.
    """

    watermarks: Mapping[int, int]
    partitions: int
    models: tuple[ModelSpec, ...]


def present(broker: KafkaAdmin, settings: Settings) -> Present:
    """Read the progress of all partitions."""
    log = broker.logs(IDENTIFIED.name)[IDENTIFIED.name]
    found = {
        partition: msgspec.json.decode(value, type=Progress)
        for partition, value in broker.newest(PROGRESS.name).items()
    }
    known = {p: progress for p, progress in found.items() if progress.log == log}
    adopted: dict[str, Adoption] = {}
    for progress in known.values():
        for name, adoption in progress.adopted.items():
            if newer(adopted, adoption):
                adopted[name] = adoption
    base = models_of(models_of_settings(settings))
    return Present(
        {p: progress.watermark for p, progress in known.items()},
        len(broker.ends(IDENTIFIED.name)[IDENTIFIED.name]),
        overlaid(base, adopted).specs,
    )
