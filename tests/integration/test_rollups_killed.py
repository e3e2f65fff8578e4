"""A roll-up that is killed in its middle, with SIGKILL, and done again."""

from __future__ import annotations

import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from insights.funnels.answer import answer
from insights.funnels.plans import Terms
from insights.map.model import MapModel, MapPhase
from insights.map.reading import read_map
from insights.rollups.read import answer_days
from insights.scope import Scope
from insights.trails.reading import prepared
from tests.servers.rolling import FUNNEL, roll
from tests.unit.insights.store import Store, open_store

if TYPE_CHECKING:
    from pathlib import Path

pytest.importorskip("chdb")
pytestmark = pytest.mark.clickhouse

MODEL = MapModel("default", 1, tuple(map(MapPhase, ("awareness", "onboarding"))))
WAIT_SECONDS = 120


def rolling(folder: Path, number: int) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "tests.servers.rolling", str(folder), str(number)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def kill_at(folder: Path, number: int, *, under_way: bool) -> None:
    """Kill a roll-up before its statement of a number, or with that under way."""
    with rolling(folder, number) as child:
        assert child.stdin is not None
        assert child.stdout is not None
        assert child.stdout.readline() == "landed\n"
        assert child.stdout.readline() == "here\n"
        if under_way:
            child.stdin.write("go\n")
            child.stdin.flush()
        child.send_signal(signal.SIGKILL)
    assert child.returncode == -signal.SIGKILL


def map_is_right(store: Store) -> bool:
    """Whether trails are there; the map that is made of them is that of the touchpoints."""
    trails = prepared(store.asker, Scope(), small=-1)
    assert trails is not None
    found = read_map(store.asker, Scope(), MODEL, trails=trails)
    assert found == read_map(store.asker, Scope(), MODEL)
    assert found.total is not None
    assert (found.total.touchpoints, found.total.persons) == (60, 39)
    assert found.in_no_phase == 1
    return not trails.touched


@pytest.mark.parametrize(
    ("number", "under_way"),
    [(2, False), (6, True), (7, False), (7, True), (8, True), (13, True), (16, False),
     (18, True)],
)  # fmt: skip
def test_a_roll_up_that_is_killed_is_done_again(
    tmp_path: Path, number: int, *, under_way: bool
) -> None:
    """The map is right behind the kill; map, timelines and days are behind the next one."""
    kill_at(tmp_path, number, under_way=under_way)
    with open_store(tmp_path) as store:
        map_is_right(store)
        roll(store, 3)
        assert map_is_right(store)
        live = answer(store.asker, FUNNEL.funnel, terms=Terms(live=True))
        quick = answer(store.asker, FUNNEL.funnel, terms=Terms(fresh=-1))
        assert (live.entered, live.converted) == (39, 19)
        assert replace(quick, evidence=[], notes=[]) == replace(
            live, evidence=[], notes=[]
        )
        days = answer_days(store.asker, FUNNEL, FUNNEL.funnel)
        assert days is not None
        assert (days.entered, days.converted) == (live.entered, live.converted)


def test_one_that_is_not_killed_has_all_these_statements(tmp_path: Path) -> None:
    """So that killing at those numbers kills in every part of it: trails are written with
    the 6th, noted with the 9th, then come timelines, and days last.
    """
    with rolling(tmp_path, 0) as child:
        told, _ = child.communicate(timeout=WAIT_SECONDS)
    *_, last = told.split()
    assert int(last) >= 18
