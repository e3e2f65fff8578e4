"""What keeps a message back: consent, caps, quiet hours, the share held out."""

from itertools import permutations

import pytest

from schemas.touchpoint import Place
from streams.activation.rules import rules_from
from streams.journey.live import decode_state
from streams.journey.policy import ChannelRule, SessionPolicy
from tests.factories.identified import (
    DAY_MS,
    HOUR_MS,
    MINUTE_MS,
    START_MS,
    identified,
)
from tests.factories.mailing import LONG_AFTER, Post, by_hand
from tests.factories.messages import (
    CONSENT,
    cart,
    message_rules,
    order,
    properties,
    rule,
)


@pytest.mark.parametrize(
    ("said", "messages"),
    [
        ([], 0),
        ([(0, True)], 1),
        ([(0, True), (1, False)], 0),
        ([(0, False), (1, True)], 1),
        # Withdrawn on the day on which the message is due, yet after it.
        ([(0, True), (5, False)], 0),
        ([(0, True), (2 * 24, False)], 1),
    ],
)
def test_nothing_without_consent(said: list[tuple[int, bool]], messages: int) -> None:
    """The last word counts, up to the day on which the message is due or expires."""
    morning = START_MS // DAY_MS * DAY_MS + DAY_MS
    told = [
        identified(
            f"s{hour}",
            "consent_updated",
            at=morning + hour * HOUR_MS,
            consent={"messaging": given},
        )
        for hour, given in said
    ]
    rules = message_rules(consent={"unless_stated": "refused"})
    found = by_hand(*told, cart("a", morning + 90 * MINUTE_MS), rules=rules)
    assert len(found) == messages


def test_who_unsubscribed_is_left_alone() -> None:
    """As if consent had been refused."""
    gone = identified("u", "unsubscribed", at=START_MS + MINUTE_MS)
    allowed = identified("s", at=START_MS, consent=CONSENT)
    assert by_hand(allowed, cart(), gone) == []


def test_a_cap_lets_the_more_important_one_through() -> None:
    """Of two that are due at the same moment, the higher priority."""
    rules = message_rules(
        rule("low", cap="one", priority=1),
        rule("high", cap="one", priority=2),
        caps={"one": {"at_most": 1, "days": 7}},
    )
    assert [m.rule for m in by_hand(cart(), rules=rules)] == ["high"]


def test_a_cap_counts_from_when_a_message_was_really_sent() -> None:
    """Reported as sent five days after it was due, it blocks until five days later."""
    rules = message_rules(rule(cap="one"), caps={"one": {"at_most": 1, "days": 7}})
    mail = Post(rules).send(cart()).until(START_MS + DAY_MS)
    (first,) = mail.due
    told = properties(message_id=first.message_id)
    sent = START_MS + 5 * DAY_MS
    mail.send(identified("m", "message_sent", at=sent, properties=told))
    mail.send(cart("b", START_MS + 8 * DAY_MS, "c2")).until(START_MS + 9 * DAY_MS)
    assert len(mail.due) == 1
    mail.send(cart("d", START_MS + 13 * DAY_MS, "c3")).until(START_MS + 14 * DAY_MS)
    assert [m.key for m in mail.due] == ["c1", "c3"]


def test_quiet_hours_are_those_of_the_person() -> None:
    """Stated by the customer, else of the place, else of the file."""
    rules = message_rules(quiet_hours={"from": "21:00", "to": "08:00"})
    due = {}
    for person, tz, place in (
        ("1", "", None),
        ("2", "", Place(tz="Asia/Tokyo")),
        ("3", "America/New_York", Place(tz="Asia/Tokyo")),
        ("4", "Mars/Olympus", None),
    ):
        made = [cart("a", person=f"customer_id:{person}", place=place)]
        if tz:
            facts = properties(facts={"tz": tz})
            made.append(
                identified(
                    "f",
                    "customer_updated",
                    person=f"customer_id:{person}",
                    properties=facts,
                )
            )
        (message,) = by_hand(*made, rules=rules)
        due[person] = (message.due_at - START_MS) / HOUR_MS
    # It is 22:13:20 UTC: 23:13 in Paris, 07:13 in Tokyo, 17:13 in New York.
    morning = round((8 + 24 - (23 + 13 / 60 + 20 / 3600)), 6)
    assert {p: round(h, 6) for p, h in due.items()} == {
        "1": morning,
        "2": 2,
        "3": 2,
        "4": morning,
    }


def test_a_purchase_in_quiet_hours_still_counts() -> None:
    """Between the delay and the morning: nothing is sent."""
    rules = message_rules(quiet_hours={"from": "21:00", "to": "08:00"})
    assert by_hand(cart(), order("o", START_MS + 5 * HOUR_MS), rules=rules) == []


