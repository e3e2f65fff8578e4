"""What the command line says before there is anything to say, and behind an answer."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner

from parcours import cli
from parcours.asking import NothingStoredError
from schemas.tables import TOUCHPOINTS
from streams.identity.pseudonym import Pseudonyms
from tests.unit.insights.store import open_store

if TYPE_CHECKING:
    from pathlib import Path

    from click.testing import Result

pytest.importorskip("chdb")
pytestmark = pytest.mark.clickhouse

BASE = 1_735_689_600_000
KEY, ADDRESS = "k" * 16, "ann@example.org"
FUNNEL = ("funnel", "page_viewed", "order_completed")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A system's folder: Ann looked, and bought 90 minutes later."""
    folder = tmp_path_factory.mktemp("system")
    with open_store(folder) as store:
        store.insert(
            TOUCHPOINTS,
            [
                {
                    "person_id": "customer_id:ann",
                    "customer_id": "ann",
                    "email_hash": Pseudonyms(KEY, "FR", {}).email("default", ADDRESS),
                    "occurred_at": BASE + minutes * 60_000,
                    "source": "shop",
                    "id": type_,
                    "type": type_,
                    "channel": "web",
                    "direction": "in",
                }
                for minutes, type_ in ((0, "page_viewed"), (90, "order_completed"))
            ],
        )
    return folder


@pytest.fixture(autouse=True)
def nothing_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("KAFKA_SERVERS", "CLICKHOUSE_URL", "PSEUDONYM_KEY", "DATA_DIR"):
        monkeypatch.delenv(f"PARCOURS_{name}", raising=False)


def run(folder: Path, *words: str) -> Result:
    return CliRunner().invoke(cli.app, [*words, "--data-dir", str(folder)])


def test_the_version_is_told() -> None:
    """Without a command, and nothing else."""
    told = CliRunner().invoke(cli.app, ["--version"])
    assert told.exit_code == 0
    assert re.fullmatch(r"parcours \d+\.\d+\.\d+\n", told.stdout)


@pytest.mark.parametrize(
    "words",
    [
        FUNNEL,
        ("assistance",),
        ("impact",),
        ("map",),
        ("messages",),
        ("moments",),
        ("pains",),
        ("paths",),
        ("personas",),
        ("stages",),
        ("stages", "cohorts"),
        ("stages", "value", "--json"),
        ("registered", "cart"),
        ("journey", "ann"),
        ("why", "ann"),
    ],
)
def test_who_has_stored_nothing_is_told_what_to_do(
    folder: Path, words: tuple[str, ...]
) -> None:
    """Rather than tables of zeros, in every answer; a tenant with a slip in it, too."""
    told = run(folder, *words, "--tenant", "nobody")
    assert told.exit_code == 1
    assert isinstance(told.exception, NothingStoredError)
    assert "'nobody'" in str(told.exception)
    assert "parcours produce" in str(told.exception)
    assert told.stdout == ""


def test_what_makes_no_sense_is_told_first(folder: Path) -> None:
    """Nothing stored would not make it right."""
    told = run(folder, *FUNNEL, "--window", "soon", "--tenant", "nobody")
    assert told.exit_code == 1
    assert "30m, 24h or 14d" in str(told.exception)


@pytest.mark.parametrize("file", ["none.yaml", "none.yml", "none.json", "funnels/a"])
def test_a_file_of_a_funnel_that_is_not_there_is_told(folder: Path, file: str) -> None:
    """It is no type of touchpoint, alone or among steps; a value may look like one."""
    for words in ((file,), ("page_viewed", file)):
        told = run(folder, "funnel", *words)
        assert told.exit_code == 2
        assert f"{file}: no such file" in told.stderr
    wrong = folder / "wrong.yaml"
    for content in ("steps: [{typ: page_viewed}]", "steps: {"):
        wrong.write_text(content)
        refused = run(folder, "funnel", str(wrong))
        assert str(refused.exception).startswith(f"{wrong}: not a funnel: ")
        assert "\n" not in str(refused.exception)
    existing = folder / "own.json"
    existing.write_text('{"steps": [{"type": "page_viewed"}]}')
    assert run(folder, "funnel", str(existing)).exit_code == 0
    assert run(folder, "funnel", str(existing), "page_viewed").exit_code == 2
    step = "page_viewed[properties.path=/cart/a.json]"
    assert run(folder, "funnel", step, "order_completed").exit_code == 0


def test_an_explanation_is_readable(folder: Path) -> None:
    """Touchpoints, definition, counts, where from; the statement where it is wanted."""
    told = run(folder, *FUNNEL, "--explain", "ann")
    assert told.exit_code == 0, told.output
    assert "attempt 1: converted after step 2" in told.stdout
    assert "1 attempt, 2 touchpoints; answered from the touchpoints" in told.stdout
    assert "SELECT" not in told.stdout
    assert len(told.stdout.splitlines()) < 12
    whole = run(folder, *FUNNEL, "--explain", "ann", "--sql").stdout
    assert "SELECT" in whole
    assert "tenant = default" in whole
    answer = json.loads(run(folder, *FUNNEL, "--explain", "ann", "--json").stdout)
    assert answer["rows"] == 2
    assert answer["evidence"]["sql"]


