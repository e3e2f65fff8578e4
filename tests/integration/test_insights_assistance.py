"""Help in the store on the embedded engine: what a visit is, what is alike, what follows."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING

import pytest

from insights.assistance.answer import read_assistance
from insights.assistance.spec import Assistance
from insights.funnels.steps import parse_steps
from insights.scope import Scope
from schemas.tables import JOURNEY_STATES, TABLES, TOUCHPOINTS, TRANSITIONS
from tests.unit.insights.store import OverJson, Row, Store, open_store

if TYPE_CHECKING:
    from collections.abc import Iterator

    from insights.assistance.result import AssistanceAnswer

pytest.importorskip("chdb")
pytestmark = pytest.mark.clickhouse

BASE = 1_735_693_200_000
"""A Wednesday, 1 o'clock."""
HOUR = 3_600_000
DAY = 24 * HOUR
LATER = BASE + 400 * DAY


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    with open_store(tmp_path_factory.mktemp("assistance")) as store:
        yield store


@pytest.fixture
def store(opened: Store) -> Store:
    opened.clear(*TABLES)
    return opened


def touch(person: str, hour: float, type_: str, **more: object) -> Row:
    at = BASE + round(hour * HOUR)
    return {
        "person_id": person,
        "occurred_at": at,
        "received_at": at,
        "source": "shop",
        "id": f"{person}-{hour}-{type_}",
        "type": type_,
        "channel": "store",
        "direction": "out" if type_ == "assistance_given" else "in",
        "store_id": "7",
        **more,
    }


def order(person: str, hour: float, minor: int = 1_000, **more: object) -> Row:
    paid = {"channel": "pos", "value_minor": minor, "currency": "EUR"}
    named = {"order_id": f"{person}-{hour}", **paid, **more}
    return touch(person, hour, "order_completed", **named)


def came(
    person: str, hour: float, *, helped: bool = False, **more: object
) -> list[Row]:
    """A visit to the store, of twenty minutes; help after ten."""
    rows = [touch(person, hour, "store_visit_started", **more)]
    if helped:
        rows.append(touch(person, hour + 1 / 6, "assistance_given", **more))
    return [*rows, touch(person, hour + 1 / 3, "store_visit_ended", **more)]


def ask(
    store: Store, scope: Scope | None = None, **options: object
) -> AssistanceAnswer:
    asked = Assistance(**{"min_visits": 1, **options})  # type: ignore[arg-type]
    return read_assistance(OverJson(store.asker), scope or Scope(), asked, as_of=LATER)


def counts(found: AssistanceAnswer) -> tuple[int, ...]:
    return (
        found.assisted,
        found.assisted_converted,
        found.unassisted,
        found.unassisted_converted,
    )


def test_what_a_visit_with_help_is(store: Store) -> None:
    """Help before the order, in one store, without two hours of silence."""
    rows = [
        *came("ann", 0, helped=True),
        order("ann", 1),
        # Helped after the order: when he ordered, nobody had helped him.
        *came("bob", 0),
        order("bob", 0.5),
        touch("bob", 0.6, "assistance_given"),
        # Twice here, three hours apart; helped the second time; bought online.
        *came("eve", 0),
        *came("eve", 4, helped=True),
        order("eve", 30, channel="web", store_id=""),
        # At two stores at once, as tills have it: help in the one is none in the other.
        *came("hal", 0),
        touch("hal", 0.1, "assistance_given", store_id="8"),
    ]
    store.insert(TOUCHPOINTS, rows)
    found = ask(store)
    assert counts(found) == (2, 2, 3, 2)
    assert (found.pending, found.unseen) == (0, 1)


@pytest.mark.parametrize(
    ("rows", "scope", "assisted"),
    [
        # The till is no part of a visit on the channel store: the sale came first still.
        ([order("ann", 0.1)], Scope(channel="store"), 0),
        # In the app, standing in the store.
        ([order("ann", 0.1, channel="app", store_id="")], Scope(), 0),
        # Of yesterday, and told again by the till before the help.
        ([order("ann", -24), order("ann", 0.1, order_id="ann--24")], Scope(), 1),
        # At the moment of the help: by sequence, as touchpoints are everywhere.
        ([order("ann", 1 / 6, seq=1)], Scope(), 1),
        ([order("ann", 1 / 6, id="a")], Scope(), 0),
    ],
)
def test_help_is_before_any_order_since_the_visit_began(
    store: Store, rows: list[Row], scope: Scope, assisted: int
) -> None:
    """Whoever told it and where: what was ordered is what help is held against."""
    store.insert(TOUCHPOINTS, [*came("ann", 0, helped=True), *rows])
    found = ask(store, scope)
    assert (found.assisted, found.unassisted) == (assisted, 1 - assisted)


