"""The API goes by the files of its data folder as they are now; no restart."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pytest

from schemas import tables
from tests.integration.api_store import BASE, customers, entered
from tests.servers.ports import LOOPBACK, Ports

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

pytest.importorskip("chdb")
pytestmark = pytest.mark.clickhouse

REPO = Path(__file__).parents[3]
MODEL = """
name: default
version: {version}
phases:
- {{id: awareness, enter: [{{rule: came, all: [{{types: ["*"]}}]}}]}}
"""
VIP = """
- {id: vip, enter: [{rule: many, all: [{types: [order_completed], at_least: 3}]}]}
- {id: advocacy, enter: [{rule: told, all: [{types: [referral_sent]}]}]}
"""
OLD, NEW = MODEL.format(version=2), MODEL.format(version=3) + VIP.lstrip()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A data folder with a store, in which one of three persons is `vip`, and no files."""
    with customers(tmp_path) as store:
        vip = entered("customer_id:13", BASE + 1) | {"to_phase": "vip"}
        others = [entered("customer_id:12"), entered("customer_id:14")]
        store.insert(tables.TRANSITIONS, [*others, vip])
        states = [("customer_id:12", "awareness"), ("customer_id:13", "vip")]
        store.insert(
            tables.JOURNEY_STATES,
            [
                {"person_id": who, "revision": 1, "phase": phase, "touchpoints": 1}
                for who, phase in states
            ],
        )
    return tmp_path


@pytest.fixture(params=["models", "elsewhere.yaml"])
def api(
    folder: Path, request: pytest.FixtureRequest
) -> Iterator[tuple[httpx.Client, Path, Path]]:
    """The API as a process, the file of its model, and its log.

    The model stands in the data folder, or where `PARCOURS_MODEL_FILE` says.
    """
    model = folder / request.param
    named = {}
    if model.suffix:
        named["PARCOURS_MODEL_FILE"] = str(model)
    else:
        model.mkdir()
        model /= "default.yaml"
    model.write_text(OLD)
    log = folder / "api.log"
    with Ports(1) as ports, log.open("w") as said:
        environment = {k: v for k, v in os.environ.items() if "PARCOURS" not in k}
        environment |= named | {
            "PARCOURS_CLICKHOUSE_URL": f"chdb://{folder}/store",
            "PARCOURS_API_PORT": str(ports.numbers[0]),
            "PARCOURS_API_METRICS_PORT": "0",
        }
        command = [sys.executable, "-m", "parcours", "api", "--data-dir", str(folder)]
        with (
            subprocess.Popen(
                command, env=environment, cwd=REPO, stderr=said
            ) as process,
            httpx.Client(
                base_url=f"http://{LOOPBACK}:{ports.numbers[0]}", timeout=60
            ) as client,
        ):
            try:
                _until(lambda: process.poll() is not None or _answers(client))
                assert process.poll() is None, log.read_text()
                yield client, model, log
            finally:
                process.send_signal(signal.SIGTERM)


def test_the_api_follows_its_model_files(api: tuple[httpx.Client, Path, Path]) -> None:
    """New columns, another tag, the model's order of phases; a broken file waits."""
    client, model, log = api
    path = "/v1/map?findings=no"
    before = client.get(path)
    assert _columns(before) == {"awareness"}
    tag = {"If-None-Match": before.headers["etag"]}
    model.touch()
    assert client.get(path, headers=tag).status_code == 304

    model.write_text("name: default\nphases: soon\n")
    for _ in range(3):
        assert client.get(path, headers=tag).status_code == 304
    warned = [line for line in log.read_text().splitlines() if "files_refused" in line]
    assert len(warned) == 1
    assert model.name in warned[0]

    model.write_text(NEW)
    after = client.get(path, headers=tag)
    assert (after.status_code, _columns(after)) == (
        200,
        {"awareness", "vip", "advocacy"},
    )
    assert after.headers["etag"] != before.headers["etag"]
    assert after.json()["in_no_phase"] == 0
    volumes = [one["volume"] for one in after.json()["columns"] if one["volume"]]
    total = after.json()["total"]
    assert sum(one["touchpoints"] for one in volumes) == total["touchpoints"]
    (default,) = client.get("/v1/map/choices").json()["models"]
    assert default["version"] == 3
    stages = client.get("/v1/stages").json()["stages"]
    assert [one["phase"] for one in stages] == ["awareness", "vip", "advocacy"]
    summary = client.get("/v1/summary").json()["phases"]
    assert [one["phase"] for one in summary] == ["awareness", "vip", "advocacy"]
    with client.stream("GET", "/v1/live") as live:
        told = next(line for line in live.iter_lines() if line.startswith("data: "))
    assert told.index('"awareness","persons":1') < told.index('"vip","persons":1')
    assert told.index('"vip","persons":1') < told.index('"advocacy","persons":0')


@pytest.mark.parametrize("api", ["models"], indirect=True)
def test_the_api_follows_the_other_files_of_its_folder(
    api: tuple[httpx.Client, Path, Path], folder: Path
) -> None:
    """Objectives, plans, personas, owners, costs, funnels: also those that come."""
    client, _, log = api
    assert client.get("/v1/objectives").json() == []
    (folder / "objectives.yaml").write_text(
        "objectives: [{name: buyers, metric: orders, target: 10, "
        "from: 2023-11-01, to: 2023-12-01}]"
    )
    assert [one["name"] for one in client.get("/v1/objectives").json()] == ["buyers"]
    for name in (
        "objectives.yaml",
        "opportunities.yaml",
        "costs.csv",
        "costs.yaml",
        "personas/broken.yaml",
        "plans/broken.yaml",
        "funnels/broken.yaml",
    ):
        file = folder / name
        kept = file.read_bytes() if file.exists() else None
        file.parent.mkdir(exist_ok=True)
        for broken in (b"a: [\n1\n", b"\xff\x00: {", b"- 3\n1\n"):
            file.write_bytes(broken)
            said = len(log.read_text())
            told = client.get("/v1/objectives").json()
            assert [one["name"] for one in told] == ["buyers"]
            assert "files_refused" in log.read_text()[said:], (name, broken)
        file.unlink() if kept is None else file.write_bytes(kept)
    assert "Traceback" not in log.read_text()


def _columns(answer: httpx.Response) -> set[str]:
    return {column["phase"] for column in answer.json()["columns"]}


def _answers(client: httpx.Client) -> bool:
    try:
        return client.get("/ready").is_success
    except httpx.TransportError:
        return False


def _until(happens: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not happens():
        assert time.monotonic() < deadline
        time.sleep(0.1)
