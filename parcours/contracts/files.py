"""The generated files: what they should be, and which of them are not."""

from pathlib import Path
from typing import Final

import msgspec

import schemas as promises
from insights.api import description
from parcours.contracts.async_api import document
from parcours.contracts.json_schema import Json, schema_of, schema_of_model
from schemas.topics import TOPICS

ASYNC_API: Final = "asyncapi.json"
MODEL: Final = "model.json"
OPEN_API: Final = "openapi.json"
SCHEMAS: Final = "jsonschema"


def folder() -> Path:
    """Where the generated files are."""
    return Path(promises.__file__).parent


def generated() -> dict[str, str]:
    """File name → text: JSON Schemas of topics and models, AsyncAPI, OpenAPI."""
    files = {
        f"{SCHEMAS}/{topic.name}.json": text_of(schema_of(topic)) for topic in TOPICS
    }
    return files | {
        ASYNC_API: text_of(document()),
        MODEL: text_of(schema_of_model()),
        OPEN_API: text_of(description.document()),
    }


def outdated() -> dict[str, str | None]:
    """Files that differ from the code: their right text; None for those to remove."""
    wanted = generated()
    present = {f"{SCHEMAS}/{p.name}" for p in (folder() / SCHEMAS).glob("*.json")}
    changed: dict[str, str | None] = {
        name: text for name, text in wanted.items() if _text(name) != text
    }
    return changed | dict.fromkeys(sorted(present - wanted.keys()))


def text_of(document: Json) -> str:
    """A document as it is committed: indented, in the order of the declarations."""
    return msgspec.json.format(msgspec.json.encode(document), indent=2).decode() + "\n"


def _text(name: str) -> str:
    path = folder() / name
    return path.read_text("utf-8") if path.exists() else ""
