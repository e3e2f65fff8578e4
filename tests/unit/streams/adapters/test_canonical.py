"""The canonical adapter: what it decodes, what it forgives, what it refuses."""

import json

import pytest
from msgspec.json import decode

from schemas.failure import Reason, Rejected
from streams.adapters.adapter import Adapted
from streams.adapters.canonical import adapt
from streams.adapters.nesting import MAX_DEPTH
from streams.adapters.registry import ADAPTERS, CANONICAL
from tests.factories.raw import raw_bytes, raw_fields


def adapted(value: bytes) -> Adapted:
    result = adapt(value)
    assert isinstance(result, Adapted), result
    return result


def rejected(value: bytes) -> Rejected:
    result = adapt(value)
    assert isinstance(result, Rejected)
    return result


def with_properties(text: bytes) -> bytes:
    return raw_bytes(properties={}).replace(b'"properties":{}', b'"properties":' + text)


def test_canonical_json_is_a_registered_format() -> None:
    """The registry is the door through which the first agent finds its adapter."""
    assert ADAPTERS[CANONICAL] is adapt


def test_unknown_fields_are_kept_under_properties() -> None:
    """An unknown field is not an error and not lost, whatever it holds."""
    value = raw_bytes(loyalty_tier="gold", extra={"a": [1]}, properties={"url": "u"})
    assert decode(adapted(value).properties) == {
        "url": "u",
        "loyalty_tier": "gold",
        "extra": {"a": [1]},
    }


def test_unknown_fields_of_nested_objects_are_kept_under_their_parents_name() -> None:
    """What actor, place and campaign do not know goes to properties.<parent>."""
    value = raw_bytes(
        actor={"customer_id": "C42", "segment": "vip"},
        place={"store_id": "s1", "floor": 2},
        campaign={"name": "soldes", "wave": "3"},
    )
    result = adapted(value)
    assert result.raw.actor.customer_id == "C42"
    assert result.raw.place is not None
    assert result.raw.place.store_id == "s1"
    assert decode(result.properties) == {
        "actor": {"segment": "vip"},
        "place": {"floor": 2},
        "campaign": {"wave": "3"},
    }


def test_an_unknown_field_never_overwrites_a_property() -> None:
    """Where the name is taken, the stray gets the name `unknown.<name>`."""
    value = raw_bytes(color="red", properties={"color": "blue"})
    assert decode(adapted(value).properties) == {
        "color": "blue",
        "unknown.color": "red",
    }


def test_moving_unknown_fields_changes_no_digit_of_a_number() -> None:
    """Values are moved as text: numbers beyond any machine type survive."""
    number = b"123456789012345678901234567890.12345678901234567890e5"
    value = raw_bytes().replace(b'{"id"', b'{"big":' + number + b',"id"', 1)
    assert number.decode() in adapted(value).properties


@pytest.mark.parametrize("nothing", [None, ""])
def test_null_and_empty_optional_fields_count_as_absent(nothing: str | None) -> None:
    """Sources send null or an empty text for what they do not know."""
    fields = raw_fields() | {"channel": nothing, "cart_id": nothing, "place": nothing}
    fields["actor"] = {"customer_id": "C42", "email": nothing}
    raw = adapted(json.dumps(fields).encode()).raw
    assert (raw.channel, raw.cart_id, raw.place) == (None, None, None)
    assert raw.actor.email is None


@pytest.mark.parametrize("odd", [1.5, True, {"a": 1}, [1]])
def test_an_unusable_sent_at_is_dropped(odd: object) -> None:
    """`sent_at` only helps: it must not cost the touchpoint."""
    assert adapted(raw_bytes(sent_at=odd)).raw.sent_at is None


def test_properties_null_counts_as_none() -> None:
    """`properties: null` is the empty object."""
    assert adapted(with_properties(b"null")).properties == "{}"


