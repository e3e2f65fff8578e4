"""An order that shop and till both tell is one order, in every answer that counts orders."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import pytest

from insights.funnels.spec import Step
from insights.impact.answer import read_impact
from insights.impact.spec import ImpactQuestion
from insights.moments.answer import moments
from insights.objectives.answer import objectives
from insights.objectives.spec import parse_objectives
from insights.pains.answer import pains
from insights.pains.opportunities import opportunities
from insights.personas.answer import personas
from insights.personas.spec import built_in
from insights.scope import Scope
from insights.stages.value import read_value
from insights.trails.keeping import Keeper
from insights.trails.reading import prepared
from schemas.tables import DERIVED, JOURNEY_STATES, TOUCHPOINTS, TRANSITIONS
from tests.unit.insights.store import OverJson, Row, Store, open_store

if TYPE_CHECKING:
    from collections.abc import Iterator

    from insights.impact.result import Impact

pytest.importorskip("chdb")
pytestmark = pytest.mark.clickhouse

BASE = 1_735_689_600_000
DAY = 86_400_000
LATER = BASE + 1000 * DAY


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    with open_store(tmp_path_factory.mktemp("orders")) as store:
        yield store


@pytest.fixture
def store(opened: Store) -> Store:
    opened.clear(TOUCHPOINTS, JOURNEY_STATES, TRANSITIONS, *DERIVED)
    return opened


def touch(day: float, type_: str, source: str = "shop", **more: object) -> Row:
    """One touchpoint of Ann."""
    return {
        "person_id": "ann",
        "occurred_at": BASE + round(day * DAY),
        "received_at": BASE,
        "source": source,
        "id": f"{source}-{day}-{type_}",
        "type": type_,
        "channel": "web",
        "direction": "in",
        **more,
    }


def order(day: float, source: str, minor: int | None, **more: object) -> Row:
    """The order o1, told once; without a currency where it has no value."""
    paid = {} if minor is None else {"value_minor": minor, "currency": "EUR"}
    return touch(day, "order_completed", source, **{"order_id": "o1", **paid, **more})


TOLD = [
    touch(0, "ad_clicked", channel="ads"),
    order(1, "shop", 10_000),
    touch(1.5, "email_opened", channel="email"),
    order(2, "till", 10_500, channel="pos", store_id="7"),
    order(3, "loyalty", None, channel="app"),
    order(9, "shop", 700, order_id="o2"),
    order(10, "till", 300, order_id=""),
    order(11, "till", 300, order_id=""),
]
"""One order told by three, at different prices; another one; and two without an id."""


def impact(store: Store, scope: Scope | None = None, **options: object) -> Impact:
    asked = ImpactQuestion(**{"minimum": 1, "replicates": 0, **options})  # type: ignore[arg-type]
    return read_impact(OverJson(store.asker), scope or Scope(), asked, as_of=LATER)


def test_impact_counts_it_once_when_it_was_first_told(store: Store) -> None:
    """At its highest price; what came after the first telling has no part in it."""
    store.insert(TOUCHPOINTS, TOLD)
    found = impact(store)
    assert found.conversions == 4
    assert [one.value_minor for one in found.revenue] == [10_500 + 700 + 300 + 300]
    (last,) = (one for one in found.models if one.model == "last")
    given = {one.name: one.value_minor["EUR"] for one in last.credits}
    assert given == {"ads": 10_500, "email": 700}


def test_impact_knows_tellings_beyond_the_look_back(store: Store) -> None:
    """An order that the till tells 60 days after the shop is one of the shop's day."""
    store.insert(
        TOUCHPOINTS,
        [order(1, "shop", 10_000), order(61, "till", 10_500, channel="pos")],
    )
    first = impact(store, Scope(from_="2025-01-01", to="2025-02-01"))
    again = impact(store, Scope(from_="2025-03-01", to="2025-04-01"))
    assert [one.value_minor for one in first.revenue] == [10_500]
    assert (first.conversions, again.conversions) == (1, 0)


def test_where_it_was_told_is_where_it_counts(store: Store) -> None:
    """Narrowed to the till, the till's telling is the order; so are conditions."""
    store.insert(TOUCHPOINTS, TOLD)
    for scope in (Scope(channel="pos"), Scope(store="7")):
        found = impact(store, scope)
        assert (found.conversions, found.revenue[0].value_minor) == (1, 10_500)
    dear = Step(type="order_completed", where={"value_minor": {"ge": 10_200}})
    assert impact(store, conversion=dear).conversions == 1


def test_other_conversions_of_an_order_are_not_put_together(store: Store) -> None:
    """Two products of one order that come back are two returns."""
    back = [
        touch(day, "product_returned", order_id="o1", channel="pos") for day in (5, 6)
    ]
    store.insert(TOUCHPOINTS, [*TOLD, *back])
    assert impact(store, conversion=Step(type="product_returned")).conversions == 2


def test_two_persons_with_one_order_id_have_two_orders(store: Store) -> None:
    """Tills begin again at 1; who is one person is for the identities to say."""
    store.insert(TOUCHPOINTS, [order(1, "shop", 500), order(2, "till", 300)])
    store.insert(TOUCHPOINTS, [{**order(1, "till", 200), "person_id": "bob"}])
    found = impact(store)
    assert (found.conversions, found.revenue[0].value_minor) == (2, 700)


