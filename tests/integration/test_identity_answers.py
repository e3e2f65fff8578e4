"""A merged person's history in the database: joined at once, and parted again."""

from __future__ import annotations

import random
from collections import Counter
from typing import TYPE_CHECKING

import pytest

from insights.funnels.answer import answer
from insights.funnels.spec import Funnel
from insights.funnels.steps import parse_steps
from insights.journey import find_persons, read_journey
from insights.rollups.roller import Roller
from insights.summary import summarise
from schemas import tables, topics
from sinks.rows import LANDINGS, framed
from tests.factories.cluster import Cluster
from tests.factories.identified import DAY_MS, START_MS, rules
from tests.factories.linked import event
from tests.unit.insights.store import Store, open_store

if TYPE_CHECKING:
    from collections.abc import Iterator

    from schemas.touchpoint import Touchpoint
    from streams.journey.outcome import Outcome

VISITOR, CUSTOMER = "anonymous_id:v", "customer_id:9"


class Landed:
    """Partitions whose output lands in a store, as the sink would land it."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self._ends: Counter[str] = Counter()
        self._cluster = Cluster(rules(), random.Random(1), 3, take=self._take)
        self._cluster.longest = 1_000

    def put(self, *touchpoints: Touchpoint) -> None:
        for one in touchpoints:
            self._cluster.put(one)
        self._cluster.run()

    def pass_time(self, until: int) -> None:
        """Let all partitions know what time it is."""
        self._cluster.tick(until)
        self._cluster.run()

    def _take(self, outcome: Outcome) -> None:
        for topic, pairs in (
            (topics.ENRICHED, outcome.touchpoints),
            (topics.SESSIONS, outcome.sessions),
            (topics.TRANSITIONS, outcome.transitions),
            (topics.STATES, outcome.states),
            (topics.LINKS, outcome.links),
        ):
            first = self._ends[topic.name]
            self._ends[topic.name] += len(pairs)
            lines = [framed(0, n, value) for n, (_, value) in enumerate(pairs, first)]
            if lines:
                landing = LANDINGS[topic.name]
                mark = {"kafka_log": "log"}
                body = b"".join(lines)
                self.store.writer.load(landing.table, landing.select, body, mark)


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """One store for the module."""
    with open_store(tmp_path_factory.mktemp("identity")) as store:
        yield store


@pytest.fixture
def landed(opened: Store) -> Landed:
    """The store, empty, and partitions that know nobody."""
    opened.clear(*tables.TABLES)
    return Landed(opened)


def bought_after_looking(store: Store) -> tuple[int, int]:
    """How many looked at a product, and how many of them bought one."""
    steps = parse_steps(["product_viewed", "order_completed"])
    found = answer(store.asker, Funnel(steps=steps, window="1h"), START_MS + 10**9)
    return found.entered, found.converted


def orders(store: Store) -> int:
    """How often an order was completed."""
    steps = parse_steps(["order_completed"])
    funnel = Funnel(steps=steps, window="1h", count="totals")
    return answer(store.asker, funnel, START_MS + 10**9).entered


def visit() -> list[Touchpoint]:
    """A visitor looks, signs in and buys."""
    return [
        event("look", [VISITOR], "product_viewed", at=START_MS),
        event("in", [VISITOR, CUSTOMER], "signed_in", at=START_MS + 1_000),
        event("buy", [CUSTOMER], "order_completed", at=START_MS + 2_000),
    ]


def test_a_funnel_joins_the_anonymous_steps_to_the_known_ones(landed: Landed) -> None:
    """Looked as a visitor, bought as a customer: one person, without any waiting."""
    look, signed_in, buy = visit()
    landed.put(look, buy)
    assert bought_after_looking(landed.store) == (1, 0)
    landed.put(signed_in)
    assert bought_after_looking(landed.store) == (1, 1)


def test_unlinking_parts_the_funnel_again(landed: Landed) -> None:
    """The steps are two persons' again, and so are the phases and sessions."""
    landed.put(*visit())
    unlinked = event(
        "no", [VISITOR, CUSTOMER], "identity_unlinked", at=START_MS + 3_000
    )
    landed.put(unlinked)
    store = landed.store
    assert bought_after_looking(store) == (1, 0)
    visitor, customer = (read_journey(store.asker, n) for n in (VISITOR, CUSTOMER))
    assert visitor is not None
    assert customer is not None
    assert {moment.id for moment in visitor.touchpoints} == {"look"}
    assert {moment.id for moment in customer.touchpoints} == {"in", "buy", "no"}
    assert summarise(store.asker).persons == 2