def test_what_was_bought_is_worth_the_same_wherever_the_range_ends(
    store: Store,
) -> None:
    """The till tells more of an order than the shop did, long after the window."""
    rows = [row for n in range(60) for row in came(f"p{n}", 0, helped=n % 2 == 0)]
    rows += [order(f"p{n}", 1) for n in range(40)]
    rows += [
        order(f"p{n}", 20 * 24, 3_000, order_id=f"p{n}-1", source="till")
        for n in range(40)
    ]
    store.insert(TOUCHPOINTS, rows)
    whole, part = ask(store), ask(store, Scope(to=BASE + DAY))
    assert counts(whole) == counts(part) == (30, 20, 30, 20)
    assert whole.worth == part.worth
    assert part.worth[0].value_minor == 2_000


def test_whoever_is_seen_only_since_they_were_helped_or_paid(store: Store) -> None:
    """Without help, or an order, such visits would be unknown: nothing compares."""
    rows = [
        touch("cid", 0, "assistance_given"),
        order("cid", 0.1),
        order("dan", 0),
        touch("dan", 0.1, "assistance_given"),
        touch("fay", 0, "product_tried"),
        touch("fay", 0.1, "assistance_given"),
        *came("gus", 0, helped=True),
    ]
    store.insert(TOUCHPOINTS, rows)
    found = ask(store)
    assert counts(found) == (1, 0, 0, 0)
    assert found.unseen == 2
    (tried,) = parse_steps(["product_tried"])
    assert counts(ask(store, arrived=tried)) == (1, 0, 0, 0)
    store.clear(TOUCHPOINTS)
    store.insert(TOUCHPOINTS, rows[:2])
    assert [one.code for one in ask(store).notes] == [
        "comparable_visits",
        "absent_type",
        "assistance_none",
    ]


def test_the_window_begins_with_the_visit_and_is_inclusive(store: Store) -> None:
    """Seven days to the millisecond; what is not over is pending, and in no number."""
    rows = [
        *came("ann", 0, helped=True),
        order("ann", 7 * 24),
        *came("bob", 0, helped=True),
        {**order("bob", 7 * 24), "occurred_at": BASE + 7 * DAY + 1},
        *came("cid", 399 * 24),
        order("cid", 399 * 24 + 1),
    ]
    store.insert(TOUCHPOINTS, rows)
    found = ask(store)
    assert counts(found) == (2, 1, 0, 0)
    assert found.pending == 1
    assert ask(store, within="8d").assisted_converted == 2
    (helped, tried) = parse_steps(["demo_attended", "product_tried"])
    assert ask(store, helped=helped, arrived=tried).assisted == 0


ALIKE = Assistance().match
DIFFERENT = [
    ("store", {"hour": 48, "place": "8"}),
    ("day", {"hour": 72 + 24, "place": "7"}),
    ("hour", {"hour": 48 + 12, "place": "7"}),
    ("orders", {"hour": 48, "place": "7", "ordered": 40}),
    ("recency", {"hour": 48, "place": "7", "seen": 40}),
    ("phase", {"hour": 48, "place": "7", "entered": 10}),
]
"""One thing each in which Bob's visit is not like Ann's, on the Friday at one o'clock."""


@pytest.mark.parametrize(("name", "bob"), DIFFERENT)
def test_visits_are_alike_in_all_that_was_known(
    store: Store, name: str, bob: dict[str, object]
) -> None:
    """Ann was helped, Bob was not; matched on all but the one thing, they compare."""
    hour, place = float(str(bob["hour"])), str(bob["place"])
    rows = [
        *came("ann", 48, helped=True),
        *came("bob", hour, store_id=place),
        touch("ann", 20, "page_viewed", channel="web"),
        touch("bob", hour - 28, "page_viewed", channel="web"),
    ]
    if "ordered" in bob:
        rows += [order("bob", 22), order("bob", 21)]
    if "seen" in bob:
        rows.append(touch("bob", 40, "page_viewed", channel="web"))
    if "entered" in bob:
        phase = {"to_phase": "acquisition", "model": "default", "revision": 1}
        moved = {"person_id": "bob", "transition_no": 1, "occurred_at": BASE}
        store.insert(TRANSITIONS, [{**phase, **moved}])
    store.insert(TOUCHPOINTS, rows)
    found = ask(store)
    assert (found.assisted, found.unassisted) == (1, 1)
    assert (found.matched, found.unmatched, found.compared) == (0, 1, 0)
    others = tuple(one for one in ALIKE if one != name)
    found = ask(store, match=others)
    assert (found.matched, found.unmatched, found.compared) == (1, 0, 1)
    assert found.share is None


def test_what_the_visit_itself_brings_is_not_matched_on(store: Store) -> None:
    """A phase entered at the door and what happens inside come after it began."""
    phase = {"to_phase": "acquisition", "model": "default", "revision": 1}
    moved = {"person_id": "bob", "transition_no": 1, "occurred_at": BASE}
    store.insert(TRANSITIONS, [{**phase, **moved}])
    rows = [*came("ann", 0, helped=True), *came("bob", 0)]
    store.insert(TOUCHPOINTS, [*rows, touch("bob", 0.1, "product_tried")])
    assert ask(store).matched == 1


