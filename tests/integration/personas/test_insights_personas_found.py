"""Personas that are found in the data, on the embedded engine."""

from __future__ import annotations

import pytest

from insights.conditions import Values
from insights.personas.answer import personas
from insights.personas.assign import persons_of
from insights.personas.found import find_personas
from insights.personas.spec import PersonaError
from insights.scope import Scope
from schemas.tables import JOURNEY_STATES
from tests.factories.personas import crowd
from tests.unit.insights.store import OverJson, Store

pytest.importorskip("chdb")
pytestmark = pytest.mark.clickhouse


def test_found_personas_are_those_that_there_are(store: Store) -> None:
    """Three planted kinds are found as three, whatever the order of rows; the engine
    gives each person the one that it was found in.
    """
    store.insert(JOURNEY_STATES, crowd())
    model = find_personas(store.asker, "default", "found")
    assert [one.persons for one in model.personas] == [50, 40, 30]
    assert model.silhouette > 0.8
    answer = personas(store.asker, Scope(), model)
    assert [one.persons for one in answer.personas] == [50, 40, 30]
    for persona, letter in zip(model.personas, "wmr", strict=True):
        values = Values()
        sql = persons_of(model, persona.name, values)
        rows = OverJson(store.asker).ask(sql, {"tenant": "default"} | values.bound).rows
        assert {str(row[0])[0] for row in rows} == {letter}
    store.clear(JOURNEY_STATES)
    store.insert(JOURNEY_STATES, crowd(-1))
    assert find_personas(store.asker, "default", "found") == model


def test_k_may_be_given_and_must_be_possible(store: Store) -> None:
    """Four of three kinds can be had, of few persons cannot."""
    store.insert(JOURNEY_STATES, crowd())
    assert len(find_personas(store.asker, "default", "f", k=4).personas) == 4
    with pytest.raises(PersonaError, match="too few"):
        find_personas(store.asker, "nobody", "f", k=4)
