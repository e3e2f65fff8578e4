"""Consent withdrawn by a touchpoint that comes too late for all else."""

import pytest

from schemas.journey import JourneyState
from schemas.touchpoint import Touchpoint
from streams.journey.live import decode_state
from tests.factories.identified import DAY_MS, HOUR_MS, MINUTE_MS, START_MS, identified
from tests.factories.linked import event
from tests.factories.mailing import LONG_AFTER, Post, post
from tests.factories.messages import cart, rule
from tests.factories.shop import CARD, CUSTOMER, Shop, filled, linked

WARY = {"unless_stated": "refused"}
FILLED = START_MS + 3 * DAY_MS


def consent(id_: str, at: int, *, given: bool, **more: object) -> Touchpoint:
    return identified(
        id_, "consent_updated", at=at, consent={"messaging": given}, **more
    )


AGREED = consent("yes", START_MS, given=True)
REFUSED = consent("no", START_MS + DAY_MS, given=False)
GONE = identified("gone", "unsubscribed", at=START_MS + DAY_MS)


def waiting() -> Post:
    """Somebody agreed and filled a cart; its message is due in an hour."""
    mail = post(consent=WARY).send(AGREED, cart(at=FILLED))
    return mail.until(FILLED + HOUR_MS)


def state_of(mail: Post) -> JourneyState:
    (value,) = mail.journeys.states.values()
    return decode_state(value)


@pytest.mark.parametrize("refusal", [REFUSED, GONE])
def test_a_refusal_that_comes_late_counts(refusal: Touchpoint) -> None:
    """No message goes out, and the state says so; the touchpoint itself is late."""
    mail = waiting().send(refusal)
    state = state_of(mail)
    assert state.consent == {"messaging": False}
    assert state.consent_at == {"messaging": START_MS + DAY_MS}
    assert (state.late, state.touchpoints) == (1, 1)
    assert mail.until(LONG_AFTER).due == []


def test_a_message_that_is_out_is_called_off() -> None:
    """As by a refusal that comes in time: who has not sent it yet stops."""
    mail = waiting().until(FILLED + 3 * HOUR_MS)
    assert len(mail.due) == 1
    mail.send(REFUSED)
    (message,) = mail.box.newest.values()
    assert (message.status, message.reason) == ("cancelled", "consent")


def test_consent_that_is_given_late_stays_late() -> None:
    """Nobody is written to because of it."""
    mail = post(consent=WARY).send(cart(at=FILLED)).until(FILLED + HOUR_MS)
    mail.send(consent("late", START_MS + DAY_MS, given=True))
    assert state_of(mail).consent == {}
    assert mail.until(LONG_AFTER).due == []


def test_a_late_refusal_is_no_younger_than_it_is() -> None:
    """Who agreed afterwards has agreed."""
    mail = post(consent=WARY)
    mail.send(consent("yes", FILLED - HOUR_MS, given=True), cart(at=FILLED))
    mail.until(FILLED + HOUR_MS).send(REFUSED)
    assert state_of(mail).consent == {"messaging": True}
    assert len(mail.until(LONG_AFTER).due) == 1


def test_other_purposes_and_facts_of_a_late_touchpoint_do_not_count() -> None:
    """Of what it says, the refusals alone."""
    mixed = identified(
        "mixed",
        at=START_MS + DAY_MS,
        consent={"messaging": False, "analytics": True, "news": False},
    )
    mail = waiting().send(mixed, mixed)
    assert state_of(mail).consent == {"messaging": False, "news": False}
    assert state_of(mail).late == 1


@pytest.mark.parametrize("told", ["before", "afterwards"])
def test_a_late_refusal_goes_with_the_member_who_said_it(told: str) -> None:
    """Whoever that turns out to be, before or after; and back again."""
    shop = Shop(rule(), consent=WARY)
    agreed = [
        event(name, [name], at=START_MS, consent={"messaging": True})
        for name in (CUSTOMER, CARD)
    ]
    refusal = event("no", [CARD], at=START_MS + MINUTE_MS, consent={"messaging": False})
    shop.send(*agreed, until=START_MS + 2 * DAY_MS)
    at = START_MS + 2 * DAY_MS
    later = [refusal, linked(at)] if told == "before" else [linked(at), refusal]
    for one in later:
        shop.send(one)
    shop.send(filled("a", CUSTOMER, at), until=at + 3 * HOUR_MS)
    assert shop.standing == []
    unlink = event("off", [CARD, CUSTOMER], "identity_unlinked", at=at + 3 * HOUR_MS)
    shop.send(unlink, until=at + 4 * HOUR_MS)
    assert [one.person_id for one in shop.standing] == [CUSTOMER]
