"""Records that are bad, that only look bad, and that hide an address, by name."""

import json
from dataclasses import dataclass

from schemas.failure import Reason
from tests.factories.raw import TIME, raw_bytes

MARK = "zz-clear"
CLEAR = f"{MARK}@example.org"
PHONE = "+33612345678"
MEGABYTE = 1 << 20
WHEN = f'"{TIME}"'.encode()


@dataclass(frozen=True)
class Bad:
    """A record that must become a dead letter; `sent_ms` is the producer's clock."""

    reason: Reason
    value: bytes | None
    sent_ms: int | None = None


def with_time(time: object) -> bytes:
    return raw_bytes(time=time)


def with_field(text: bytes, **fields: object) -> bytes:
    """A valid touchpoint and one more field, as raw JSON."""
    return raw_bytes(**fields)[:-1] + b"," + text + b"}"


def with_facts(text: bytes, **fields: object) -> bytes:
    facts = b'"properties":{"facts":' + text + b"}"
    return with_field(facts, type="customer_updated", **fields)


def swapped(old: bytes, new: bytes) -> bytes:
    whole = raw_bytes()
    assert old in whole
    return whole.replace(old, new)


def nested(depth: int) -> bytes:
    return with_field(b'"properties":{"n":' + b"[" * depth + b"]" * depth + b"}")


def large(size: int, **fields: object) -> bytes:
    """A valid touchpoint of exactly this size."""
    empty = raw_bytes(properties={"blob": ""}, **fields)
    return empty.replace(b'"blob":""', b'"blob":"%b"' % (b"x" * (size - len(empty))))


