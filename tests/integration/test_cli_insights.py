"""`moments`, `pains`, `personas` and `objectives` on the command line."""

from __future__ import annotations

import csv
import io
import json
from typing import TYPE_CHECKING, cast

import pytest
from typer.testing import CliRunner

from parcours import cli
from parcours.commands.personas import PersonaFileError
from parcours.simulating.plan import Plan
from parcours.simulating.run import simulate
from tests.factories.folded import land_lines
from tests.unit.insights.store import open_store

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from click.testing import Result

pytest.importorskip("chdb")
pytestmark = pytest.mark.clickhouse

OBJECTIVES = """
objectives:
  - {name: buyers, metric: persons_reaching, phase: onboarding, target: 100000,
     from: 2025-01-01, to: 2025-02-01}
  - {name: later, metric: orders, target: 5, from: 2035-01-01, to: 2036-01-01}
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A system's folder with a short year in its store."""
    folder = tmp_path_factory.mktemp("system")
    plan = Plan(6_000, 500, days=120, seed=3, late=0, duplicates=0)
    with open_store(folder) as store:
        land_lines(store, simulate(plan, in_order=True)[0])
    return folder


@pytest.fixture(autouse=True)
def nothing_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("KAFKA_SERVERS", "CLICKHOUSE_URL", "PSEUDONYM_KEY", "DATA_DIR"):
        monkeypatch.delenv(f"PARCOURS_{name}", raising=False)


def run(folder: Path, *words: str) -> Result:
    return CliRunner().invoke(cli.app, [*words, "--data-dir", str(folder)])


def answer(folder: Path, *words: str) -> dict[str, list[dict[str, object]]]:
    done = run(folder, *words, "--json")
    assert done.exit_code == 0, done.output
    return cast("dict[str, list[dict[str, object]]]", json.loads(done.stdout))


def table(folder: Path, *words: str) -> list[dict[str, str]]:
    done = run(folder, *words, "--csv")
    assert done.exit_code == 0, done.output
    return list(csv.DictReader(io.StringIO(done.stdout)))


@pytest.mark.parametrize(
    "words",
    [
        ("moments", "--all", "--at-least", "10"),
        ("assistance",),
        ("assistance", "--match", "orders,recency", "--within", "3d"),
        ("pains",),
        ("pains", "opportunities", "--at-least", "10"),
        ("pains", "missing"),
        ("personas",),
        ("personas", "--drift-from", "2025-01-01", "--from", "2025-03-01"),
        ("personas", "--at", "2025-02-01", "--channel", "web"),
    ],
)
def test_every_answer_has_three_forms(folder: Path, words: tuple[str, ...]) -> None:
    """For people, for a program, for a spreadsheet."""
    shown = run(folder, *words)
    assert shown.exit_code == 0, shown.output
    assert shown.stdout.strip()
    assert answer(folder, *words)
    assert table(folder, *words) is not None


@pytest.mark.parametrize(
    ("words", "listed"),
    [
        (("pains",), "pains"),
        (("pains", "missing"), "searches"),
    ],
)
def test_what_is_left_out_is_told(
    folder: Path, words: tuple[str, ...], listed: str
) -> None:
    """That there is more, in every form; and not where there is none."""
    many = len(answer(folder, *words, "--limit", "1000")[listed])
    assert many > 1
    for limit in (many - 1, many):
        some = (*words, "--limit", str(limit))
        more = limit < many
        assert bool(answer(folder, *some)["more"]) == more
        assert ("more: with a greater --limit" in run(folder, *some).stdout) == more
        beside = run(folder, *some, "--csv")
        assert ("more: with a greater --limit" in beside.stderr) == more
        assert "more:" not in beside.stdout


@pytest.mark.parametrize(
    ("words", "listed", "amounts"),
    [
        (("pains",), "pains", ["value_minor"]),
        (
            ("pains", "opportunities", "--at-least", "5"),
            "opportunities",
            ["value_minor"],
        ),
        (("personas",), "personas", ["value_minor"]),
        (("impact", "--replicates", "0"), "names", ["assisted_minor"]),
    ],
)
def test_a_spreadsheet_has_the_money_by_currency(
    folder: Path, words: tuple[str, ...], listed: str, amounts: list[str]
) -> None:
    """A column for each currency, with the amounts of the answer."""
    told = answer(folder, *words)[listed]
    rows = table(folder, *words)[: len(told)]
    for one, row in zip(told, rows, strict=True):
        for amount in amounts:
            money = cast("dict[str, int]", one[amount])
            columns = {name for name in row if name.startswith(amount)}
            assert columns, row
            there = {c.rpartition("_")[2]: int(row[c]) for c in columns if row[c]}
            assert there == money
    if listed == "names":
        assert [int(row["assisted"]) for row in rows] == [
            one["assisted"] for one in told
        ]


def test_personas_narrow_other_answers(folder: Path) -> None:
    """Who fills carts has no order, and so no pain after one."""
    every = {pain["pain"] for pain in answer(folder, "pains")["pains"]}
    some = {
        p["pain"] for p in answer(folder, "pains", "--persona", "hesitant")["pains"]
    }
    assert "late_delivery" in every - some
    assert some < every
    unknown = run(folder, "pains", "--persona", "nobody")
    assert unknown.exit_code == 1
    assert "default/hesitant" in str(unknown.exception)


