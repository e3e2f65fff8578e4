"""Pseudonyms: one person, one pseudonym, however the address was written."""

import hashlib

import pytest

from streams.identity.pseudonym import Pseudonyms, normal_email, normal_phone

SECRET = "a secret of the tests only"


def pseudonyms(secret: str = SECRET) -> Pseudonyms:
    return Pseudonyms(secret, "FR", {"uk": "GB"})


def sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def test_a_pseudonym_never_changes() -> None:
    """The value is a promise: stored histories hang on it, whatever the release."""
    found = pseudonyms().email("default", "jean.dupont@example.fr")
    assert found == "b6a2f79c13184454313adb6637a77ae4"
    assert (
        pseudonyms().phone("default", "+33612345678")
        == "2b183c3728688164c51e967992b2ccd5"
    )


@pytest.mark.parametrize(
    "written",
    ["JEAN@Example.FR", "  jean@example.fr\n", "jean%40example.fr", "Jean@EXAMPLE.fr"],
)
def test_spellings_of_an_email_address_give_one_pseudonym(written: str) -> None:
    """Case, surrounding space and URL escapes do not make another person."""
    made = pseudonyms()
    assert made.email("t", written) == made.email("t", "jean@example.fr")


@pytest.mark.parametrize(
    "written",
    [
        "06 12 34 56 78",
        "06.12.34.56.78",
        "0033612345678",
        "+33 (0)6 12 34 56 78",
        "+33 6-12-34-56-78",
        "+330612345678",
        "tel:+33612345678",
    ],
)
def test_spellings_of_a_phone_number_give_one_pseudonym(written: str) -> None:
    """National, international, with any separators: one E.164 number."""
    made = pseudonyms()
    assert made.phone("t", written) == made.phone("t", "+33612345678")


def test_national_numbers_are_read_in_the_tenants_country() -> None:
    """A tenant elsewhere has its own default country."""
    assert normal_phone("020 7946 0958", "GB") == "+442079460958"
    made = pseudonyms()
    assert made.phone("uk", "020 7946 0958") == made.phone("uk", "+442079460958")


@pytest.mark.parametrize("text", ["", "abc", "12", "0" * 300, "+", "jean@example.fr"])
def test_what_cannot_be_a_phone_number_is_none(text: str) -> None:
    """No pseudonym is made of nonsense."""
    assert normal_phone(text, "FR") is None


@pytest.mark.parametrize("text", ["", "jean", "@", "jean@", "@example.fr"])
def test_what_cannot_be_an_email_address_is_none(text: str) -> None:
    """No pseudonym is made of nonsense."""
    assert normal_email(text) is None


def test_a_sources_own_hash_equals_the_clear_address() -> None:
    """The SHA-256 of the normalised address stands for the address, in any case."""
    made = pseudonyms()
    digest = sha256("jean@example.fr")
    assert made.email_hash("t", digest) == made.email("t", "Jean@example.fr")
    assert made.email_hash("t", digest.upper()) == made.email("t", "jean@example.fr")
    digest = sha256("+33612345678")
    assert made.phone_hash("t", digest) == made.phone("t", "06 12 34 56 78")


def test_a_clear_address_in_a_hash_field_is_hidden_like_any_other() -> None:
    """Sources mistake one field for the other."""
    made = pseudonyms()
    assert made.email_hash("t", "jean@example.fr") == made.email("t", "jean@example.fr")
    assert made.phone_hash("t", "0612345678") == made.phone("t", "+33612345678")


def test_tenants_and_secrets_share_no_pseudonym() -> None:
    """Without the secret, and for another tenant, nothing can be joined."""
    made, address = pseudonyms(), "jean@example.fr"
    other = pseudonyms("another secret, also for tests")
    assert made.email("a", address) != made.email("b", address)
    assert made.email("a", address) != other.email("a", address)
