"""The journey map on the embedded engine: every number shown is its query's answer."""

from __future__ import annotations

import csv
import io
import math
import re
from html.parser import HTMLParser
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl
from xml.etree import ElementTree as ET

import msgspec
import pytest

from insights.asker import QuestionError
from insights.evidence import Evidence
from insights.map.desk import Desk
from insights.map.model import MapModel, MapPhase
from insights.map.plan import PlanError, read_plan
from insights.map.reading import read_map, read_samples
from insights.map.svg import render
from insights.map.table import as_csv, as_html
from insights.map.terminal import outside
from insights.scope import Scope
from schemas import tables
from tests.unit.insights.store import OverJson, Row, Store, open_store

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from insights.map.answer import JourneyMap

BASE = 1_700_000_000_000
DAY = 86_400_000
ANNA, BOB, CLEO = "customer_id:1", "customer_id:2", "customer_id:3"
MODEL = MapModel(
    "default",
    1,
    (
        MapPhase("awareness", {"en": "Awareness", "fr": "Notoriété"}),
        MapPhase("acquisition"),
        MapPhase("onboarding"),
        MapPhase("dormant", silent=True),
    ),
)
PLAN = read_plan(b"""
name: ours
phases:
  - id: awareness
    expect: {ad_clicked: 0.5, email_opened: 0.9}
    targets: {conversion: 0.9, dwell_days: 1, mood: 1}
  - id: acquisition
    expect: {page_viewed: 1, order_completed: 0}
""")


def touch(person: str, day: float, type_: str, channel: str, **other: object) -> Row:
    """One touchpoint."""
    return {
        "person_id": person,
        "occurred_at": BASE + round(day * DAY),
        "source": "shop",
        "id": f"{person}-{day}-{type_}",
        "type": type_,
        "channel": channel,
        "direction": "in",
        "received_at": BASE,
        **other,
    }


def moved(person: str, number: int, day: float, to: str, **other: object) -> Row:
    """One change of phase."""
    return {
        "person_id": person,
        "model": "default",
        "model_version": 1,
        "transition_no": number,
        "to_phase": to,
        "occurred_at": BASE + round(day * DAY),
        "revision": 1,
        **other,
    }


TOUCHPOINTS = [
    touch(ANNA, 0, "ad_clicked", "ads", store_id="s1"),
    touch(ANNA, 1, "email_opened", "email"),
    touch(ANNA, 1, "email_opened", "email", id="proxy", machine=True),
    touch(ANNA, 2, "page_viewed", "web"),
    touch(ANNA, 3, "payment_failed", "web", emotion=-2, emotion_evidence="friction:x"),
    touch(ANNA, 4, "order_completed", "web"),
    touch(
        ANNA, 5, "survey_answered", "web", emotion=1.5, emotion_observed=True,
        emotion_evidence="nps",
    ),
    touch(BOB, 0, "ad_clicked", "ads"),
    touch(BOB, 0.5, "consent_updated", "system"),
    touch("anonymous_id:b", 2, "page_viewed", "app"),
    touch(CLEO, 0, "ad_clicked", "ads", bot=True),
    touch("customer_id:9", 0, "ad_clicked", "ads", tenant="other"),
    touch(
        CLEO, 1, "survey_answered", "web", tenant="unhappy", emotion=-1.5,
        emotion_observed=True, emotion_evidence="nps",
    ),
]  # fmt: skip
TRANSITIONS = [
    moved(ANNA, 1, 0, "awareness"),
    moved(ANNA, 2, 2, "acquisition"),
    moved(ANNA, 3, 4, "onboarding"),
    moved(BOB, 1, 0, "awareness"),
    moved(BOB, 2, 1, "onboarding"),
    moved(BOB, 2, 1, "onboarding", revision=2, deleted=1),
    moved(CLEO, 1, 0, "awareness"),
    moved(CLEO, 2, 180, "dormant"),
    moved(ANNA, 1, 0, "onboarding", model="shoes"),
    moved(CLEO, 1, 0, "awareness", tenant="unhappy"),
]


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """Two customers, one of them also known by a browser, and what does not count."""
    with open_store(tmp_path_factory.mktemp("map")) as store:
        store.insert(tables.TOUCHPOINTS, TOUCHPOINTS)
        store.insert(tables.TRANSITIONS, TRANSITIONS)
        bob = {"person_id": BOB, "revision": 1, "members": ["anonymous_id:b"]}
        store.insert(tables.JOURNEY_STATES, [bob])
        yield store


