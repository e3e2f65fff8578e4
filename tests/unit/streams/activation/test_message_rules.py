"""The language of message rules: what it refuses, and what it comes to."""

import msgspec
import pytest
import yaml

from streams.activation.language import RuleError
from streams.activation.rules import NO_RULES, rules_from
from tests.factories.messages import document, message_rules, rule

FILE = "streams/activation/default_messages.yaml"


def built_in() -> dict:
    with open(FILE, encoding="utf-8") as file:  # noqa: PTH123 a fixed small file
        return yaml.safe_load(file)


def test_the_built_in_rules_are_the_seven() -> None:
    """Those that every shop asks for first, each with a validity and a purpose."""
    rules = rules_from(built_in())
    assert list(rules.rules) == [
        "abandoned_cart",
        "welcome",
        "second_purchase",
        "review_request",
        "win_back",
        "detractor_follow_up",
        "referral",
    ]
    assert all(rule.valid_ms for rule in rules.rules.values())
    assert rules.purposes == {"messaging"}
    assert not rules.consent_unless_stated


@pytest.mark.parametrize(
    ("wrong", "complaint"),
    [
        (document(rule(), rule()), "two rules have the name cart"),
        (document(rule(cap="x")), "rule cart: there is no cap x"),
        (document(rule(channels=["pigeon"])), "rule cart: there is no channel pigeon"),
        (
            document(rule(trigger={"types": ["cart_add"]}, absent=[])),
            "rule cart: there is no touchpoint type cart_add",
        ),
        (
            document(rule(trigger={"types": ["cart_product_added"]})),
            "rule cart: scope `key` needs a trigger with key `cart` or `order`",
        ),
        (
            document(rule(orders_at_least=2, orders_at_most=1)),
            "rule cart: orders_at_most is below orders_at_least",
        ),
        (document(rule(after="401d")), "rule cart: no duration may exceed 400 days"),
        (
            document(
                rule(
                    trigger={
                        "types": ["cart_product_added"],
                        "key": "cart",
                        "where": [{"any_of": [1]}],
                    }
                )
            ),
            "rule cart: a condition names either a property or a field",
        ),
        (
            document(
                rule(
                    trigger={
                        "types": ["cart_product_added"],
                        "key": "cart",
                        "where": [{"property": "x"}],
                    }
                )
            ),
            "rule cart: a condition needs any_of, at_least or at_most",
        ),
        (document(timezone="Mars/Olympus"), "there is no time zone Mars/Olympus"),
        (document(patience="2d"), "patience may not exceed a day"),
        (
            document(consent={"refused_by": ["left"]}),
            "consent: there is no touchpoint type left",
        ),
    ],
)
def test_a_rule_without_a_meaning_is_refused(wrong: object, complaint: str) -> None:
    """The message names the rule, and what is wrong with it."""
    with pytest.raises(RuleError, match=complaint):
        rules_from(wrong)


@pytest.mark.parametrize(
    "wrong",
    [
        {},
        document(rule(after="soon")),
        document(rule(after="2h\n")),
        document(rule(hold_out=1)),
        document(rule(surprise=True)),
        document(rule(once="twice")),
        document(quiet_hours={"from": "9pm", "to": "8"}),
    ],
)
def test_a_file_of_another_form_is_refused(wrong: object) -> None:
    """Strictly: a misspelt word never means nothing."""
    with pytest.raises(msgspec.ValidationError):
        rules_from(wrong)


def test_types_that_no_rule_names_are_nobody_s_business() -> None:
    """One look-up tells: most touchpoints concern no rule."""
    rules = message_rules()
    assert "page_viewed" not in rules.by_type
    assert rules.by_type["cart_product_added"].triggers
    assert not NO_RULES.by_type


def test_a_type_of_the_retailer_s_own_can_be_named() -> None:
    """As in the vocabulary: with its prefix."""
    rules = message_rules(rule(trigger={"types": ["custom_fitting"], "key": "cart"}))
    assert "custom_fitting" in rules.by_type
