"""JSON Schema of the topics' records, generated from the structs that encode them."""

from inspect import cleandoc
from pathlib import Path
from typing import Final, cast

import msgspec

import schemas as promises
from schemas.topics import RAW, TOPICS, Topic

DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"

Json = dict[str, object]


def folder() -> Path:
    """Where the generated files are."""
    return Path(promises.__file__).parent / "jsonschema"


def generated() -> dict[str, str]:
    """File name → text, for every topic that others may read or write."""
    return {
        f"{topic.name}.json": msgspec.json.format(
            msgspec.json.encode(schema_of(topic), order="deterministic"), indent=2
        ).decode()
        + "\n"
        for topic in TOPICS
        if not topic.internal
    }


def outdated() -> dict[str, str | None]:
    """Files that differ from the code: their right text; None for those to remove."""
    wanted = generated()
    present = {path.name: path.read_text("utf-8") for path in folder().glob("*.json")}
    changed: dict[str, str | None] = {
        name: text for name, text in wanted.items() if present.get(name) != text
    }
    return changed | {name: None for name in present if name not in wanted}


def schema_of(topic: Topic) -> Json:
    """The JSON Schema of one topic's values."""
    (reference,), components = msgspec.json.schema_components(
        [topic.record], ref_template="#/$defs/{name}"
    )
    schema: Json = {
        "$schema": DIALECT,
        "$id": topic.name,
        "title": topic.record.__name__,
        "$comment": f"owner: {topic.owner}; key: {topic.key}",
        **reference,
        "$defs": components,
    }
    return cast("Json", _settled(schema, opened=topic is RAW))


def _settled(node: object, *, opened: bool) -> object:
    """The same for every Python: only newer ones strip the indent of docstrings.

    Opened: a source's unknown fields are no error, they are kept under `properties`.
    """
    if isinstance(node, list):
        return [_settled(item, opened=opened) for item in node]
    if not isinstance(node, dict):
        return node
    settled = {
        name: _settled(value, opened=opened)
        for name, value in node.items()
        if not (opened and name == "additionalProperties" and value is False)
    }
    description = settled.get("description")
    if isinstance(description, str):
        settled["description"] = cleandoc(description)
    return settled