def test_a_refund_told_twice_is_taken_off_once(store: Store) -> None:
    """By its own id, `refund_id` or the touchpoint's; others are taken off each."""
    named = {"order_id": "o1", "currency": "EUR", "type_": "order_refunded"}
    shop = touch(4, **named, value_minor=1_000, id="r1")  # type: ignore[arg-type]
    till = touch(5, source="till", **named, value_minor=1_000, id="r1")  # type: ignore[arg-type]
    store.insert(TOUCHPOINTS, [*TOLD, shop, till])
    assert impact(store, net=True).revenue[0].value_minor == 11_800 - 1_000
    other = touch(6, **named, value_minor=50, properties='{"refund_id":"x"}')  # type: ignore[arg-type]
    again = touch(
        7,
        source="till",
        **named,  # type: ignore[arg-type]
        value_minor=60,
        properties='{"refund_id":"x"}',
    )
    store.insert(TOUCHPOINTS, [other, again])
    assert impact(store, net=True).revenue[0].value_minor == 11_800 - 1_060


def test_a_cancellation_revokes_every_telling(store: Store) -> None:
    """And so does a refund of all of it, whichever telling is the higher."""
    store.insert(TOUCHPOINTS, [*TOLD, touch(4, "order_cancelled", order_id="o1")])
    assert impact(store, net=True).conversions == 3
    store.clear(TOUCHPOINTS)
    back = touch(4, "order_refunded", order_id="o1", value_minor=10_500, currency="EUR")
    store.insert(TOUCHPOINTS, [*TOLD, back])
    assert impact(store, net=True).conversions == 3


def test_stages_value_counts_it_once(store: Store) -> None:
    """Four orders of one person, the dear price."""
    store.insert(TOUCHPOINTS, TOLD)
    (table,) = read_value(OverJson(store.asker), Scope()).tables
    assert (table.persons, table.orders, table.value_minor) == (1, 4, 11_800)


def test_an_order_told_on_two_days_is_of_the_first(store: Store) -> None:
    """Two ranges that follow each other add up to both: it is in the one where it was first
    told, with the highest value that was told at all.
    """
    store.insert(TOUCHPOINTS, TOLD)
    days = [f"2025-01-0{day}" for day in range(1, 10)]
    found = {
        day: [
            (one.orders, one.value_minor)
            for one in read_value(store.asker, Scope(from_=day, to=after)).tables
        ]
        for day, after in itertools.pairwise(days)
    }
    assert {day: one for day, one in found.items() if one} == {
        "2025-01-02": [(1, 10_500)]
    }
    for day, count, minor in (("02", 1, 10_500), ("03", 0, 0), ("04", 0, 0)):
        period = f"from: 2025-01-{day}, to: 2025-01-{int(day) + 1:02}"
        wanted = parse_objectives(
            f"""objectives:
- {{name: sold, metric: orders, target: 4, {period}}}
- {{name: paid, metric: revenue, currency: EUR, target: 4, {period}}}
""".encode()
        )
        sold, paid = objectives(store.asker, wanted, as_of=LATER)
        assert (sold.value, paid.value) == (count, minor)
    early = BASE + DAY  # the moment of the first telling: nothing else is known
    wanted = parse_objectives(
        b"objectives: [{name: paid, metric: revenue, currency: EUR, target: 4,"
        b" from: 2025-01-02, to: 2025-01-09}]"
    )
    assert objectives(store.asker, wanted, as_of=early)[0].value == 10_000


def test_personas_count_it_once_now_and_then(store: Store) -> None:
    """A journey state counts tellings; here they are told apart again."""
    store.insert(TOUCHPOINTS, TOLD)
    whole = {"touchpoints": 8, "orders": 6, "value_minor": {"EUR": 21_800}}
    ann = {"person_id": "ann", "revision": 1, "first_at": BASE, "last_at": LATER}
    store.insert(JOURNEY_STATES, [{**ann, "facts": "{}", **whole}])
    for at in (None, LATER):
        found = personas(OverJson(store.asker), Scope(), built_in(), at)
        (one,) = [one for one in found.personas if one.persons]
        assert (one.orders, one.value_minor) == (4, {"EUR": 11_800}), at


def test_objectives_count_it_once(store: Store) -> None:
    """Orders and revenue of a period."""
    store.insert(TOUCHPOINTS, TOLD)
    period = "from: 2025-01-01, to: 2025-02-01, target: 5"
    text = (
        f"objectives: [{{name: orders, metric: orders, {period}}}, "
        f"{{name: euros, metric: revenue, currency: EUR, {period}}}]"
    )
    wanted = parse_objectives(text.encode())
    found = objectives(OverJson(store.asker), wanted)
    assert [one.value for one in found] == [4.0, 11_800.0]


def test_pains_and_opportunities_count_it_once(store: Store) -> None:
    """In the mean value of an order and in what moving on is worth, from trails too; where
    a scope leaves out tellings, the others count.
    """
    store.insert(TOUCHPOINTS, [*TOLD, touch(60, "page_viewed")])
    moved = {"from_phase": "awareness", "to_phase": "acquisition", "transition_no": 2}
    ann = {"person_id": "ann", "model": "default", "revision": 1}
    store.insert(TRANSITIONS, [{**ann, **moved, "occurred_at": BASE + DAY // 2}])
    Keeper(store.writer).keep(1)
    asker = OverJson(store.asker)
    for scope, orders in ((Scope(), 4), (Scope(store="7"), 1)):
        trails = prepared(asker, scope, small=-1)
        assert trails
        worth = {1: 10_500, 4: 11_800}[orders]
        for known in (None, trails):
            found = moments(asker, scope, trails=known)
            hurting = pains(asker, scope, trails=known)
            assert hurting.order_minor == {"EUR": worth / orders}
            gains = opportunities(asker, scope, found, hurting, trails=known)
            assert gains.worth_minor == {"awareness": {"EUR": worth}}
