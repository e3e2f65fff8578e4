"""The command line itself: help, errors, and the commands that need no system."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from parcours import cli
from schemas.settings import Settings

REPO = Path(__file__).parents[3]
HEAVY = ("faust", "kafka", "aiokafka", "clickhouse_connect", "chdb", "pyarrow")


def run(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *words: str
) -> tuple[int, str]:
    """What the console script does: exit status, and all that it said to stderr."""
    monkeypatch.setattr(sys, "argv", ["parcours", *words])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    return int(ended.value.code or 0), capsys.readouterr().err


@pytest.fixture(autouse=True)
def nothing_runs(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("KAFKA_SERVERS", "CLICKHOUSE_URL", "PSEUDONYM_KEY", "DATA_DIR"):
        monkeypatch.delenv(f"PARCOURS_{name}", raising=False)


def test_every_command_explains_itself() -> None:
    """`--help` works for each, and says what it is for."""
    runner = CliRunner()
    overview = runner.invoke(cli.app, ["--help"]).stdout
    for command in cli.app.registered_commands:
        assert command.name
        assert command.hidden or command.name in overview
        help_ = runner.invoke(cli.app, [command.name, "--help"])
        assert help_.exit_code == 0
        assert "Usage" in help_.stdout


def test_the_overview_loads_no_engine() -> None:
    """A missing piece breaks its own command only, and help is quick."""
    script = (
        f"import sys, parcours.cli\nprint([m for m in {HEAVY!r} if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        text=True,
        check=True,
        cwd=REPO,
    )
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize(
    "words", [("drain",), ("audit",), ("produce", "a.ndjson"), ("worker",), ("sink",)]
)
def test_where_nothing_runs_a_command_says_how_to_start(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    words: tuple[str, ...],
) -> None:
    """One sentence and an exit status, never a traceback."""
    code, said = run(monkeypatch, capsys, *words)
    assert code == cli.EX_CONFIG
    assert "start a system with `parcours up`" in said
    assert "Traceback" not in said


def test_a_file_that_cannot_be_read_is_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """What the system says of it, in a line."""
    status, said = run(monkeypatch, capsys, "fold", "gone.ndjson")
    assert status == 1
    assert "gone.ndjson" in said
    assert "Traceback" not in said


def test_a_wrong_setting_is_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Whichever command is the first to read the settings."""
    monkeypatch.setenv("PARCOURS_KAFKA_SERVERS", "127.0.0.1:1")
    monkeypatch.setenv("PARCOURS_KAFKA_SERVER", "127.0.0.1:1")
    code, said = run(monkeypatch, capsys, "drain")
    assert code == cli.EX_CONFIG
    assert "unknown setting PARCOURS_KAFKA_SERVER;" in said


def test_a_question_without_a_store_is_answered_with_a_word(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nothing runs, and the folder has nothing to read."""
    pytest.importorskip("chdb")
    code, said = run(monkeypatch, capsys, "sql", "SELECT 1")
    assert code == 1
    assert "there is no store in" in said


def test_every_setting_is_listed() -> None:
    """With its default; the three that must be set have none."""
    listed = json.loads(CliRunner().invoke(cli.app, ["settings", "--json"]).stdout)
    assert len(listed) == len(Settings.__dataclass_fields__)
    assert [s["name"] for s in listed if s["default"] is None] == [
        "PARCOURS_KAFKA_SERVERS",
        "PARCOURS_CLICKHOUSE_URL",
        "PARCOURS_PSEUDONYM_KEY",
    ]


def test_fold_gives_states_and_sessions_without_a_broker(tmp_path: Path) -> None:
    """The worker's rules on a file: one state, one session, and the refused line."""
    path = tmp_path / "a.ndjson"
    path.write_text(
        '{"id":"1","source":"s","type":"page_viewed","time":1700000000000,'
        '"actor":{"customer_id":"c"}}\nbroken\n'
    )
    done = CliRunner().invoke(cli.app, ["fold", str(path), "--close"])
    records = [json.loads(line) for line in done.stdout.splitlines()]
    kinds = [record["record"] for record in records]
    assert kinds.count("state") == kinds.count("session") == kinds.count("refused") == 1
    assert {r["status"] for r in records if r["record"] == "session"} == {"closed"}


def test_schemas_check_changes_nothing(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """It fails on a difference; without it the files are written."""
    from parcours.contracts import files  # noqa: PLC0415

    monkeypatch.setattr(files, "folder", lambda: tmp_path)
    (tmp_path / "jsonschema").mkdir()
    (tmp_path / "jsonschema" / "gone.json").write_text("{}")
    runner = CliRunner()
    assert runner.invoke(cli.app, ["schemas", "--check"]).exit_code == 1
    assert [path.name for path in tmp_path.rglob("*.json")] == ["gone.json"]
    assert runner.invoke(cli.app, ["schemas"]).exit_code == 0
    assert runner.invoke(cli.app, ["schemas", "--check"]).exit_code == 0
    assert not (tmp_path / "jsonschema" / "gone.json").exists()
