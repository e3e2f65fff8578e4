"""The API over the embedded engine: its answers."""

from __future__ import annotations

import dataclasses
import re
import time
from pathlib import Path
from typing import TYPE_CHECKING, cast

import msgspec
import pytest

import schemas
from insights.api import journey_map
from insights.api.library import Library
from insights.map.reading import Beside
from insights.objectives.spec import parse_objectives
from insights.pains.opportunities import Owner
from insights.rollups.registered import built_in
from insights.rollups.roller import Roller
from schemas import tables
from tests.integration.api_store import (
    ANNA,
    BASE,
    FUNNEL,
    problem,
    setup,
    touch,
)
from tests.servers.api import serving
from tests.unit.insights.store import OverJson, Store

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import httpx

    from insights.asker import Rows

pytest.importorskip("chdb")
pytestmark = pytest.mark.clickhouse

_NOTHING: Mapping[str, object] = {}


def test_a_funnel_is_answered_as_the_command_line_does(api: httpx.Client) -> None:
    """The same spec, the same numbers."""
    answer = api.post("/v1/funnels", json=FUNNEL)
    assert answer.status_code == 200, answer.text
    assert [step["units"] for step in answer.json()["steps"]] == [3, 1]


def test_a_funnel_tells_its_trend_its_persons_and_why(api: httpx.Client) -> None:
    """The list is as long as the number; one unit shows what was taken for it."""
    who = api.post("/v1/funnels/persons?state=reached&step=2", json=FUNNEL).json()
    assert [one["unit"] for one in who["members"]] == [ANNA]
    trend = api.post("/v1/funnels/trend?period=month", json=FUNNEL).json()
    assert sum(point["entered"] for point in trend["points"]) == 3
    why = api.post(f"/v1/funnels/explain?unit={ANNA}", json=FUNNEL).json()
    assert [one["id"] for one in why["attempts"][0]["matches"]] == [
        f"{ANNA}-1",
        f"{ANNA}-2",
    ]
    assert api.post("/v1/funnels/explain", json=FUNNEL).status_code == 400


def test_every_bucket_of_a_breakdown_can_be_listed(api: httpx.Client) -> None:
    """Also those that have no value: the list is as long as the number."""
    asked = {**FUNNEL, "breakdown": {"property": "store_id"}}
    (bucket,) = api.post("/v1/funnels", json=asked).json()["breakdown"]
    assert (bucket["kind"], bucket["entered"]) == ("not_set", 3)
    who = api.post("/v1/funnels/persons?kind=not_set", json=asked)
    assert len(who.json()["members"]) == 3, who.text
    assert (
        api.post("/v1/funnels/persons?kind=value", json=asked).json()["members"] == []
    )


def test_why_follows_a_visitor_to_the_person(api: httpx.Client, store: Store) -> None:
    """By any identifier, as for a journey; nobody and several are told apart."""
    store.insert(
        tables.TOUCHPOINTS,
        [touch(ANNA, 1, tenant="merged"), touch("customer_id:13", 1, tenant="merged")],
    )
    visitor = {"person_id": "anonymous_id:v", "merged_into": ANNA, "tenant": "merged"}
    store.insert(tables.JOURNEY_STATES, [visitor])
    asked = FUNNEL | {"tenant": "merged"}
    why = api.post("/v1/funnels/explain?unit=anonymous_id:v", json=asked).json()
    assert why["id"] == ANNA
    assert [one["id"] for one in why["attempts"][0]["matches"]] == [f"{ANNA}-1"]
    nobody = api.post("/v1/funnels/explain?unit=anonymous_id:w", json=asked)
    problem(nobody, 404, "not-found")
    problem(api.post("/v1/funnels/explain?unit=e1", json=FUNNEL), 409, "ambiguous")