def test_a_statement_brings_its_values_along(folder: Path) -> None:
    """What the page copies, values in its first line, can be asked as it is."""
    told = run(folder, *FUNNEL, "--explain", "ann", "--json").stdout
    evidence = json.loads(told)["evidence"]
    copied = f"-- values: {json.dumps(evidence['parameters'])}\n{evidence['sql']}"
    where = ("--data-dir", str(folder))
    found = CliRunner().invoke(cli.app, ["sql", "-", *where], input=copied)
    assert found.exit_code == 0, found.output
    table = CliRunner().invoke(
        cli.app, ["sql", "SELECT 1 AS a, '=b' AS c", "--csv", *where]
    )
    assert table.stdout.split() == ["a,c", "1,'=b"]
    broken = "-- values: {half\nSELECT 1"
    refused = CliRunner().invoke(cli.app, ["sql", "-", *where], input=broken)
    assert "the first line must be `-- values:" in str(refused.exception)


def test_times_have_the_same_units_everywhere(folder: Path) -> None:
    """An hour and a half is 1.5 h, in a funnel as in paths; half an hour is 30.0 min."""
    assert "1.5 h" in run(folder, *FUNNEL).stdout
    assert "1.5 h" in run(folder, "paths", "page_viewed").stdout
    assert "within 30.0 min" in run(folder, *FUNNEL, "--window", "30m").stdout


def test_a_type_without_data_is_told(folder: Path) -> None:
    """In the table, too."""
    told = run(folder, "paths", "cart_viewed").stdout
    assert "nothing is stored of the type 'cart_viewed'" in told


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("pains", "missing", "--horizon", "3d"), "takes no --horizon"),
        (("pains", "missing", "--owners", "x.yaml"), "takes no --owners"),
        (("pains", "--within", "3d"), "takes no --within"),
        (("pains", "points", "--owners", "x.yaml"), "takes no --owners"),
        (("pains", "opportunities", "--within", "3d"), "takes no --within"),
        (("stages", "--months", "3"), "stages cohorts"),
        (("stages", "value", "--acquired", "order_completed"), "stages cohorts"),
        (("stages", "cohorts", "--by", "store"), "stages phases"),
    ],
)
def test_an_option_that_says_nothing_about_what_is_shown_is_refused(
    folder: Path, words: tuple[str, ...], said: str
) -> None:
    """Rather than ignored without a word."""
    told = run(folder, *words)
    assert told.exit_code == 2
    assert said in " ".join(re.sub("[│╭╰─╮╯]", " ", told.output).split())


@pytest.mark.parametrize(
    "words",
    [
        ("stages",),
        ("stages", "cohorts", "--months", "2"),
        ("paths", "--breadth", "2"),
        ("impact", "--replicates", "0"),
        ("assistance",),
    ],
)
def test_every_answer_can_be_that_of_a_moment(
    folder: Path, words: tuple[str, ...]
) -> None:
    """As over HTTP: nothing later is known."""
    told = run(folder, *words, "--as-of", "2025-01-01T01:00:00Z", "--json")
    assert told.exit_code == 0, told.output
    assert json.loads(told.stdout)["as_of"] == BASE + 60 * 60_000


def test_value_as_of_a_moment_knows_no_later_order(folder: Path) -> None:
    """Nor does an objective count one."""
    file = folder / "objectives.yaml"
    whole = "metric: orders, target: 1, from: 2025-01-01, to: 2026-01-01"
    file.write_text(
        f"objectives: [{{name: ours, {whole}}}, {{name: b, {whole}, tenant: other}}]"
    )
    for moment, orders in (("2025-01-01T01:00:00Z", 0), ("2025-01-02", 1)):
        told = run(
            folder, "objectives", "--tenant", "default", "--as-of", moment, "--json"
        )
        (one,) = json.loads(told.stdout)
        assert (one["tenant"], one["known"]) == ("default", orders)
    both = run(folder, "objectives").stdout.splitlines()[0].split()
    assert both[:2] == ["tenant", "objective"]
    nobody = run(folder, "objectives", "--tenant", "nobody")
    assert nobody.exit_code == 1
    file.unlink()


def test_paths_say_how_far_they_look(folder: Path) -> None:
    """Their window and their direction."""
    told = run(folder, "paths", "page_viewed", "--window", "3d", "--steps", "4").stdout
    assert "4 steps after where it begins, within 3d" in told


def test_the_persons_of_one_value_are_listed(folder: Path) -> None:
    """Of a funnel with a breakdown alone."""
    words = (*FUNNEL, "--by", "channel", "--persons", "entered")
    for more, many in ((("--value", "web"), 1), (("--kind", "not_set"), 0)):
        found = json.loads(run(folder, *words, *more, "--json").stdout)
        assert len(found["members"]) == many
    refused = run(folder, *FUNNEL, "--value", "web")
    assert "--persons" in str(refused.exception)