@pytest.fixture(scope="module")
def found(store: Store) -> JourneyMap:
    """The map of everything, as another process gets it."""
    return read_map(OverJson(store.asker), Scope(), MODEL, plan=PLAN)


class _Queries:
    """Asks each query of an answer once, and looks its rows up."""

    def __init__(self, store: Store, queries: Mapping[str, Evidence]) -> None:
        self._store, self._queries = store, queries
        self._answers: dict[str, list[dict[str, object]]] = {}

    def value(self, query: str, row: str) -> object:
        """What a query says in the row; 0 where it has none."""
        if query not in self._answers:
            evidence = self._queries[query]
            answer = self._store.asker.ask(evidence.sql, evidence.parameters)
            names = [name for name, _ in answer.columns]
            self._answers[query] = [
                dict(zip(names, line, strict=True)) for line in answer.rows
            ]
        wanted = dict(parse_qsl(row))
        for line in self._answers[query]:
            keys = {"level", "phase", "channel", "type"} & line.keys()
            if all(str(line[key]) == wanted.get(key, "") for key in keys):
                return line[query]
        return 0


def _numbers(svg: str) -> list[tuple[str, str, float, str]]:
    root = ET.fromstring(svg)
    return [
        (
            element.attrib["data-query"],
            element.attrib["data-row"],
            float(element.attrib["data-value"]),
            "".join(element.itertext()).removeprefix(
                element.findtext("{http://www.w3.org/2000/svg}title", "")
            ),
        )
        for element in root.iter()
        if "data-query" in element.attrib
    ]


@pytest.mark.parametrize("language", ["en", "fr"])
def test_every_number_of_the_svg_is_its_querys_answer(
    store: Store, found: JourneyMap, language: str
) -> None:
    """A number shown equals what its query answers, asked anew."""
    svg = render(found, language)  # type: ignore[arg-type]
    metadata = ET.fromstring(svg).findtext("{http://www.w3.org/2000/svg}metadata") or ""
    carried = msgspec.json.decode(metadata, type=dict[str, Evidence])
    queries = _Queries(store, carried)
    numbers = _numbers(svg)
    assert len(numbers) > 60
    for query, row, value, _ in numbers:
        asked = queries.value(query, row)
        assert isinstance(asked, int | float)
        assert math.isclose(value, asked), (query, row)


def test_no_number_of_the_svg_is_without_a_query(found: JourneyMap) -> None:
    """A text with digits carries a query, is an axis, or is what the plan expects."""
    svg = render(found, "en")
    root = ET.fromstring(svg)
    for element in root.iter("{http://www.w3.org/2000/svg}text"):
        text = "".join(element.itertext())
        if re.search(r"\d", text) and "data-query" not in element.attrib:
            assert re.fullmatch(r"[+\u2212]?[012]|.*\u22122 to \+2|planned .*", text), (
                text
            )


def test_every_number_of_the_table_twin_is_its_querys_answer(
    store: Store, found: JourneyMap
) -> None:
    """CSV and HTML hold the same numbers, and each equals its query's answer."""
    queries = _Queries(store, found.queries)
    rows = list(csv.DictReader(io.StringIO(as_csv(found))))
    assert len(rows) > 150  # four touchpoint types and more, on five channels
    for row in rows:
        asked = queries.value(row["query"], row["row"])
        assert isinstance(asked, int | float)
        assert math.isclose(float(row["value"]), asked), row
    assert _html_values(as_html(found)) == [
        (row["query"], row["row"], row["value"]) for row in rows
    ]


def _html_values(text: str) -> list[tuple[str | None, ...]]:
    values: list[tuple[str | None, ...]] = []

    class Reader(HTMLParser):
        def handle_starttag(
            self, tag: str, attrs: list[tuple[str, str | None]]
        ) -> None:
            named = dict(attrs)
            if tag == "td" and "data-query" in named:
                cell = ("data-query", "data-row", "data-value")
                values.append(tuple(named[name] for name in cell))

    Reader().feed(text)
    return values