def test_registered_funnels_are_asked_by_their_names(
    api: httpx.Client, store: Store
) -> None:
    """Computed until they are counted beforehand; then from the days, the same."""
    names = {one["funnel"]["name"] for one in api.get("/v1/funnels").json()}
    assert {"phases", "cart"} <= names
    computed = api.get("/v1/funnels/cart").json()
    problem(api.get("/v1/funnels/phases"), 422, "question")
    problem(api.get("/v1/funnels/none"), 422, "question")
    Roller(store.writer, built_in).roll(BASE)
    counted = api.get("/v1/funnels/cart").json()
    numbers = ("entered", "converted", "dropped", "pending")
    assert [counted[one] for one in numbers] == [computed[one] for one in numbers]
    assert "counted beforehand" in counted["notes"][0]["text"]
    assert api.get("/v1/funnels/phases").json()["name"] == "phases"
    points = api.get("/v1/funnels/cart/trend?period=week").json()["points"]
    assert sum(point["entered"] for point in points) == counted["entered"]


def test_a_person_is_found_by_any_identifier(api: httpx.Client) -> None:
    """One of them, or the list of those that it leads to."""
    journey = api.get("/v1/persons/12/journey", params={"limit": 1}).json()
    assert journey["person_id"] == ANNA
    assert len(journey["touchpoints"]) == 1
    assert api.get(f"/v1/persons/{ANNA}/why").json()["person_id"] == ANNA
    assert api.get("/v1/persons/e1").json() == [ANNA, "customer_id:13"]
    problem(api.get("/v1/persons/e1/journey"), 409, "ambiguous")


def test_the_persona_of_a_person_is_told(api: httpx.Client, store: Store) -> None:
    """Who is listed under a persona has it in their journey; nobody is without one."""
    whose = {"tenant": "told"}
    state = {"person_id": "customer_id:30", "touchpoints": 3, "facts": "{}"} | whose
    store.insert(tables.JOURNEY_STATES, [state | {"last_at": BASE, "revision": 1}])
    known = [touch("customer_id:30", 1, **whose)]
    known.append(touch(ANNA, 1, customer_id="12", **whose))
    store.insert(tables.TOUCHPOINTS, known)
    shares = api.get("/v1/personas", params=whose).json()["personas"]
    (mine,) = [one for one in shares if one["persons"]]
    named = whose | {"persona": mine["persona"]}
    page = api.get("/v1/personas/persons", params=named).json()
    assert [one["person_id"] for one in page["members"]] == ["customer_id:30"]
    journey = api.get("/v1/persons/customer_id:30/journey", params=whose).json()
    assert journey["persona"]["persona"] == mine["persona"]
    assert journey["persona"]["label"] == mine["label"]
    nobody = api.get(f"/v1/persons/{ANNA}/journey", params=whose).json()
    assert nobody["persona"] is None
    asked = FUNNEL | named
    assert api.post("/v1/funnels", json=asked).json()["entered"] == 1
    who = api.post("/v1/funnels/persons", json=asked).json()["members"]
    assert [one["unit"] for one in who] == ["customer_id:30"]
    problem(api.post("/v1/funnels", json=FUNNEL | {"persona": "x"}), 422, "question")
    parted = FUNNEL | whose | {"breakdown": {"property": "persona"}}
    buckets = api.post("/v1/funnels", json=parted).json()["breakdown"]
    entered = {one["value"]: one["entered"] for one in buckets if one["entered"]}
    assert entered == {mine["persona"]: 1, "(not set)": 1}
    bucket = {"value": mine["persona"]}
    who = api.post("/v1/funnels/persons", json=parted, params=bucket).json()["members"]
    assert [one["unit"] for one in who] == ["customer_id:30"]
    why = {"unit": "customer_id:30"}
    told = api.post("/v1/funnels/explain", json=parted, params=why).json()
    assert [one["value"] for one in told["attempts"]] == [mine["persona"]]
    assert api.post("/v1/funnels/trend", json=parted).status_code == 200
    everybody = api.get("/v1/stages?persona=all").json()
    assert everybody == api.get("/v1/stages").json()


