"""Valid touchpoints, broken in every way that a line of a file can be; seeded."""

import json
import random
from collections.abc import Callable, Iterator

PERSONS = 2_000
REMEMBERED = 1_000
HUGE = 1_100_000
STEP_MS = 800
SOME_FROM_MS, SOME_UNTIL_MS = 700_000_000_000, 1_760_000_000_000
TYPES = (
    "page_viewed",
    "product_viewed",
    "cart_product_added",
    "order_completed",
    "store_visit_started",
    "email_opened",
    "customer_updated",
    "consent_updated",
)
OTHER_VALUES: tuple[object, ...] = (
    *(None, True, False, 0, -1, 1.5, 1e308, 10**30, 2**63, "", " ", "x", "guest"),
    *([], {}, [[]], [None], {"": {}}, {"a": 1}, "\x00", "é\u202e\U0001f600"),
)
TIMES: tuple[object, ...] = (
    *(0, -1, 1_714_817_472, 1_714_817_472_345_000, 10**40, 1.5, True, None, ""),
    *("yesterday", "2024-05-04", "2024-05-04T10:11:12", "2024-13-01T00:00:00Z"),
    *("1970-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "2024-05-04t10:11:12z"),
    *("2024-05-04T10:11:12+25:00", "2024-05-04T10:11:12.123456789+02:00"),
)

Fields = dict[str, object]
Mutation = Callable[[random.Random, bytes], bytes]


def mutated(count: int, seed: int, newest_ms: int) -> Iterator[bytes]:
    """Lines of NDJSON, none of them empty, none with a line break inside.

    The first one is valid: a file that began with the wrong two bytes would be gzip.
    The time of the last one is `newest_ms`: near the present, so that a mutated time
    cannot lie far beyond all others and make everything late.
    """
    chance = random.Random(seed)
    oldest_ms = newest_ms - count * STEP_MS
    earlier = [_line(valid(chance, 0, oldest_ms))]
    yield earlier[0]
    for number in range(1, count):
        roll = chance.random()
        if roll < 0.05:
            yield chance.choice(earlier)
            continue
        line = _line(valid(chance, number, oldest_ms + number * STEP_MS))
        if roll > 0.25:
            for _ in range(chance.choice((1, 1, 1, 2, 3))):
                line = chance.choice(MUTATIONS)(chance, line)
        if roll > 0.9999:
            line = _huge(chance, line, HUGE)
        # The reader takes line ends off, so that only these would not arrive as they are.
        line = line.replace(b"\n", b"\v").rstrip(b"\r") or b"\v"
        if len(earlier) < REMEMBERED:
            earlier.append(line)
        else:
            earlier[chance.randrange(REMEMBERED)] = line
        yield line


def valid(chance: random.Random, number: int, at: int) -> Fields:
    """A touchpoint that is accepted; a fifth of the persons is known by e-mail alone."""
    person = chance.randrange(PERSONS)
    type_ = chance.choice(TYPES)
    actor = {"customer_id": f"c{person}", "device_id": f"d{person}"}
    if person % 5 == 0:
        actor = {"email": f"p{person}@example.org"}
    fields: Fields = {
        "id": f"e{number}",
        "source": "mutated",
        "type": type_,
        "time": at,
        "actor": actor,
        "place": {"store_id": f"s{person % 7}"},
        "consent": {"analytics": person % 2 == 0},
        "properties": {"note": "é" * (person % 9), "list": [1, {"a": [2.5, None]}]},
    }
    if type_ == "store_visit_started":
        fields |= {"channel": "store", "direction": "in"}
    if type_ == "order_completed":
        order = f"o{number}"
        fields |= {"value_minor": number, "currency": "EUR", "order_id": order}
    if type_ == "customer_updated":
        fields["properties"] = {"facts": {"size": person, "plan": "a"}}
    return fields


def _line(fields: object) -> bytes:
    text = json.dumps(fields, ensure_ascii=False, separators=(",", ":"))
    return text.encode(errors="surrogatepass")


def _fields(line: bytes) -> Fields | None:
    """The object again, where it still is one."""
    try:
        found = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) and found else None


def _flip(chance: random.Random, line: bytes) -> bytes:
    broken = bytearray(line)
    for _ in range(chance.choice((1, 1, 2, 8))):
        broken[chance.randrange(len(broken))] ^= 1 << chance.randrange(8)
    return bytes(broken)