BAD: dict[str, Bad] = {
    # broken JSON
    "cut off": Bad(Reason.INVALID_JSON, raw_bytes(actor={"email": CLEAR})[:-9]),
    "two in one": Bad(Reason.INVALID_JSON, raw_bytes() * 2),
    "a word": Bad(Reason.INVALID_JSON, f"error: {CLEAR} not found".encode()),
    "only spaces": Bad(Reason.INVALID_JSON, b"   "),
    "not a number": Bad(Reason.INVALID_JSON, with_field(b'"value_minor":NaN')),
    "half a surrogate": Bad(Reason.INVALID_JSON, swapped(b"e-1", rb"e-\ud800")),
    "byte order mark": Bad(Reason.INVALID_JSON, b"\xef\xbb\xbf" + raw_bytes()),
    # null bytes
    "null byte in an id": Bad(Reason.INVALID_JSON, swapped(b"e-1", b"e-\0")),
    "null byte at the end": Bad(Reason.INVALID_JSON, raw_bytes() + b"\0"),
    "null bytes": Bad(Reason.INVALID_JSON, b"\0" * 64),
    "escaped null in an id": Bad(Reason.OUT_OF_RANGE, raw_bytes(id="e-\0")),
    "escaped null in a person": Bad(
        Reason.OUT_OF_RANGE, raw_bytes(actor={"customer_id": "\0"})
    ),
    # encodings
    "Latin-1": Bad(Reason.INVALID_ENCODING, swapped(b"shop", b"caf\xe9")),
    "UTF-16": Bad(Reason.INVALID_ENCODING, raw_bytes().decode().encode("utf-16")),
    # nothing
    "empty": Bad(Reason.EMPTY, b""),
    "tombstone": Bad(Reason.EMPTY, None),
    # no object
    "an array": Bad(Reason.WRONG_TYPE, b"[" + raw_bytes(source=CLEAR) + b"]"),
    "a text": Bad(Reason.WRONG_TYPE, json.dumps(CLEAR).encode()),
    "a number": Bad(Reason.WRONG_TYPE, b"42"),
    "null": Bad(Reason.WRONG_TYPE, b"null"),
    # wrong types
    "id is a number": Bad(Reason.WRONG_TYPE, raw_bytes(id=1)),
    "time is a boolean": Bad(Reason.WRONG_TYPE, with_time(time=True)),
    "time has a fraction": Bad(Reason.WRONG_TYPE, with_time(1714817472345.5)),
    "actor is a text": Bad(Reason.WRONG_TYPE, raw_bytes(actor=CLEAR)),
    "actor is a list": Bad(Reason.WRONG_TYPE, raw_bytes(actor=[CLEAR])),
    "value is a text": Bad(Reason.WRONG_TYPE, raw_bytes(value_minor="12.50")),
    "value is a fraction": Bad(Reason.WRONG_TYPE, raw_bytes(value_minor=12.5)),
    "place is a text": Bad(Reason.WRONG_TYPE, raw_bytes(place="Paris")),
    "properties are a list": Bad(Reason.WRONG_TYPE, raw_bytes(properties=[CLEAR])),
    "consent is a word": Bad(Reason.WRONG_TYPE, raw_bytes(consent={CLEAR: "yes"})),
    "facts are a list": Bad(Reason.WRONG_TYPE, with_facts(b'["a"]')),
    "facts are a text": Bad(Reason.WRONG_TYPE, with_facts(json.dumps(CLEAR).encode())),
    # missing
    "no id": Bad(Reason.MISSING_FIELD, raw_bytes(id=None)),
    "no source": Bad(Reason.MISSING_FIELD, raw_bytes(source=None)),
    "no type": Bad(Reason.MISSING_FIELD, raw_bytes(type=None)),
    "no time": Bad(Reason.MISSING_FIELD, raw_bytes(time=None)),
    "nothing in it": Bad(Reason.MISSING_FIELD, b"{}"),
    "a forged tick": Bad(
        Reason.MISSING_FIELD,
        b'{"control":"tick","raw_log":"x","at":1,"fronts":{"0":9999999999999},"idle":{}}',
    ),
    "no actor": Bad(Reason.MISSING_IDENTITY, raw_bytes(actor=None)),
    "an empty actor": Bad(Reason.MISSING_IDENTITY, raw_bytes(actor={})),
    "nobody": Bad(
        Reason.MISSING_IDENTITY,
        raw_bytes(actor={"customer_id": "guest", "device_id": "undefined"}),
    ),
    "an address that is none": Bad(
        Reason.MISSING_IDENTITY, raw_bytes(actor={"email": MARK})
    ),
    # times
    "1970": Bad(Reason.TIME_TOO_OLD, with_time("1970-01-01T00:00:00Z")),
    "the epoch": Bad(Reason.TIME_TOO_OLD, with_time(0)),
    "seconds": Bad(Reason.TIME_TOO_OLD, with_time(1714817472)),
    "before the epoch": Bad(Reason.TIME_TOO_OLD, with_time(-1)),
    "microseconds": Bad(Reason.TIME_IN_FUTURE, with_time(1714817472345000)),
    "the year 9999": Bad(Reason.TIME_IN_FUTURE, with_time("9999-12-31T23:59:59Z")),
    "yesterday": Bad(Reason.INVALID_TIME, with_time("yesterday")),
    "no zone": Bad(Reason.INVALID_TIME, with_time("2024-05-04T10:11:12")),
    "30 February": Bad(Reason.INVALID_TIME, with_time("2024-02-30T10:11:12Z")),
    # a producer's clock, where the broker keeps it
    "sent before the epoch": Bad(Reason.OUT_OF_RANGE, raw_bytes(), -5),
    "sent in 1970": Bad(Reason.OUT_OF_RANGE, raw_bytes(), 1),
    "sent in 2255": Bad(Reason.OUT_OF_RANGE, raw_bytes(), 9_000_000_000_000),
    # huge numbers
    "a time of 31 digits": Bad(Reason.TIME_IN_FUTURE, swapped(WHEN, b"1" + b"0" * 30)),
    "a time of 5,000 digits": Bad(Reason.OUT_OF_RANGE, swapped(WHEN, b"1" * 5_000)),
    "a value too large": Bad(Reason.OUT_OF_RANGE, raw_bytes(value_minor=10**13 + 1)),
    "a value of 5,000 digits": Bad(
        Reason.OUT_OF_RANGE, with_field(b'"value_minor":' + b"9" * 5_000)
    ),
    "a value of 1e400": Bad(Reason.WRONG_TYPE, with_field(b'"value_minor":1e400')),
    "a seq too large": Bad(Reason.OUT_OF_RANGE, raw_bytes(seq=2**31)),
    "a fact of 1e400": Bad(Reason.OUT_OF_RANGE, with_facts(b'{"n":1e400}')),
    # too large, too long, too deep
    "5 MB": Bad(Reason.TOO_LARGE, large(5 * MEGABYTE, actor={"email": CLEAR})),
    "a byte too large": Bad(Reason.TOO_LARGE, large(MEGABYTE + 1)),
    "an id too long": Bad(Reason.OUT_OF_RANGE, raw_bytes(id="x" * 257)),
    "300 KB": Bad(Reason.UNKNOWN_TYPE, large(300_000, type="thing_happened")),
    "200 deep": Bad(Reason.INVALID_JSON, nested(200)),
    "100,000 deep": Bad(Reason.INVALID_JSON, nested(100_000)),
    "100,000 deep, unclosed": Bad(Reason.INVALID_JSON, b'{"a":' * 100_000),
    # vocabulary
    "an unknown type": Bad(Reason.UNKNOWN_TYPE, raw_bytes(type="thing_happened")),
    "an address as type": Bad(Reason.UNKNOWN_TYPE, raw_bytes(type=CLEAR)),
    "an address as channel": Bad(Reason.UNKNOWN_CHANNEL, raw_bytes(channel=CLEAR)),
    "an unknown direction": Bad(Reason.OUT_OF_RANGE, raw_bytes(direction="sideways")),
    "a currency in words": Bad(Reason.OUT_OF_RANGE, raw_bytes(currency="euro")),
    "a currency and a line": Bad(Reason.OUT_OF_RANGE, raw_bytes(currency="EUR\n")),
    # hostile tenants
    "a path as tenant": Bad(Reason.OUT_OF_RANGE, raw_bytes(tenant="../../etc")),
    "SQL as tenant": Bad(
        Reason.OUT_OF_RANGE, raw_bytes(tenant="x'; DROP TABLE touchpoints; --")
    ),
    "another's key as tenant": Bad(
        Reason.OUT_OF_RANGE, raw_bytes(tenant="default/customer_id:C42")
    ),
    "a tenant and a line": Bad(Reason.OUT_OF_RANGE, raw_bytes(tenant="shop\n")),
    "an address as tenant": Bad(Reason.OUT_OF_RANGE, raw_bytes(tenant=CLEAR)),
    "an empty tenant": Bad(Reason.OUT_OF_RANGE, raw_bytes(tenant="")),
    "tenant is null": Bad(Reason.WRONG_TYPE, with_field(b'"tenant":null')),
}

