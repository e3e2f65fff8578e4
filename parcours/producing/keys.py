"""Keys of raw records: one person's events keep their order."""

import hashlib
from collections.abc import Callable

import msgspec

from schemas.vocabulary import NAMESPACES


class _Actor(msgspec.Struct):
    customer_id: str | None = None
    loyalty_id: str | None = None
    email_hash: str | None = None
    phone_hash: str | None = None
    device_id: str | None = None
    anonymous_id: str | None = None
    email: str | None = None
    phone: str | None = None


class _Event(msgspec.Struct):
    actor: _Actor


_decode = msgspec.json.Decoder(_Event).decode

KeyOf = Callable[[bytes], bytes | None]


def strongest_identifier(value: bytes) -> bytes | None:
    """The key of a raw touchpoint: `namespace:value` of its strongest identifier.

    An e-mail address stands there as its hash, as a source that knows only that one
    would send it. A value of which nothing can be read has no key: it will be rejected.
    """
    try:
        actor = _decode(value).actor
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None
    for namespace in NAMESPACES:
        found = getattr(actor, namespace) or _hashed(actor, namespace)
        if found:
            return f"{namespace}:{found}".encode()
    return None


def field_key(path: str) -> KeyOf:
    """A key taken from one field of the touchpoint, by dotted path."""
    parts = path.split(".")

    def key(value: bytes) -> bytes | None:
        try:
            found = msgspec.json.decode(value)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            return None
        for part in parts:
            found = found.get(part) if isinstance(found, dict) else None
        return None if found in (None, "") else str(found).encode()

    return key


def _hashed(actor: _Actor, namespace: str) -> str | None:
    if namespace == "email_hash" and actor.email:
        normal = actor.email.strip().lower()
        return hashlib.sha256(normal.encode()).hexdigest()
    if namespace == "phone_hash" and actor.phone:
        return hashlib.sha256(actor.phone.strip().encode()).hexdigest()
    return None
