"""What a funnel may cost, and what is said where it would cost more."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import msgspec
import pytest

from insights.cost import CostError, estimate
from insights.funnels.answer import answer
from insights.funnels.persons import persons
from insights.funnels.plans import Terms
from insights.funnels.spec import Breakdown, Funnel, Step
from insights.funnels.statement import Asked, over_attempts, touchpoints_read
from insights.funnels.trend import trend
from insights.map.model import MapModel, MapPhase
from insights.map.reading import read_map
from insights.moments.answer import moments
from insights.objectives.answer import objectives
from insights.objectives.spec import Objective
from insights.pains.answer import pains
from insights.personas.answer import personas
from insights.personas.spec import built_in as built_in_personas
from insights.rollups.registered import RegisteredError, built_in, from_folder, register
from insights.rollups.roller import Roller
from insights.scope import Scope
from insights.stages.cohorts import read_cohorts
from insights.stages.value import read_value
from schemas.tables import DERIVED, TOUCHPOINTS
from schemas.vocabulary import PHASES
from tests.unit.insights.store import LOG, Store, open_store

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

pytestmark = pytest.mark.clickhouse

START = 1_772_323_200_000
PERSONS = 400
FUNNEL = Funnel((Step(type="page_viewed"), Step(type="order_completed")))


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    with open_store(tmp_path_factory.mktemp("cost")) as opened:
        rows = [
            {
                "person_id": f"p{number}",
                "occurred_at": START + at,
                "received_at": START + at,
                "source": "shop",
                "id": f"{number}-{at}",
                "type": kind,
                "kafka_log": LOG,
                "kafka_offset": 2 * number + at,
            }
            for number in range(PERSONS)
            for at, kind in enumerate(("page_viewed", "order_completed"))
        ]
        opened.insert(TOUCHPOINTS, rows)
        yield opened


def test_the_engine_estimates_before_it_reads(store: Store) -> None:
    """The estimate counts the rows that a statement cannot pass over."""
    asked = "SELECT sum(seq) FROM touchpoints WHERE tenant = {tenant:String}"
    assert estimate(store.asker, asked, {"tenant": "default"}) == 2 * PERSONS
    assert estimate(store.asker, asked, {"tenant": "other"}) < 2 * PERSONS


def test_a_funnel_over_the_budget_is_refused_with_its_estimate(store: Store) -> None:
    """It says how much it would read, how much it may, and what to narrow."""
    with pytest.raises(CostError, match=r"800 rows, and 799 .* shorter range") as error:
        answer(store.asker, FUNNEL, terms=Terms(budget=799))
    assert (error.value.rows, error.value.budget) == (2 * PERSONS, 799)


@pytest.mark.parametrize(
    "funnel",
    [
        FUNNEL,
        msgspec.structs.replace(FUNNEL, breakdown=Breakdown("channel")),
        msgspec.structs.replace(FUNNEL, breakdown=Breakdown("persona")),
        msgspec.structs.replace(FUNNEL, session=True, order="any", count="totals"),
        msgspec.structs.replace(FUNNEL, to=START - 10**10),
    ],
    ids=["plain", "broken down", "by persona", "of sessions", "of a range"],
)
def test_what_is_estimated_is_what_the_whole_statement_reads(
    store: Store, funnel: Funnel
) -> None:
    """Its innermost layer alone is planned for that: the others read nothing more."""
    asked = Asked(
        funnel,
        START + 10**6,
        bucketed=funnel.breakdown is not None,
        persona_model=built_in_personas(),
    )
    whole, read = over_attempts("steps", asked), touchpoints_read(asked)
    rows = estimate(store.asker, read.text, read.values)
    assert rows == estimate(store.asker, whole.text, whole.values)
    assert (rows > 0) == (funnel.to is None)


def test_the_plan_over_timelines_has_a_budget_too(store: Store) -> None:
    """Of timelines, one a person: what it reads, whatever the range."""
    Roller(store.writer, list).roll(START)
    with pytest.raises(CostError, match=r"400 rows, and 399 .* shorter range") as error:
        answer(store.asker, FUNNEL, terms=Terms(budget=PERSONS - 1, fresh=-1))
    assert (error.value.rows, error.value.budget) == (PERSONS, PERSONS - 1)
    found = answer(store.asker, FUNNEL, terms=Terms(budget=PERSONS, fresh=-1))
    assert found.notes[-1].code == "timelines"
    (asked,) = found.evidence
    assert estimate(store.asker, asked.sql, asked.parameters, "timelines") == PERSONS


def test_few_touchpoints_are_read_where_the_timelines_are_too_many(
    store: Store,
) -> None:
    """A short range is within the budget though the timelines of all are not."""
    Roller(store.writer, list).roll(START)
    early = msgspec.structs.replace(FUNNEL, to=START - 10**10)
    found = answer(store.asker, early, terms=Terms(budget=PERSONS - 1, fresh=-1))
    assert (found.entered, found.notes) == (0, [])
    assert "FROM touchpoints" in found.evidence[0].sql


def test_telling_personas_apart_is_estimated_with_all_that_it_reads(
    store: Store,
) -> None:
    """The touchpoints of the funnel, and those that tell who is of which persona."""
    asked = msgspec.structs.replace(FUNNEL, breakdown=Breakdown("persona"))
    ask = partial(answer, store.asker, asked, persona_model=built_in_personas())
    with pytest.raises(CostError) as error:
        ask(terms=Terms(budget=2 * PERSONS))
    assert error.value.rows == 4 * PERSONS
    assert ask(terms=Terms(budget=4 * PERSONS)).entered == PERSONS


def test_lists_and_trends_have_a_budget_too(store: Store) -> None:
    """Neither can be previewed, so nothing of that is said; what is allowed is the asker's."""
    for ask in (persons, partial(trend, period="day")):
        with pytest.raises(CostError, match="ask for a shorter range"):
            ask(store.asker, FUNNEL, budget=799)
        ask(store.asker, FUNNEL, budget=800)
    assert answer(store.asker, FUNNEL, terms=Terms(budget=800)).entered == PERSONS