def test_a_strict_funnel_has_its_options(folder: Path) -> None:
    """What breaks it, and whose touchpoints count."""
    options = ("--eligible", "cart_viewed", "--include-bots", "--include-machine")
    told = run(folder, *FUNNEL, "--order", "strict", *options, "--json")
    assert json.loads(told.stdout)["converted"] == 1, told.output
    left_out = [one["code"] for one in json.loads(told.stdout)["left_out"]]
    assert left_out == []


def test_notes_stand_beside_a_spreadsheet(folder: Path) -> None:
    """On standard error: the answer has rows alone."""
    told = run(folder, "paths", "cart_viewed", "--csv")
    assert "nothing is stored of the type" not in told.stdout
    assert "nothing is stored of the type" in told.stderr
    missing = run(folder, "pains", "missing", "--channel", "wed")
    assert "no touchpoint has the channel 'wed'" in missing.stdout


def test_the_list_of_registered_funnels_is_a_spreadsheet(folder: Path) -> None:
    """As it is a table."""
    told = run(folder, "registered", "--csv").stdout.splitlines()
    assert told[0] == "funnel,steps,window"
    assert len(told) > 3


def test_a_journey_says_what_is_listed_and_not_counted(tmp_path: Path) -> None:
    """Control events, bots and what came too late; and what is of no session."""
    with open_store(tmp_path) as store:
        touched = {
            "person_id": "customer_id:ann",
            "customer_id": "ann",
            "source": "shop",
        }
        kinds = {
            "page_viewed": {"session_id": "s"},
            "email_delivered": {},
            "identity_linked": {},
            "product_viewed": {"bot": True},
        }
        store.insert(
            TOUCHPOINTS,
            [
                touched | {"id": kind, "type": kind, "occurred_at": BASE} | more
                for kind, more in kinds.items()
            ],
        )
    (note,) = json.loads(run(tmp_path, "journey", "ann", "--json").stdout)["notes"]
    assert note["code"] == "journey_counts"
    assert note["values"] == {"listed": 4, "mute": 2, "alone": 1}


def test_an_identifier_is_needed(folder: Path) -> None:
    """Nothing at all names nobody."""
    for words in (("why", ""), ("journey", " ")):
        told = run(folder, *words)
        assert told.exit_code == 1
        assert str(told.exception).startswith("an identifier is needed: ")


def test_no_message_is_told_with_what_is_silent(folder: Path) -> None:
    """Rather than a heading without rows: in general, of one person, of a rule."""
    for words, said in (
        ((), "no messages\n"),
        (("ann",), "no message to ann\n"),
        (("--rule", "welcome", "--status", "due"), "of the rule welcome that is due\n"),
    ):
        told = run(folder, "messages", *words)
        assert told.exit_code == 0, told.output
        assert said in told.stdout
        assert "had expired when it was found" in told.stdout


def test_a_message_rule_that_is_none_is_named(folder: Path) -> None:
    """A slip of the pen is no rule without messages."""
    told = run(folder, "messages", "--rule", "nosuch")
    assert told.exit_code == 0, told.output
    assert "there is no rule nosuch among those that apply here: " in told.stdout
    assert "abandoned_cart" in told.stdout
    told = run(folder, "messages", "--rule", "abandoned_cart")
    assert "there is no rule" not in told.stdout


def test_an_address_is_not_printed(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Screens are copied into tickets: what is told is the name that is stored."""
    monkeypatch.setenv("PARCOURS_PSEUDONYM_KEY", KEY)
    told = run(folder, "messages", f"email:{ADDRESS}")
    assert told.exit_code == 0, told.output
    assert "no message to email_hash:" in told.stdout
    assert ADDRESS not in told.output


def test_no_dead_letter_is_told(folder: Path) -> None:
    """Of any reason, or of one; one that there is not is refused with those there are."""
    assert run(folder, "dead-letters", "list").stdout == "no dead letters\n"
    of_one = run(folder, "dead-letters", "list", "--only-reason", "empty")
    assert of_one.stdout == "no dead letters of the reason empty\n"
    for command in ("list", "replay"):
        slip = run(folder, "dead-letters", command, "--only-reason", "nope")
        assert slip.exit_code == 2
        assert "no reason 'nope'" in slip.output
        assert "invalid_json" in slip.output


@pytest.mark.parametrize(
    "words", [FUNNEL, ("journey", "ann"), ("paths",), ("messages",)]
)
def test_a_tenant_has_a_name(folder: Path, words: tuple[str, ...]) -> None:
    """An empty one is a slip, and no tenant of whom nothing is stored."""
    told = run(folder, *words, "--tenant", "")
    assert told.exit_code == 2
    assert "a tenant has a name" in told.output