def test_answers_take_what_the_command_line_takes(api: httpx.Client) -> None:
    """Steps of ordering and a sample of moments, the first of what is ranked."""
    assert api.get("/v1/moments?steps=true&one_in=2").status_code == 200
    notes = api.get("/v1/moments?one_in=2").json()["notes"]
    assert "one_in" in [one["code"] for one in notes]
    for path, listed in (
        ("pains", "pains"),
        ("opportunities", "opportunities"),
        ("missing", "searches"),
    ):
        whole = api.get(f"/v1/{path}").json()
        found = api.get(f"/v1/{path}?limit=1").json()
        assert found[listed] == whole[listed][:1]
        assert (found["more"], whole["more"]) == (len(whole[listed]) > 1, False)


def test_names_that_are_nowhere_are_told_beside_every_answer(api: httpx.Client) -> None:
    """Where they were asked for, and something is found or not."""
    misspelt = {"steps": [{"type": "page_veiwed"}]}
    for path in ("", "/trend", "/persons", f"/explain?unit={ANNA}"):
        answer = api.post(f"/v1/funnels{path}", json=misspelt).json()
        assert [one["code"] for one in answer["notes"]] == ["unknown_type_near"], path
    for path in ("/v1/missing", "/v1/opportunities"):
        notes = api.get(f"{path}?channel=wed").json()["notes"]
        assert [one["code"] for one in notes] == ["absent_channel"], path
    hidden = api.get("/v1/paths?hide=page_veiwed").json()["notes"]
    assert [one["code"] for one in hidden] == ["unknown_type_near"]


def test_what_is_stored_is_told_in_numbers(api: httpx.Client) -> None:
    """The summary of one tenant, and the messages by rule."""
    assert api.get("/v1/summary").json()["touchpoints"] == 4
    assert api.get("/v1/summary", params={"tenant": "other"}).json()["touchpoints"] == 1
    assert api.get("/v1/messages").json() == []


def test_help_without_visits_has_no_numbers(api: httpx.Client) -> None:
    """Nulls instead of shares, as at any moment, and a note."""
    for asked in ("", "?match=store&match=orders", "?as_of=1950-01-01&from=2024-01-01"):
        found = api.get(f"/v1/assistance{asked}").json()
        assert (found["assisted"], found["share"], found["low"]) == (0, None, None)
        assert found["notes"][0]["code"] == "comparable_visits"


def test_what_few_searched_for_is_told_to_nobody(api: httpx.Client) -> None:
    """The fewest persons for a term to be told cannot be lowered from outside."""
    problem(api.get("/v1/missing?min_persons=9"), 400, "malformed")
    assert api.get("/v1/missing?min_persons=10").status_code == 200


