"""Pain points, opportunities and missing information, counted by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from insights.asker import QuestionError
from insights.moments.answer import Moment, MomentsAnswer, Wanted, moments
from insights.pains.answer import PainsAnswer, pains
from insights.pains.missing import missing_information
from insights.pains.opportunities import opportunities, read_owners, wilson
from insights.scope import Scope
from schemas.tables import (
    JOURNEY_STATES,
    MESSAGES,
    TABLES,
    THREADS,
    TOUCHPOINTS,
    TRANSITIONS,
)
from tests.unit.insights.store import OverJson, Row, Store, open_store

if TYPE_CHECKING:
    from collections.abc import Iterator

pytest.importorskip("chdb")
pytestmark = pytest.mark.clickhouse

BASE = 1_700_000_000_000
HOUR = 3_600_000
DAY = 24 * HOUR
WANTED = Wanted(phases=("first", "second"), horizon="10d", min_persons=20)


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    with open_store(tmp_path_factory.mktemp("pains")) as store:
        yield store


@pytest.fixture
def store(opened: Store) -> Store:
    opened.clear(*TABLES)
    return opened


def touch(person: int, hour: float, type_: str, **more: object) -> Row:
    row: dict[str, object] = {
        "person_id": f"customer_id:{person}",
        "occurred_at": BASE + int(hour * HOUR),
        "received_at": BASE,
        "source": "shop",
        "id": f"{person}-{hour}-{type_}",
        "type": type_,
        "channel": "web",
        "direction": "in",
    }
    return row | more


def denied(person: int, hour: float) -> Row:
    return touch(
        person, hour, "coupon_denied", emotion=-1.0, emotion_evidence="friction:denied"
    )


def said(person: int, hour: float, emotion: float) -> Row:
    return touch(
        person,
        hour,
        "survey_answered",
        emotion=emotion,
        emotion_observed=True,
        emotion_evidence="nps",
    )


def move(person: int, number: int, hour: float, after: str) -> Row:
    return {
        "person_id": f"customer_id:{person}",
        "model": "default",
        "transition_no": number,
        "from_phase": "first" if number > 1 else "",
        "to_phase": after,
        "occurred_at": BASE + int(hour * HOUR),
        "revision": 1,
    }


def cart(person: int, status: str, value: int, hour: float = 2, **more: object) -> Row:
    row: dict[str, object] = {
        "person_id": f"customer_id:{person}",
        "kind": "cart",
        "thread_id": f"K{person}-{status}",
        "revision": 1,
        "status": status,
        "started_at": BASE,
        "updated_at": BASE + int(hour * HOUR),
        "value_minor": value,
        "currency": "EUR",
    }
    return row | more


def ask(store: Store) -> PainsAnswer:
    return pains(OverJson(store.asker), Scope(), WANTED)


def test_a_pain_is_counted_by_persons_and_what_they_leave(store: Store) -> None:
    """Carts given up after it, within the horizon, once a person; not those bought, of
    somebody else, from before, or from long after.
    """
    store.insert(TRANSITIONS, [move(n, 1, 0, "first") for n in range(10)])
    rows = [denied(1, 1), denied(1, 3), denied(2, 1), said(3, 1, -2), said(3, 2, 0.5)]
    rows += [touch(n, 5, "page_viewed") for n in range(10)]
    bought = {"value_minor": 5_000, "currency": "EUR"}
    rows += [touch(9, 6, "order_completed", **bought)]
    store.insert(TOUCHPOINTS, rows)
    store.insert(
        THREADS,
        [
            cart(1, "abandoned", 7_000),
            cart(2, "completed", 9_000),
            cart(2, "open", 3_000, currency="USD"),
            cart(3, "abandoned", 100, hour=0.5),
            cart(4, "abandoned", 8_000),
            cart(1, "open", 90, started_at=BASE + 20 * DAY, hour=30 * 24),
            cart(2, "returned", 2_000, kind="order", thread_id="O1"),
        ],
    )
    found = ask(store)
    worst, other = found.pains
    assert (worst.phase, worst.pain, worst.observed) == ("first", "denied", False)
    assert (worst.persons, worst.touchpoints, worst.share) == (2, 3, 0.2)
    assert worst.value_minor == {"EUR": 9_000, "USD": 3_000}
    assert worst.orders_at_stake == pytest.approx(9_000 / 5_000)
    assert worst.severity == 0.5
    assert worst.score == pytest.approx(0.5 * (2 + 1.8))
    assert worst.difference is None
    assert worst.samples == ["shop:1-1-coupon_denied", "shop:2-1-coupon_denied"]
    assert (other.pain, other.observed, other.persons) == ("nps", True, 1)
    assert (other.emotion, other.severity) == (-2, 1)
    shown = store.asker.ask(worst.evidence.sql, worst.evidence.parameters)
    assert len(shown.rows) == worst.touchpoints
    every = store.asker.ask(found.evidence.sql, found.evidence.parameters)
    assert len(every.rows) == len(found.pains)


def test_carts_of_merged_names_are_at_stake_once(store: Store) -> None:
    """A cart begun before the customer was known is the customer's: 7,000. One that both
    names had is as the fuller row says: 3,000 once; bought, it is not lost.
    """
    store.insert(TRANSITIONS, [move(1, 1, 0, "first")])
    store.insert(TOUCHPOINTS, [denied(1, 1)])
    anonymous = {"person_id": "anonymous_id:a"}
    whole = {"person_id": "customer_id:1", "revision": 1, "facts": "{}"}
    store.insert(JOURNEY_STATES, [whole | {"members": ["anonymous_id:a"]}])
    store.insert(
        THREADS,
        [
            cart(1, "open", 7_000, thread_id="A", **anonymous),
            cart(1, "open", 2_000, thread_id="B", touchpoints=2, **anonymous),
            cart(1, "abandoned", 3_000, thread_id="B", touchpoints=3),
            cart(1, "open", 500, thread_id="C", touchpoints=1, **anonymous),
            cart(1, "completed", 500, thread_id="C", touchpoints=2),
            cart(1, "open", 40, thread_id="A", person_id="anonymous_id:b"),
        ],
    )
    (pain,) = ask(store).pains
    assert pain.value_minor == {"EUR": 10_000}


def test_what_moving_on_loses_adds_to_severity(store: Store) -> None:
    """Where fewer move on after a friction, and that is claimed."""
    rows, moves = [touch(999, 90 * 24, "page_viewed")], []
    for n in range(600):
        hurt = n < 200
        rows.append(denied(n, 1) if hurt else touch(n, 1, "ABC"[n % 3]))
        moves.append(move(n, 1, 0, "first"))
        if n % 10 < (1 if hurt else 6):
            moves.append(move(n, 2, 2, "second"))
    store.insert(TOUCHPOINTS, rows)
    store.insert(TRANSITIONS, moves)
    (pain,) = ask(store).pains
    assert pain.difference == pytest.approx(-0.5, abs=0.1)
    assert pain.severity == pytest.approx(0.5 - pain.difference)


def claimed(phase: str, type_: str, difference: float) -> Moment:
    return Moment(
        phase, type_, 1, 1, None, 0, 0, difference, 0.0, 0.0, 0.0, claimed=True,
        samples=[],
    )  # fmt: skip


def test_opportunities_reach_for_the_best_store(store: Store) -> None:
    """North advises 80 of 100, south 20 of 100: of those in the phase, half; the gain is
    what is missing to the sure level of the north, times the difference.
    """
    rows = []
    for n in range(200):
        place = {"store_id": "north" if n < 100 else "south"}
        helped = n < 80 or 100 <= n < 120
        type_ = "assistance_given" if helped else "store_visit_started"
        rows.append(touch(n, 1, type_, **place))
    rows += [touch(n, 30, "order_completed", value_minor=4_000, currency="EUR")
             for n in range(50)]  # fmt: skip
    rows.append(touch(0, 24 * 60, "page_viewed"))
    store.insert(TOUCHPOINTS, rows)
    moves = [move(n, 1, 0, "first") for n in range(200)]
    store.insert(TRANSITIONS, moves + [move(n, 2, 30, "second") for n in range(50)])
    asker = OverJson(store.asker)
    told = moments(asker, Scope(), WANTED)
    made = MomentsAnswer(
        **{name: getattr(told, name) for name in told.__struct_fields__}
        | {"moments": [claimed("first", "assistance_given", 0.3)]}
    )
    owners = read_owners(b"- {phase: first, type: assistance_given, owner: stores}")
    answer = opportunities(
        asker, Scope(), made, pains(asker, Scope(), WANTED), WANTED, None, owners
    )
    (one,) = answer.opportunities
    sure = wilson(80, 100)[0]
    assert (one.kind, one.best_by, one.best) == ("moment", "store", "north")
    assert (one.persons, one.share) == (200, 0.5)
    assert one.target == pytest.approx(sure)
    assert one.concerned == pytest.approx((sure - 0.5) * 200)
    assert one.moving_on == pytest.approx((sure - 0.5) * 200 * 0.3)
    assert one.value_minor == {"EUR": round((sure - 0.5) * 200 * 0.3 * 4_000)}
    assert one.owner == "stores"
    assert answer.worth_minor == {"first": {"EUR": 4_000}}


def worth_of(store: Store, scope: Scope) -> dict[str, dict[str, float]]:
    """What a move from a phase is worth, in a scope of which nothing is claimed."""
    asker = OverJson(store.asker)
    told, hurting = moments(asker, scope, WANTED), pains(asker, scope, WANTED)
    return opportunities(asker, scope, told, hurting, WANTED).worth_minor


def test_what_a_move_is_worth_is_that_of_the_moves_of_the_range(store: Store) -> None:
    """One moves on in each half: each half has its own move, and what it led to."""
    bought = {"currency": "EUR", "order_id": "O"}
    store.insert(
        TOUCHPOINTS,
        [
            touch(1, 20, "order_completed", value_minor=1_000, **bought),
            touch(2, 110, "order_completed", value_minor=4_000, **bought),
            touch(1, 60 * 24, "page_viewed"),
        ],
    )
    moves = [move(n, 1, 0, "first") for n in (1, 2)]
    store.insert(
        TRANSITIONS, [*moves, move(1, 2, 10, "second"), move(2, 2, 49, "second")]
    )
    edge = BASE + 49 * HOUR
    assert worth_of(store, Scope(to=edge)) == {"first": {"EUR": 1_000}}
    assert worth_of(store, Scope(from_=edge)) == {"first": {"EUR": 4_000}}
    assert worth_of(store, Scope()) == {"first": {"EUR": 2_500}}


def test_an_order_told_on_both_sides_of_an_edge_is_in_one_range(store: Store) -> None:
    """That of its first telling, with the highest value that was told of it."""
    store.insert(TRANSITIONS, [move(1, 1, 0, "first")])
    told = {"currency": "EUR", "order_id": "O"}
    store.insert(
        TOUCHPOINTS,
        [
            touch(1, 10, "order_completed", value_minor=1_000, **told),
            touch(1, 60, "order_completed", value_minor=2_000, source="till", **told),
        ],
    )
    edge, asker = BASE + 50 * HOUR, OverJson(store.asker)
    assert pains(asker, Scope(to=edge), WANTED).order_minor == {"EUR": 2_000}
    assert pains(asker, Scope(from_=edge), WANTED).order_minor == {}


def test_wilson_is_that_of_the_tables() -> None:
    """Of 10: 8 is 0.490 to 0.943 (Wilson 1927, as in Newcombe 1998)."""
    assert wilson(8, 10) == pytest.approx((0.4902, 0.9433), abs=1e-4)
    assert wilson(0, 10)[0] == 0
    assert wilson(10, 10)[1] == pytest.approx(1)


def test_owners_that_are_none_are_refused() -> None:
    """With a word on how they look; an empty file names nobody."""
    assert read_owners(b"") == ()
    with pytest.raises(QuestionError, match=r"docs/moments\.md"):
        read_owners(b"owner: me")


def search(person: int, term: str) -> Row:
    return touch(
        person,
        person,
        "products_searched",
        id=f"{person}-{term}",
        properties=f'{{"query":"{term}","results_count":0}}',
        emotion=-0.5,
        emotion_evidence="friction:search_without_result",
    )


def test_only_what_many_searched_for_is_told(store: Store) -> None:
    """Spelling aside; rare terms, addresses and numbers stay unnamed, but counted."""
    rows = [search(n, "Parapluie " if n % 2 else "parapluie") for n in range(12)]
    rows += [search(n, "anna@example.com") for n in range(20, 32)]
    rows += [search(n, "commande 1234567") for n in range(40, 52)]
    rows += [search(n, "jean dupont 06 12 34 56 78") for n in range(70, 82)]
    rows += [search(n, "né le 01/02/1980") for n in range(70, 82)]
    rows += [search(60, "rare"), search(60, "rarer")]
    store.insert(TOUCHPOINTS, rows)
    found = missing_information(OverJson(store.asker), Scope())
    assert [(s.term, s.persons, s.searches) for s in found.searches] == [
        ("", 37, 50),
        ("parapluie", 12, 12),
    ]
    with pytest.raises(QuestionError, match="2 or more"):
        missing_information(store.asker, Scope(), at_least=1)


def test_pages_of_help_after_which_people_call(store: Store) -> None:
    """A call within the time after; not before, not later, not of a page of shoes."""
    url = {"properties": '{"url":"https://shop.example/aide/Retours?from=mail#x"}'}
    shoes = {"properties": '{"url":"https://shop.example/helpers/shoes"}'}
    rows = [touch(n, 100, "page_viewed", **url) for n in range(20)]
    rows += [touch(n, 100 + n, "call_started", channel="phone") for n in (1, 24, 25)]
    rows += [touch(3, 99, "support_contacted"), touch(4, 101, "page_viewed", **url)]
    rows += [touch(n, 90, "page_viewed", **shoes) for n in range(20)]
    rows += [touch(24, 100, "page_viewed", **url)]
    store.insert(TOUCHPOINTS, rows)
    (page,) = missing_information(OverJson(store.asker), Scope()).pages
    assert (page.page, page.viewers, page.callers) == ("/aide/retours", 21, 2)
    assert page.share == pytest.approx(2 / 21)


@pytest.mark.parametrize(
    ("path", "told"),
    [
        ("/fr/aide/retours.html", "/fr/aide/retours.html"),
        ("/help/orders/jean-dupont", "/help/orders"),
        ("/help/jean.dupont", "/help"),
        ("/help/anna%40example.com", "/help"),
        ("/help/06-12-34-56-78", ""),
        ("/account/jean.dupont/support", "…/support"),
        ("/account/jean.dupont/support/anna", "…/support"),
        ("/contact.jean.dupont", ""),
    ],
)
def test_a_page_of_help_names_nobody(store: Store, path: str, told: str) -> None:
    """The part with the word of help, and the one after; never what else is there."""
    url = {"properties": f'{{"url":"https://shop.example{path}"}}'}
    store.insert(TOUCHPOINTS, [touch(n, 1, "page_viewed", **url) for n in range(12)])
    (page,) = missing_information(OverJson(store.asker), Scope()).pages
    assert (page.page, page.viewers) == (told, 12)


def test_messages_that_nobody_sent(store: Store) -> None:
    """Due a day before the newest touchpoint; not those sent, called off, held out."""

    def message(number: int, hour: float, **more: object) -> Row:
        row: dict[str, object] = {
            "person_id": f"customer_id:{number % 3}",
            "message_id": str(number),
            "revision": 1,
            "rule": "welcome",
            "status": "due",
            "due_at": BASE + int(hour * HOUR),
        }
        return row | more

    store.insert(TOUCHPOINTS, [touch(1, 48, "page_viewed")])
    store.insert(
        MESSAGES,
        [
            *(message(n, 1) for n in range(4)),
            message(5, 1, sent_at=BASE + 2 * HOUR),
            message(6, 24),
            message(7, 24.1),
            message(8, 1, status="cancelled"),
            message(9, 1, status="held_out"),
            message(10, 1, tenant="other"),
        ],
    )
    asker = OverJson(store.asker)
    (unsent,) = missing_information(asker, Scope()).messages
    assert (unsent.rule, unsent.due, unsent.unsent, unsent.persons) == (
        "welcome",
        6,
        5,
        3,
    )
    later = missing_information(asker, Scope(from_=BASE + 2 * HOUR)).messages
    assert [one.due for one in later] == [1]
