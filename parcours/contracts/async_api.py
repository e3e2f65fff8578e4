"""AsyncAPI 3.0: every topic in one document, from the side of those who work with Parcours.

In it, *send* and *receive* are what the other system does.
"""

from typing import Final

from msgspec import Struct

from parcours.contracts import RELEASE
from parcours.contracts.examples import example_of
from parcours.contracts.json_schema import Json, records_of, schema_of
from parcours.contracts.records import summary_of
from schemas.topics import NO_KEY, TOPICS, Topic

VERSION: Final = "3.0.0"
BINDING: Final = "0.5.0"
DRAFT_7: Final = "application/schema+json;version=draft-07"
KEY: Final = "default/customer_id:4711"
NUMBERS: Final = ("retention.ms", "delete.retention.ms", "max.message.bytes")
"""Settings of a topic that AsyncAPI's Kafka binding knows beside `cleanup.policy`."""

_ABOUT: Final = """\
Live customer journeys, from every touchpoint online and in store.

This document is written for the systems that work with Parcours: they send raw
touchpoints and receive everything else. Values are JSON in UTF-8; there are no headers.
Delivery is at least once: a record may come again, and records of the same identity
replace each other by `revision`. docs/consumers.md explains how to read each topic."""
_BY_KEY: Final = (
    "murmur2 of the key, modulo the number of partitions (Kafka's own default); "
    "all keyed topics have the same number of partitions"
)
_BY_SOURCE: Final = "any; the records of one partition keep their order"
_COMPACTED: Final = "Compacted: the newest record of every key is kept for ever."


def document() -> Json:
    """The whole document; its payloads are in `jsonschema/` beside it."""
    return {
        "asyncapi": VERSION,
        "info": {
            "title": "Parcours",
            "version": RELEASE,
            "description": _ABOUT,
            "license": {"name": "Apache-2.0"},
        },
        "defaultContentType": "application/json",
        "servers": {
            "kafka": {
                "host": "{bootstrap}",
                "protocol": "kafka",
                "description": "The Kafka cluster that the installation is set up with "
                "(PARCOURS_KAFKA_SERVERS).",
                "variables": {"bootstrap": {"default": "localhost:9092"}},
            }
        },
        "channels": {topic.name: _channel(topic) for topic in TOPICS},
        "operations": {
            _operation_id(topic): _operation(topic)
            for topic in TOPICS
            if not topic.internal
        },
    }


def _channel(topic: Topic) -> Json:
    schema = schema_of(topic)
    messages = {
        record.__name__: _message(topic, record, schema) for record in records_of(topic)
    }
    if topic.tombstone:
        messages["Tombstone"] = _tombstone(topic)
    return {
        "address": topic.name,
        "title": topic.name,
        "description": _words(topic),
        "messages": messages,
        "tags": [_tag(topic)],
        "bindings": {"kafka": _binding(topic)},
        **_placed(topic),
    }


def _placed(topic: Topic) -> Json:
    """The rule that gives a record its partition, where others may count on it."""
    if topic.internal or topic.key == NO_KEY:
        return {}
    return {"x-partition": _BY_SOURCE if topic.inbound else _BY_KEY}


def _words(topic: Topic) -> str:
    days = (topic.retention_ms or 0) / 86_400_000
    kept = f"Kept for {days:g} days." if days else _COMPACTED
    owned = f"Written by: {topic.owner}. Key: {topic.key}."
    lines = [summary_of(topic.record), "", owned, kept]
    if topic.tombstone:
        lines.append(f"A record without a value: {topic.tombstone}.")
    return "\n".join(lines)


def _tag(topic: Topic) -> Json:
    if topic.internal:
        words = "Read by Parcours alone; may change without notice."
        return {"name": "internal", "description": words}
    words = "Changes only as docs/consumers.md says."
    return {"name": "public", "description": words}


def _binding(topic: Topic) -> Json:
    config = topic.config()
    settings: Json = {"cleanup.policy": [config["cleanup.policy"]]}
    settings |= {name: int(config[name]) for name in NUMBERS if name in config}
    return {
        "topic": topic.name,
        "topicConfiguration": settings,
        "bindingVersion": BINDING,
    }


def _message(topic: Topic, record: type[Struct], schema: Json) -> Json:
    name = record.__name__
    summary, _, rest = summary_of(record).partition("\n\n")
    described = {"description": rest} if rest else {}
    reference = f"./jsonschema/{topic.name}.json#/definitions/{name}"
    return {
        "name": name,
        "title": name,
        "summary": " ".join(summary.split()),
        **described,
        "contentType": "application/json",
        "payload": {"schemaFormat": DRAFT_7, "schema": {"$ref": reference}},
        **_key(topic, keyed=record is topic.record),
        "examples": [{"name": name, "payload": example_of(schema, name)}],
    }


def _tombstone(topic: Topic) -> Json:
    return {
        "name": "Tombstone",
        "title": "Tombstone",
        "summary": f"No value: {topic.tombstone}.",
        "payload": {"type": "null"},
        **_key(topic, keyed=True),
    }


def _key(topic: Topic, *, keyed: bool) -> Json:
    if not keyed or topic.key == NO_KEY:
        return {}
    key: Json = {"type": "string", "description": topic.key}
    if topic.key == "tenant/person_id":
        key["examples"] = [KEY]
    return {"bindings": {"kafka": {"key": key, "bindingVersion": BINDING}}}


def _operation(topic: Topic) -> Json:
    channel = f"#/channels/{topic.name}"
    names = [record.__name__ for record in records_of(topic)]
    if topic.tombstone:
        names.append("Tombstone")
    return {
        "action": "send" if topic.inbound else "receive",
        "channel": {"$ref": channel},
        "summary": " ".join(summary_of(topic.record).partition("\n\n")[0].split()),
        "messages": [{"$ref": f"{channel}/messages/{name}"} for name in names],
    }


def _operation_id(topic: Topic) -> str:
    """`receiveJourneysStateV1` for `parcours.journeys.state.v1`."""
    words = topic.name.replace("-", ".").split(".")[1:]
    verb = "send" if topic.inbound else "receive"
    return verb + "".join(word.capitalize() for word in words)