def test_the_map_names_the_owners_of_opportunities(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is found beside the volumes is asked for with the owners of the library."""
    given: list[Owner] = []

    def beside(*told: object) -> Beside:
        given.extend(cast("Sequence[Owner]", told[4]))
        return Beside()

    monkeypatch.setattr(journey_map, "read_beside", beside)
    owner = Owner("onboarding", "assistance_given", "stores")
    with serving(setup(store, library=lambda: Library(owners=[owner]))) as api:
        assert api.get("/v1/map").status_code == 200
    assert given == [owner]


def test_a_map_without_findings_has_the_same_numbers(api: httpx.Client) -> None:
    """Nothing but what is looked for beside them is left out."""
    whole, quick = (api.get(f"/v1/map?findings={one}").json() for one in ("yes", "no"))
    for part in ("total", "columns", "lanes", "plan", "in_no_phase"):
        assert quick[part] == whole[part]
    beside = {"moments", "pains", "opportunities"}
    assert whole["queries"].keys() - quick["queries"].keys() == beside
    assert quick["findings"] == []


def test_a_drawing_keeps_room_for_findings_that_come_later(api: httpx.Client) -> None:
    """They are not looked for, and told to come."""
    whole, later = (
        api.get(f"/v1/map.svg?findings={one}").text for one in ("yes", "later")
    )
    assert "Pain points" in later
    assert "being looked for" in later
    assert "being looked for" not in whole


def test_samples_of_a_pain_point_hurt(api: httpx.Client) -> None:
    """Nothing else has the evidence that is asked for."""
    some = api.get("/v1/map/samples?pain=no_such_friction")
    assert (some.status_code, some.json()) == (200, [])


def test_objectives_are_answers_and_gauges(store: Store) -> None:
    """Those of the tenant that asks; the gauges are set without anybody asking."""
    text = (
        b"objectives: [{name: buyers, metric: orders, target: 10, "
        b"from: 2023-11-01, to: 2023-12-01}]"
    )
    library = Library(objectives=parse_objectives(text))
    made = setup(store, library=lambda: library)
    with serving(made) as api:
        (one,) = api.get("/v1/objectives").json()
        assert api.get("/v1/objectives?tenant=other").json() == []
        assert (one["name"], one["value"]) == ("buyers", 1.0)
        gauge = 'parcours_objective_value{objective="buyers"} 1.0'
        while gauge not in api.get("/metrics").text:
            pass


def test_an_objective_that_there_is_no_more_has_no_gauges(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else its alert would go on for ever; one that comes has some."""
    monkeypatch.setattr("insights.api.objectives.REFRESH_SECONDS", 0.05)
    text = (
        "objectives: [{name: %s, metric: orders, target: 10, "
        "from: 2023-11-01, to: 2023-12-01}]"
    )
    known = [Library()]
    gauge = 'parcours_objective_value{objective="%s"} 1.0'
    with serving(setup(store, library=lambda: known[-1])) as api:
        for name in ("first", "second"):
            objectives = parse_objectives((text % name).encode())
            known.append(Library(objectives=objectives))
            ends = time.monotonic() + 10
            while gauge % name not in (told := api.get("/metrics").text):
                assert time.monotonic() < ends
    assert '"first"' not in told


class Odd(OverJson):
    """Has an answer of a kind that nobody thought of, the first time."""

    first = True

    def ask(self, sql: str, parameters: Mapping[str, object] = _NOTHING) -> Rows:
        if self.first:
            self.first = False
            raise KeyError
        return super().ask(sql, parameters)


def test_one_wrong_objective_costs_no_other_its_gauges(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nor does an error of ours end the watch: the next look comes."""
    monkeypatch.setattr("insights.api.objectives.REFRESH_SECONDS", 0.05)
    period = "metric: orders, target: 10, from: 2023-11-01, to: 2023-12-01"
    text = (
        f"objectives: [{{name: lost, persona: none, {period}}}, "
        f"{{name: buyers, {period}}}]"
    )
    library = Library(objectives=parse_objectives(text.encode()))
    made = setup(store, library=lambda: library)
    odd = dataclasses.replace(made, asker=Odd(store.asker))
    gauge = 'parcours_objective_value{objective="buyers"} 1.0'
    with serving(odd) as api:
        ends = time.monotonic() + 10
        while gauge not in api.get("/metrics").text:
            assert time.monotonic() < ends
            time.sleep(0.05)


def test_the_reference_is_made_of_the_description(api: httpx.Client) -> None:
    """The document that is committed is the one that is served; the page shows it all."""
    told = api.get("/openapi.json").json()
    committed = (Path(schemas.__file__).parent / "openapi.json").read_bytes()
    assert told == msgspec.json.decode(committed)
    page = api.get("/docs").text
    assert all(path in page for path in told["paths"])
    assert 'id="question"' in page
    assert not re.findall(r"(?:src|href)=.?https?:", page)
    assert "<script" not in page
