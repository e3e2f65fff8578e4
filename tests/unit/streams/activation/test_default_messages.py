"""The built-in message rules: each on its occasion."""

from collections.abc import Iterable

import pytest
import yaml

from schemas.touchpoint import Touchpoint
from streams.activation.rules import rules_from
from tests.factories.identified import (
    DAY_MS,
    HOUR_MS,
    START_MS,
    identified,
)
from tests.factories.mailing import Post
from tests.factories.messages import (
    CONSENT,
    properties,
)

DEFAULT = "streams/activation/default_messages.yaml"


def hours(*moments: tuple[float, str, dict[str, object]]) -> Iterable[Touchpoint]:
    """Touchpoints at hours of a day, with consent from the beginning."""
    noon = START_MS // DAY_MS * DAY_MS + DAY_MS + 11 * HOUR_MS
    yield identified("s", "consent_updated", at=noon, consent=CONSENT)
    for n, (hour, type_, fields) in enumerate(moments):
        at = noon + round(hour * HOUR_MS)
        yield identified(f"e{n}", type_, at=at, **fields)  # type: ignore[arg-type]


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
    with open(DEFAULT, encoding="utf-8") as file:  # noqa: PTH123 a fixed small file
        rules = rules_from(yaml.safe_load(file))
    mail = Post(rules).send(*hours(*moments)).until(START_MS + 101 * DAY_MS)
    assert [m.rule for m in mail.box.standing].count(name) == 1
    if not others:
        return
    mail = Post(rules).send(*hours(*moments, *others))
    mail.until(START_MS + 95 * DAY_MS)
    assert name not in {m.rule for m in mail.box.standing}
