"""The generated contracts: valid, true of real records, and guarded against breaking."""

import json
import os
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import replace
from enum import StrEnum
from pathlib import Path
from typing import get_args

import msgspec
import pytest
from jsonschema import Draft7Validator

from parcours.contracts import RELEASE
from parcours.contracts.async_api import document
from parcours.contracts.examples import example_of
from parcours.contracts.json_schema import records_of, schema_of
from schemas import topics
from schemas.progress import Control
from schemas.topics import RAW, STATES, TOPICS, Topic
from schemas.touchpoint import Touchpoint
from streams.enrich.identify import Identifier
from streams.enrich.policy import IdentifyPolicy
from tests.contract.async_api_form import DOCUMENT
from tests.factories.identified import HOUR_MS, START_MS, identified, partition, records

REPO = Path(__file__).parents[2]
HOUSE = ("schemas", "parcours", "streams", "sinks", "insights")
BY_NAME = {topic.name: topic for topic in TOPICS}


class Side(StrEnum):
    LEFT = "left"


def validator(topic: Topic) -> Draft7Validator:
    return Draft7Validator(schema_of(topic))


def pointed(reference: str) -> object:
    """What a reference of the AsyncAPI document leads to, in the committed files."""
    name, _, pointer = reference.partition("#")
    path = REPO / "schemas" / (name or "asyncapi.json")
    node = json.loads(path.read_text("utf-8"))
    for part in pointer.strip("/").split("/"):
        node = node[part]
    return node


def references(node: object) -> Iterator[str]:
    if isinstance(node, dict):
        if isinstance(node.get("$ref"), str):
            yield node["$ref"]
        for value in node.values():
            yield from references(value)
    elif isinstance(node, list):
        for value in node:
            yield from references(value)


@pytest.mark.parametrize("topic", TOPICS, ids=lambda topic: topic.name)
def test_a_schema_is_one(topic: Topic) -> None:
    """By the metaschema of draft 7."""
    Draft7Validator.check_schema(schema_of(topic))


@pytest.mark.parametrize("topic", TOPICS, ids=lambda topic: topic.name)
def test_an_example_is_a_record(topic: Topic) -> None:
    """Valid by the schema, and decoded by the code as what it is an example of."""
    schema = schema_of(topic)
    for record in records_of(topic):
        example = example_of(schema, record.__name__)
        validator(topic).validate(example)
        msgspec.json.decode(msgspec.json.encode(example), type=record)


def test_the_example_of_a_source_is_accepted() -> None:
    """The first agent makes a touchpoint of it."""
    example = example_of(schema_of(RAW), RAW.record.__name__)
    one = Identifier(IdentifyPolicy("a secret of the tests only")).identify(
        msgspec.json.encode(example),
        received_at=1_795_165_500_040,
        raw_log="log",
        raw_partition=0,
        raw_offset=0,
    )
    assert isinstance(one, Touchpoint), one


def test_real_records_are_valid() -> None:
    """What the journey agent writes: every topic of its own, and the bookkeeping too."""
    made = [
        identified("e1", at=START_MS),
        identified(
            "e2", "order_completed", at=START_MS + 5, value_minor=4990, currency="EUR"
        ),
        identified("e2", "order_completed", at=START_MS + 5),
        identified(
            "e3", "customer_updated", at=START_MS + 7, consent={"messaging": True}
        ),
        identified("e4", at=START_MS + 9 * HOUR_MS, store="s1"),
        identified("e0", at=START_MS - HOUR_MS),
    ]
    journeys = partition()
    outcome = journeys.apply(records(made[:4]))
    later = journeys.apply(records(made[4:], first=4))
    written = {
        topics.IDENTIFIED: [r.value for r in records(made)],
        topics.ENRICHED: [v for _, v in outcome.touchpoints + later.touchpoints],
        topics.DUPLICATES: [v for _, v in outcome.duplicates],
        topics.SESSIONS: [v for _, v in outcome.sessions + later.sessions],
        topics.TRANSITIONS: [v for _, v in outcome.transitions + later.transitions],
        topics.STATES: [v for _, v in outcome.states + later.states],
        topics.PROGRESS: [outcome.progress, later.progress],
    }
    for topic, values in written.items():
        assert values, topic.name
        for value in values:
            validator(topic).validate(json.loads(value))


def test_a_tombstone_is_valid_where_it_is_promised() -> None:
    """And nowhere else."""
    assert {t.name for t in TOPICS if validator(t).is_valid(None)} == {
        t.name for t in TOPICS if t.tombstone
    }
    assert STATES.tombstone


def test_every_control_record_is_declared_with_its_topic() -> None:
    """What the journey agent reads beside touchpoints stands in the contract, all of it."""
    assert {*topics.IDENTIFIED.controls} == {*get_args(Control)}


