"""A journey model made to apply: to the running system, and to all that happened before.

The model goes into the log, so that every worker adopts it between the same two records.
From there on its counters are kept; but each person keeps the former position until what
the model counts of the past has come by the log too. Whatever ends this half-way, it can
be run again: nothing is counted twice.
"""

import os
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Final

from msgspec import Raw, json

from parcours.planning.replay import Replayed
from parcours.producing.producer import Producer
from schemas.progress import Adoption
from schemas.settings import Settings
from schemas.topics import IDENTIFIED, record_key
from streams.journey.model_spec import ModelError, ModelSpec
from streams.model_files import ENDINGS, read_models
from streams.partition import partition_of

if TYPE_CHECKING:
    from streams.kafka import Pair

CHUNK: Final = 2_000
_encode = json.Encoder().encode


async def adopt(
    settings: Settings, spec: ModelSpec, partitions: int, *, awaiting: bool
) -> None:
    """Put a model into every partition of the log.

    Args:
        settings: broker, compression, idempotence.
        spec: the model.
        partitions: of the identified topic.
        awaiting: whether persons wait for their past.
    """
    control = _encode(Adoption(Raw(_encode(spec)), awaiting))
    pair: Pair = (None, control)
    async with Producer(settings) as producer:
        await producer.send({(IDENTIFIED.name, n): [pair] for n in range(partitions)})


async def tell_pasts(
    settings: Settings, persons: Iterable[Replayed], partitions: int
) -> int:
    """Put every person's past, as a model counts it, into the log: a record a name.

    Args:
        settings: broker, compression, idempotence.
        persons: their pasts.
        partitions: of the identified topic.

    Returns:
        How many persons.
    """
    told = 0
    async with Producer(settings) as producer:
        for chunk in _chunks(iter(persons)):
            sends: dict[tuple[str, int], list[Pair]] = {}
            for person in chunk:
                key = record_key(person.tenant, person.position.person_id)
                place = (IDENTIFIED.name, partition_of(key, partitions))
                pairs = [(key, _encode(past.history)) for past in person.pasts]
                sends.setdefault(place, []).extend(pairs)
            await producer.send(sends)
            told += len(chunk)
    return told


def home_of(setting: str) -> Path | None:
    """The folder that workers read journey models from, where a setting names one."""
    names = [part.strip() for part in setting.split(",")]
    return next((Path(name) for name in names if name and Path(name).is_dir()), None)


def place_in(home: Path, spec: ModelSpec) -> Path:
    """Where a model's file belongs in a folder of models: where that model stands now.

    Raises:
        ModelError: it stands in a file with others, which cannot be replaced.
    """
    target = home / f"{spec.name}.yaml"
    for other in sorted(home.iterdir()):
        if other.suffix not in ENDINGS:
            continue
        names = [known.name for known in read_models(other, any_type=True)]
        if spec.name in names:
            target = other
            if len(names) > 1:
                message = f"{other}: holds other models too; put {spec.name} by itself"
                raise ModelError(message)
    return target


def keep(file: Path, target: Path) -> None:
    """Copy a model's file to its place, in one step, for workers that start later."""
    beside = target.with_name(f".{target.name}.{os.getpid()}")
    beside.write_bytes(file.read_bytes())
    beside.replace(target)


def _chunks(persons: Iterator[Replayed]) -> Iterator[list[Replayed]]:
    while chunk := list(islice(persons, CHUNK)):
        yield chunk
