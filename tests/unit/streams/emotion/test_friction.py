"""Inferred emotion: what one event alone tells of friction."""

import pytest

from schemas.vocabulary import TYPES
from streams.emotion.feel import CONCERNED, Feelings
from streams.emotion.friction import ALWAYS, SOMETIMES
from streams.emotion.policy import FRICTIONS, EmotionPolicy
from tests.factories.felt import NOTHING, felt, identified
from tests.factories.raw import TIME_MS


@pytest.mark.parametrize(("type_", "friction"), ALWAYS.items())
def test_a_friction_by_its_type(type_: str, friction: str) -> None:
    """Its weight is the policy's; it is never taken for observed."""
    expected = (FRICTIONS[friction], False, f"friction:{friction}")
    assert felt(type_) == expected


@pytest.mark.parametrize(
    ("type_", "properties", "friction"),
    [
        ("products_searched", {"results_count": 0}, "search_without_result"),
        ("products_searched", {"results": []}, "search_without_result"),
        ("products_searched", {"results": "0"}, "search_without_result"),
        ("order_delivered", {"promised_at": TIME_MS - 1}, "late_delivery"),
        ("order_delivered", {"promised_at": "2024-05-03T10:00:00Z"}, "late_delivery"),
        ("order_delivered", {"promised_at": "2024-05-01"}, "late_delivery"),
        ("call_ended", {"resolved": False}, "unresolved_call"),
        ("page_viewed", {"status": 503}, "web_error"),
        ("screen_viewed", {"status_code": "500"}, "web_error"),
    ],
)
def test_a_friction_by_its_properties(
    type_: str, properties: dict, friction: str
) -> None:
    """The event is one where its properties say so."""
    expected = (FRICTIONS[friction], False, f"friction:{friction}")
    assert felt(type_, properties) == expected


@pytest.mark.parametrize(
    ("type_", "properties"),
    [
        ("products_searched", {"results_count": 3}),
        ("products_searched", {"results": [1]}),
        ("products_searched", {"results_count": None}),
        ("products_searched", {"results_count": False}),
        ("products_searched", {"results_count": "none"}),
        ("order_delivered", {}),
        ("order_delivered", {"promised_at": TIME_MS}),
        ("order_delivered", {"promised_at": "2024-05-04"}),
        ("order_delivered", {"promised_at": "tomorrow"}),
        ("order_delivered", {"promised_at": "9999-12-31"}),
        ("order_delivered", {"promised_at": True}),
        ("order_delivered", {"promised_at": ["2024-05-01"]}),
        ("order_delivered", {"promised_at": 1, "delivered_at": 0}),
        ("call_ended", {"resolved": True}),
        ("call_ended", {"resolved": "no"}),
        ("call_ended", {"resolved": 0}),
        ("page_viewed", {"status": 404}),
        ("page_viewed", {"status": "in stock"}),
        ("page_viewed", {"status": 500.5}),
        ("cart_product_removed", {}),
        ("unsubscribed", {}),
    ],
)
def test_no_friction(type_: str, properties: dict) -> None:
    """What is not said plainly is not inferred."""
    assert felt(type_, properties) == NOTHING


def test_a_delivery_says_itself_when_it_was() -> None:
    """The scan at the door counts, not when the carrier reported it."""
    promise = {"promised_at": TIME_MS - 10, "delivered_at": TIME_MS - 20}
    assert felt("order_delivered", promise) == NOTHING


def test_frictions_of_machines_are_none() -> None:
    """A monitor that meets an error page is not frustrated."""
    agent = {"status": 500, "user_agent": "Googlebot/2.1 (+http://x.example/bot)"}
    assert felt("page_viewed", agent) == NOTHING


def test_weights_are_the_policys() -> None:
    """Another policy, another emotion."""
    policy = EmotionPolicy(frictions={**FRICTIONS, "payment_failed": -1.25})
    touchpoint = identified("payment_failed")
    Feelings(policy).feel(touchpoint)
    assert touchpoint.emotion == -1.25


def test_every_type_is_in_the_vocabulary_and_every_friction_has_a_weight() -> None:
    """A table with a misspelt name would never match."""
    assert set(TYPES) >= set(CONCERNED)
    named = set(ALWAYS.values())
    assert set(FRICTIONS) >= named
    assert not set(ALWAYS) & set(SOMETIMES)
    assert all(-2 <= weight <= 0 for weight in FRICTIONS.values())
