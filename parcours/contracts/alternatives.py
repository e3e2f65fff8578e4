"""A JSON Schema as the list of the types that a value may have, references followed."""

from collections.abc import Mapping
from typing import Final, cast

from parcours.contracts.json_schema import DEFINITION, Json

PLAIN: Final = frozenset({"title", "description", "default", "examples", "$comment"})
"""Keywords that forbid no value."""

_OF_VALUE: Final[Mapping[type, str]] = {
    bool: "boolean",
    int: "integer",
    float: "number",
    str: "string",
    type(None): "null",
}


def resolved(node: Json, definitions: Mapping[str, Json]) -> Json:
    """A schema with its reference followed."""
    if "allOf" in node:
        (node,) = cast("list[Json]", node["allOf"])
    if "$ref" in node:
        name = str(node["$ref"]).removeprefix(DEFINITION)
        return resolved(definitions[name], definitions)
    return node


def alternatives(node: Json, definitions: Mapping[str, Json]) -> list[Json]:
    """A schema as its alternatives, each of one type or of none in particular."""
    node = resolved(node, definitions)
    if "anyOf" in node:
        parts = cast("list[Json]", node["anyOf"])
        return [one for part in parts for one in alternatives(part, definitions)]
    kinds = node.get("type")
    if isinstance(kinds, list):
        return [node | {"type": kind} for kind in kinds]
    if kinds is None and "enum" in node:
        values = cast("list[object]", node["enum"])
        return [node | {"type": _OF_VALUE[type(values[0])]}]
    return [node]


def covers(wide: Json, narrow: Json) -> bool:
    """Whether the types match, and fields or positions are told in the same way."""
    wanted, given = wide.get("type"), narrow.get("type")
    if wanted is None:
        return True
    if wanted == "number" and given == "integer":
        return True
    tuples = [isinstance(node.get("items"), list) for node in (wide, narrow)]
    structs = ["properties" in node for node in (wide, narrow)]
    return wanted == given and tuples[0] == tuples[1] and structs[0] <= structs[1]


def words_for(nodes: list[Json]) -> str:
    """The types for a person: `string or null`."""
    return " or ".join(dict.fromkeys(_words(node) for node in nodes))


def _words(node: Json) -> str:
    kind = str(node.get("type", "anything"))
    if kind == "object":
        return (
            f"object {node.get('title', '')}".strip() if "properties" in node else "map"
        )
    return f"{kind} of positions" if isinstance(node.get("items"), list) else kind
