"""Personas by rules and found, on the embedded engine."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import yaml
from msgspec import json

from insights.asker import QuestionError
from insights.conditions import Values
from insights.personas.answer import personas
from insights.personas.assign import personas_by, persons_of
from insights.personas.found import find_personas
from insights.personas.members import persona_of_person, persons_in
from insights.personas.spec import (
    DeclaredPersonas,
    FoundPersonas,
    PersonaError,
    built_in,
    load_personas,
)
from insights.scope import Scope, touchpoints_of
from insights.stages.phases import read_stages
from insights.summary import summarise
from schemas.tables import JOURNEY_STATES, TOUCHPOINTS, TRANSITIONS
from tests.factories.personas import BASE, DAY, counted, crowd, declared, state, touch
from tests.unit.insights.store import OverJson, Store

if TYPE_CHECKING:
    from pathlib import Path

pytest.importorskip("chdb")
pytestmark = pytest.mark.clickhouse


RULES = declared("""
kind: rules
name: mine
personas:
  - {name: adult, where: {fact.age: ["35-44", "45-54"]}}
  - {name: rich, where: {value.EUR: {ge: 10000}}}
  - name: fan
    where: {orders: {ge: 1}}
    any: [{count.product_reviewed: {ge: 1}}, {phase: advocacy}]
  - {name: shopper, where: {share_store: {gt: 0.5}, consent.marketing: true}}
  - {name: sour, where: {emotion_observed: {lt: 0}}}
  - {name: gone, where: {days_since_last: {ge: 100}}}
""")
STATES = [
    state("a", facts='{"age":"35-44"}', value_minor={"EUR": 99_999}),
    state("b", value_minor={"EUR": 10_000}),
    state("c", value_minor={"USD": 10_000}, orders=1, counts={"product_reviewed": 2}),
    state("d", orders=1, phase="advocacy"),
    state("e", channels={"store": 4, "pos": 2, "web": 4}, consent={"marketing": True}),
    state("f", channels={"store": 4, "pos": 2, "web": 4}, consent={"marketing": False}),
    state("g", emotions_observed=2, emotions_observed_sum=-1.0),
    state("h", last_at=BASE + 200 * DAY),
    state("i", last_at=BASE + 201 * DAY),
    state("j", merged_into="a", orders=9),
    state("k", blank=True),
    state("z", tenant="other", last_at=BASE + 900 * DAY),
]


def test_the_first_rule_that_holds_wins(store: Store) -> None:
    """Every kind of field; who fits none is one of the others, and all are counted."""
    store.insert(JOURNEY_STATES, STATES)
    answer = personas(store.asker, Scope(), RULES)
    assert counted(answer) == {
        "adult": 1,
        "rich": 1,
        "fan": 2,
        "shopper": 1,
        "sour": 1,
        "gone": 1,
        "others": 2,
    }
    assert answer.persons == 9
    assert sum(one.share or 0 for one in answer.personas) == pytest.approx(1)
    assert answer.personas[1].value_minor == {"EUR": 10_000}
    again = OverJson(store.asker).ask(answer.evidence.sql, answer.evidence.parameters)
    assert sorted(row[0] for row in again.rows) == sorted(counted(answer))


def test_a_persona_narrows_a_scope(store: Store) -> None:
    """The ids of a persona's persons go into the touchpoints of a scope."""
    store.insert(JOURNEY_STATES, STATES)
    store.insert(TOUCHPOINTS, [touch("c", 1), touch("d", 2), touch("h", 3)])
    values, scope = Values(), Scope(persona="mine/fan")
    finds = personas_by([built_in(), RULES], scope)
    assert finds is not None
    inside = finds(values)
    sql = touchpoints_of(scope, ["type"], values, inside)
    found = store.asker.ask(sql, {"tenant": "default"} | values.bound)
    assert sorted(row[1] for row in found.rows) == ["c", "d"]
    assert personas_by([RULES], Scope()) is None


@pytest.mark.parametrize("model", [RULES, built_in()], ids=["mine", "built_in"])
@pytest.mark.parametrize(
    "scope",
    [Scope(), Scope(channel="web"), Scope(from_=BASE, to=BASE + 2 * DAY)],
    ids=["all", "channel", "range"],
)
def test_who_is_of_a_persona_are_those_that_are_counted(
    store: Store, model: DeclaredPersonas, scope: Scope
) -> None:
    """One by one and each page: also who has only what came late, and who merged."""
    bought = {"order_id": "o1", "value_minor": 6_000, "currency": "EUR"}
    order = "order_completed"
    store.insert(
        JOURNEY_STATES,
        [
            *STATES,
            state("m", members=["n"], orders=2),
            state("l", touchpoints=0, late=1),
        ],
    )
    store.insert(TOUCHPOINTS, [touch(one["person_id"], 1) for one in STATES[:9]])
    store.insert(
        TOUCHPOINTS,
        [
            touch("n", 1, order, channel="pos", **bought),
            touch("m", 1.5, order, channel="pos", **bought),
            touch("l", 1, late=True),
        ],
    )
    counts = {one.persona: one for one in personas(store.asker, scope, model).personas}
    for name, count in counts.items():
        page = persons_in(store.asker, scope, model, name)
        assert len(page.members) == count.persons
        assert sum(one.orders for one in page.members) == count.orders
        for one in page.members:
            names = ["m", "n"] if one.person_id == "m" else [one.person_id]
            found = persona_of_person(store.asker, model, names)
            assert found
            assert (found.model, found.persona) == (model.name, name)
    assert persona_of_person(store.asker, model, ["k"]) is None