def test_hours_are_those_of_the_zone(store: Store) -> None:
    """10 and 11 o'clock in London are two times of the day, 19 and 20 in Tokyo are one."""
    store.insert(TOUCHPOINTS, [*came("ann", 9.5, helped=True), *came("bob", 10.5)])
    assert ask(store).matched == 0
    assert ask(store, Scope(timezone="Asia/Tokyo")).matched == 1


def test_a_scope_narrows_visits_and_not_what_surrounds_them(store: Store) -> None:
    """Begun in the range, in the store, by the persons; orders count wherever they are,
    and for each visit in whose window they lie.
    """
    rows = [
        *came("ann", 0, helped=True),
        *came("bob", 48, helped=True),
        order("bob", 50, channel="web", store_id=""),
        *came("cid", 48, store_id="8", helped=True),
    ]
    store.insert(TOUCHPOINTS, rows)
    late = Scope(from_=BASE + 24 * HOUR, to=BASE + 49 * HOUR, store="7")
    assert counts(ask(store, late)) == (1, 1, 0, 0)
    assert counts(ask(store, Scope(channel="kiosk"))) == (0, 0, 0, 0)
    merged = {"person_id": "eve", "members": ["ann", "bob"], "revision": 9}
    store.insert(JOURNEY_STATES, [{**merged, "state": "{}", "facts": "{}"}])
    found = read_assistance(
        OverJson(store.asker),
        Scope(persona="p"),
        Assistance(min_visits=1),
        as_of=LATER,
        personas=lambda values: f"SELECT {values.bind('eve', 'String')}",
    )
    assert counts(found) == (2, 2, 0, 0)


def crowd(effect: float, seed: int) -> list[Row]:
    """700 persons, one in two of whom bought before: these are helped more often, and buy
    more often anyway. With help they buy more often by `effect`.
    """
    random, rows = Random(seed), []
    for number in range(700):
        name, regular = f"p{number}", number % 2 == 0
        if regular:
            rows.append(order(name, number % 5))
        for visit in range(1 + number % 2):
            hour = 24 * 7 * (10 + 2 * visit) + 10 + number % 3
            helped = random.random() < (0.6 if regular else 0.2)
            rows += came(name, hour, helped=helped)
            chance = (0.55 if regular else 0.15) + effect * helped
            if random.random() < chance:
                rows.append(order(name, hour + 1, 10_000))
    return rows


def test_help_that_does_nothing_is_not_claimed(store: Store) -> None:
    """Though of visits with help twice as many ended in an order."""
    store.insert(TOUCHPOINTS, crowd(0.0, 1))
    found = ask(store, min_visits=50, within="1d")
    raw = found.assisted_converted / found.assisted
    assert raw - found.unassisted_converted / found.unassisted > 0.1
    assert found.unmatched == 0
    assert found.low is not None
    assert found.high is not None
    assert found.low < 0 < found.high
    assert not found.claimed
    assert [one.code for one in found.notes] == ["comparable_visits"]


def test_planted_help_is_found_with_what_it_is_worth(store: Store) -> None:
    """25 more of a hundred visits, and 25 EUR a visit; orders told twice are one."""
    rows = crowd(0.25, 2)
    again = [
        {**row, "source": "till", "id": f"again-{row['id']}"}
        for row in rows
        if row["type"] == "order_completed"
    ]
    store.insert(TOUCHPOINTS, [*rows, *again])
    found = ask(store, min_visits=50, within="1d")
    assert found.difference == pytest.approx(0.25, abs=0.08)
    assert found.low is not None
    assert found.high is not None
    assert 0 < found.low < 0.25 < found.high
    assert found.claimed
    (worth,) = found.worth
    assert worth.currency == "EUR"
    assert worth.difference == pytest.approx(10_000 * found.difference)
    assert worth.low == pytest.approx(10_000 * found.low)


def test_too_few_are_not_compared(store: Store) -> None:
    """What there is stands beside it: numbers are null, and a note says why."""
    store.insert(TOUCHPOINTS, [*came("ann", 0, helped=True), *came("bob", 0)])
    found = ask(store, min_visits=50)
    assert (found.matched, found.compared, found.strata) == (1, 1, 1)
    assert found.share is found.difference is found.low is None
    assert (found.claimed, found.worth) == (False, [])
    assert "1 with help have" in found.notes[-1].text


def test_help_that_is_nowhere_is_told(store: Store) -> None:
    """With the names that there are."""
    store.insert(TOUCHPOINTS, came("ann", 0))
    codes = [one.code for one in ask(store).notes]
    assert codes == ["comparable_visits", "absent_type"]