def test_the_drawing_holds_the_numbers_of_the_table(found: JourneyMap) -> None:
    """Whatever the drawing says, the table says too."""
    table = {(r["query"], r["row"], float(r["value"]))
             for r in csv.DictReader(io.StringIO(as_csv(found)))}  # fmt: skip
    drawn = {(query, row, value) for query, row, value, _ in _numbers(render(found))}
    assert not drawn - table


def test_touchpoints_lie_in_the_phase_after_them(found: JourneyMap) -> None:
    """The touchpoint that leads into a phase counts there; merged browsers count too."""
    counted = {
        column.phase: column.volume
        and (column.volume.touchpoints, column.volume.persons)
        for column in found.columns
    }
    assert counted == {
        "awareness": (4, 2),
        "acquisition": (2, 1),
        "onboarding": (2, 1),
        "dormant": None,
    }


def test_touchpoints_in_no_phase_are_told(store: Store, found: JourneyMap) -> None:
    """Bob never entered a phase of the other model: two touchpoints, on every form."""
    shoes = MapModel("shoes", 1, (MapPhase("onboarding"),))
    lost = read_map(store.asker, Scope(model="shoes"), shoes)
    assert (found.in_no_phase, lost.in_no_phase) == (0, 2)
    queries = _Queries(store, lost.queries)
    assert queries.value("in_no_phase", "") == 2
    assert "in_no_phase,\r\n" in as_csv(lost)
    assert ("in_no_phase", "", 2.0, "2") in _numbers(render(lost))
    assert "in no phase" in outside(lost, "en")
    assert "in no phase" not in render(found).partition("</metadata>")[2]


def test_observed_and_inferred_are_never_mixed(found: JourneyMap) -> None:
    """A failed payment is no word of the customer's, nor the other way round."""
    felt = {
        c.phase: (c.volume.observed_mean, c.volume.inferred_mean, c.volume.coverage)
        for c in found.columns
        if c.volume
    }
    assert felt == {
        "awareness": (None, None, 0),
        "acquisition": (None, -2, 0.5),
        "onboarding": (1.5, None, 0.5),
    }


def test_a_stage_counts_who_got_further(found: JourneyMap) -> None:
    """One of three got from awareness further, after two days; dormancy is no progress."""
    stage = {column.phase: column.stage for column in found.columns}["awareness"]
    assert stage is not None
    assert (stage.entered, stage.moved_on, stage.conversion) == (3, 1, 1 / 3)
    assert stage.dwell_ms == 2 * DAY


def test_the_plan_is_held_against_what_happened(found: JourneyMap) -> None:
    """Fitness is the share of expected touchpoints; deviations come by persons."""
    assert found.plan is not None
    assert found.plan.fitness == 0.5  # three in awareness and a page, of eight
    kinds = {(one.kind, one.phase, one.what) for one in found.plan.deviations}
    assert kinds == {
        ("missing", "awareness", "email_opened"),
        ("target", "awareness", "conversion"),
        ("target", "awareness", "dwell_ms"),
        ("unplanned", "awareness", "page_viewed"),
        ("unplanned", "acquisition", "payment_failed"),
    }


def test_a_scope_narrows_the_map(store: Store) -> None:
    """By channel, by store and by time; a map of nothing is a map."""
    for scope, touchpoints in (
        (Scope(channel="web"), 4),
        (Scope(store="s1"), 1),
        (Scope(to=BASE + DAY), 2),
        (Scope(tenant="nobody"), None),
    ):
        narrowed = read_map(store.asker, scope, MODEL, plan=PLAN)
        assert (narrowed.total.touchpoints if narrowed.total else None) == touchpoints
        ET.fromstring(render(narrowed, "fr"))


