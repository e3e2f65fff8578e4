"""JSON Schema of the topics' records, generated from the structs that encode them.

Draft 7: what AsyncAPI, schema registries and code generators all understand.
"""

from collections.abc import Iterable
from inspect import cleandoc
from itertools import dropwhile
from typing import Final, cast

import msgspec

from parcours.contracts.records import Described, described
from schemas.topics import Topic
from streams.journey.model_spec import ModelSpec

DIALECT: Final = "http://json-schema.org/draft-07/schema#"
PRIVATE: Final = "x-private"
"""Marks a field that is its owner's bookkeeping."""
KAFKA: Final = "x-kafka"
"""Holds what a reader relies on beside the record: key, compaction, retention."""
DEFINITION: Final = "#/definitions/"

Json = dict[str, object]


def schema_of(topic: Topic) -> Json:
    """The JSON Schema of one topic's values."""
    records = records_of(topic)
    references, components = msgspec.json.schema_components(
        records, ref_template=DEFINITION + "{name}"
    )
    known = described(records)
    for name, definition in components.items():
        if name in known:  # all but enumerations
            _explain(definition, known[name])
    if topic.private_from:
        _withhold(components[topic.record.__name__], topic)
    values = [*references, {"type": "null"}] if topic.tombstone else [*references]
    schema: Json = {
        "$schema": DIALECT,
        "$id": topic.name,
        "title": topic.record.__name__,
        KAFKA: promise_of(topic),
        **({"anyOf": values} if len(values) > 1 else values[0]),
        "definitions": components,
    }
    return cast("Json", _settled(schema, opened=topic.inbound))


def schema_of_model() -> Json:
    """The JSON Schema of a journey model's file, for editors."""
    (reference,), components = msgspec.json.schema_components(
        [ModelSpec], ref_template=DEFINITION + "{name}"
    )
    for name, struct in described([ModelSpec]).items():
        _explain(components[name], struct)
    schema: Json = {
        "$schema": DIALECT,
        "$id": "parcours.journey-model",
        "title": "Journey model",
        **reference,
        "definitions": components,
    }
    return cast("Json", _settled(schema, opened=False))


def records_of(topic: Topic) -> list[type[msgspec.Struct]]:
    """The types of a topic's values."""
    return [topic.record, *topic.controls]


def promise_of(topic: Topic) -> Json:
    """What a topic promises beside the form of its records."""
    return {
        "owner": topic.owner,
        "direction": "in" if topic.inbound else "out",
        "internal": topic.internal,
        "key": topic.key,
        "cleanup.policy": topic.config()["cleanup.policy"],
        "retention.ms": topic.retention_ms,
        "tombstone": topic.tombstone,
    }


def _explain(definition: Json, struct: Described) -> None:
    """Give each field the words that the docstring has for it."""
    if struct.summary:
        definition["description"] = struct.summary
    if struct.as_array:
        # A tag, where there is one, stands before the fields.
        items = cast("list[Json]", definition["prefixItems"])[-len(struct.fields) :]
        for name, item in zip(struct.fields, items, strict=True):
            item["title"] = name
    else:
        properties = cast("dict[str, Json]", definition.get("properties", {}))
        items = [properties[name] for name in struct.fields]
    for name, item in zip(struct.fields, items, strict=True):
        if words := struct.attributes.get(name):
            item["description"] = words


def _withhold(definition: Json, topic: Topic) -> None:
    properties = cast("dict[str, Json]", definition["properties"])
    names = topic.record.__struct_encode_fields__
    for name in dropwhile(lambda name: name != topic.private_from, names):
        properties[name][PRIVATE] = True


def _settled(node: object, *, opened: bool) -> object:
    """The same for every Python, and in the words of draft 7.

    Opened: a source's unknown fields are no error, they are kept under `properties`.
    """
    if isinstance(node, list):
        return [_settled(item, opened=opened) for item in node]
    if not isinstance(node, dict):
        return node
    settled = {name: _settled(value, opened=opened) for name, value in _draft_7(node)}
    if opened and settled.get("additionalProperties") is False:
        del settled["additionalProperties"]
    description = settled.get("description")
    if isinstance(description, str):
        settled["description"] = cleandoc(description)
    return settled


def _draft_7(node: Json) -> Iterable[tuple[str, object]]:
    if "prefixItems" in node:
        renamed = {"items": "additionalItems", "prefixItems": "items"}
        node = {renamed.get(name, name): value for name, value in node.items()}
    # Beside a reference draft 7 reads nothing.
    if "$ref" in node and len(node) > 1 and "$schema" not in node:
        node = {name: value for name, value in node.items() if name != "$ref"} | {
            "allOf": [{"$ref": node["$ref"]}]
        }
    return node.items()
