"""The actor: which identifiers count, and which names the person."""

import hashlib

import pytest

from schemas.touchpoint import Actor, RawActor
from schemas.vocabulary import NAMESPACES
from streams.identity.actor import identify
from streams.identity.pseudonym import Pseudonyms

PSEUDONYMS = Pseudonyms("a secret of the tests only", "FR", {})
RAW = {
    "customer_id": "C1",
    "loyalty_id": "L1",
    "email": "jean@example.fr",
    "phone": "0612345678",
    "device_id": "D1",
    "anonymous_id": "A1",
}


def named(**fields: str) -> tuple[Actor, str]:
    result = identify(RawActor(**fields), "t", PSEUDONYMS)
    assert result is not None
    return result


def test_the_strongest_identifier_names_the_person() -> None:
    """In the order of the vocabulary: take the strongest away, the next one names."""
    left = dict(RAW)
    for namespace in NAMESPACES:
        actor, person_id = named(**left)
        assert person_id == f"{namespace}:{getattr(actor, namespace)}"
        del left[namespace.removesuffix("_hash")]


def test_all_identifiers_are_kept() -> None:
    """The weaker ones are kept too: identities are linked by them later."""
    actor, _ = named(**RAW)
    assert actor == Actor(
        customer_id="C1",
        loyalty_id="L1",
        email_hash=PSEUDONYMS.email("t", "jean@example.fr"),
        phone_hash=PSEUDONYMS.phone("t", "+33612345678"),
        device_id="D1",
        anonymous_id="A1",
    )


BLOCKED = [
    "null",
    "NULL",
    "undefined",
    "None",
    "guest",
    "Anonymous",
    "unknown",
    "n/a",
    "N/A",
    "0",
    "0000000000",
    "00000000-0000-0000-0000-000000000000",
    "",
    "   ",
    "-1",
    " -1 ",
    "-",
    "test",
    "User",
    "invalid",
    "true",
    "FALSE",
    "(none)",
]


@pytest.mark.parametrize("value", BLOCKED)
@pytest.mark.parametrize("field", sorted(RawActor.__struct_fields__))
def test_blocked_values_identify_nobody(field: str, value: str) -> None:
    """Else every guest of a shop would become one person."""
    assert identify(RawActor(**{field: value}), "t", PSEUDONYMS) is None


@pytest.mark.parametrize(
    "word", ["", "null", "NULL", "Guest", "0", "0000000000", "test"]
)
@pytest.mark.parametrize("field", ["email_hash", "phone_hash", "email", "phone"])
def test_the_hash_of_a_blocked_value_is_blocked(field: str, word: str) -> None:
    """A source that hashes whatever it has would make one person of all who gave nothing."""
    digest = hashlib.sha256(word.encode()).hexdigest()
    for written in (digest, digest.upper(), f" {digest}"):
        assert identify(RawActor(**{field: written}), "t", PSEUDONYMS) is None


def test_a_blocked_value_leaves_the_next_identifier() -> None:
    """`customer_id: guest` beside a cookie: the cookie names the person."""
    actor, person_id = named(customer_id="guest", anonymous_id="A1")
    assert person_id == "anonymous_id:A1"
    assert actor.customer_id is None


@pytest.mark.parametrize("value", ["C-1", "0123", "01-02", "nullable", "guest42"])
def test_values_that_only_resemble_blocked_ones_count(value: str) -> None:
    """Blocking is exact."""
    assert named(customer_id=value)[1] == f"customer_id:{value}"


def test_surrounding_space_does_not_make_another_person() -> None:
    """Identifiers are trimmed; their case is theirs."""
    assert named(customer_id="  c1 ")[1] == "customer_id:c1"


@pytest.mark.parametrize(
    "field", ["customer_id", "loyalty_id", "device_id", "anonymous_id"]
)
def test_an_address_used_as_an_identifier_is_hidden(field: str) -> None:
    """It keeps its namespace, and its value is the pseudonym of the address."""
    for written in ("Jean@example.fr", "jean%40example.fr"):
        _, person_id = named(**{field: written})
        assert person_id == f"{field}:{PSEUDONYMS.email('t', 'jean@example.fr')}"
    _, person_id = named(**{field: "+33 6 12 34 56 78"})
    assert person_id == f"{field}:{PSEUDONYMS.phone('t', '0612345678')}"


def test_an_unusable_address_falls_back_to_the_sources_hash() -> None:
    """`email: none` beside an email_hash: the hash counts."""
    actor, _ = named(email="none", email_hash="ab" * 32)
    assert actor.email_hash == PSEUDONYMS.email_hash("t", "ab" * 32)
    actor, _ = named(phone="none", phone_hash="ab" * 32)
    assert actor.phone_hash == PSEUDONYMS.phone_hash("t", "ab" * 32)
