"""Emotions in the journey: tallies, repeated contacts, calls after errors."""

from msgspec import json

from schemas.emotion import Emotions, LastFelt, Tally
from schemas.journey import JourneyState
from schemas.progress import Progress
from schemas.touchpoint import Actor, Touchpoint
from streams.emotion.policy import EmotionPolicy
from streams.journey.feelings import merged
from streams.journey.live import Rules, decode_state
from streams.journey.outcome import Outcome
from streams.journey.partition import PartitionJourneys
from tests.factories.identified import (
    DAY_MS,
    HOUR_MS,
    MINUTE_MS,
    START_MS,
    identified,
    partition,
    records,
    rules,
)

POLICY = EmotionPolicy()


def contact(
    id_: str, at: int, *, channel: str = "phone", thread: str | None = None
) -> Touchpoint:
    hint = thread if thread is not None else id_
    return identified(
        id_,
        "support_contacted",
        at=START_MS + at,
        channel=channel,
        session_hint=hint,
        actor=Actor(),
    )


def failed_page(id_: str, at: int, **more: object) -> Touchpoint:
    return identified(
        id_,
        "page_viewed",
        at=START_MS + at,
        emotion=-1.0,
        emotion_evidence="friction:web_error",
        **more,
    )


def rated(id_: str, at: int, emotion: float, **more: object) -> Touchpoint:
    return identified(
        id_,
        "product_reviewed",
        at=START_MS + at,
        emotion=emotion,
        emotion_observed=True,
        emotion_evidence="stars",
        **more,
    )


def folded(*touchpoints: Touchpoint) -> tuple[JourneyState, dict[str, Touchpoint]]:
    """The state, and every touchpoint as it was sent on."""
    journeys = partition()
    outcome = journeys.apply(records(touchpoints))
    (state,) = journeys.states.values()
    return decode_state(state), sent(outcome)


def sent(outcome: Outcome) -> dict[str, Touchpoint]:
    found = (json.decode(value, type=Touchpoint) for _, value in outcome.touchpoints)
    return {one.id: one for one in found}


def emotions(*touchpoints: Touchpoint) -> Emotions:
    state, _ = folded(*touchpoints)
    return state.emotions or Emotions()


def test_observed_and_inferred_are_counted_apart() -> None:
    """A five-star review does not make up for a failed payment: two tallies, no mean."""
    felt = emotions(
        rated("a", 0, 2.0),
        rated("b", 1, 0.67),
        identified("c", "payment_failed", at=START_MS + 2, emotion=-2.0),
    )
    assert felt.observed == Tally(2, 267, LastFelt(START_MS + 1, 0, "shop", "b", 0.67))
    assert felt.inferred == Tally(1, -200, LastFelt(START_MS + 2, 0, "shop", "c", -2.0))


def test_the_last_is_the_newest_not_the_latest_to_arrive() -> None:
    """By time, then seq, source and id."""
    felt = emotions(rated("b", 5, -1.0), rated("a", 5, 1.0), rated("c", 3, 2.0))
    assert felt.observed.last == LastFelt(START_MS + 5, 0, "shop", "b", -1.0)


def test_machines_move_no_emotion() -> None:
    """A bot's review and an error page that a machine met change nothing."""
    state, _ = folded(
        identified("x"),
        rated("a", 0, -2.0, bot=True),
        failed_page("b", 1, machine=True),
        contact("c", HOUR_MS),
    )
    assert state.emotions is not None
    assert state.emotions.observed == state.emotions.inferred == Tally()


def test_a_call_within_a_day_of_an_error() -> None:
    """The call carries the friction, and names the error that led to it."""
    state, rows = folded(failed_page("e", 0), contact("c", DAY_MS))
    call = rows["c"]
    assert (call.emotion, call.emotion_observed) == (-1.5, False)
    assert call.emotion_evidence == "friction:call_after_error"
    assert call.emotion_about == "e"
    assert state.emotions is not None
    assert state.emotions.inferred.hundredths == -250


def test_a_call_a_millisecond_later_is_none() -> None:
    """Twenty-four hours, both ends included."""
    _, rows = folded(failed_page("e", 0), contact("c", DAY_MS + 1))
    assert rows["c"].emotion is None
    assert not rows["c"].emotion_evidence


