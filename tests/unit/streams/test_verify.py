"""`verify`: what it claims, what it finds, and what it does not pretend."""

from collections.abc import Iterable
from dataclasses import replace

from msgspec import json

from streams.differing import difference, hashes_of
from streams.enrich.identify import Identifier
from streams.enrich.policy import IdentifyPolicy
from streams.fold import Folded, fold
from streams.journey.live import Rules
from streams.journey.policy import SessionPolicy
from streams.verify import (
    AT_ONCE,
    DELAYED,
    IN_TIME,
    SHUFFLED,
    Verdict,
    history,
    verdicts,
)
from tests.factories.identified import DAY_MS, MINUTE_MS, START_MS, rules

IDENTIFIER = Identifier(IdentifyPolicy("a secret of sixteen and more"))
RECEIVED_AT = START_MS + 1_000 * DAY_MS


def line(number: int, at: int = START_MS, **fields: object) -> bytes:
    whole: dict[str, object] = {
        "id": str(number),
        "source": "shop",
        "type": "page_viewed",
        "time": at,
        "actor": {"customer_id": "c", "device_id": "d"},
    }
    return json.encode(whole | fields)


def every(minutes: int, count: int) -> list[bytes]:
    step = minutes * MINUTE_MS
    return [line(n, START_MS + n * step) for n in range(count)]


def verified(
    lines: Iterable[bytes],
    permutations: int = 2,
    delays: int = 2,
    policy: SessionPolicy | None = None,
    seed: int = 1,
) -> list[Verdict]:
    past = history(lines, IDENTIFIER, received_at=RECEIVED_AT)
    found = verdicts(
        past,
        IDENTIFIER,
        rules(policy),
        permutations=permutations,
        delays=delays,
        seed=seed,
    )
    return list(found)


def folded(lines: Iterable[bytes], policy: Rules | None = None) -> Folded:
    return fold(
        lines, IDENTIFIER, policy or rules(), received_at=RECEIVED_AT, close=True
    )


def test_who_is_never_silent_gets_the_same_sessions_in_any_order() -> None:
    """Sessions cut by their greatest length, not by a gap, forgotten in their middle."""
    found = verified(every(20, 450))
    assert [v.difference for v in found if not v.holds] == []


def test_any_order_comes_first_and_then_what_is_late_while_time_goes_on() -> None:
    """Each after the order of time; one hash for all."""
    found = verified(every(50, 40))
    assert [(v.order, v.number) for v in found] == [
        (AT_ONCE, 0),
        (SHUFFLED, 1),
        (SHUFFLED, 2),
        (IN_TIME, 0),
        (DELAYED, 1),
        (DELAYED, 2),
    ]
    assert len({v.sha256 for v in found}) == 1
    assert all(v.holds for v in found)


def test_time_need_not_go_on() -> None:
    """Then nothing is said of what is late."""
    found = verified(every(50, 40), permutations=1, delays=0)
    assert [v.order for v in found] == [AT_ONCE, SHUFFLED]


def test_what_a_bounded_state_gives_up_is_counted_and_fails() -> None:
    """Nothing is late in these orders but for the bound; a larger one gives nothing up."""
    small, large = SessionPolicy(max_recent=32), SessionPolicy(max_recent=512)
    lines = every(50, 200)
    given_up = [v for v in verified(lines, policy=small) if v.given_up]
    assert given_up
    assert {(v.order, v.given_up_by, v.holds) for v in given_up} == {
        (SHUFFLED, 1, False)
    }
    assert all(v.holds for v in verified(lines, policy=large))


def test_what_is_touched_again_long_after_its_end_is_the_same_in_any_order() -> None:
    """Few touchpoints of others in between, or so many that event time moves on."""
    actor = {"actor": {"customer_id": "somebody else"}}
    half_a_year = 180 * DAY_MS
    for others in (10, 200):
        step = half_a_year // others
        between = [line(n, START_MS + n * step, **actor) for n in range(others)]
        order = {"order_id": "o", "channel": "pos"}
        lines = [
            line(-2, START_MS, type="order_completed", **order),
            line(-1, START_MS + half_a_year, type="product_returned", **order),
            *between,
        ]
        found = verified(lines)
        assert [v.difference for v in found if not v.holds] == []
        assert {(v.bounded, v.crowded) for v in found} == {(0, 0)}


