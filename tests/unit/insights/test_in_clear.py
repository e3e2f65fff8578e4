"""Addresses and telephone numbers in clear, however somebody writes them."""

import pytest

from insights.in_clear import in_clear, maybe_in_clear


@pytest.mark.parametrize(
    "given",
    [
        "ann@example.org",
        "ann%40example.org",
        "email:ann",
        "phone:0612345678",
        "+33612345678",
        "+33 (0)6 12 34 56 78",
        "06 12 34 56 78",
        "06.12.34.56.78",
        "06-12-34-56-78",
        "06/12/34/56/78",
        "06\u00a012\u00a034\u00a056\u00a078",
        "(0)6 12 34 56 78",
        "0033 6 12 34 56 78",
        "phone_hash:06 12 34 56 78",
        "customer_id:ann@example.org",
        "customer_id:+33612345678",
    ],
)
def test_an_address_in_clear_is_one(given: str) -> None:
    """International and French, with any signs between the digits, under any name."""
    assert in_clear(given)


@pytest.mark.parametrize(
    "given",
    [
        "customer_id:12",
        "loyalty_id:0300-1234-5678",
        "customer_id:0001-234567",
        "customer_id:0612345678",
        "12",
        "a:b",
        "",
        "+",
        "device_id:0a-11-22",
        "2025-01-02",
        "12-345",
    ],
)
def test_an_identifier_is_none(given: str) -> None:
    """Nor is what only has digits and signs."""
    assert not in_clear(given)
    assert not maybe_in_clear(given)


@pytest.mark.parametrize(
    "given", ["0612345678", "0033612345678", "phone_hash:0612345678"]
)
def test_plain_digits_may_be_a_number_or_a_customers(given: str) -> None:
    """Only where nobody is known by them they are taken for a telephone number."""
    assert not in_clear(given)
    assert maybe_in_clear(given)