def test_a_share_is_held_out_and_told() -> None:
    """Always the same persons, about as many as asked; another salt, others."""
    made = [
        cart(f"a{n}", name=f"c{n}", person=f"customer_id:{n}") for n in range(1_000)
    ]
    drawn = []
    for salt in ("", "", "x"):
        document = {
            "rules": [rule(hold_out=0.2)],
            "consent": {"unless_stated": "given"},
        }
        mail = Post(rules_from(document, salt=salt)).send(*made).until(LONG_AFTER)
        kept = {m.key for m in mail.box.standing if m.status == "held_out"}
        assert len(mail.due) + len(kept) == 1_000
        drawn.append(kept)
    assert drawn[0] == drawn[1] != drawn[2]
    assert 150 < len(drawn[0]) < 250


@pytest.mark.parametrize("automatic", ["bot", "machine"])
def test_a_bot_consents_to_nothing_and_its_refusal_counts(automatic: str) -> None:
    """In the journey state as for the messages."""
    rules = message_rules(consent={"unless_stated": "refused"})

    def heard(*said: str) -> tuple[int, dict[str, bool]]:
        mail = Post(rules)
        for number, given in enumerate(said):
            who = {automatic: True} if number == len(said) - 1 else {}
            consent = {"messaging": given == "yes"}
            at = START_MS + number
            mail.send(identified(f"{number}", at=at, consent=consent, **who))
        (value,) = mail.send(cart()).until(LONG_AFTER).journeys.states.values()
        return len(mail.due), decode_state(value).consent

    assert heard("yes") == (0, {})
    assert heard("no", "yes") == (0, {"messaging": False})
    assert heard("yes", "no") == (0, {"messaging": False})
    assert heard("yes", "yes") == (1, {"messaging": True})


def test_a_bot_that_unsubscribes_somebody_does() -> None:
    """A mail tool has taken the address off its list by then."""
    gone = identified("u", "unsubscribed", at=START_MS + MINUTE_MS, bot=True)
    allowed = identified("s", at=START_MS, consent=CONSENT)
    assert by_hand(allowed, cart(), gone) == []


@pytest.mark.parametrize("who", [{}, {"bot": True}, {"machine": True}])
def test_who_unsubscribed_shows_in_the_state(who: dict[str, bool]) -> None:
    """There a sender looks: for every purpose of the rules, by its time, in any order."""
    rules = message_rules(rule(purpose="messaging"), rule("other", purpose="news"))
    given = {"messaging": True, "news": True, "analytics": True}
    said = [
        identified("early", at=START_MS, consent=given),
        identified("gone", "unsubscribed", at=START_MS + MINUTE_MS, **who),
        identified("again", at=START_MS + HOUR_MS, consent={"news": True}),
    ]
    for order_ in permutations(said):
        (value,) = Post(rules).send(*order_).journeys.states.values()
        state = decode_state(value)
        assert state.consent == {"messaging": False, "news": True, "analytics": True}
        assert state.consent_at["messaging"] == START_MS + MINUTE_MS


def test_of_two_statements_at_once_the_refusal_counts() -> None:
    """In the state as for the messages, whichever comes first."""
    both = [
        identified("yes", at=START_MS, consent={"messaging": True}),
        identified("no", "unsubscribed", at=START_MS),
    ]
    for order_ in permutations(both):
        (value,) = Post(message_rules()).send(*order_).journeys.states.values()
        assert decode_state(value).consent == {"messaging": False}


def test_a_bot_tells_no_facts() -> None:
    """Neither to the state, nor the time zone to the messages."""
    told = properties(facts={"tz": "Asia/Tokyo"})
    seen = identified("f", "customer_updated", properties=told, bot=True)
    mail = Post(message_rules()).send(seen)
    (value,) = mail.journeys.states.values()
    state = decode_state(value)
    assert state.facts == {}
    assert state.messages is None or not state.messages.said


def test_a_statement_is_known_as_long_as_a_touchpoint_may_be_late() -> None:
    """Stated each day of a month; a cart of its beginning is told of at its end."""
    policy = SessionPolicy(rules={"web": ChannelRule("web", MINUTE_MS, 30 * DAY_MS)})
    compiled = message_rules(
        consent={"unless_stated": "refused"}, lateness_ms=30 * DAY_MS
    )
    mail = Post(compiled, policy)
    for day in range(31):
        at = START_MS + day * DAY_MS
        mail.send(identified(f"{day}", at=at, consent={"messaging": day < 4}))
    mail.until(START_MS + 30 * DAY_MS)
    mail.send(cart("late", START_MS + 2 * DAY_MS)).until(START_MS + 31 * DAY_MS)
    assert [one.key for one in mail.due] == ["c1"]
