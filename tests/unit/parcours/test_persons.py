"""Addresses in clear: asked for by their pseudonyms alone."""

from pathlib import Path

import pytest

from parcours import running
from parcours.persons import AddressError, identifier_of, not_one
from schemas.touchpoint import RawActor
from streams.enrich.policy import IdentifyPolicy
from streams.identity.actor import identify
from streams.identity.pseudonym import Pseudonyms

TENANT = "shop"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data folder with a key of its own."""
    monkeypatch.delenv("PARCOURS_PSEUDONYM_KEY", raising=False)
    running.make_secret(tmp_path)
    return tmp_path


def named_by(folder: Path, **actor: str) -> str:
    """The name that the first agent gives to an actor."""
    policy = IdentifyPolicy(running.read_secret(folder) or "")
    made = Pseudonyms(policy.pseudonym_key, policy.default_country, policy.countries)
    found = identify(RawActor(**actor), TENANT, made)
    assert found is not None
    return found[1]


@pytest.mark.parametrize(
    ("given", "actor"),
    [
        ("email:Ann@Example.org ", {"email": "ann@example.org"}),
        ("email_hash:ann@example.org", {"email": "ann@example.org"}),
        ("phone:+33 6 12 34 56 78", {"phone": "06 12 34 56 78"}),
        ("phone:0612345678", {"phone": "+33612345678"}),
        ("customer_id:ann@example.org", {"customer_id": "ann@example.org"}),
        ("customer_id:ann%40example.org", {"customer_id": "ann@example.org"}),
        ("loyalty_id:+33612345678", {"loyalty_id": "+33612345678"}),
        ("device_id:@", {"device_id": "@"}),
    ],
)
def test_an_address_is_asked_for_as_the_first_agent_keeps_it(
    folder: Path, given: str, actor: dict[str, str]
) -> None:
    """Whatever it stands for, and however it is written."""
    assert identifier_of(given, TENANT, folder) == named_by(folder, **actor)


def test_a_bare_address_is_its_pseudonym_under_any_name(folder: Path) -> None:
    """As a bare value is."""
    for given, actor in (
        ("ann@example.org", {"email": "ann@example.org"}),
        ("+33612345678", {"phone": "+33612345678"}),
        ("06 12 34 56 78", {"phone": "+33612345678"}),
    ):
        pseudonym = named_by(folder, **actor).partition(":")[2]
        assert identifier_of(given, TENANT, folder) == pseudonym


@pytest.mark.parametrize("given", ["customer_id:7", "7", "a:b", "0612345678", "", "+"])
def test_what_is_no_address_is_asked_as_it_is(tmp_path: Path, given: str) -> None:
    """And needs no key."""
    assert identifier_of(given, TENANT, tmp_path) == given


@pytest.mark.parametrize("given", ["email:ann@example.org", "+33612345678", "a@b"])
def test_without_a_key_no_address_is_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, given: str
) -> None:
    """It says what to do, and not the address."""
    monkeypatch.delenv("PARCOURS_PSEUDONYM_KEY", raising=False)
    with pytest.raises(AddressError, match="PARCOURS_PSEUDONYM_KEY") as caught:
        identifier_of(given, TENANT, tmp_path)
    assert given not in str(caught.value)


@pytest.mark.parametrize("given", ["email:nobody", "phone:ann", "email:"])
def test_what_is_no_address_after_its_name_is_refused(folder: Path, given: str) -> None:
    """Rather than found to be nobody's."""
    with pytest.raises(AddressError, match="email:ADDRESS"):
        identifier_of(given, TENANT, folder)


def test_the_key_of_the_environment_goes_before_the_folders(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As for every command."""
    own = identifier_of("email:a@b.org", TENANT, folder)
    monkeypatch.setenv("PARCOURS_PSEUDONYM_KEY", "another key of the system")
    assert identifier_of("email:a@b.org", TENANT, folder) != own


def test_who_is_nobody_is_told_how_persons_are_named() -> None:
    """Whom one asked for, of which tenant, and the ways to ask."""
    said = not_one([], "email_hash:af", TENANT)
    assert said.startswith("nobody is known by email_hash:af (tenant shop)")
    assert "email:ADDRESS" in said
    assert "several" in not_one(["a", "b"], "7", TENANT)


def test_a_namespace_with_a_slip_in_it_is_told() -> None:
    """With the nearest that there is; what only has a colon in it is a value."""
    said = not_one([], "custmer_id:zoe-99", TENANT)
    assert "no namespace is called custmer_id, the nearest is customer_id" in said
    assert "nearest" not in not_one([], "customer_id:zoe-99", TENANT)
    assert "nearest" not in not_one([], "a:b", TENANT)