def test_a_session_that_only_all_of_those_had_who_part_ends_with_them() -> None:
    """A card, two customers and a browser, in one call thread for longer than a day.

    While the browser is the card's, its contact in the morning opens a session of 24
    hours, and the card's last contact one of its own. Then both leave the customer
    together, and part on the way: the last contact is in the session of noon again.
    """
    hour = 60 * MINUTE_MS

    def told(number: int, hours: float, kind: str = "page_viewed", **who: str) -> bytes:
        call = {"session_hint": "call 7"} if kind == "support_contacted" else {}
        return line(number, START_MS + int(hours * hour), type=kind, actor=who, **call)

    contact = "support_contacted"
    lines = [
        told(1, 29, contact, loyalty_id="card"),
        told(2, 30, loyalty_id="card", customer_id="first"),
        told(3, 5, loyalty_id="card", anonymous_id="browser"),
        told(4, 17, contact, loyalty_id="card"),
        told(5, 0, contact, anonymous_id="browser"),
        told(6, 8, loyalty_id="card", anonymous_id="browser", customer_id="second"),
    ]
    found = folded(lines)
    calls = {
        (session.started_at - START_MS) // hour: session
        for session in found.sessions
        if session.kind == "phone"
    }
    assert {
        hours: (session.status, session.touchpoints) for hours, session in calls.items()
    } == {0: ("closed", 1), 17: ("closed", 2), 29: ("superseded", 1)}
    assert calls[29].superseded_by == calls[17].session_id
    assert [
        v.difference for v in verified(lines, permutations=30, delays=30) if not v.holds
    ] == []


def test_repeated_and_contradicting_touchpoints_are_told_apart() -> None:
    """Sent again at another time is the same; another type or person under one id is not."""
    lines = [
        line(1),
        line(1, sent_at=START_MS + 1),
        line(1, type="product_viewed"),
        line(1, actor={"customer_id": "somebody else"}),
        b"no touchpoint",
    ]
    past = history(lines, IDENTIFIER, received_at=RECEIVED_AT)
    assert (past.repeated, past.contradicting, past.refused) == (3, 2, 1)
    assert len(past.lines) == 4


def test_duplicates_anywhere_change_no_hash() -> None:
    """A file whose lines all come twice folds to what they come to once."""
    lines = every(25, 60)
    once, twice = verified(lines), verified(lines + lines)
    assert {v.sha256 for v in once} == {v.sha256 for v in twice}


def test_a_rule_that_depends_on_arrival_is_found_and_told_in_words() -> None:
    """Whose state, which field, what it is and what it should be."""
    true = folded([line(1), line(2, START_MS + 1)])
    wrong = folded([line(1)])
    assert difference(true, true) == ""
    told = difference(true, wrong)
    assert told.startswith("session ")
    assert told.endswith(
        "ended_at is 1700000000000; in order of time it is 1700000000001"
    )
    wrong = replace(true, states=[])
    assert (
        difference(true, wrong)
        == "state of customer_id:c default: is not there; in order of time it is"
    )


def test_bookkeeping_is_not_compared() -> None:
    """How often a state was written depends on arrival, and may."""
    once = folded(every(5, 3))
    again = folded(every(5, 3))
    again.states[0].revision += 8
    again.sessions[0].revision += 8
    again.transitions[0].revision += 8
    assert difference(once, again) == ""


def test_of_whom_nothing_is_promised_the_state_need_not_be_there() -> None:
    """Only a bot was there: while its touchpoint is held there is a state, and then not."""
    bot = {"properties": {"user_agent": "Googlebot/2.1"}}
    some = folded([line(1, **bot)])
    assert [state.touchpoints for state in some.states] == [0]
    none = replace(some, states=[])
    assert difference(some, none) == difference(none, some) == ""
    assert hashes_of(some) == hashes_of(none)
    consent = {"type": "consent_updated", "consent": {"messaging": False}}
    said = folded([line(1, **bot, **consent)])
    assert difference(said, replace(said, states=[])).startswith(
        "state of customer_id:c"
    )


def test_the_same_seed_gives_the_same_orders() -> None:
    """What was given up, which differs from order to order, shows which they were."""
    small = SessionPolicy(max_recent=32)
    lines = every(50, 150)
    first, second = (verified(lines, policy=small, seed=7) for _ in range(2))
    other = verified(lines, policy=small, seed=8)
    assert first == second
    assert first != other