def test_a_persona_is_told_with_its_rule(store: Store) -> None:
    """All of its conditions, or that none holds; of what was found, that it is nearest."""
    store.insert(JOURNEY_STATES, STATES)
    told = {}
    for one in STATES[:9]:
        found = persona_of_person(store.asker, RULES, [str(one["person_id"])])
        assert found
        told[found.persona] = str(found.because)
    first = "the first of the personas 'mine' whose rule holds: "
    assert told["adult"] == f"{first}`fact.age in [35-44, 45-54]`"
    assert told["fan"] == (
        f"{first}`orders >= 1, (count.product_reviewed >= 1 | phase = advocacy)`"
    )
    assert told["shopper"] == f"{first}`share_store > 0.5, consent.marketing = true`"
    assert told["others"] == "no rule of the personas 'mine' holds"


def test_a_persona_is_listed_page_by_page(store: Store) -> None:
    """As a funnel's persons are; a page says whether others follow."""
    store.insert(JOURNEY_STATES, STATES)
    first = persons_in(store.asker, Scope(), RULES, "others", limit=1)
    rest = persons_in(store.asker, Scope(), RULES, "others", limit=5, offset=1)
    assert (first.more, rest.more) == (True, False)
    ids = [one.person_id for page in (first, rest) for one in page.members]
    assert ids == sorted(set(ids))
    assert len(ids) == 2
    then = persons_in(store.asker, Scope(), RULES, "others", at=BASE)
    assert (then.members, then.at) == ([], 1)
    with pytest.raises(PersonaError, match="limit is 1 to"):
        persons_in(store.asker, Scope(), RULES, "others", limit=0)


def test_unknown_personas_and_fields_are_refused() -> None:
    """With a word on what there is."""
    with pytest.raises(PersonaError, match="there are adult"):
        persons_of(RULES, "nobody", Values())
    with pytest.raises(PersonaError, match="mine/adult"):
        personas_by([RULES], Scope(persona="nobody"))
    for where in ("{shoesize: 4}", "{count.no_such_type: 4}", "{fact.: 4}"):
        broken = declared(
            f"{{kind: rules, name: x, personas: [{{name: y, where: {where}}}]}}"
        )
        with pytest.raises(QuestionError):
            persons_of(broken, "y", Values())


def test_the_built_in_ones_hold_everybody_once(store: Store) -> None:
    """Whatever is known of somebody."""
    store.insert(JOURNEY_STATES, STATES)
    answer = personas(store.asker, Scope(), built_in())
    assert sum(counted(answer).values()) == answer.persons == 9


def test_only_who_was_active_in_the_scope(store: Store) -> None:
    """A channel or a range leaves the others out."""
    store.insert(JOURNEY_STATES, [state("a"), state("b"), state("c")])
    store.insert(TOUCHPOINTS, [touch("a", 1), touch("b", 1, channel="store")])
    assert personas(store.asker, Scope(channel="store"), RULES).persons == 1
    assert personas(store.asker, Scope(from_=BASE), RULES).persons == 2


def test_who_came_late_counts_but_is_in_no_phase(store: Store) -> None:
    """A customer, one with a late touchpoint too, one with late ones alone: three. Who is
    known by bots or control events alone is nobody. Two are in a phase; stages tell of
    the other.
    """
    nothing = {"touchpoints": 0, "phase": ""}
    store.insert(
        JOURNEY_STATES,
        [
            state("a", touchpoints=1),
            state("b", touchpoints=1, late=1),
            state("bot", **nothing),
            state("control", **nothing),
            state("late", **nothing, late=2),
        ],
    )
    store.insert(
        TOUCHPOINTS,
        [
            touch("a", 1),
            touch("b", 1),
            touch("b", 2, late=True),
            touch("bot", 1, bot=True),
            touch("control", 1, "customer_updated", channel="system"),
            touch("late", 1, late=True),
            touch("late", 2, late=True),
        ],
    )
    entered = {
        "model": "default",
        "revision": 1,
        "transition_no": 1,
        "to_phase": "acquisition",
        "occurred_at": BASE + DAY,
    }
    store.insert(TRANSITIONS, [{**entered, "person_id": who} for who in "ab"])
    asker = OverJson(store.asker)
    for at in (None, BASE + 9 * DAY):
        told = personas(asker, Scope(), built_in(), at)
        assert told.persons == 3
        assert sum(one.touchpoints for one in told.personas) == 5
    stages = read_stages(asker, Scope())
    assert sum(one.persons for one in stages.stages) == 2
    assert str(stages.notes[0]).startswith("3 touchpoints of 2 persons came too late")
    elsewhere = read_stages(asker, Scope(store="7")).notes
    assert [one.code for one in elsewhere] == ["absent_store"]
    found = summarise(asker)
    assert found.persons == 2
    assert {one.phase: one.persons for one in found.phases if one.persons} == {
        "acquisition": 2
    }


def test_a_model_file_says_the_same(store: Store, tmp_path: Path) -> None:
    """Written as JSON and read again; YAML beside it; `default` is first."""
    store.insert(JOURNEY_STATES, crowd())
    model = find_personas(store.asker, "default", "found")
    (tmp_path / "found.json").write_bytes(json.encode(model))
    (tmp_path / "mine.yaml").write_bytes(
        yaml.safe_dump(json.decode(json.encode(RULES))).encode()
    )
    assert load_personas(tmp_path) == (built_in(), model, RULES)
    assert isinstance(load_personas(tmp_path)[1], FoundPersonas)
    (tmp_path / "broken.yaml").write_text("name: x")
    with pytest.raises(PersonaError, match=r"broken\.yaml"):
        load_personas(tmp_path)
