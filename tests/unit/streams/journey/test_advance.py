"""Phases: entered by history, in event time, with their cause."""

import pytest
from msgspec import ValidationError

from schemas.journey import JourneyState, Transition
from streams.journey.live import decode_state
from streams.journey.model import ModelError, models_from
from tests.factories.identified import (
    MINUTE_MS,
    START_MS,
    identified,
    newest,
    partition,
    records,
)


def journey(touchpoints: list, batch: int = 100) -> tuple[JourneyState, dict]:
    journeys = partition()
    pairs = []
    made = records(touchpoints)
    for start in range(0, len(made), batch):
        pairs += journeys.apply(made[start : start + batch]).transitions
    (state,) = journeys.states.values()
    return decode_state(state), newest(pairs, Transition, "transition_no")


def later(minutes: int) -> int:
    return START_MS + minutes * MINUTE_MS


def test_a_mailing_makes_a_person_aware() -> None:
    """The first contact is awareness, and the mailing is its cause."""
    state, moves = journey([identified("m", "mailing_delivered")])
    assert state.phase == "awareness"
    assert moves[1].cause.id == "m"


def test_orders_lead_through_the_phases() -> None:
    """Interest, first order, second order: acquisition, onboarding, engagement."""
    _, moves = journey(
        [
            identified("m", "mailing_delivered"),
            identified("v", "product_viewed", at=later(1)),
            identified("o1", "order_completed", at=later(2)),
            identified("o2", "order_completed", at=later(3)),
        ]
    )
    path = [(m.from_phase, m.to_phase, m.cause.id) for m in moves.values()]
    assert path == [
        ("", "awareness", "m"),
        ("awareness", "acquisition", "v"),
        ("acquisition", "onboarding", "o1"),
        ("onboarding", "engagement", "o2"),
    ]


def test_a_late_order_moves_the_entry_back() -> None:
    """The cause of a phase is the earliest touchpoint, also when it arrives last."""
    touchpoints = [
        identified("o2", "order_completed", at=later(9)),
        identified("o1", "order_completed", at=later(2)),
    ]
    _, moves = journey(touchpoints, batch=1)
    assert [(m.to_phase, m.cause.id) for m in moves.values()] == [
        ("onboarding", "o1"),
        ("engagement", "o2"),
    ]


def test_a_transition_that_was_overtaken_is_taken_back() -> None:
    """A referral right after the first order overtakes engagement: one row too many goes."""
    _, moves = journey(
        [
            identified("m", "mailing_delivered"),
            identified("o1", "order_completed", at=later(5)),
            identified("o2", "order_completed", at=later(7)),
            identified("r2", "referral_sent", at=later(8)),
            identified("r1", "referral_sent", at=later(6)),
        ],
        batch=1,
    )
    kept = [m.to_phase for m in moves.values() if not m.deleted]
    assert kept == ["awareness", "onboarding", "advocacy"]
    assert [m.transition_no for m in moves.values() if m.deleted] == [4]


def test_bots_and_machine_opens_move_nothing() -> None:
    """They are stored, and are no part of the journey."""
    state, moves = journey(
        [
            identified("b", "product_viewed", bot=True),
            identified("e", "email_opened", machine=True, at=later(1)),
        ]
    )
    assert (state.phase, state.touchpoints, moves) == ("", 0, {})


def test_a_model_that_names_a_phase_twice_is_refused() -> None:
    """A phase stands once; the error says where."""
    phase = {"id": "a", "enter": [{"rule": "r", "all": [{"types": ["*"]}]}]}
    with pytest.raises(ModelError, match="stands twice"):
        models_from({"name": "m", "version": 1, "phases": [phase, phase]})


def test_an_unknown_word_in_a_model_is_refused() -> None:
    """A misspelt key is an error, not a silence."""
    with pytest.raises(ValidationError, match="colour"):
        models_from({"name": "m", "version": 1, "colour": "red", "phases": []})