def test_only_a_call_follows_an_error() -> None:
    """A chat opened on the error page is what it is for; a payment at the till is no web."""
    _, rows = folded(failed_page("e", 0), contact("c", HOUR_MS, channel="chat"))
    assert rows["c"].emotion is None
    till = identified("t", "payment_failed", at=START_MS, channel="pos", emotion=-2.0)
    _, rows = folded(till, contact("c", HOUR_MS))
    assert rows["c"].emotion is None


def test_a_repeated_contact_on_any_channel() -> None:
    """A chat on Monday and a call on Thursday: the second is a friction."""
    _, rows = folded(contact("chat", 0, channel="chat"), contact("call", 3 * DAY_MS))
    assert rows["chat"].emotion is None
    assert rows["call"].emotion_evidence == "friction:repeat_contact"
    assert rows["call"].emotion_about == "chat"


def test_a_contact_after_more_than_a_week_is_a_new_one() -> None:
    """Seven days, both ends included."""
    _, rows = folded(contact("a", 0), contact("b", 7 * DAY_MS))
    assert rows["b"].emotion == -1.5
    _, rows = folded(contact("a", 0), contact("b", 7 * DAY_MS + 1))
    assert rows["b"].emotion is None


def test_one_contact_reported_twice_is_one() -> None:
    """By its thread, or by nearness: the call centre and the phone system both report."""
    same_thread = (contact("a", 0, thread="T"), contact("b", 5 * HOUR_MS, thread="T"))
    assert emotions(*same_thread).inferred == Tally()
    near = (contact("a", 0), contact("b", 29 * MINUTE_MS))
    assert emotions(*near).inferred == Tally()


def test_history_that_comes_late_is_counted() -> None:
    """The state is as if all had come in time; the row sent says what was known then."""
    in_time = emotions(failed_page("e", 0), contact("c", HOUR_MS))
    state, rows = folded(contact("c", HOUR_MS), failed_page("e", 0))
    assert state.emotions == in_time
    assert rows["c"].emotion is None


def test_a_contact_between_that_comes_late_takes_a_friction_back() -> None:
    """What was a repeat is the same contact, once the one in between is known."""
    first, between, last = contact("a", 0), contact("b", 20 * MINUTE_MS), 40 * MINUTE_MS
    assert emotions(first, contact("c", last)).inferred.count == 1
    assert emotions(first, contact("c", last), between).inferred == Tally()


def test_traces_are_forgotten_when_nothing_can_change() -> None:
    """After weeks a contact is counted for good, and the state does not grow."""
    journeys = partition()
    made = []
    for week in range(30):
        at = week * 9 * DAY_MS
        made += [contact(f"a{week}", at), contact(f"b{week}", at + DAY_MS)]
    for record in records(made):
        # Time moves every 64 offsets.
        journeys.apply([record._replace(offset=64 * record.offset)])
    (value,) = journeys.states.values()
    felt = decode_state(value).emotions
    assert felt is not None
    assert felt.inferred.count == 30
    assert len(felt.traces) < 12
    assert felt.forgotten == 0


def test_a_state_remembers_a_bounded_number_of_traces() -> None:
    """Whoever calls all day: what is counted stays counted, what is given up is said."""
    journeys = partition()
    made = [contact(f"c{n}", n * HOUR_MS) for n in range(150)]
    journeys.apply(records(made))
    (value,) = journeys.states.values()
    felt = decode_state(value).emotions
    assert felt is not None
    assert felt.inferred.count == 149
    assert len(felt.traces) <= POLICY.max_traces
    assert felt.forgotten > 0


def test_two_halves_of_a_person_merge() -> None:
    """A contact known to one state and an error known to the other make a friction."""
    errors, calls = emotions(failed_page("e", 0)), emotions(contact("c", HOUR_MS))
    whole = emotions(failed_page("e", 0), contact("c", HOUR_MS))
    assert merged(errors, calls, POLICY) == merged(calls, errors, POLICY) == whole
    assert merged(whole, Emotions(), POLICY) == whole


def test_another_policy() -> None:
    """The spans are the policy's."""
    base = rules()
    narrow = Rules(base.policy, base.models, EmotionPolicy(repeat_within_ms=HOUR_MS))
    journeys = PartitionJourneys({}, Progress("log", 0, "raw", 0), narrow, 1)
    rows = sent(journeys.apply(records([contact("a", 0), contact("b", 2 * HOUR_MS)])))
    assert rows["b"].emotion is None