def test_the_document_is_asyncapi() -> None:
    """Its form, and every reference leads somewhere."""
    Draft7Validator.check_schema(DOCUMENT)
    Draft7Validator(DOCUMENT).validate(document())
    assert all(pointed(reference) for reference in references(document()))


def test_the_document_has_every_topic_and_says_which_side_to_be_on() -> None:
    """Others send raw touchpoints, receive what is public, and leave the rest alone."""
    channels = pointed("#/channels")
    assert channels.keys() == BY_NAME.keys()
    sides = {
        operation["channel"]["$ref"].removeprefix("#/channels/"): operation["action"]
        for operation in pointed("#/operations").values()
    }
    assert sides.pop(RAW.name) == "send"
    assert set(sides.values()) == {"receive"}
    assert sides.keys() == {t.name for t in TOPICS if not t.internal and t is not RAW}
    for name, channel in channels.items():
        settings = channel["bindings"]["kafka"]["topicConfiguration"]
        config = BY_NAME[name].config()
        assert settings.pop("cleanup.policy") == [config["cleanup.policy"]]
        assert {k: str(v) for k, v in settings.items()}.items() <= config.items()


def test_a_new_topic_needs_its_declaration_only(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Whatever its record: schema, channel, valid examples."""

    class Inner(msgspec.Struct, array_like=True, tag=True):
        kind: Side
        share: float = 0.5

    class Novelty(msgspec.Struct, tag="novelty"):
        """Something new.

        Attributes:
            parts: what it is made of.
        """

        revision: int
        parts: list[Inner]
        by_day: dict[str, tuple[int, str]]
        sealed: bytes
        cause: Inner | None = None

    novel = replace(
        STATES, name="parcours.novelties.v1", record=Novelty, private_from=""
    )
    monkeypatch.setattr("parcours.contracts.async_api.TOPICS", (*TOPICS, novel))
    Draft7Validator(DOCUMENT).validate(document())
    schema = schema_of(novel)
    Draft7Validator.check_schema(schema)
    example = example_of(schema, "Novelty")
    Draft7Validator(schema).validate(example)
    msgspec.json.decode(msgspec.json.encode(example), type=Novelty)
    parts = schema["definitions"]["Novelty"]["properties"]["parts"]
    assert parts["description"] == "what it is made of."


def test_the_contracts_name_the_release() -> None:
    """The one of pyproject.toml."""
    project = tomllib.loads((REPO / "pyproject.toml").read_text("utf-8"))["project"]
    assert project["version"] == RELEASE


class Copy:
    """A copy of the code, to be changed as a developer would."""

    def __init__(self, home: Path) -> None:
        self.home = home
        for name in HOUSE:
            shutil.copytree(REPO / name, home / name)
        shutil.copy(REPO / "CHANGELOG.md", home)

    def edit(self, name: str, old: str, new: str) -> None:
        path = self.home / name
        text = path.read_text("utf-8")
        assert text.count(old) == 1
        path.write_text(text.replace(old, new), "utf-8")

    def schemas(self, *options: str) -> tuple[int, str]:
        done = subprocess.run(
            [sys.executable, "-m", "parcours", "schemas", *options],
            cwd=self.home,
            env=os.environ | {"PYTHONPATH": str(self.home)},
            capture_output=True,
            text=True,
            check=False,
        )
        return done.returncode, done.stdout + done.stderr


def test_a_field_removed_from_the_state_fails_the_check(tmp_path: Path) -> None:
    """The step of `make lint`: files written anew, the promise is still the old one."""
    copy = Copy(tmp_path)
    assert copy.schemas("--check")[0] == 0
    copy.edit("schemas/journey.py", "    sessions_total: int = 0\n", "")
    assert copy.schemas("--check")[0] == 1
    assert copy.schemas()[0] == 0
    code, said = copy.schemas("--check")
    assert code == 1
    assert "outdated" not in said
    assert "breaking: parcours.journeys.state.v1, sessions_total: removed" in said
    assert "declare parcours.journeys.state.v2 beside it" in said


def test_breaking_takes_a_word_in_the_changelog(tmp_path: Path) -> None:
    """While 0.x; what has been said becomes the promise, and the check passes."""
    copy = Copy(tmp_path)
    week, less = (f"    Duplicate,\n    {days} * DAY_MS" for days in (7, 6))
    copy.edit("schemas/topics.py", week, less)
    code, said = copy.schemas("--release")
    assert code == 1
    assert "does not name parcours.touchpoints.duplicates.v1" in said
    entry = "## Unreleased\n\n- `parcours.touchpoints.duplicates.v1` keeps 6 days.\n"
    copy.edit("CHANGELOG.md", "## Unreleased\n", entry)
    assert copy.schemas("--release")[0] == 0
    assert copy.schemas("--check") == (0, "")