def _overwrite(chance: random.Random, line: bytes) -> bytes:
    broken = bytearray(line)
    broken[chance.randrange(len(broken))] = chance.randrange(256)
    return bytes(broken)


def _truncate(chance: random.Random, line: bytes) -> bytes:
    return line[: chance.randrange(1, len(line) + 1)]


def _cut_out(chance: random.Random, line: bytes) -> bytes:
    start = chance.randrange(len(line))
    return line[:start] + line[start + chance.randrange(1, 20) :] or line[:1]


def _repeat_part(chance: random.Random, line: bytes) -> bytes:
    start = chance.randrange(len(line))
    end = start + chance.randrange(1, 60)
    return line[:end] + line[start:]


def _control(chance: random.Random, line: bytes) -> bytes:
    """A control character, raw or escaped, wherever it falls."""
    at = chance.randrange(len(line) + 1)
    code = chance.choice((0, 0, 1, 8, 9, 13, 27, 31, 127))
    put = bytes((code,)) if chance.random() < 0.5 else b"\\u%04x" % code
    return line[:at] + put + line[at:]


def _swap_type(chance: random.Random, line: bytes) -> bytes:
    """Another value in one field, at the top or one level below."""
    fields = _fields(line)
    if fields is None:
        return _flip(chance, line)
    name = chance.choice(list(fields))
    inner = fields[name]
    if isinstance(inner, dict) and inner and chance.random() < 0.6:
        inner[chance.choice(list(inner))] = chance.choice(OTHER_VALUES)
    else:
        fields[name] = chance.choice(OTHER_VALUES)
    return _line(fields)


def _leave_out(chance: random.Random, line: bytes) -> bytes:
    fields = _fields(line)
    if fields is None:
        return _truncate(chance, line)
    del fields[chance.choice(list(fields))]
    return _line(fields)


def _duplicate_key(chance: random.Random, line: bytes) -> bytes:
    fields = _fields(line)
    if fields is None:
        return _repeat_part(chance, line)
    name = chance.choice(list(fields))
    value = chance.choice((*OTHER_VALUES, fields[name]))
    again = _line({name: value})[1:-1]
    if chance.random() < 0.5:
        return b"{" + again + b"," + line[1:]
    return line[:-1] + b"," + again + b"}"


def _unknown_field(chance: random.Random, line: bytes) -> bytes:
    names = ("person_id", "raw_offset", "late", "control", "session_id", "x\x00", "")
    again = _line({chance.choice(names): chance.choice(OTHER_VALUES)})[1:-1]
    return b"{" + again + b"," + line[1:]


def _swap_time(chance: random.Random, line: bytes) -> bytes:
    fields = _fields(line)
    if fields is None:
        return _overwrite(chance, line)
    some = chance.randrange(SOME_FROM_MS, SOME_UNTIL_MS)
    fields[chance.choice(("time", "time", "sent_at"))] = chance.choice((*TIMES, some))
    return _line(fields)


def _huge(chance: random.Random, line: bytes, size: int = 0) -> bytes:
    """A text of up to 4 kB in one field, or of a given size."""
    fields = _fields(line)
    if fields is None:
        return _repeat_part(chance, line)
    text = chance.choice(("x", "é", "\U0001f600", "\\", '"'))
    text *= size or chance.choice((256, 257, 2_048, 2_049, 4_000))
    name = chance.choice([*fields, "campaign", "unknown"])
    inner = fields.get(name)
    if isinstance(inner, dict) and inner and chance.random() < 0.5:
        inner[chance.choice(list(inner))] = text
    else:
        fields[name] = text
    return _line(fields)


def _nest(chance: random.Random, line: bytes) -> bytes:
    depth = chance.choice((1, 2, 100, 127, 129, 1_000))
    if chance.random() < 0.3:
        return b"[" * depth + line + b"]" * depth
    inside = b'"properties":{"deep":' + b'{"a":' * depth + b"1" + b"}" * depth + b"}"
    return line[:-1] + b"," + inside + b"}"


def _encode_otherwise(chance: random.Random, line: bytes) -> bytes:
    text = line.decode("utf-8", "replace")
    return text.encode(chance.choice(("latin-1", "utf-16", "utf-8-sig")), "replace")


MUTATIONS: tuple[Mutation, ...] = (
    *(_flip, _overwrite, _truncate, _cut_out, _repeat_part, _control, _swap_type),
    *(_leave_out, _duplicate_key, _unknown_field, _swap_time, _huge, _nest),
    _encode_otherwise,
)
