"""Identity events: which identifiers they name, and where they are addressed."""

import msgspec
import pytest

from schemas.failure import Reason, Rejected
from schemas.touchpoint import Touchpoint
from streams.enrich.identify import Identifier
from streams.enrich.policy import IdentifyPolicy
from tests.factories.raw import LOG, RECEIVED_AT, raw_bytes

IDENTIFY = Identifier(IdentifyPolicy(pseudonym_key="a secret for tests only")).identify


def outcome(actor: dict[str, str], **properties: object) -> Touchpoint | Rejected:
    value = raw_bytes(type="identity_linked", actor=actor, properties=properties)
    return IDENTIFY(
        value, received_at=RECEIVED_AT, raw_log=LOG, raw_partition=0, raw_offset=0
    )


def linked(actor: dict[str, str], told: object) -> tuple[str, list[str]]:
    """Whom the event is addressed to, and the further identifiers it names."""
    found = outcome(actor, linked=told, why="support")
    assert isinstance(found, Touchpoint)
    properties = msgspec.json.decode(found.properties)
    assert properties["why"] == "support"
    return found.person_id, properties["linked"]


def test_two_customer_numbers_can_be_linked() -> None:
    """The event goes to the stronger one, wherever it stands."""
    assert linked({"customer_id": "7"}, {"customer_id": "12"}) == (
        "customer_id:12",
        ["customer_id:12"],
    )


def test_several_can_be_named_at_once() -> None:
    """As a list of objects like `actor`."""
    found = linked({"anonymous_id": "a"}, [{"device_id": "d"}, {"loyalty_id": "l"}])
    assert found == ("loyalty_id:l", ["device_id:d", "loyalty_id:l"])


def test_addresses_among_them_become_pseudonyms() -> None:
    """The same that `actor` would get, however they are written."""
    actor = {"customer_id": "7", "email": "Jo@Example.org"}
    same = outcome(actor)
    assert isinstance(same, Touchpoint)
    _, names = linked({"customer_id": "7"}, {"email": " jo@example.org"})
    assert names == [f"email_hash:{same.actor.email_hash}"]


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ("customer_id:1", Reason.WRONG_TYPE),
        ([["customer_id", "1"]], Reason.WRONG_TYPE),
        ({"customer": "1"}, Reason.WRONG_TYPE),
        ({"customer_id": "a\u0000b"}, Reason.WRONG_TYPE),
        ([{"customer_id": str(n)} for n in range(33)], Reason.WRONG_TYPE),
        ([], Reason.MISSING_IDENTITY),
        ({"customer_id": "guest"}, Reason.MISSING_IDENTITY),
        ({"customer_id": "7"}, Reason.MISSING_IDENTITY),
    ],
)
def test_what_links_nothing_is_refused(told: object, expected: Reason) -> None:
    """Two different identifiers are needed."""
    found = outcome({"customer_id": "7"}, linked=told)
    assert isinstance(found, Rejected)
    assert found.reason == expected
