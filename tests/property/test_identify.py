"""The first agent's rule under inputs that nobody thought of."""

import hashlib
import json

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.failure import Rejected
from schemas.touchpoint import RawActor, RawTouchpoint, Touchpoint
from schemas.vocabulary import CHANNELS, DIRECTIONS, NAMESPACES
from streams.dead_letter import RecordAt, dead_letter
from streams.enrich.identify import Identifier
from streams.enrich.policy import IdentifyPolicy
from streams.seal import Sealer
from tests.factories.raw import LOG, RECEIVED_AT, raw_bytes, raw_fields

SECRET = "a secret of the tests only"
POLICY = IdentifyPolicy(SECRET)
IDENTIFIER = Identifier(POLICY)
SEALER = Sealer(SECRET)
AT = RecordAt(LOG, "parcours.touchpoints.raw.v1", 3, 9, RECEIVED_AT)

json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text(max_size=20)
    | st.sampled_from(["", "web", "guest", "2024-05-04T10:11:12Z", "a@b.fr", "EUR"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=6,
)
names = st.sampled_from(
    [*RawTouchpoint.__struct_fields__, *RawActor.__struct_fields__, "url", "x"]
)
# Nearly right: a good record with some fields replaced, at two levels.
objects = st.builds(
    lambda whole, actor: raw_fields(**whole) | actor,
    st.dictionaries(names, json_values, max_size=3),
    st.dictionaries(
        st.sampled_from(["actor", "place", "campaign", "properties"]),
        st.dictionaries(names, json_values, max_size=3),
        max_size=2,
    ),
)
records = st.one_of(
    st.binary(max_size=200),
    st.text(max_size=100).map(lambda text: text.encode("utf-8", "surrogatepass")),
    json_values.map(lambda value: json.dumps(value).encode()),
    objects.map(lambda value: json.dumps(value).encode()),
    objects.map(
        lambda value: json.dumps(value, ensure_ascii=False).encode(
            "utf-8", "surrogatepass"
        )
    ),
)


def identify(
    value: bytes, identifier: Identifier = IDENTIFIER
) -> Touchpoint | Rejected:
    return identifier.identify(
        value, received_at=RECEIVED_AT, raw_log=LOG, raw_partition=3, raw_offset=9
    )


@st.composite
def mutations(draw: st.DrawFn) -> bytes:
    """A good record with some bytes cut out, overwritten or put in."""
    value = bytearray(raw_bytes(properties={"url": "https://a.example/?utm_source=x"}))
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(value)))
        length = draw(st.integers(0, 8))
        value[start : start + length] = draw(st.binary(max_size=8))
    return bytes(value)


@settings(max_examples=1_500)
@given(records | mutations())
def test_any_bytes_give_a_touchpoint_or_a_rejection(value: bytes) -> None:
    """Never an exception; and a touchpoint can be sent and read again."""
    result = identify(value)
    if isinstance(result, Rejected):
        assert result.detail.startswith("$")
        return
    encoded = msgspec.json.encode(result)
    again = msgspec.json.decode(encoded, type=Touchpoint)
    assert msgspec.json.encode(again) == encoded
    assert again.channel in CHANNELS
    assert again.direction in DIRECTIONS
    namespace, _, identifier = again.person_id.partition(":")
    assert namespace in NAMESPACES
    assert identifier == getattr(again.actor, namespace)


@settings(max_examples=300)
@given(records | mutations())
def test_the_same_bytes_give_the_same_outcome(value: bytes) -> None:
    """On a fresh worker too: what is remembered between records changes nothing."""
    first = identify(value)
    second = identify(value, Identifier(POLICY))
    assert msgspec.json.encode(first) == msgspec.json.encode(second)


# Long enough that the text cannot stand in the record by chance.
emails = st.emails().filter(lambda address: len(address) >= 8)
phones = st.integers(10_000_000, 99_999_999).flatmap(
    lambda digits: st.sampled_from(
        [f"+336{digits}", f"06{digits}", f"00336{digits}", f"+33 (0)6 {digits}"]
    )
)
EMAIL_KEYS = st.sampled_from(["email", "e_mail", "mail", "Email", "user_email"])
PHONE_KEYS = st.sampled_from(["phone", "mobile", "tel", "Phone", "phone_number"])
ID_FIELDS = st.sampled_from(
    ["email", "email_hash", "customer_id", "loyalty_id", "anonymous_id", "device_id"]
)
# Something of every kind that makes the record good, bad, or badly wrong.
FAULTS = st.sampled_from(
    [{}, {"type": "x"}, {"time": 1}, {"id": 5}, {"stray": 1}, {"channel": "fax"}]
)


@st.composite
def revealing(draw: st.DrawFn) -> tuple[bytes, list[str]]:
    """A record with an address and a number in actor and properties, and these two."""
    email, phone = draw(emails), draw(phones)
    email_key, phone_key = draw(EMAIL_KEYS), draw(PHONE_KEYS)
    fields = raw_fields(
        actor={draw(ID_FIELDS): email, "phone": phone},
        properties={
            email_key: email,
            "deep": [{phone_key: phone}, {email_key: [email]}],
        },
        **draw(FAULTS),
    )
    value = json.dumps(fields, ensure_ascii=draw(st.booleans())).encode()
    return value, [email, email.lower(), phone]


@settings(max_examples=500)
@given(revealing())
def test_no_address_or_number_leaves_in_clear(record: tuple[bytes, list[str]]) -> None:
    """Neither in the touchpoint, nor in a rejection, nor in the dead letter."""
    value, clear = record
    result = identify(value)
    if isinstance(result, Rejected):
        letter = dead_letter(result, AT, value, "identify", SEALER)
        sent = msgspec.json.encode(letter)
    else:
        sent = msgspec.json.encode(result)
    for text in clear:
        assert text.encode() not in sent
        assert json.dumps(text)[1:-1].encode() not in sent


@settings(max_examples=200)
@given(
    st.emails().filter(lambda address: len(address) < 240),
    st.sampled_from([str.upper, str.lower, str.title, lambda text: f"  {text}\t"]),
)
def test_an_address_and_its_hash_name_one_person(email: str, spelling: object) -> None:
    """Variants of an address, and the SHA-256 a source made of it: one pseudonym."""
    assert callable(spelling)
    digest = hashlib.sha256(email.strip().lower().encode()).hexdigest()
    persons = set()
    for actor in (
        {"email": email},
        {"email": spelling(email).strip("\t")},
        {"email_hash": digest},
    ):
        result = identify(raw_bytes(actor=actor))
        assert isinstance(result, Touchpoint)
        persons.add(result.person_id)
    assert len(persons) == 1
