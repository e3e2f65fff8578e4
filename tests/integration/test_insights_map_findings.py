"""The map of a made-up year, with what is found beside it: numbers and their queries."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl
from xml.etree import ElementTree as ET

import pytest

from insights.map.beside import read_beside
from insights.map.reading import read_map
from insights.map.svg import render
from insights.scope import Scope
from parcours.mapping import desk_of
from streams.model_files import built_in
from tests.factories.simulated import land_simulated
from tests.unit.insights.store import Store, open_store

if TYPE_CHECKING:
    from collections.abc import Iterator

    from insights.map.answer import JourneyMap
    from insights.map.desk import Desk

pytest.importorskip("chdb")
pytestmark = pytest.mark.clickhouse

ESTIMATES = ("moments", "opportunities")
"""Made of their query's rows, not columns of it."""


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    with open_store(tmp_path_factory.mktemp("findings")) as store:
        land_simulated(store, 6_000, 365)
        yield store


@pytest.fixture(scope="module")
def desk() -> Desk:
    return desk_of((built_in(),))


@pytest.fixture(scope="module")
def found(store: Store, desk: Desk) -> JourneyMap:
    scope, model = Scope(), desk.model("default")
    beside = read_beside(store.asker, scope, model)
    plan = desk.plan_for("default")
    return read_map(store.asker, scope, model, plan=plan, beside=beside)


@pytest.mark.parametrize("language", ["en", "fr"])
def test_every_number_of_a_whole_map_is_its_querys_answer(
    store: Store, found: JourneyMap, language: str
) -> None:
    """Volumes, stages, plan and pain points, each looked up in its query's own rows."""
    answers: dict[str, list[dict[str, object]]] = {}
    for name, evidence in found.queries.items():
        answer = store.asker.ask(evidence.sql, evidence.parameters)
        names = [column for column, _ in answer.columns]
        answers[name] = [dict(zip(names, row, strict=True)) for row in answer.rows]
    root = ET.fromstring(render(found, language))  # type: ignore[arg-type]
    numbers = [one.attrib for one in root.iter() if "data-query" in one.attrib]
    asked = {one["data-query"] for one in numbers}
    assert {"persons", "fitness", "coverage", "entered", "conversion", "pains"} <= asked
    for one in numbers:
        query, value = one["data-query"], float(one["data-value"])
        if query in ESTIMATES:
            continue
        wanted = dict(parse_qsl(one["data-row"]))
        column = one.get("data-column", query)
        keys = {"level", "phase", "channel", "type", "pain"} & answers[query][0].keys()
        rows = [
            row[column]
            for row in answers[query]
            if all(str(row[key]) == wanted.get(key, "") for key in keys)
        ]
        assert rows or value == 0, one
        assert any(math.isclose(value, float(str(row))) for row in rows or [0]), one


def test_findings_stand_in_the_order_in_which_they_matter(found: JourneyMap) -> None:
    """The worst pain points come first, each with who has it and where."""
    pains = [one for one in found.findings if one.kind == "pain"]
    assert pains
    assert all(one.persons > 0 and one.phase and one.type for one in pains)
    assert {"moments", "pains", "opportunities"} <= found.queries.keys()


def test_the_built_in_plan_is_held_against_the_year(found: JourneyMap) -> None:
    """Fitness is a share, and deviations come by the persons that they concern."""
    assert found.plan is not None
    assert found.plan.fitness is not None
    assert 0 < found.plan.fitness < 1
    persons = [one.persons for one in found.plan.deviations]
    assert persons == sorted(persons, reverse=True)


def test_a_persona_narrows_the_map(store: Store, desk: Desk) -> None:
    """With somebody who knows personas, a persona's persons alone are counted."""
    buyers = "SELECT person_id FROM journey_states FINAL WHERE orders > 0"
    scope, model = Scope(persona="buyers"), desk.model("default")
    some = read_map(store.asker, scope, model, personas=lambda _values: buyers)
    every = read_map(store.asker, Scope(), model)
    assert some.total is not None
    assert every.total is not None
    assert 0 < some.total.persons < every.total.persons