def test_what_is_sent_again_with_other_identifiers_counts_once(landed: Landed) -> None:
    """A queue that is sent anew after a sign-in: the visitor's row is a copy of the
    customer's from then on, and stays one when they are parted.
    """
    buy = "order_completed"
    landed.put(
        event("look", [VISITOR], "product_viewed", at=START_MS),
        event("buy", [VISITOR], buy, at=START_MS + 1_000),
        event("buy", [VISITOR, CUSTOMER], buy, at=START_MS + 1_000),
    )
    store = landed.store
    asker = store.asker
    rows = asker.ask("SELECT person_id FROM touchpoints FINAL WHERE id = 'buy'").rows
    assert sorted(row[0] for row in rows) == [VISITOR, CUSTOMER]
    assert orders(store) == 1
    assert bought_after_looking(store) == (1, 1)
    found = read_journey(asker, CUSTOMER)
    assert found is not None
    assert found.position is not None
    assert [moment.id for moment in found.touchpoints] == ["buy", "look"]
    assert found.position.touchpoints == 2
    assert {t.type: t.touchpoints for t in summarise(asker).types}[buy] == 1
    Roller(store.writer, list).roll(START_MS + 10_000)
    assert bought_after_looking(store) == (1, 1)
    landed.put(
        event("no", [VISITOR, CUSTOMER], "identity_unlinked", at=START_MS + 3_000)
    )
    assert bought_after_looking(store) == (1, 0)
    assert orders(store) == 1


def test_any_identifier_finds_the_person(landed: Landed) -> None:
    """The journey holds what was done under each, and says how each is linked."""
    landed.put(*visit(), event("later", [VISITOR], at=START_MS + 4_000))
    asker = landed.store.asker
    assert find_persons(asker, VISITOR) == find_persons(asker, "v") == [CUSTOMER]
    found = read_journey(asker, CUSTOMER)
    assert found is not None
    assert [m.id for m in found.touchpoints] == ["later", "buy", "in", "look"]
    assert [(m.identifier, m.linked_to) for m in found.members] == [(VISITOR, CUSTOMER)]
    assert found.position is not None
    assert found.position.touchpoints == 4
    assert sum(session.touchpoints for session in found.sessions) == 4
    assert summarise(asker).persons == 1


def test_a_session_that_was_final_by_then_goes_to_its_owner(landed: Landed) -> None:
    """A card seen at a shared device is somebody else's until that is known: months later
    a visit with it is the owner's all the same.
    """
    card, device, other, owner = (
        "loyalty_id:l",
        "device_id:d",
        "customer_id:1",
        "customer_id:2",
    )
    landed.put(
        event("scan", [card, device], at=START_MS),
        event("in", [other, device], "signed_in", at=START_MS + 1_000),
        *(
            event(f"v{n}", [card], "store_visit_started", at=START_MS + n * 1_000)
            for n in range(2, 22)
        ),
    )
    asker = landed.store.asker
    assert find_persons(asker, card) == [other]
    landed.pass_time(START_MS + 90 * DAY_MS)
    later = START_MS + 90 * DAY_MS
    landed.put(
        event("told", [card], at=later),
        event("in2", [owner, device], "signed_in", at=later + 1_000),
        event("card", [owner, card], "signed_in", at=later + 2_000),
    )
    assert find_persons(asker, card) == [owner]
    journeys = [read_journey(asker, name) for name in (other, owner)]
    visits = [
        [one.touchpoints for one in found.sessions if one.kind == "store"]
        for found in journeys
        if found is not None
    ]
    assert visits == [[], [20]]


def test_five_hundred_customers_at_one_till_stay_five_hundred(landed: Landed) -> None:
    """The till is nobody's, and nobody is anybody else."""
    till = "device_id:till"
    landed.put(
        *(
            event(f"e{n}", [f"customer_id:{n}", till], "order_completed")
            for n in range(500)
        ),
        event("alone", [till], "page_viewed"),
    )
    asker = landed.store.asker
    assert summarise(asker).persons == 501
    assert read_journey(asker, "customer_id:1").members == []  # type: ignore[union-attr]
    rows = asker.ask(
        "SELECT shared FROM identities FINAL WHERE identifier = 'device_id:till'"
    )
    assert [list(row) for row in rows.rows] == [[True]]
