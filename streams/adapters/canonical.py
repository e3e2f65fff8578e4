"""The canonical format: one JSON object, as `schemas.touchpoint.RawTouchpoint` has it."""

import re
from typing import Final

import msgspec
from msgspec import DecodeError, Raw, Struct, ValidationError

from schemas.failure import Reason, Rejected
from schemas.touchpoint import Campaign, Place, RawActor, RawTouchpoint
from streams.adapters.adapter import Adapted
from streams.adapters.nesting import MAX_DEPTH, too_deep

_decode: Final = msgspec.json.Decoder(RawTouchpoint).decode
_members: Final = msgspec.json.Decoder(dict[str, Raw]).decode
_moment: Final = msgspec.json.Decoder(str | int).decode
_encode: Final = msgspec.json.Encoder().encode

_NESTED: Final[dict[str, type[Struct]]] = {
    "actor": RawActor,
    "place": Place,
    "campaign": Campaign,
}
_KNOWN: Final = frozenset(RawTouchpoint.__struct_fields__)
# Absence of these must be told by absence: a default would hide a source's mistake.
_ABSENT_ONLY: Final = frozenset({"id", "source", "type", "time", "tenant"})
_NOTHING: Final = (b"null", b'""')
_NO_PROPERTIES: Final = "{}"
_TOO_DEEP: Final = Rejected(
    Reason.INVALID_JSON, f"$: nested deeper than {MAX_DEPTH} levels"
)
_PLUS_FIRST: Final = re.compile(r'"\+')
# The only messages of the decoder that are passed on: none of these quotes the payload.
_MISSING: Final = re.compile(
    r"Object missing required field `(\w+)`(?: - at `(\$[\w.]*)`)?"
)
_WRONG_TYPE: Final = re.compile(
    r"Expected `([\w |]+)`, got `(\w+)`(?: - at `(\$[\w.\[\]]*)`)?"
)
_OUT_OF_RANGE: Final = re.compile(
    r"(Expected `\w+` (?:[<>]=? -?\d+|of length [<>]=? \d+|matching regex '.*')"
    r"|Integer value out of range) - at `(\$[\w.\[\]]*)`"
)


def adapt(value: bytes) -> Adapted | Rejected:
    """Decode and validate one canonical record.

    Fields that the schema does not know are kept under `properties`; optional fields
    that are null or empty count as absent.

    Args:
        value: the record's bytes, of a size that may be decoded.

    Returns:
        The touchpoint, or why there is none: the detail names the place as a JSON
        path and what was expected there, never anything of the payload.
    """
    try:
        text = value.decode()
    except UnicodeDecodeError as error:
        detail = f"$: UTF-8 expected (byte {error.start})"
        return Rejected(Reason.INVALID_ENCODING, detail)
    try:
        raw = _decode(value)
    except ValidationError:
        return _second_look(value, text)
    except DecodeError as error:
        return Rejected(Reason.INVALID_JSON, f"$: {error}")
    except RecursionError:
        return _TOO_DEEP
    return _adapted(raw, value, text)


def _adapted(raw: RawTouchpoint, value: bytes, text: str) -> Adapted | Rejected:
    properties = str(raw.properties, "utf-8")
    if properties[0] != "{":
        if properties != "null":
            return Rejected(Reason.WRONG_TYPE, "$.properties: object expected")
        properties = _NO_PROPERTIES
        raw.properties = Raw(b"{}")
    if len(properties) > 2 * MAX_DEPTH and too_deep(properties):
        return _TOO_DEEP
    return Adapted(
        raw,
        properties,
        "@" not in text
        and "\\" not in text
        and "%" not in text
        and "\x7f" not in text
        # One sign is searched for several times faster than two.
        and ("+" not in text or _PLUS_FIRST.search(text) is None)
        # In UTF-8 the control characters beyond ASCII all begin with this byte.
        and (text.isascii() or b"\xc2" not in value),
    )


def _second_look(value: bytes, text: str) -> Adapted | Rejected:
    """Take the object apart, forgive what may be forgiven, and decode it again."""
    if too_deep(text):
        return _TOO_DEEP
    try:
        members = _members(value)
    except ValidationError:
        return Rejected(Reason.WRONG_TYPE, "$: object expected")
    except DecodeError as error:
        return Rejected(Reason.INVALID_JSON, f"$: {error}")
    known = _without_nothing(members, _ABSENT_ONLY)
    _drop_odd_sent_at(known)
    _keep_strays(known)
    try:
        return _adapted(_decode(_encode(known)), value, text)
    except ValidationError as error:
        return _explain(str(error))


def _without_nothing(members: dict[str, Raw], strict: frozenset[str]) -> dict[str, Raw]:
    return {
        name: raw
        for name, raw in members.items()
        if name in strict or bytes(raw) not in _NOTHING
    }


def _drop_odd_sent_at(members: dict[str, Raw]) -> None:
    """`sent_at` only helps: an unusable one must not cost the touchpoint."""
    if "sent_at" in members:
        try:
            _moment(members["sent_at"])
        except ValidationError:
            del members["sent_at"]


def _keep_strays(members: dict[str, Raw]) -> None:
    """Move unknown fields, also those of nested objects, under `properties`."""
    strays = {name: members.pop(name) for name in list(members) if name not in _KNOWN}
    for parent, schema in _NESTED.items():
        inner = _object(members.get(parent))
        if inner is None:
            continue
        known = frozenset(schema.__struct_fields__)
        told = _without_nothing(inner, frozenset())
        odd = {name: told.pop(name) for name in list(told) if name not in known}
        if odd:
            strays[parent] = Raw(_encode(odd))
        if len(told) < len(inner):
            members[parent] = Raw(_encode(told))
    properties = _object(members.get("properties", Raw(b"{}")))
    if strays and properties is not None:
        for name, raw in strays.items():
            # The source's own property of that name keeps its place.
            properties[f"unknown.{name}" if name in properties else name] = raw
        members["properties"] = Raw(_encode(properties))


def _object(raw: Raw | None) -> dict[str, Raw] | None:
    if raw is None or bytes(raw)[:1] != b"{":
        return None
    return _members(raw)


def _explain(message: str) -> Rejected:
    """Turn a decoder's message into a reason, passing on only what is known safe."""
    if found := _MISSING.fullmatch(message):
        path = found[2] or "$"
        return Rejected(Reason.MISSING_FIELD, f"{path}.{found[1]}: required")
    if found := _WRONG_TYPE.fullmatch(message):
        detail = f"{found[3] or '$'}: {found[1]} expected, not {found[2]}"
        return Rejected(Reason.WRONG_TYPE, detail)
    if found := _OUT_OF_RANGE.fullmatch(message):
        return Rejected(Reason.OUT_OF_RANGE, f"{found[2]}: {found[1]}")
    return Rejected(Reason.WRONG_TYPE, "$: not as the schema has it")