def test_samples_name_touchpoints_and_nobody(store: Store) -> None:
    """The touchpoints behind a number: ids, times and types, no identifier."""
    part = {"phase": "acquisition", "channel": "web"}
    some = read_samples(OverJson(store.asker), Scope(), part)
    assert [one.type for one in some] == ["payment_failed", "page_viewed"]
    fields = {"source", "id", "at", "type", "channel", "phase", "evidence"}
    assert set(msgspec.structs.asdict(some[0])) == fields
    felt = read_samples(store.asker, Scope(), part | {"felt": "yes"})
    assert [one.evidence for one in felt] == ["friction:x"]
    assert not read_samples(store.asker, Scope(), part | {"felt": "observed"})
    with pytest.raises(QuestionError, match="limit is 1 to 100"):
        read_samples(store.asker, Scope(), part, 101)


def test_samples_are_of_persons_enough(store: Store) -> None:
    """Of who had them as they are known now, however many touchpoints they had."""
    asker, of_both = OverJson(store.asker), {"phase": "awareness"}
    assert len(read_samples(asker, Scope(), of_both, least=2)) == 4
    for part, least in ((of_both, 3), ({"phase": "acquisition"}, 2)):
        with pytest.raises(QuestionError, match=f"{least} persons or more"):
            read_samples(asker, Scope(), part, least=least)
    assert read_samples(asker, Scope(), {"phase": "dormant"}, least=2) == []


def test_samples_of_a_pain_point_are_those_that_hurt_by_it(store: Store) -> None:
    """A friction, or an answer of who was unhappy; not what the same survey tells else."""
    told = [
        read_samples(store.asker, Scope(tenant=who), {"phase": phase, "pain": pain})
        for who, phase, pain in (
            ("default", "acquisition", "x"),
            ("default", "onboarding", "x"),
            ("default", "onboarding", "nps"),
            ("unhappy", "awareness", "nps"),
        )
    ]
    assert [[one.type for one in some] for some in told] == [
        ["payment_failed"],
        [],  # it hurt in another phase
        [],  # who answered was happy
        ["survey_answered"],
    ]


def test_findings_that_come_later_have_room(found: JourneyMap) -> None:
    """Told to come, in every phase; a drawing without them has no such bands."""
    drawn = render(found, "en", later=True)
    assert drawn.count("being looked for") == 3 * len(MODEL.phases)
    assert "Pain points" in drawn
    assert "Pain points" not in render(found, "en")
    assert len(_numbers(drawn)) == len(_numbers(render(found, "en")))


def test_the_days_of_a_map_are_those_of_its_time_zone(store: Store) -> None:
    """`to` is the first moment that is out: people are told the last day that is in."""
    scope = Scope(from_="2023-11-01", to="2023-12-01", timezone="Europe/Paris")
    drawn = render(read_map(store.asker, scope, MODEL), "en")
    assert "from 2023-11-01 until 2023-11-30 (Europe/Paris)" in drawn


def test_a_map_is_the_same_every_time(store: Store, found: JourneyMap) -> None:
    """Asked and drawn again, not a byte differs."""
    again = read_map(store.asker, Scope(), MODEL, plan=PLAN)
    assert render(again, "fr") == render(found, "fr")


def test_a_question_that_makes_no_sense_says_so(
    store: Store, found: JourneyMap
) -> None:
    """An unknown model, a persona nobody knows, a plan for other phases, a wrong phase."""
    with pytest.raises(QuestionError, match="no journey model 'shoes'"):
        read_map(store.asker, Scope(model="shoes"), MODEL)
    with pytest.raises(QuestionError, match="personas"):
        read_map(store.asker, Scope(persona="fans"), MODEL)
    other = read_plan(b"{name: x, phases: [{id: nowhere}]}")
    with pytest.raises(PlanError, match="no phase nowhere"):
        read_map(store.asker, Scope(), MODEL, plan=other)
    with pytest.raises(PlanError, match="write cart_product_added"):
        read_plan(b"{name: x, phases: [{id: a, expect: {product_added: 1}}]}")
    with pytest.raises(PlanError, match=r"docs/map\.md"):
        read_plan(b"[")
    with pytest.raises(QuestionError, match="no phase nowhere"):
        render(found, only=["nowhere"])
    with pytest.raises(QuestionError, match="no journey model 'x'"):
        Desk((MODEL,)).model("x")
