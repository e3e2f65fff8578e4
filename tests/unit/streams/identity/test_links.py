"""Which identifiers are one person, rule by rule."""

import pytest

from schemas.identity import MAX_TARGETS, Identity
from streams.identity.links import (
    DEFAULT_LINKS,
    Derived,
    LimitError,
    LinkPolicy,
    derive,
    hear,
    policy_of,
    see,
)

DEVICE = "device_id:d"


def known(*seen: str, implied: tuple[str, ...] = ()) -> Identity:
    """An identifier that was seen with some, and of which others are implied."""
    identity = Identity()
    for number, name in enumerate(seen, 1):
        see(identity, name, number, 0)
    for number, name in enumerate(implied):
        hear(identity, f"anonymous_id:{number}", name, 1)
    return identity


def derived(identity: Identity, policy: LinkPolicy = DEFAULT_LINKS) -> Derived:
    return derive(DEVICE, identity, policy)


def test_the_strongest_namespace_names_the_person() -> None:
    """Then the smallest value; the others are told that they belong to it as well."""
    found = derived(known("email_hash:a", "loyalty_id:9", "loyalty_id:10"))
    assert found == Derived(
        "loyalty_id:10",
        {"loyalty_id:9": "loyalty_id:10", "email_hash:a": "loyalty_id:10"},
    )


def test_two_customers_in_sight_make_a_device_shared() -> None:
    """It joins nobody, and says nothing of anybody."""
    assert derived(known("customer_id:1")).parent == "customer_id:1"
    found = derived(known("customer_id:1", "customer_id:2", "email_hash:a"))
    assert found == Derived(shared=True)


def test_other_namespaces_have_a_limit_of_five() -> None:
    """A household may share a device; a store may not."""
    addresses = [f"email_hash:{n}" for n in range(6)]
    assert derived(known(*addresses[:5])).parent == "email_hash:0"
    assert derived(known(*addresses)).shared


def test_limits_can_be_set() -> None:
    """Namespaces that the setting does not name keep the limit of five."""
    policy = policy_of("customer_id=2, email_hash=1")
    assert not derived(known("customer_id:1", "customer_id:2"), policy).shared
    assert derived(known("email_hash:1", "email_hash:2"), policy).shared
    assert not derived(known("phone_hash:1", "phone_hash:2"), policy).shared


@pytest.mark.parametrize("text", ["customer=1", "customer_id=0", "customer_id", "x"])
def test_odd_limits_are_refused(text: str) -> None:
    """At the start, and not by what they would do."""
    with pytest.raises(LimitError):
        policy_of(text)


def test_what_is_seen_outweighs_what_is_implied() -> None:
    """An address keeps its customer, whatever a device that knows few people implies."""
    found = derived(known("customer_id:2", implied=("customer_id:1",)))
    assert found == Derived("customer_id:2", {})
    assert derived(known(implied=("customer_id:1",))).parent == "customer_id:1"
    assert derived(known(implied=("customer_id:1", "customer_id:2"))).parent == ""


def test_the_newest_word_about_a_pair_counts() -> None:
    """In whatever order they come; at the same time unlinking wins."""
    for marks in (((5, 0), (0, 3)), ((0, 3), (5, 0))):
        identity = Identity()
        for on, off in marks:
            see(identity, "customer_id:1", on, off)
        assert derived(identity).parent == "customer_id:1"
    see(identity, "customer_id:1", 0, 5)
    assert derived(identity).parent == ""


def test_what_was_unlinked_is_not_implied_either() -> None:
    """Not until an event links the two themselves again."""
    identity = known(implied=("customer_id:1",))
    see(identity, "customer_id:1", 0, 3)
    assert derived(identity).parent == ""
    see(identity, "customer_id:1", 4, 0)
    assert derived(identity).parent == "customer_id:1"


def test_an_implication_can_be_taken_back() -> None:
    """And an older word that comes after it changes nothing."""
    identity = known()
    hear(identity, "anonymous_id:a", "customer_id:1", 3)
    assert hear(identity, "anonymous_id:a", "", 4)
    assert not hear(identity, "anonymous_id:a", "customer_id:1", 3)
    assert derived(identity).parent == ""


def test_customer_ids_are_linked_on_purpose_without_a_limit() -> None:
    """Three accounts of one customer."""
    identity = known("customer_id:1", "customer_id:2")
    found = derive("customer_id:3", identity, DEFAULT_LINKS)
    assert found == Derived("customer_id:1", {"customer_id:2": "customer_id:1"})


def test_evidence_is_bounded() -> None:
    """A till in a busy store remembers that it is shared, and nobody who used it."""
    identity = known(*(f"customer_id:{n}" for n in range(MAX_TARGETS + 5)))
    assert identity.full
    assert not identity.direct
    assert derived(identity).shared
    assert not see(identity, "customer_id:1", 99, 0)
