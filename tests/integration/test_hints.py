"""A name that is nowhere in the data is told, by the same function in every answer."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from insights.funnels.answer import answer
from insights.funnels.spec import Funnel, Step
from insights.funnels.steps import parse_steps
from insights.hints import hints
from insights.impact.answer import read_impact
from insights.impact.spec import ImpactQuestion
from insights.map.model import MapModel, MapPhase
from insights.map.reading import read_map
from insights.map.svg import render
from insights.moments.answer import moments
from insights.pains.answer import pains
from insights.paths.answer import read_paths
from insights.paths.spec import Paths
from insights.personas.answer import drift, personas
from insights.personas.spec import built_in
from insights.scope import Scope
from insights.sentences import spoken
from insights.stages.cohorts import read_cohorts
from insights.stages.phases import read_stages
from insights.stages.value import read_value
from schemas.tables import JOURNEY_STATES, TOUCHPOINTS, TRANSITIONS
from schemas.vocabulary import PHASES
from tests.unit.insights.store import OverJson, Row, Store, open_store

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from insights.sentences import Sentence

pytest.importorskip("chdb")
pytestmark = pytest.mark.clickhouse

BASE = 1_735_689_600_000
MODEL = MapModel("default", 1, tuple(MapPhase(phase) for phase in PHASES))


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """A visit, an advertisement and an order in one store."""
    with open_store(tmp_path_factory.mktemp("hints")) as store:
        store.insert(
            TOUCHPOINTS,
            [
                touch(1, "ad_clicked", channel="ads"),
                touch(2, "page_viewed"),
                touch(3, "order_completed", channel="pos", store_id="367"),
            ],
        )
        yield store


def touch(at: int, type_: str, **more: object) -> Row:
    return {
        "person_id": "ann",
        "occurred_at": BASE + at,
        "source": "shop",
        "id": str(at),
        "type": type_,
        "channel": "web",
        "direction": "in",
        **more,
    }


def codes(notes: Iterable[Sentence]) -> list[str]:
    return [one.code for one in notes]


WRONG = [
    (Scope(channel="wed"), "absent_channel", "web"),
    (Scope(store="376"), "absent_store", "367"),
    (Scope(tenant="shop"), "nothing_yet", "tenant 'shop'"),
]


@pytest.mark.parametrize(("scope", "code", "told"), WRONG)
def test_a_place_that_is_nowhere(
    store: Store, scope: Scope, code: str, told: str
) -> None:
    """In every answer: what was asked for, and what is near it."""
    asker = OverJson(store.asker)
    for notes in (
        read_paths(asker, scope, Paths()).notes,
        read_impact(asker, scope, ImpactQuestion()).notes,
        read_stages(asker, scope).notes,
        read_map(asker, scope, MODEL).notes,
        moments(asker, scope).notes,
        pains(asker, scope).notes,
        read_cohorts(asker, scope).notes,
        read_value(asker, scope).notes,
        personas(asker, scope, built_in()).notes,
        drift(asker, built_in(), scope, scope).before.notes,
    ):
        (note,) = [one for one in notes if one.code not in ("impact_few", "comparable")]
        assert note.code == code
        assert told in note.text


@pytest.mark.parametrize(
    ("type_", "code"),
    [
        ("cart_viewed", "absent_type"),
        ("custom_fitting", "absent_type"),
        ("page_veiwed", "unknown_type_near"),
    ],
)
def test_a_type_that_is_nowhere(store: Store, type_: str, code: str) -> None:
    """As anchor, conversion, contact or step; once, whatever else was found."""
    asker, step = OverJson(store.asker), Step(type=type_)
    anchored = read_paths(asker, Scope(), Paths(anchor=step))
    assert codes(anchored.notes) == [code]
    converted = read_impact(asker, Scope(), ImpactQuestion(conversion=step))
    assert codes(converted.notes)[0] == code
    touched = read_impact(asker, Scope(), ImpactQuestion(touches=(step,)))
    assert codes(touched.notes)[0] == code
    for steps in ([type_, "page_viewed"], ["page_viewed", type_]):
        found = answer(asker, Funnel(steps=parse_steps(steps)))
        assert codes(found.notes)[0] == code
    assert codes(read_cohorts(asker, Scope(), acquired=step).notes) == [code]
    assert codes(read_cohorts(asker, Scope(), returned=step).notes) == [code]


def test_what_is_found_needs_no_hint(store: Store) -> None:
    """Nothing is asked of the store then, nor told; aliases are found."""
    asker = OverJson(store.asker)
    assert read_paths(asker, Scope(channel="web"), Paths()).notes == []
    found = answer(asker, Funnel(steps=parse_steps(["ad_clicked", "page_viewed"])))
    assert found.notes == []
    told = read_impact(asker, Scope(), ImpactQuestion(minimum=1, replicates=0))
    assert told.notes == []
    assert read_cohorts(asker, Scope(channel="web")).notes == []
    state = {"person_id": "ann", "touchpoints": 3, "facts": "{}", "tenant": "known"}
    store.insert(JOURNEY_STATES, [state])
    assert personas(asker, Scope(tenant="known"), built_in()).notes == []
    assert hints(asker, Scope(), ["order_completed"], found=False) == []


def words(drawing: str) -> str:
    """What a drawing says; a sentence may go over several lines."""
    return " ".join(re.sub(r"<[^>]*>", " ", drawing).split())


def test_a_map_without_emotions_says_so(store: Store) -> None:
    """In a sentence, in both languages, and in the drawing; not where nothing is at all."""
    entered = {"model": "default", "revision": 1, "transition_no": 1}
    told = {"person_id": "ann", "to_phase": "awareness", "occurred_at": BASE + 1}
    store.insert(TRANSITIONS, [{**entered, **told, "tenant": "moved"}])
    store.insert(TOUCHPOINTS, [{**touch(2, "page_viewed"), "tenant": "moved"}])
    found = read_map(OverJson(store.asker), Scope(tenant="moved"), MODEL)
    assert codes(found.notes) == ["unfelt"]
    assert spoken(found.notes[0], "fr").startswith(
        "il n\u2019y a pas d\u2019\xe9motions"
    )
    assert "Nobody said here what they felt" in words(render(found, "en"))
    empty = read_map(OverJson(store.asker), Scope(tenant="nobody"), MODEL)
    assert codes(empty.notes) == ["nothing_yet"]
    assert "Nobody said here" not in words(render(empty, "en"))
    sad = touch(3, "support_contacted", emotion=-1.0, emotion_observed=True)
    store.insert(TOUCHPOINTS, [{**sad, "tenant": "moved"}])
    felt = read_map(OverJson(store.asker), Scope(tenant="moved"), MODEL)
    assert felt.notes == []
    assert "Nobody said here" not in words(render(felt, "en"))


def test_a_horizon_that_is_not_over_is_told(store: Store) -> None:
    """Something is stored, but nobody has been in a phase for long enough."""
    entered = {"model": "default", "revision": 1, "transition_no": 1}
    told = {"person_id": "ann", "to_phase": "awareness", "occurred_at": BASE + 1}
    store.insert(TRANSITIONS, [{**entered, **told, "tenant": "early"}])
    store.insert(TOUCHPOINTS, [{**touch(2, "page_viewed"), "tenant": "early"}])
    found = moments(OverJson(store.asker), Scope(tenant="early"))
    assert codes(found.notes) == ["comparable", "no_horizon"]
    # The map says it too, and has no such option of its own.
    assert "`parcours moments`" in found.notes[1].text
    empty = moments(OverJson(store.asker), Scope(tenant="early", from_="2030-01-01"))
    assert codes(empty.notes) == ["comparable", "nothing_in_scope"]
