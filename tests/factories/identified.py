"""Identified touchpoints, valid by default, and the records that carry them."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import yaml
from msgspec import json

from schemas.progress import Progress
from schemas.topics import record_key
from schemas.touchpoint import Actor, Place, Touchpoint
from schemas.vocabulary import TYPES
from streams.journey.live import Rules
from streams.journey.model import models_from
from streams.journey.partition import PartitionJourneys
from streams.journey.policy import SessionPolicy

MODEL_FILE = "streams/journey/default_model.yaml"
START_MS = 1_700_000_000_000
MINUTE_MS = 60_000
HOUR_MS = 60 * MINUTE_MS
DAY_MS = 24 * HOUR_MS


class Record(NamedTuple):
    offset: int
    key: bytes | None
    value: bytes | None
    timestamp: int


def identified(
    id_: str = "e1",
    type_: str = "page_viewed",
    *,
    at: int = START_MS,
    person: str = "customer_id:1",
    device: str = "d1",
    store: str | None = None,
    **more: object,
) -> Touchpoint:
    """A touchpoint as the first agent sends it on."""
    kind = TYPES[type_]
    fields: dict[str, object] = {
        "tenant": "default",
        "person_id": person,
        "source": "shop",
        "id": id_,
        "type": type_,
        "occurred_at": at,
        "received_at": at + 1_000,
        "channel": kind.channel,
        "direction": kind.direction,
        "raw_log": "raw",
        "raw_partition": 0,
        "raw_offset": 0,
        "actor": Actor(device_id=device),
    }
    if store is not None:
        fields |= {"channel": "store", "place": Place(store_id=store)}
    return Touchpoint(**{**fields, **more})  # type: ignore[arg-type]


def records(touchpoints: Iterable[Touchpoint], first: int = 0) -> list[Record]:
    """The records of a partition; raw offsets count up, as one raw partition would."""
    made = []
    for offset, touchpoint in enumerate(touchpoints, first):
        touchpoint.raw_offset = offset
        key = record_key(touchpoint.tenant, touchpoint.person_id)
        value = json.encode(touchpoint)
        made.append(Record(offset, key, value, touchpoint.received_at))
    return made


def rules(policy: SessionPolicy | None = None, *more: object) -> Rules:
    """The built-in rules, and more journey models, as parsed YAML."""
    with open(MODEL_FILE, encoding="utf-8") as file:  # noqa: PTH123 a fixed small file
        models = models_from(yaml.safe_load(file), *more)
    return Rules(policy or SessionPolicy(), models)


def partition(
    policy: SessionPolicy | None = None, raw_partitions: int = 1, *more: object
) -> PartitionJourneys:
    """An empty journey partition; with more journey models than the built-in one."""
    progress = Progress("log", 0, "raw", 0)
    return PartitionJourneys({}, progress, rules(policy, *more), raw_partitions)


def newest(pairs: Sequence[tuple[bytes, bytes]], type_: type, name: str) -> dict:
    """The last record of each identity, decoded, as a replacing table would keep it."""
    found = {}
    for _, value in pairs:
        one = json.decode(value, type=type_)
        found[getattr(one, name)] = one
    return found