ORDERS = Objective("orders", "orders", 9, "2026-01-01", "2027-01-01")
MODEL = MapModel("default", 1, tuple(map(MapPhase, PHASES)))
ASKED: dict[str, Callable[..., object]] = {
    "value": partial(read_value, scope=Scope()),
    "cohorts": partial(read_cohorts, scope=Scope()),
    "personas": partial(
        personas, scope=Scope(), model=built_in_personas(), at=START + 10**6
    ),
    "moments": partial(moments, scope=Scope()),
    "pains": partial(pains, scope=Scope()),
    "map": partial(read_map, scope=Scope(), model=MODEL),
    "objectives": partial(objectives, wanted=[ORDERS]),
}


@pytest.mark.parametrize("name", ASKED)
def test_an_answer_over_the_budget_is_refused(store: Store, name: str) -> None:
    """Beforehand, with the estimate; and answered where it is within."""
    with pytest.raises(CostError, match="rows, and 1 are allowed") as error:
        ASKED[name](store.asker, budget=1)
    assert error.value.rows >= PERSONS
    ASKED[name](store.asker)


def test_a_preview_says_how_far_it_may_be_off(store: Store) -> None:
    """One unit in four is looked at, and the counts are those of all, about."""
    found = answer(store.asker, FUNNEL, terms=Terms(budget=200, preview=4))
    assert found.entered % 4 == 0
    assert abs(found.entered - PERSONS) < PERSONS / 2
    assert found.converted == found.entered
    assert "one person in 4" in str(found.notes[-1])


def test_a_time_limit_is_an_error(store: Store) -> None:
    """A question that takes too long is not answered with less."""
    from sinks.clickhouse import DatabaseError  # noqa: PLC0415

    endless = "SELECT count() FROM numbers(1e12) SETTINGS max_execution_time = 1"
    with pytest.raises(DatabaseError) as error:
        store.writer.query(endless)
    assert error.value.code == 159


@pytest.mark.parametrize(
    "text",
    [
        "steps: [{type: page_viewed, where: {channel: web}}]",
        "{steps: [{type: page_viewed}], order: strict}",
        "{steps: [{type: page_viewed}], from: 2026-01-01}",
        "{steps: [{type: page_viewed}], tenant: mine}",
        "steps: [{type: page_viewed}, {type: page_viewed}]",
        "{steps: [{type: page_viewed}], breakdown: {property: persona}}",
    ],
)
def test_what_cannot_be_counted_beforehand_is_refused(text: str) -> None:
    """A registered funnel has types in an order, and nothing that is asked for later."""
    with pytest.raises(RegisteredError):
        register(text.encode())


def test_a_folder_adds_funnels_to_the_built_in_ones(tmp_path: Path) -> None:
    """One of the same name goes before the built-in one."""
    text = "{name: cart, steps: [{type: cart_viewed}, {type: order_completed}]}"
    (tmp_path / "cart.yaml").write_text(text)
    found = {one.name: one for one in from_folder(tmp_path)}
    assert len(found) == len(built_in())
    assert len(found["cart"].funnel.steps) == 2


def test_derived_tables_have_the_promised_columns(store: Store) -> None:
    """Names, types and order are those of the schemas."""
    for table in DERIVED:
        rows = store.writer.query(
            "SELECT name, type FROM system.columns WHERE database = currentDatabase() "
            "AND table = {table:String} AND default_kind = '' ORDER BY position",
            {"table": table.name},
        ).rows
        assert tuple(rows) == table.columns
