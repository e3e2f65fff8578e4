"""The built-in message rules: each on its occasion."""

from collections.abc import Iterable

import pytest
import yaml

from schemas.touchpoint import Touchpoint
from streams.activation.rules import MessageRules, rules_from
from tests.factories.identified import (
    DAY_MS,
    HOUR_MS,
    START_MS,
    identified,
)
from tests.factories.mailing import Post, by_hand
from tests.factories.messages import (
    CONSENT,
    message_rules,
    properties,
    rule,
)

DEFAULT = "streams/activation/default_messages.yaml"


def hours(*moments: tuple[float, str, dict[str, object]]) -> Iterable[Touchpoint]:
    """Touchpoints at hours of a day, with consent from the beginning."""
    noon = START_MS // DAY_MS * DAY_MS + DAY_MS + 11 * HOUR_MS
    yield identified("s", "consent_updated", at=noon, consent=CONSENT)
    for n, (hour, type_, fields) in enumerate(moments):
        at = noon + round(hour * HOUR_MS)
        yield identified(f"e{n}", type_, at=at, **fields)  # type: ignore[arg-type]


def built_in() -> MessageRules:
    with open(DEFAULT, encoding="utf-8") as file:  # noqa: PTH123 a fixed small file
        return rules_from(yaml.safe_load(file))


NPS = {"kind": "nps"}


@pytest.mark.parametrize(
    ("name", "moments", "others"),
    [
        ("abandoned_cart", [(0, "checkout_started", {"cart_id": "c"})], []),
        ("welcome", [(0, "account_created", {})], [(0.5, "order_completed", {})]),
        (
            "second_purchase",
            [(0, "order_completed", {})],
            [(24 * 20, "order_completed", {})],
        ),
        (
            "review_request",
            [(0, "order_delivered", {"order_id": "o"})],
            [(24, "product_returned", {"order_id": "o"})],
        ),
        (
            "win_back",
            [(0, "order_completed", {}), (1, "order_completed", {})],
            [(24 * 89, "order_completed", {})],
        ),
        (
            "detractor_follow_up",
            [(0, "survey_answered", {"properties": properties(**NPS, score=6)})],
            [(0.5, "support_contacted", {})],
        ),
        (
            "referral",
            [
                (0, "order_completed", {}),
                (1, "survey_answered", {"properties": properties(**NPS, score=9)}),
            ],
            [(2, "referral_sent", {})],
        ),
    ],
)
def test_the_built_in_rules_speak_and_are_silent(
    name: str,
    moments: list[tuple[float, str, dict[str, object]]],
    others: list[tuple[float, str, dict[str, object]]],
) -> None:
    """Each on its occasion, once; and not where something else happened meanwhile."""
    rules = built_in()
    mail = Post(rules).send(*hours(*moments)).until(START_MS + 101 * DAY_MS)
    assert [m.rule for m in mail.box.standing].count(name) == 1
    if not others:
        return
    mail = Post(rules).send(*hours(*moments, *others))
    mail.until(START_MS + 95 * DAY_MS)
    assert name not in {m.rule for m in mail.box.standing}


@pytest.mark.parametrize(
    ("told", "rules"),
    [
        ({"kind": "nps", "score": "3"}, ["detractor_follow_up"]),
        ({"kind": "nps", "score": "3,0"}, ["detractor_follow_up"]),
        ({"kind": " NPS", "score": 3.0}, ["detractor_follow_up"]),
        ({"kind": "nps", "score": 3, "scale": "0-10"}, ["detractor_follow_up"]),
        ({"kind": "NPS", "score": "10"}, ["referral"]),
        ({"kind": "nps", "score": "7"}, []),
        # What is no emotion is no answer.
        ({"kind": "nps", "score": -5}, []),
        ({"kind": "nps", "score": 3.5}, []),
        ({"kind": "nps", "score": 11}, []),
        ({"kind": "nps", "score": 3, "scale": "0-100"}, []),
        ({"kind": "nps", "score": True}, []),
        ({"kind": "nps", "score": "bad"}, []),
        ({"kind": "nps"}, []),
        ({"kind": "csat", "score": 3}, []),
    ],
)
def test_rules_read_an_answer_as_emotion_does(
    told: dict[str, object], rules: list[str]
) -> None:
    """However a source writes it, and only where it is on its scale."""
    mail = Post(built_in())
    answered = (1.0, "survey_answered", {"properties": properties(**told)})
    mail.send(*hours((0, "order_completed", {}), answered))
    mail.until(START_MS + 9 * DAY_MS)
    assert [one.rule for one in mail.due] == rules


@pytest.mark.parametrize(
    ("type_", "where", "told", "fulfilled"),
    [
        # What a source says may be asked for as it says it, or as it is read.
        ("survey_answered", ("kind", {"any_of": ["NPS"]}), {"kind": "NPS"}, True),
        ("survey_answered", ("kind", {"any_of": ["pmf"]}), {"kind": "pmf"}, True),
        (
            "survey_answered",
            ("score", {"at_most": 2}),
            {"kind": "pmf", "score": 2},
            True,
        ),
        ("product_reviewed", ("rating", {"at_most": 2}), {"rating": "1,5"}, True),
        ("product_reviewed", ("rating", {"at_most": 2}), {"rating": 0}, False),
        # Other properties are what they are.
        (
            "product_viewed",
            ("score", {"at_most": 2}),
            {"kind": "nps", "score": -5},
            True,
        ),
        ("product_viewed", ("score", {"at_most": 2}), {"score": "1"}, False),
    ],
)
def test_a_rule_of_ones_own_reads_answers_so_too(
    type_: str,
    where: tuple[str, dict[str, object]],
    told: dict[str, object],
    fulfilled: bool,  # noqa: FBT001 what is expected
) -> None:
    """Of surveys and reviews; everything else is compared as it came."""
    name, asked = where
    trigger = {"types": [type_], "where": [{"property": name, **asked}]}
    rules = message_rules(rule(trigger=trigger, absent=[]))
    seen = identified("a", type_, properties=properties(**told))
    assert bool(by_hand(seen, rules=rules)) is fulfilled
