"""A made-up year: what paths, stages and impact say of it agrees with everything else."""

from __future__ import annotations

import csv
import io
import json
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest
from typer.testing import CliRunner

from insights.funnels.answer import answer
from insights.funnels.spec import Funnel, Step
from insights.impact.answer import read_impact
from insights.impact.spec import ImpactQuestion
from insights.paths.answer import read_paths
from insights.paths.spec import Paths
from insights.personas.answer import personas
from insights.personas.spec import built_in
from insights.scope import Scope
from insights.stages.cohorts import read_cohorts
from insights.stages.phases import read_stages
from insights.stages.value import read_value
from insights.summary import summarise
from parcours.cli import app
from tests.factories.simulated import land_simulated
from tests.unit.insights.store import Store, open_store

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.clickhouse
TOUCHPOINTS = 6_000
DAYS = 250
GENUINE = "NOT bot AND NOT machine"
PHASES = Paths(of="phase", window="3650d", steps=20, top=1000)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with the year in its store."""
    made = tmp_path_factory.mktemp("year")
    with open_store(made) as store:
        land_simulated(store, TOUCHPOINTS, DAYS)
    return made


@pytest.fixture(scope="class")
def store(folder: Path) -> Iterator[Store]:
    """The year's store."""
    with open_store(folder) as opened:
        yield opened


def count(store: Store, sql: str) -> dict[str, int]:
    """An answer of names and numbers."""
    return {str(name): int(str(number)) for name, number in store.asker.ask(sql).rows}


class TestAnswers:
    """In a class, so that the store is closed before the command line opens it."""

    def test_persons_stand_where_their_states_say(self, store: Store) -> None:
        """Phase by phase, merged identifiers included."""
        states = count(
            store,
            "SELECT phase, count() FROM journey_states FINAL "
            "WHERE merged_into = '' AND NOT blank AND phase != '' GROUP BY phase",
        )
        stages = read_stages(store.asker, Scope()).stages
        assert {one.phase: one.persons for one in stages if one.persons} == states
        for at in (None, "2030-01-01"):
            counted = personas(store.asker, Scope(), built_in(), at)
            assert counted.persons == sum(states.values())
        now = personas(store.asker, Scope(), built_in()).personas
        quiet = {one.persona: one.persons for one in now}["dormant"]
        assert quiet == states["dormant"] > 0
        assert summarise(store.asker).persons == sum(states.values())
        merged = count(
            store,
            "SELECT 'merged', count() FROM journey_states FINAL WHERE merged_into != ''",
        )
        assert merged["merged"] > 0
        for one in stages:
            assert one.entered == one.moved_on + one.lapsed + one.pending

    def test_breakdowns_add_up(self, store: Store) -> None:
        """By channel, by store, by persona: the same entries."""
        whole = {s.phase: s.entered for s in read_stages(store.asker, Scope()).stages}
        for by in ("channel", "store", "persona"):
            parts: Counter[str] = Counter()
            asked = read_stages(store.asker, Scope(), by=by, persona_model=built_in())  # type: ignore[arg-type]
            for one in asked.stages:
                parts[one.phase] += one.entered
            assert dict(parts) == whole

    def test_moves_are_the_links_of_paths_of_phases(self, store: Store) -> None:
        """Two answers, made in two ways, of the same transitions."""
        moves = read_stages(store.asker, Scope()).moves
        links: Counter[tuple[str, str]] = Counter()
        for link in read_paths(store.asker, Scope(), PHASES).links:
            if link.seconds is not None:
                ends = link.source, link.target
                links[tuple(end.split(":")[1] for end in ends)] += link.paths  # type: ignore[index]
        assert links == {(m.from_phase, m.to_phase): m.moves for m in moves}

    @pytest.mark.parametrize(
        "type_", ["product_viewed", "order_completed", "call_started"]
    )
    def test_paths_reconcile_with_funnels(self, store: Store, type_: str) -> None:
        """From a click on an ad, within a week."""
        anchor = Step(type="ad_clicked")
        paths = read_paths(store.asker, Scope(), Paths(anchor=anchor, window="7d"))
        funnel = answer(
            store.asker, Funnel(steps=(anchor, Step(type=type_)), window="7d")
        )
        reached = {one.name: one.persons for one in paths.reached}
        assert paths.persons == funnel.entered > 0
        assert reached.get(type_, 0) == funnel.converted

    def test_every_cent_is_owed_to_somebody_or_nobody(self, store: Store) -> None:
        """Credits and what is unattributed are the orders' value; net is what remains."""
        orders = count(
            store,
            "SELECT currency, sum(value_minor) FROM touchpoints FINAL "
            f"WHERE type = 'order_completed' AND {GENUINE} GROUP BY currency",
        )
        for by in ("channel", "campaign", "type"):
            asked = ImpactQuestion(by=by, minimum=1, replicates=20)  # type: ignore[arg-type]
            found = read_impact(store.asker, Scope(), asked)
            assert {r.currency: r.value_minor for r in found.revenue} == orders
            for revenue in found.revenue:
                for model in found.models:
                    given = sum(c.value_minor[revenue.currency] for c in model.credits)
                    assert given == revenue.attributed_minor
                    shares = [c.share for c in model.credits if c.share is not None]
                    assert sum(shares) <= 1 + 1e-9
        net = read_impact(store.asker, Scope(), ImpactQuestion(net=True))
        refunded = count(
            store,
            "SELECT currency, sum(value_minor) FROM touchpoints FINAL "
            "WHERE type = 'order_refunded' GROUP BY currency",
        )
        for revenue in net.revenue:
            gross = orders[revenue.currency]
            # An order refunded in full is no conversion, and nothing is taken off twice.
            assert gross - refunded[revenue.currency] == revenue.value_minor

    def test_cohorts_and_value_have_everybody(self, store: Store) -> None:
        """Every person who acted is in one cohort; every order has its buyer."""
        cohorts = read_cohorts(store.asker, Scope()).cohorts
        everybody = read_paths(store.asker, Scope(), Paths(acts=True)).persons
        assert sum(cohort.persons for cohort in cohorts) == everybody
        (table,) = read_value(store.asker, Scope()).tables
        orders = count(
            store,
            "SELECT 'orders', uniqExact(order_id) FROM touchpoints FINAL "
            f"WHERE type = 'order_completed' AND {GENUINE}",
        )
        assert table.orders == orders["orders"]


