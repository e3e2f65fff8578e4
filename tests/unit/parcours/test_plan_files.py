"""Planned journeys of the data folder."""

from pathlib import Path

import pytest

from parcours.mapping import open_desk
from parcours.plan_files import PlanFileError

OURS = """
name: ours
phases:
  - {id: acquisition, expect: {page_viewed: 0.5}}
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A system's folder, of which no setting is in the environment."""
    for name in ("KAFKA_SERVERS", "CLICKHOUSE_URL", "MODEL_FILE", "DATA_DIR"):
        monkeypatch.delenv(f"PARCOURS_{name}", raising=False)
    (tmp_path / "plans").mkdir()
    return tmp_path


def test_the_plans_of_the_folder_go_before_the_one_that_comes_along(
    folder: Path,
) -> None:
    """Files with another ending are no plans."""
    before = open_desk(folder).plan_for("default")
    (folder / "plans" / "ours.yaml").write_text(OURS)
    (folder / "plans" / "notes.md").write_text("later")
    after = open_desk(folder).plan_for("default")
    assert before
    assert after
    assert (before.name != "ours", after.name) == (True, "ours")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("name: x", "wrong.yaml: the plan: .*phases"),
        (OURS + "model: other", "wrong.yaml: no journey model 'other'"),
        (OURS.replace("acquisition", "nowhere"), "wrong.yaml: .*no phase nowhere"),
        (OURS.replace("page_viewed", "page_seen"), "wrong.yaml: .*no type page_seen"),
    ],
)
def test_a_file_that_is_no_plan_is_refused_by_its_name(
    folder: Path, text: str, said: str
) -> None:
    """With what is wrong in it."""
    (folder / "plans" / "wrong.yaml").write_text(text)
    with pytest.raises(PlanFileError, match=said):
        open_desk(folder)


def test_two_plans_for_one_model_are_refused(folder: Path) -> None:
    """Nobody could say which of them is meant."""
    for name in ("a", "b"):
        (folder / "plans" / f"{name}.yaml").write_text(OURS)
    with pytest.raises(PlanFileError, match=r"b.yaml: a.yaml is for the model default"):
        open_desk(folder)
