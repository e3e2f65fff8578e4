"""`parcours api` before it listens: tokens, and where it refuses to."""

import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from insights.api.token import read_tokens
from parcours import cli


@pytest.fixture(autouse=True)
def nothing_runs(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """An empty folder, and nothing in the environment."""
    monkeypatch.chdir(tmp_path)
    for name in ("CLICKHOUSE_URL", "DATA_DIR", "API_HOST", "API_TOKENS_FILE"):
        monkeypatch.delenv(f"PARCOURS_{name}", raising=False)


def refused(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> tuple[int, str]:
    """How `parcours api` ends: exit status, and its word."""
    monkeypatch.setattr(sys, "argv", ["parcours", "api"])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    return int(ended.value.code or 0), capsys.readouterr().err


def test_a_token_is_shown_once_and_its_entry_can_be_stored(tmp_path: Path) -> None:
    """What goes to standard output is a tokens file; the token itself is not in it."""
    words = ["api", "token", "shop", "--tenant", "fr", "--scope", "persons:read"]
    made = CliRunner().invoke(cli.app, [*words, "--expires", "2027-01-01"])
    assert made.exit_code == 0
    (token,) = [word for word in made.stderr.split() if word.startswith("parcours_")]
    assert token not in made.stdout
    file = tmp_path / "tokens.yaml"
    file.write_text(made.stdout)
    found = read_tokens(file, 600).principal(token, 0.0)
    assert found
    assert (found.tenants, found.scopes) == (("fr",), ("persons:read",))


@pytest.mark.parametrize("words", [["--scope", "sql"], ["--expires", "soon"]])
def test_a_token_that_makes_no_sense_is_not_made(words: list[str]) -> None:
    """No such scope, or no such moment."""
    assert CliRunner().invoke(cli.app, ["api", "token", "a", *words]).exit_code != 0


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1"])
def test_it_listens_elsewhere_only_with_tokens(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], host: str
) -> None:
    """Status 78 and a word that says what to do; nothing is opened before."""
    monkeypatch.setenv("PARCOURS_API_HOST", host)
    status, said = refused(monkeypatch, capsys)
    assert status == 78
    assert "parcours api token" in said


def test_a_tokens_file_that_is_not_there_is_no_way_in(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """On the loopback as well."""
    monkeypatch.setenv("PARCOURS_API_TOKENS_FILE", "none.yaml")
    status, said = refused(monkeypatch, capsys)
    assert status == 78
    assert "none.yaml" in said