@pytest.mark.parametrize("name", ["id", "source", "type", "time"])
def test_a_missing_field_is_named(name: str) -> None:
    """The four required fields: missing_field, with the path."""
    expected = Rejected(Reason.MISSING_FIELD, f"$.{name}: required")
    assert rejected(raw_bytes(**{name: None})) == expected


@pytest.mark.parametrize("text", [b"[1]", b'"a"', b"7", b"true"])
def test_properties_must_be_an_object(text: bytes) -> None:
    """Anything else is wrong_type at $.properties."""
    expected = Rejected(Reason.WRONG_TYPE, "$.properties: object expected")
    assert rejected(with_properties(text)) == expected


@pytest.mark.parametrize("value", [b"[]", b"[1,2]", b'"text"', b"12", b"null", b"true"])
def test_json_that_is_no_object_is_wrong_type(value: bytes) -> None:
    """Arrays and scalars are valid JSON, but no touchpoint."""
    assert rejected(value) == Rejected(Reason.WRONG_TYPE, "$: object expected")


@pytest.mark.parametrize(
    ("field", "value", "reason"),
    [
        ("id", 5, Reason.WRONG_TYPE),
        ("id", "", Reason.OUT_OF_RANGE),
        ("id", "x" * 257, Reason.OUT_OF_RANGE),
        ("time", 1.5, Reason.WRONG_TYPE),
        ("time", True, Reason.WRONG_TYPE),
        ("time", [1], Reason.WRONG_TYPE),
        ("seq", -1, Reason.OUT_OF_RANGE),
        ("seq", 2**31, Reason.OUT_OF_RANGE),
        ("value_minor", 1.5, Reason.WRONG_TYPE),
        ("value_minor", 2**60, Reason.OUT_OF_RANGE),
        ("currency", "euro", Reason.OUT_OF_RANGE),
        ("tenant", "a/b", Reason.OUT_OF_RANGE),
        ("tenant", "", Reason.OUT_OF_RANGE),
        ("consent", {"analytics": "yes"}, Reason.WRONG_TYPE),
        ("actor", [], Reason.WRONG_TYPE),
        ("actor", {"customer_id": 12}, Reason.WRONG_TYPE),
    ],
)
def test_what_the_schema_forbids_is_named_by_its_path(
    field: str, value: object, reason: Reason
) -> None:
    """wrong_type and out_of_range say where, as a JSON path."""
    result = rejected(raw_bytes(**{field: value}))
    assert result.reason is reason
    assert result.detail.startswith(f"$.{field}")


@pytest.mark.parametrize("digits", [30, 5_000, 100_000])
@pytest.mark.parametrize("field", ["value_minor", "seq"])
def test_huge_integers_are_out_of_range(field: str, digits: int) -> None:
    """No number is so long that it becomes an error of ours."""
    value = raw_bytes(**{field: 7}).replace(b":7", b":" + b"9" * digits)
    assert rejected(value).reason is Reason.OUT_OF_RANGE


@pytest.mark.parametrize(
    "value",
    [
        b"{",
        b"{}x",
        b"\x00",
        b'\x00{"id":"a"}',
        b'{"id":"a\x00b"}',
        b"\xef\xbb\xbf{}",
        b'{"id":NaN}',
        b'{"id":"\\ud800"}',
        b"{'id':1}",
        b'{"id":"a",}',
        b'{"time":Infinity}',
        b" ",
    ],
)
def test_broken_json_is_invalid_json(value: bytes) -> None:
    """Truncated, null bytes, NaN, lone surrogates, trailing text: invalid_json."""
    assert rejected(value).reason is Reason.INVALID_JSON


@pytest.mark.parametrize(
    "text",
    [
        b'{"a":1,}',
        b"{a:1}",
        b'{"a":NaN}',
        b'{"a":01}',
        b'{"a":"\\q"}',
        b'{"a":"\\ud800 lone surrogate"}',
        b'{"a":"\x00"}',
        b'{"a":[1,2}',
        b'{"a":tru}',
    ],
)
def test_properties_are_valid_json_all_through(text: bytes) -> None:
    """Properties are passed on as text, so no broken byte may hide in them."""
    assert rejected(with_properties(text)).reason is Reason.INVALID_JSON


