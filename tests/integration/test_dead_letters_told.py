"""What the list of dead letters says of replays, on the embedded engine."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pytest

from parcours.letters import list_letters
from parcours.replays import REPLAYS_FILE, Replayed, Replays
from schemas.tables import DEAD_LETTERS
from schemas.topics import RAW
from tests.unit.insights.store import LOG, OverJson, Row, Store, open_store

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from insights.asker import Rows

pytest.importorskip("chdb")
pytestmark = pytest.mark.clickhouse

NOON = 1_700_000_000_000


def letter(offset: int, log: str = LOG, topic: str = RAW.name) -> Row:
    """One raw record that was refused."""
    where = {"log": log, "topic": topic, "partition": 0, "offset": offset}
    return where | {
        "stage": "identify",
        "reason": "empty",
        "received_at": NOON + offset,
    }


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    with open_store(tmp_path_factory.mktemp("letters")) as store:
        store.insert(DEAD_LETTERS, [letter(offset) for offset in (1, 2, 3, 4)])
        store.insert(DEAD_LETTERS, [letter(2, "another log"), letter(1, topic="other")])
        yield store


def test_replays_are_told_and_what_came_back_of_them(store: Store) -> None:
    """The first came back as the third, the second did not; the fourth was none's."""
    noted = [
        Replayed((LOG, 0, 1), (LOG, 0, 3), NOON),
        Replayed((LOG, 0, 2), (LOG, 0, 9), NOON),
        Replayed((LOG, 0, 2), None, NOON + 1),
    ]
    listed = list_letters(OverJson(store.asker), "", 9, Replays(noted))
    told = {
        one.offset: (one.replayed_ms, one.came_back, one.again, one.replay_of)
        for one in listed
        if (one.log, one.topic) == (LOG, RAW.name)
    }
    assert told == {
        1: (NOON, True, "0@3", ""),
        2: (NOON + 1, False, "", ""),
        3: (None, False, "", "0@1"),
        4: (None, False, "", ""),
    }
    others = [one for one in listed if (one.log, one.topic) != (LOG, RAW.name)]
    assert [(one.replayed_ms, one.replay_of) for one in others] == [(None, "")] * 2


def test_only_replays_of_the_letters_in_hand_are_looked_up(store: Store) -> None:
    """However many there ever were."""
    asked: list[list[int]] = []

    class Noting(OverJson):
        def ask(self, sql: str, parameters: Mapping[str, object] | None = None) -> Rows:
            if "offsets" in (parameters or {}):
                asked.append((parameters or {})["offsets"])  # type: ignore[arg-type]
            return super().ask(sql, parameters)

    noted = [Replayed((LOG, 0, n), (LOG, 0, n + 100), NOON) for n in range(50)]
    assert len(list_letters(Noting(store.asker), "", 2, Replays(noted))) == 2
    assert list(map(sorted, asked)) == [[103, 104]]


def test_half_a_line_hides_no_other(tmp_path: Path) -> None:
    """A process that was killed left it."""
    whole = msgspec.json.encode(Replayed((LOG, 0, 1), None, NOON))
    file = tmp_path / REPLAYS_FILE
    file.write_bytes(whole + b"\n" + whole[:9] + b"\n" + whole[:-1])
    found = Replays.read(tmp_path).last_of((LOG, 0, 1))
    assert found == Replayed((LOG, 0, 1), None, NOON)


def test_a_folder_without_replays_knows_of_none(store: Store, tmp_path: Path) -> None:
    """The list is what it was."""
    listed = list_letters(store.asker, "empty", 9, Replays.read(tmp_path / "none"))
    assert len(listed) == 6
    assert not any(one.came_back or one.replayed_ms or one.replay_of for one in listed)
