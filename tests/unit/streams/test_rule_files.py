"""Session and message files that mean nothing: named, with the place and what to do."""

from pathlib import Path

import pytest

from parcours.cli import EX_CONFIG, main
from schemas.settings import Settings, SettingsError, parse
from streams.rules import load_rules

RULE = (
    "rules: [{name: cart, version: 1, trigger: {types: [page_viewed]}, after: AFTER}]\n"
)

MESSAGES = [
    (
        "rules: 3",
        r"m\.yaml: Expected `array`, got `int` - at `\$\.rules`; docs/messages",
    ),
    ("", r"m\.yaml: holds nothing, not one set of rules; docs/messages\.md"),
    ("# none\n", r"m\.yaml: holds nothing"),
    ("rules: []\n---\nrules: []\n", r"m\.yaml: holds 2 YAML documents"),
    (
        'rules: []\nquiet_hours: {from: "25:00", to: "08:00"}',
        r"m\.yaml: Expected a time of day between .* - at `\$\.quiet_hours\.from`; docs",
    ),
    (
        RULE.replace("AFTER", "-1h"),
        r"m\.yaml: Expected a duration such as .* - at `\$\.rules\[0\]\.after`",
    ),
    (
        RULE.replace("name: cart", "name: A B"),
        r"Expected a name of small letters.* - at `\$\.rules\[0\]\.name`",
    ),
    (
        "rules: []\nconsent: {unless_stated: granted}",
        r"Invalid enum value 'granted' - at `\$\.consent\.unless_stated`; docs/messages",
    ),
    (RULE.replace("AFTER", "401d"), r"m\.yaml: rule cart: no duration may exceed"),
    ("rules: [", r"m\.yaml: no YAML: line 1, column 9: expected the node content"),
    ("rules: []\na: b: c\n", r"no YAML: line 2, column 5: mapping values are not all"),
    ("rules: 2026-13-45", r"m\.yaml: no YAML: month must be in 1\.\.12$"),
]

SESSIONS = [
    (
        "max_length_hours: x",
        r"got `str` - at `\$\.max_length_hours`; docs/sessions\.md",
    ),
    ("channels: {web: {gap_minutes: -1}}", r"Expected `float` >= 0\.0 - at `\$\.chan"),
    ("gap_minutes: -1", r"s\.yaml: Object contains unknown field `gap_minutes`; docs"),
    ("channels: {moon: {}}", r"s\.yaml: There is no channel moon - at `\$\.channels`"),
    ("", r"s\.yaml: holds nothing"),
]


def settings(name: str, value: str) -> Settings:
    needed = {
        "PARCOURS_KAFKA_SERVERS": "broker:9092",
        "PARCOURS_CLICKHOUSE_URL": "chdb:///nowhere",
        "PARCOURS_PSEUDONYM_KEY": "sixteen letters.",
    }
    return parse({**needed, name: value})


@pytest.mark.parametrize(("text", "said"), MESSAGES)
def test_a_message_file_that_means_nothing_is_named(
    tmp_path: Path, text: str, said: str
) -> None:
    """With the place in it, what is wrong, and where the language is told, on a line."""
    file = tmp_path / "m.yaml"
    file.write_text(text)
    with pytest.raises(SettingsError, match=said) as refused:
        load_rules(settings("PARCOURS_MESSAGE_FILE", str(file)))
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(("text", "said"), SESSIONS)
def test_a_session_file_that_means_nothing_is_named(
    tmp_path: Path, text: str, said: str
) -> None:
    """As a message file is."""
    file = tmp_path / "s.yaml"
    file.write_text(text)
    with pytest.raises(SettingsError, match=said):
        load_rules(settings("PARCOURS_SESSION_FILE", str(file)))


@pytest.mark.parametrize(
    "name",
    ["PARCOURS_MESSAGE_FILE", "PARCOURS_SESSION_FILE", "PARCOURS_MODEL_FILE"],
)
def test_a_file_that_is_not_there_is_named(tmp_path: Path, name: str) -> None:
    """So that a mistyped setting is found."""
    with pytest.raises(SettingsError, match=r"gone\.yaml: cannot be read \(No such"):
        load_rules(settings(name, str(tmp_path / "gone.yaml")))


@pytest.mark.parametrize("name", ["PARCOURS_MESSAGE_FILE", "PARCOURS_MODEL_FILE"])
def test_the_command_says_so_and_ends(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    name: str,
) -> None:
    """Without a traceback, and with the status of a wrong setting."""
    file = tmp_path / "m.yaml"
    file.write_text("rules: 3")
    (tmp_path / "no.ndjson").write_text("")
    monkeypatch.setenv(name, str(file))
    monkeypatch.setattr("sys.argv", ["parcours", "fold", str(tmp_path / "no.ndjson")])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == EX_CONFIG
    assert capsys.readouterr().err.startswith(f"parcours: {file}: ")
