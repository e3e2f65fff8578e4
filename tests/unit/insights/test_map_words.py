"""The map's words and its built-in plan."""

from __future__ import annotations

from insights.map.desk import Desk
from insights.map.model import MapModel, MapPhase
from insights.map.words import Words

OTHER = MapModel("default", 1, (MapPhase("awareness"), MapPhase("onboarding")))


def test_the_built_in_plan_is_for_the_default_models_phases() -> None:
    """A model with other phases has no plan unless somebody gives one."""
    assert Desk((OTHER,)).plan_for("default") is None
    five = ("awareness", "acquisition", "onboarding", "engagement", "advocacy")
    usual = MapModel("default", 1, tuple(map(MapPhase, five)))
    plan = Desk((usual,)).plan_for("default")
    assert plan is not None
    assert plan.name == "retailer"


def test_words_are_the_same_in_both_languages() -> None:
    """Neither lacks a word, but for definitions that answers carry in English."""
    english, french = Words("en"), Words("fr")
    ours = {key for key in french.names() if not key.startswith("define.")}
    assert {name for name in english.names() if not name.startswith("define.")} == ours
    assert french.number(1234.5, 1) == "1\u202f234,5"
    assert english.number(1234.5, 1) == "1,234.5"
    assert english.number(-0.001, 2) == "0.00"
    assert english.duration(90 * 60_000) == "1\u00a0h\u00a030\u00a0min"
    assert english.duration(7.6 * 60_000) == "8\u00a0min"
    assert english.duration(0) == "0\u00a0s"
