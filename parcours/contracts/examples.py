"""Examples of records, made from their JSON Schemas: whatever is declared has one."""

from collections.abc import Mapping
from typing import Final, cast

from parcours.contracts.json_schema import DEFINITION, PRIVATE, Json

AT: Final = 1_795_165_500_000
"""The moment of every example, epoch milliseconds: 2026-11-20T09:05:00Z."""

SAMPLES: Final[Mapping[str, object]] = {
    "actor": {"customer_id": "4711"},
    "applied": {"log": "9f2c41d07ab3", "offset": 81_207},
    "cause": {
        "source": "shop",
        "id": "8812",
        "type": "order_completed",
        "occurred_at": AT,
    },
    "channel": "web",
    "channels": {"web": 6, "pos": 1},
    "counts": {"page_viewed": 6, "order_completed": 1},
    "currency": "EUR",
    "DeadLetter.detail": "Object missing required field `time`",
    "direction": "in",
    "due_at": AT + 1_800_001,
    "ended_at": AT,
    "engaged": True,
    "entry_type": "page_viewed",
    "exit_type": "order_completed",
    "first_at": AT - 86_400_000,
    "from_phase": "acquisition",
    "id": "8812",
    "kind": "web",
    "last_at": AT,
    "log": "9f2c41d07ab3",
    "model": "default",
    "model_version": 1,
    "models": {
        "default": {"version": 1, "phase": "onboarding", "since": AT, "transitions": 3}
    },
    "occurred_at": AT,
    "offset": 81_207,
    "order_id": "A-77",
    "orders": 1,
    "partition": 3,
    "payload_bytes": 214,
    "person_id": "customer_id:4711",
    "phase": "onboarding",
    "phase_since": AT,
    "raw_log": "9f2c41d07ab3",
    "raw_offset": 81_207,
    "raw_partition": 3,
    "reason": "missing_field",
    "received_at": AT + 40,
    "revision": 14,
    "rule": "first_order",
    "Session.place": "d-1f7a",
    "session_id": "4b0f6a1c9d27e385",
    "sessions_total": 2,
    "source": "shop",
    "stage": "identify",
    "started_at": AT - 600_000,
    "status": "open",
    "tenant": "default",
    "RawTouchpoint.time": "2026-11-20T10:05:00+01:00",
    "to_phase": "onboarding",
    "topic": "parcours.touchpoints.raw.v1",
    "touchpoints": 7,
    "transition_no": 3,
    "type": "order_completed",
    "value_minor": 4990,
    "JourneyState.value_minor": {"EUR": 4990},
}
"""Values by field, or by record and field; a field that is not here gets one of its type."""

_TYPES: Final[Mapping[str, type | tuple[type, ...]]] = {
    "string": str,
    "boolean": bool,
    "integer": int,
    "number": (int, float),
    "object": dict,
    "array": list,
}


def example_of(schema: Json, name: str) -> object:
    """An example of one definition of a schema.

    Fields that may be left out are there where a sample is known; private ones never.

    Args:
        schema: the schema of a topic.
        name: the definition.
    """
    definitions = cast("dict[str, Json]", schema["definitions"])
    return _value(definitions[name], definitions)


def _value(node: Json, definitions: Mapping[str, Json]) -> object:
    node = _resolved(node, definitions)
    if "enum" in node:
        return cast("list[object]", node["enum"])[0]
    kind = node.get("type")
    if kind == "object" and "properties" in node:
        return _object(node, definitions)
    if kind == "array" and isinstance(node.get("items"), list):
        items = cast("list[Json]", node["items"])
        return [_value(item, definitions) for item in items]
    if kind == "integer":
        return max(1, int(cast("int", node.get("minimum", 1))))
    if kind == "number":
        return max(0.5, float(cast("float", node.get("minimum", 0.5))))
    simple = {"boolean": True, "object": {}, "array": [], "null": None}
    return simple.get(
        str(kind), "ZXhhbXBsZQ==" if "contentEncoding" in node else "text"
    )


def _object(node: Json, definitions: Mapping[str, Json]) -> Json:
    properties = cast("dict[str, Json]", node["properties"])
    required = cast("list[str]", node.get("required", []))
    found: Json = {}
    for name, part in properties.items():
        if PRIVATE in part:
            continue
        one = _resolved(part, definitions)
        sample = SAMPLES.get(f"{node.get('title')}.{name}", SAMPLES.get(name))
        if sample is not None and _fits(sample, one):
            found[name] = sample
        elif name in required:
            found[name] = _value(part, definitions)
    return found


def _fits(sample: object, node: Json) -> bool:
    kind = str(node.get("type"))
    if isinstance(sample, bool) and kind != "boolean":
        return False
    return "enum" not in node and isinstance(sample, _TYPES.get(kind, ()))


def _resolved(node: Json, definitions: Mapping[str, Json]) -> Json:
    """Without references, and the first of several alternatives."""
    for keyword in ("allOf", "anyOf"):
        if keyword in node:
            return _resolved(cast("list[Json]", node[keyword])[0], definitions)
    if "$ref" in node:
        name = str(node["$ref"]).removeprefix(DEFINITION)
        return _resolved(definitions[name], definitions)
    return node