HOSTILE = "'; DROP TABLE touchpoints; -- \\ \" ../ {x:String} \u202e\U0001f600"
FORGED = b'"raw_offset":0,"kafka_offset":0,"session_id":"s","late":true,"person_id":"p"'

ODD: dict[str, bytes] = {
    "escaped null": rb'{"n":"a\u0000b","\u0000":1}',
    "120 deep": b'{"n":' + b"[" * 120 + b"]" * 120 + b"}",
    "1e400": b'{"n":1e400}',
    "5,000 digits": b'{"n":' + b"9" * 5_000 + b"}",
    "a key twice": b'{"a":1,"a":2}',
    "forged": b"{" + FORGED + b"}",
    "null facts": b'{"facts":null}',
    "hostile": b"{}",
    "a megabyte": b"{}",
}
"""Properties of touchpoints that look bad and are not: stored as they are."""


def odd_record(name: str) -> bytes:
    if name == "forged":
        return with_field(FORGED, id=name)
    if name == "hostile":
        return raw_bytes(id=name, actor={"customer_id": HOSTILE})
    if name == "a megabyte":
        return large(MEGABYTE, id=name)
    if name == "null facts":
        return with_facts(b"null", id=name)
    return with_field(b'"properties":' + ODD[name], id=name)


HIDDEN: dict[str, bytes] = {
    "actor": raw_bytes(actor={"email": f" {CLEAR.upper()} ", "phone": PHONE}),
    "customer": raw_bytes(actor={"customer_id": CLEAR, "anonymous_id": CLEAR}),
    "text": raw_bytes(properties={"note": f"call {CLEAR}, please", "phone": PHONE}),
    "deep": raw_bytes(properties={"a": [{"b": [f"Zz <{CLEAR}>"]}]}),
    "name of a field": raw_bytes(properties={CLEAR: {CLEAR: 1}}, **{CLEAR: CLEAR}),
    "address bar": raw_bytes(
        properties={"url": f"https://shop.example/?m={CLEAR.replace('@', '%40')}"}
    ),
    "escaped": with_field(
        rb'"properties":{"n":"zz\u002dclear\u0040example.org","\u007az-clear@x.org":1}'
    ),
    "free fields": raw_bytes(
        session_hint=CLEAR,
        cart_id=CLEAR,
        order_id=CLEAR,
        place={"store_id": CLEAR, "city": CLEAR},
        campaign={"name": CLEAR, "content": CLEAR},
        consent={CLEAR: True},
    ),
    "facts": with_facts(json.dumps({"mail": CLEAR, CLEAR: [CLEAR]}).encode()),
    "cart": raw_bytes(type="cart_product_added", cart_id=CLEAR),
    "ticket": raw_bytes(type="support_contacted", properties={"ticket_id": CLEAR}),
    "source": raw_bytes(source=CLEAR),
}
"""Touchpoints with an address in clear, all of them good."""


def hidden_record(name: str) -> bytes:
    return HIDDEN[name].replace(b'"e-1"', f'"{name}"'.encode())


def given_up(now: int) -> dict[str, bytes]:
    """A cart with a clear address for an id, given up two hours ago: a message is due.

    Args:
        now: epoch milliseconds; where the cart was filled it is early afternoon then.
    """
    hour = 3_600_000
    ahead = 14 - (now - 2 * hour) // hour % 24
    actor = {"customer_id": "gave up", "email": CLEAR}
    consent = {"messaging": True, CLEAR: True}
    place = {"store_id": "s1", "tz": f"Etc/GMT{-ahead:+d}"}
    cart = {"cart_id": f"cart of {CLEAR}", "place": place}
    told = {"type": "consent_updated", "consent": consent, "time": now - 7 * hour}
    filled = {"type": "cart_product_added", "time": now - 6 * hour, **cart}
    return {
        name: raw_bytes(id=name, actor=actor, **fields)
        for name, fields in (("told", told), ("filled", filled))
    }