def test_the_persona_of_a_person_is_told(folder: Path) -> None:
    """Who is listed under a persona has it in their journey, in every form."""
    words = ("personas", "--persons", "online_buyer", "--limit", "3")
    listed = answer(folder, *words)["members"]
    assert [row["person_id"] for row in table(folder, *words)] == [
        one["person_id"] for one in listed
    ]
    person = str(listed[0]["person_id"])
    assert person in run(folder, *words).stdout
    told = cast("dict[str, object]", answer(folder, "journey", person)["persona"])
    assert (told["model"], told["persona"]) == ("default", "online_buyer")
    shown = run(folder, "journey", person).stdout
    assert "persona     online_buyer: the first of the personas 'default'" in shown
    assert "`orders >= 1, share_orders_online > 0`" in shown
    unknown = run(folder, "personas", "--persons", "nobody")
    assert "default/hesitant" in str(unknown.exception)


def test_a_funnel_tells_personas_apart(folder: Path) -> None:
    """On the command line and from a file; each as its own funnel, all make the whole."""
    words = ("funnel", "product_viewed", "order_completed")
    by = answer(folder, *words, "--by", "persona")
    file = folder / "by.yaml"
    file.write_text(
        "steps: [{type: product_viewed}, {type: order_completed}]\n"
        "breakdown: {property: persona}\n"
    )
    assert answer(folder, "funnel", str(file))["breakdown"] == by["breakdown"]
    assert sum(cast("int", one["entered"]) for one in by["breakdown"]) == by["entered"]
    buyers = next(one for one in by["breakdown"] if one["value"] == "online_buyer")
    own = answer(folder, *words, "--persona", "online_buyer")
    assert {name: own[name] for name in buyers if name in own} == {
        name: one for name, one in buyers.items() if name in own
    }
    chosen = ("--by", "persona", "--value", "online_buyer", "--limit", "9999")
    for step, one in enumerate(own["steps"], 1):
        listed = answer(folder, *words, *chosen, "--persons", f"{step}:reached")
        assert len(listed["members"]) == one["units"]
    shown = run(folder, *words, "--by", "persona")
    assert "online_buyer: " in shown.stdout
    assert "personas are those of the model 'default'" in shown.output
    refused = run(folder, *words, "--by", "persona", "--attribution", "last_touch")
    assert "a person has one persona" in str(refused.exception)
    words += ("--by", "persona", "--persons", "1:reached", "--value", "nosuch")
    unknown = run(folder, *words)
    assert "there is no persona nosuch; there are " in str(unknown.exception)


def test_a_journey_is_a_spreadsheet_of_touchpoints(folder: Path) -> None:
    """As many as the answer lists, with their times and types."""
    person = str(
        answer(folder, "personas", "--persons", "online_buyer")["members"][0][
            "person_id"
        ]
    )
    listed = answer(folder, "journey", person)["touchpoints"]
    rows = table(folder, "journey", person)
    assert [(row["id"], row["type"], int(row["at"])) for row in rows] == [
        (one["id"], one["type"], one["at"]) for one in listed
    ]


def test_found_personas_are_kept(folder: Path) -> None:
    """Under their name, for every question from then on; a name that is taken is not."""
    made = answer(folder, "personas", "--find", "kinds", "-k", "3")
    assert (folder / "personas" / "kinds.json").is_file()
    again = answer(folder, "personas", "--by", "kinds")
    assert again["personas"] == made["personas"]
    assert len(table(folder, "personas", "--by", "kinds")) == 3
    for name in ("default", "../kinds", "Kinds"):
        refused = run(folder, "personas", "--find", name, "-k", "2")
        assert isinstance(refused.exception, PersonaFileError)


def test_opportunities_have_owners(folder: Path, tmp_path: Path) -> None:
    """Of a file that is named, or none."""
    words = ("pains", "opportunities", "--at-least", "5")
    found = answer(folder, *words)["opportunities"]
    assert all(one["owner"] == "" for one in found)
    file = tmp_path / "owners.yaml"
    rows = [{"phase": o["phase"], "type": o["type"], "owner": "us"} for o in found]
    file.write_text(json.dumps(rows))
    owned = answer(folder, *words, "--owners", str(file))["opportunities"]
    assert [one["owner"] for one in owned] == ["us"] * len(found)


def test_objectives_are_those_of_the_folder(folder: Path) -> None:
    """Without any, the command says how to write some."""
    none = run(folder, "objectives")
    assert none.exit_code == 1
    (folder / "objectives.yaml").write_text(OBJECTIVES)
    found = json.loads(run(folder, "objectives", "--json").stdout)
    assert [one["status"] for one in found] == ["missed", "not_started"]
    assert [one["name"] for one in table(folder, "objectives")] == ["buyers", "later"]
    assert "not on track: buyers" in run(folder, "objectives").stdout
