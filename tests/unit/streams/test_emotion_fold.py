"""Emotion from raw touchpoints to journey states, by the worker's own rules."""

import itertools

from schemas.emotion import Emotions
from streams.enrich.identify import Identifier
from streams.enrich.policy import IdentifyPolicy
from streams.fold import fold
from tests.factories.identified import rules
from tests.factories.raw import RECEIVED_AT, TIME_MS, raw_bytes

IDENTIFIER = Identifier(IdentifyPolicy("a secret of the tests only"))
MINUTE_MS = 60_000
BOT = "Googlebot/2.1 (+http://www.example.org/bot.html)"

STORY = (
    ("products_searched", {"query": "robe", "results_count": 0}),
    ("payment_failed", {"reason": "3ds"}),
    ("page_viewed", {"status": 502, "url": "https://shop.example/paiement"}),
    ("call_started", {}),
    ("order_completed", {}),
    ("product_reviewed", {"text": "Très déçue, la robe est arrivée déchirée."}),
    ("survey_answered", {"kind": "nps", "score": 2}),
    ("survey_answered", {"kind": "nps", "score": 77}),
    ("product_reviewed", {"rating": 5, "user_agent": BOT}),
)


def raw(number: int) -> bytes:
    type_, properties = STORY[number]
    return raw_bytes(
        id=f"e{number}",
        type=type_,
        time=TIME_MS - (20 - number) * MINUTE_MS,
        properties=properties,
        session_hint="call-1" if type_ == "call_started" else None,
    )


def emotions(order: tuple[int, ...]) -> Emotions:
    folded = fold(map(raw, order), IDENTIFIER, rules(), received_at=RECEIVED_AT)
    assert not folded.refused
    assert folded.touchpoints == len(order)
    (state,) = folded.states
    assert state.emotions is not None
    return state.emotions


def test_a_bad_week_of_a_customer() -> None:
    """Observed: the review's text and one answer; inferred: four frictions. Bots: none."""
    felt = emotions(tuple(range(len(STORY))))
    assert felt.observed.count == 2
    assert felt.observed.last is not None
    assert felt.observed.last.id == "e6"
    # No result -0.5, payment -2, error page -1, call after it -1.5.
    assert (felt.inferred.count, felt.inferred.hundredths) == (4, -500)


def test_any_order_is_the_same_week() -> None:
    """Late tills, late calls, late reviews: the same emotions."""
    expected = emotions(tuple(range(len(STORY))))
    some = itertools.islice(itertools.permutations(range(len(STORY))), 0, None, 9_973)
    for order in some:
        assert emotions(order) == expected