@pytest.mark.parametrize(
    "value",
    [
        b"\xff",
        b'{"id":"\xff"}',
        with_properties(b'{"a":"\xff"}'),
        with_properties(b'{"\xc3":1}'),
        with_properties(b'{"a":"\xed\xa0\x80"}'),
    ],
)
def test_bytes_that_are_not_utf8_are_invalid_encoding(value: bytes) -> None:
    """Also inside properties, which the decoder itself does not look at."""
    assert rejected(value).reason is Reason.INVALID_ENCODING


def test_of_duplicate_keys_the_last_counts() -> None:
    """As in nearly every JSON reader, with and without unknown fields."""
    value = raw_bytes(id="first")[:-1] + b',"id":"last"}'
    assert adapted(value).raw.id == "last"
    assert adapted(value[:-1] + b',"stray":1}').raw.id == "last"


def nested(levels: int) -> bytes:
    """An object of that many levels."""
    return b'{"a":' * (levels - 1) + b"{}" + b"}" * (levels - 1)


def test_nesting_is_accepted_up_to_a_fixed_depth() -> None:
    """The limit does not depend on how deep the caller's own stack is."""
    assert adapt(with_properties(nested(MAX_DEPTH))).__class__ is Adapted
    too_deep = rejected(with_properties(nested(MAX_DEPTH + 1)))
    assert too_deep.reason is Reason.INVALID_JSON
    assert "deep" in too_deep.detail


def test_brackets_inside_texts_are_no_nesting() -> None:
    """A text may hold any number of brackets, escaped quotes among them."""
    text = '[[{{\\"' * 500
    value = with_properties(b'{"a":"' + text.encode() + b'","b":[{"c":"]"}]}')
    assert adapt(value).__class__ is Adapted


@pytest.mark.parametrize(
    "value",
    [
        b"[" * 1_000_000,
        b'{"a":' * 200_000,
        with_properties(b"[" * 300_000 + b"]" * 300_000),
        with_properties(nested(100_000)),
        raw_bytes(extra=1).replace(b'"extra":1', b'"extra":' + nested(100_000)),
        with_properties(b'"' + b'\\"' * 400_000 + b"[" * 200),
        b'{"id":' + b'["' * 200_000,
    ],
    ids=range(7),
)
def test_no_nesting_blows_the_stack_or_takes_for_ever(value: bytes) -> None:
    """A million brackets are one more rejected record."""
    assert rejected(value).reason in (Reason.INVALID_JSON, Reason.WRONG_TYPE)


HOSTILE = "jean.dupont@example.fr"


@pytest.mark.parametrize(
    "value",
    [
        raw_bytes(**{"id": None, HOSTILE: 1}),
        raw_bytes(actor={HOSTILE: 1, "customer_id": 5}),
        raw_bytes(consent={HOSTILE: HOSTILE}),
        raw_bytes(time={HOSTILE: HOSTILE}),
        raw_bytes(currency=HOSTILE),
        raw_bytes(tenant=HOSTILE),
        raw_bytes(id=[HOSTILE]),
        raw_bytes(id=HOSTILE * 50),
        raw_bytes()[:-1] + b',"' + HOSTILE.encode() + b'"x}',
    ],
    ids=range(9),
)
def test_details_quote_nothing_of_the_payload(value: bytes) -> None:
    """Neither values nor the names of fields, which may hold personal data too."""
    result = rejected(value)
    assert HOSTILE not in result.detail
    assert "example" not in result.detail


def test_plain_is_promised_only_where_nothing_can_hide() -> None:
    """No escape, no address, no control character: only then is the rest spared."""
    assert adapted(raw_bytes(properties={"title": "été"})).plain
    for text in ("a@b", "50%", 'a"b', "\x7f", "\x85", "a\\b"):
        assert not adapted(raw_bytes(properties={"title": text})).plain
