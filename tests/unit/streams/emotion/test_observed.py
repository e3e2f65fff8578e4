"""Observed emotion: from surveys, reviews and mentions, through the first agent."""

import pytest

from tests.factories.felt import NOTHING, felt, felt_in, identified
from tests.factories.raw import raw_bytes

MAIL = "jean.dupont@example.fr"


def test_a_survey_answer() -> None:
    """The kind says the scale; the event that it asks about is named."""
    answer = {"kind": "NPS", "score": 9, "about_event_id": "order-7"}
    touchpoint = identified("survey_answered", answer)
    assert touchpoint.emotion == 1.5
    assert touchpoint.emotion_observed
    assert touchpoint.emotion_evidence == "nps"
    assert touchpoint.emotion_about == "order-7"


def test_other_surveys() -> None:
    """CSAT and CES, on their usual scale or the one that is stated."""
    assert felt("survey_answered", {"kind": "csat", "score": 2}) == (-1, True, "csat")
    assert felt("survey_answered", {"kind": "ces", "score": 7}) == (2, True, "ces")
    answer = {"kind": "csat", "score": 8, "scale": "0-10"}
    assert felt("survey_answered", answer) == (1.2, True, "csat:0-10")


def test_a_review_and_a_mention() -> None:
    """Stars, also under Segment's name of the event; sentiment of a listening tool."""
    assert felt("Product Reviewed", {"rating": 1}) == (-2, True, "stars")
    assert felt("social_mention", {"sentiment": 0.4}) == (0.8, True, "mention")


def test_a_score_beats_the_text_beside_it() -> None:
    """The customer's own number is not corrected by our reading of the words."""
    review = {"rating": 5, "text": "Horrible, je suis très déçu."}
    assert felt("product_reviewed", review) == (2, True, "stars")


@pytest.mark.parametrize(
    ("properties", "evidence"),
    [
        ({"text": "Très déçu, produit cassé."}, "text:fr"),
        ({"comment": "I am very disappointed, it was broken."}, "text:en"),
        ({"title": "Nul", "text": "Le service est décevant."}, "text:fr"),
        ({"rating": 9, "text": "Je suis très déçue."}, "text:fr"),
    ],
)
def test_text_where_there_is_no_score(properties: dict, evidence: str) -> None:
    """Title, text and comment are read where no score is on its scale."""
    emotion, observed, found = felt("product_reviewed", properties)
    assert emotion < 0
    assert (observed, found) == (True, evidence)


@pytest.mark.parametrize(
    ("type_", "properties", "evidence"),
    [
        ("survey_answered", {"kind": "nps", "score": 11}, "invalid:nps"),
        ("survey_answered", {"kind": "csat", "score": "good"}, "invalid:csat"),
        ("survey_answered", {"kind": "ces", "score": [7]}, "invalid:ces"),
        ("survey_answered", {"kind": "fun", "score": 7}, "invalid:survey"),
        ("survey_answered", {"score": 7}, "invalid:survey"),
        ("product_reviewed", {"rating": 0}, "invalid:stars"),
        ("product_reviewed", {"rating": {"value": 5}}, "invalid:stars"),
        ("product_reviewed", {"rating": 4, "scale": "A-F"}, "invalid:stars"),
        ("social_mention", {"sentiment": "furious"}, "invalid:mention"),
        ("social_mention", {"sentiment": 40}, "invalid:mention"),
    ],
)
def test_an_odd_score_is_marked_and_costs_nothing(
    type_: str, properties: dict, evidence: str
) -> None:
    """No emotion, no dead letter; the mark can be counted and asked for."""
    assert felt(type_, properties) == (None, False, evidence)


@pytest.mark.parametrize(
    ("type_", "properties"),
    [
        ("survey_answered", {"kind": "nps"}),
        ("survey_answered", {}),
        ("product_reviewed", {"text": ""}),
        ("product_reviewed", {"text": 7, "title": ["x"], "comment": None}),
        ("product_reviewed", {"text": "Reçu le 12."}),
        ("social_mention", {"text": "Das ist nicht gut und sehr teuer"}),
        ("page_viewed", {"rating": 5, "score": 10, "kind": "nps", "sentiment": 1}),
    ],
)
def test_nothing_said_is_no_emotion(type_: str, properties: dict) -> None:
    """Silence, and a language that is not read, are not neutral."""
    assert felt(type_, properties) == NOTHING


def test_a_bot_has_no_mood() -> None:
    """What a crawler posts says nothing of a customer."""
    review = {"rating": 5, "user_agent": "Googlebot/2.1 (+http://x.example/bot.html)"}
    touchpoint = identified("product_reviewed", review)
    assert touchpoint.bot
    assert touchpoint.emotion is None
    assert not touchpoint.emotion_evidence


def test_text_is_not_copied_and_stays_scrubbed() -> None:
    """The emotion adds no text; an address in the review is a pseudonym as before."""
    touchpoint = identified(
        "product_reviewed", {"text": f"Parfait, merci ! Écrivez-moi : {MAIL}"}
    )
    assert touchpoint.emotion is not None
    assert touchpoint.emotion > 0
    assert MAIL not in str(touchpoint)


def test_a_number_that_no_reader_can_hold() -> None:
    """Properties that cannot be read give no emotion; the touchpoint lives on."""
    written = raw_bytes(type="product_reviewed", properties={"rating": "HUGE"})
    assert felt_in(written.replace(b'"HUGE"', b"1e999")) == NOTHING
