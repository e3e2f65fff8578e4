"""Types: aliases, types of one's own, and the channel and direction they imply."""

import pytest

from schemas.vocabulary import ALIASES, CHANNELS, DIRECTIONS, TYPES
from streams.enrich.kind import Kinds, channel_of, direction_of, kind_of


def test_every_type_and_alias_is_known_with_a_valid_channel_and_direction() -> None:
    """The vocabulary and the rule agree."""
    kinds = Kinds(accept_unknown=False)
    for name in (*TYPES, *ALIASES):
        kind = kinds.get(name)
        assert kind is not None
        assert kind.name in TYPES
        assert kind.channel in CHANNELS
        assert kind.store_channel in CHANNELS
        assert kind.direction in DIRECTIONS


@pytest.mark.parametrize("name", ["Order Completed", "order-completed", "purchase"])
def test_foreign_spellings_give_the_canonical_type(name: str) -> None:
    """Segment's and GA4's names are accepted."""
    kinds = Kinds(accept_unknown=False)
    for _ in range(2):
        kind = kinds.get(name)
        assert kind is not None
        assert kind.name == "order_completed"


def test_unknown_types_are_refused_unless_the_policy_accepts_them() -> None:
    """Accepted, they are folded like all names."""
    assert Kinds(accept_unknown=False).get("Fitting Booked") is None
    accepted = Kinds(accept_unknown=True).get("Fitting Booked")
    assert accepted is not None
    assert accepted.name == "fitting_booked"


def test_a_retailers_own_types_are_accepted() -> None:
    """`custom_` needs no registration."""
    kind = Kinds(accept_unknown=False).get("custom_fitting_booked")
    assert kind is not None
    assert kind.name == "custom_fitting_booked"


@pytest.mark.parametrize(
    "name", ["custom_jean@example.fr", "custom_\x00", "custom_" + "x" * 100, "é", "%"]
)
def test_names_of_ones_own_are_plain(name: str) -> None:
    """They become a column of few values: no addresses, no control characters."""
    assert Kinds(accept_unknown=True).get(name) is None


def test_what_is_learnt_is_bounded() -> None:
    """A source that invents a type an event fills no memory, and is still served."""
    kinds = Kinds(accept_unknown=True)
    for number in range(6_000):
        kind = kinds.get(f"type_{number}")
        assert kind is not None
        assert kind.name == f"type_{number}"
    assert len(kinds._kinds) <= 4_096


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("order_completed", "pos"),
        ("coupon_applied", "pos"),
        ("order_refunded", "pos"),
        ("product_returned", "store"),
        ("page_viewed", "web"),
        ("custom_fitting_booked", "store"),
    ],
)
def test_a_named_store_says_where_it_was(name: str, expected: str) -> None:
    """Orders, coupons and returns at a store were made at its till."""
    assert kind_of(name).store_channel == expected


def test_channels_and_directions_are_folded_or_refused() -> None:
    """Case and space do not matter; anything else is not in the vocabulary."""
    assert channel_of(" Web") == "web"
    assert channel_of("fax") is None
    assert direction_of("OUT") == "out"
    assert direction_of("sideways") is None
