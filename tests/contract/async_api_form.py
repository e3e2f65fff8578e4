"""The form of an AsyncAPI 3.0 document, as far as ours has it, as a JSON Schema.

Stricter than the specification: what we do not write is forbidden, so that a slip of
the pen does not pass for an extension.
"""

Json = dict[str, object]

TEXT: Json = {"type": "string", "minLength": 1}
ID = r"^[A-Za-z0-9_.\-]+$"


def exact(required: Json, optional: Json | None = None) -> Json:
    return {
        "type": "object",
        "required": list(required),
        "properties": required | (optional or {}),
        "additionalProperties": False,
    }


def each(value: Json) -> Json:
    return {
        "type": "object",
        "minProperties": 1,
        "propertyNames": {"pattern": ID},
        "additionalProperties": value,
    }


def items(value: Json) -> Json:
    return {"type": "array", "minItems": 1, "uniqueItems": True, "items": value}


def reference(pattern: str) -> Json:
    return exact({"$ref": {"type": "string", "pattern": pattern}})


BINDING_VERSION: Json = {"const": "0.5.0"}
PAYLOAD: Json = {
    "anyOf": [
        exact({"type": {"const": "null"}}),
        exact(
            {
                "schemaFormat": {"const": "application/schema+json;version=draft-07"},
                "schema": reference(
                    r"^\./jsonschema/[a-z0-9.\-]+\.json#/definitions/\w+$"
                ),
            }
        ),
    ]
}
KEY: Json = exact(
    {"type": {"const": "string"}, "description": TEXT}, {"examples": items(TEXT)}
)
MESSAGE: Json = exact(
    {"name": TEXT, "title": TEXT, "summary": TEXT, "payload": PAYLOAD},
    {
        "description": TEXT,
        "contentType": {"const": "application/json"},
        "bindings": exact(
            {"kafka": exact({"key": KEY, "bindingVersion": BINDING_VERSION})}
        ),
        "examples": items(exact({"name": TEXT, "payload": {"type": "object"}})),
    },
)
NUMBER: Json = {"type": "integer", "minimum": 1}
SETTINGS: Json = exact(
    {"cleanup.policy": items({"enum": ["compact", "delete"]})},
    {
        "retention.ms": NUMBER,
        "delete.retention.ms": NUMBER,
        "max.message.bytes": NUMBER,
    },
)
CHANNEL: Json = exact(
    {
        "address": {"type": "string", "pattern": r"^parcours\.[a-z.\-]+\.v\d+$"},
        "title": TEXT,
        "description": TEXT,
        "messages": each(MESSAGE),
        "tags": items(exact({"name": TEXT, "description": TEXT})),
        "bindings": exact(
            {
                "kafka": exact(
                    {
                        "topic": TEXT,
                        "topicConfiguration": SETTINGS,
                        "bindingVersion": BINDING_VERSION,
                    }
                )
            }
        ),
    },
    {"x-partition": TEXT},
)
OPERATION: Json = exact(
    {
        "action": {"enum": ["send", "receive"]},
        "channel": reference("^#/channels/[^/]+$"),
        "summary": TEXT,
        "messages": items(reference("^#/channels/[^/]+/messages/[^/]+$")),
    }
)
SERVER: Json = exact(
    {
        "host": TEXT,
        "protocol": {"const": "kafka"},
        "description": TEXT,
        "variables": each(exact({"default": TEXT})),
    }
)
DOCUMENT: Json = exact(
    {
        "asyncapi": {"const": "3.0.0"},
        "info": exact(
            {
                "title": TEXT,
                "version": TEXT,
                "description": TEXT,
                "license": exact({"name": TEXT}),
            }
        ),
        "defaultContentType": {"const": "application/json"},
        "servers": each(SERVER),
        "channels": each(CHANNEL),
        "operations": each(OPERATION),
    }
)
