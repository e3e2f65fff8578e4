"""The phase funnel has the phases of the journey model in force, whichever these are."""

from __future__ import annotations

import json
from importlib import resources
from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner

from insights.api.library import Library
from insights.rollups.roller import Roller
from parcours import cli
from parcours.registering import follow_registered
from schemas.settings import SettingsError
from schemas.tables import TOUCHPOINTS, TRANSITIONS
from tests.integration.api_store import setup
from tests.servers.api import serving
from tests.unit.insights.store import LOG, Store, open_store

if TYPE_CHECKING:
    from pathlib import Path

pytest.importorskip("chdb")
pytestmark = pytest.mark.clickhouse

BASE = 1_735_689_600_000
OWN = ["awareness", "acquisition", "onboarding", "engagement", "vip", "advocacy"]
BUILT_IN = [phase for phase in OWN if phase != "vip"]
COUNTED = [2, 1, 1, 1, 1, 0]
FUNNEL = "name: ours\nsteps: [{type: page_viewed}, {type: order_completed}]\n"
PATHS = {"ann": ["awareness", "engagement", "vip"], "bob": ["awareness"]}


def model(version: int) -> str:
    """The built-in model with a phase more."""
    text = resources.files("streams.journey") / "default_model.yaml"
    vip = (
        "  - id: vip\n    enter:\n      - rule: fifth_order\n        all:\n"
        "          - {types: [order_completed], at_least: 5}\n"
    )
    return (
        text.read_text("utf-8")
        .replace("version: 1\n", f"version: {version}\n", 1)
        .replace("  - id: advocacy\n", f"{vip}  - id: advocacy\n", 1)
    )


def land(store: Store) -> None:
    """Ann, who is a vip, and Bob."""
    place = {"kafka_log": LOG, "kafka_offset": 1, "occurred_at": BASE}
    touched = place | {"person_id": "ann", "source": "shop", "id": "1"}
    store.insert(TOUCHPOINTS, [touched | {"type": "page_viewed", "channel": "web"}])
    store.insert(
        TRANSITIONS,
        [
            place
            | {
                "person_id": person,
                "model": "default",
                "transition_no": number,
                "to_phase": phase,
            }
            for person, phases in PATHS.items()
            for number, phase in enumerate(phases)
        ],
    )


@pytest.fixture(autouse=True)
def nothing_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("KAFKA_SERVERS", "CLICKHOUSE_URL", "MODEL_FILE", "DATA_DIR"):
        monkeypatch.delenv(f"PARCOURS_{name}", raising=False)


def run(folder: Path, *words: str) -> str:
    told = CliRunner().invoke(cli.app, [*words, "--data-dir", str(folder)])
    assert told.exit_code == 0, told.output
    return told.stdout


def test_phases_of_ones_own_are_counted(tmp_path: Path) -> None:
    """On the command line: in their order, whoever entered a later one has the former."""
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / "ours.yaml").write_text(model(2), "utf-8")
    with open_store(tmp_path) as store:
        land(store)
    run(tmp_path, "rollups")
    found = json.loads(run(tmp_path, "registered", "phases", "--json"))
    assert [step["name"] for step in found["steps"]] == OWN
    assert [step["units"] for step in found["steps"]] == COUNTED
    assert "→ vip →" in run(tmp_path, "registered")


def test_a_model_that_changes_is_noticed(tmp_path: Path) -> None:
    """By the roller and the API that run: counted anew, though nothing has landed."""
    (tmp_path / "models").mkdir()
    registered = follow_registered(tmp_path)
    with open_store(tmp_path) as store:
        land(store)
        roller = Roller(store.writer, registered)
        assert "phases" in roller.roll(1).counted
        made = setup(store, library=lambda: Library(registered=registered()))
        with serving(made) as api:
            before = api.get("/v1/funnels/phases")
            assert [step["name"] for step in before.json()["steps"]] == BUILT_IN
            (tmp_path / "models" / "ours.yaml").write_text(model(2), "utf-8")
            assert roller.roll(2).counted == ["phases"]
            known = {"If-None-Match": before.headers["etag"]}
            after = api.get("/v1/funnels/phases", headers=known)
            assert [step["units"] for step in after.json()["steps"]] == COUNTED
        assert roller.roll(3).counted == []


def test_funnels_that_come_are_counted_next(tmp_path: Path) -> None:
    """Also where there was no folder of them, and nothing has landed since."""
    with open_store(tmp_path) as store:
        land(store)
        roller = Roller(store.writer, follow_registered(tmp_path))
        assert "ours" not in roller.roll(1).counted
        (tmp_path / "funnels").mkdir()
        (tmp_path / "funnels" / "ours.yaml").write_text(FUNNEL, "utf-8")
        assert roller.roll(2).counted == ["ours"]


def test_a_funnel_that_is_none_ends_who_rolls_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """At its start, with the file and what is wrong, and not to be started again."""
    (tmp_path / "funnels").mkdir()
    (tmp_path / "funnels" / "x.yaml").write_text("steps: [", "utf-8")
    told = ["parcours", "rollups", "--data-dir", str(tmp_path)]
    monkeypatch.setattr("sys.argv", told)
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert ended.value.code == cli.EX_CONFIG
    assert f"{tmp_path}/funnels/x.yaml: not a funnel" in capsys.readouterr().err


def test_a_model_that_means_none_changes_nothing(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """While somebody writes it; at the start it is refused."""
    (tmp_path / "models").mkdir()
    file = tmp_path / "models" / "ours.yaml"
    file.write_text(model(2), "utf-8")
    registered = follow_registered(tmp_path)
    before = registered()
    file.write_text("name: default", "utf-8")
    assert registered() == registered() == before
    (said,) = caplog.messages
    assert said.startswith("files_refused kept=last_good error=")
    assert "ours.yaml" in said
    with pytest.raises(SettingsError, match=r"ours\.yaml"):
        follow_registered(tmp_path)