def run(folder: Path, *arguments: str) -> str:
    """A command of the product on the folder."""
    result = CliRunner().invoke(
        app, [*arguments, "--data-dir", str(folder)], catch_exceptions=False
    )
    assert result.exit_code == 0, result.output
    return result.stdout


COMMANDS = [
    ("paths", "ad_clicked"),
    ("paths", "order_completed", "--before", "--collapse", "--show", "links"),
    ("paths", "--of", "phase", "--show", "matrix", "--window", "365d"),
    ("paths", "--of", "channel", "--show", "reached", "--acts"),
    ("stages",),
    ("stages", "--by", "channel"),
    ("stages", "--by", "persona"),
    ("stages", "cohorts", "--timezone", "Europe/Paris"),
    ("stages", "cohorts", "--acquired", "order_completed"),
    ("stages", "value"),
    ("impact", "--minimum", "1"),
    ("impact", "--by", "type", "--order", "2", "--net", "--replicates", "0"),
]


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_the_command_line_tells_them(folder: Path, command: tuple[str, ...]) -> None:
    """As a table, as JSON with its evidence, and as CSV with the same number of columns."""
    assert len(run(folder, *command).splitlines()) > 3
    told: dict[str, Any] = json.loads(run(folder, *command, "--json"))
    evidence = told["evidence"]
    every = [evidence] if "sql" in evidence else list(evidence.values())
    assert every
    assert all(one["sql"] and one["definition"] for one in every)
    rows = list(csv.reader(io.StringIO(run(folder, *command, "--csv"))))
    assert len(rows) > 1
    assert {len(row) for row in rows} == {len(rows[0])}


def test_a_scope_narrows_them(folder: Path) -> None:
    """A range and a persona of the built-in model."""
    range_ = ("--from", "2025-03-01", "--to", "2025-04-01")
    all_of_it = json.loads(run(folder, "paths", "--json"))
    march = json.loads(run(folder, "paths", "--json", *range_))
    assert 0 < march["persons"] < all_of_it["persons"]
    for command in (("paths",), ("stages",), ("stages", "value"), ("impact",)):
        run(folder, *command, *range_, "--persona", "loyal", "--channel", "web")
