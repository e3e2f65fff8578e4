"""Live counts over the embedded engine: shared looks, resumption, nobody's name."""

from __future__ import annotations

import asyncio
import json
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest
from prometheus_client import CollectorRegistry

from insights.api.app import Setup
from insights.api.feed import Feed, Pace
from schemas import tables
from schemas.metrics import Metrics
from schemas.vocabulary import PHASES
from tests.servers.api import serving
from tests.unit.insights.store import OverJson, Row, Store, open_store

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import httpx

    from insights.asker import Rows

pytest.importorskip("chdb")
pytestmark = pytest.mark.clickhouse

BASE = 1_700_000_000_000
QUICK = Pace(look_seconds=0.02, standings_seconds=0.02, rest=0.0, beat_seconds=0.2)


def touch(offset: int, **other: object) -> Row:
    """One touchpoint."""
    return {
        "person_id": f"customer_id:{offset}",
        "occurred_at": BASE + offset,
        "id": str(offset),
        "type": "page_viewed",
        "channel": "web",
        "phase": "awareness",
        "kafka_log": "log",
        "kafka_offset": offset,
        **other,
    }


class Counting(OverJson):
    """Counts what is asked."""

    asked = 0

    def ask(self, sql: str, parameters: Any = None) -> Rows:  # noqa: ANN401
        self.asked += "Answered by a projection" in sql
        return super().ask(sql, parameters)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """Something has landed before anybody listens."""
    with open_store(tmp_path) as store:
        store.insert(tables.TOUCHPOINTS, [touch(n) for n in range(3)])
        yield store


@pytest.fixture
def api(store: Store) -> Iterator[tuple[httpx.Client, Counting]]:
    """The API in a hurry."""
    asker = Counting(store.asker)
    metrics = Metrics(CollectorRegistry())
    with serving(Setup(asker, metrics, time.time, pace=QUICK)) as client:
        yield client, asker


def events(lines: Iterator[str]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Id and data of each event."""
    last = ""
    for line in lines:
        if line.startswith("id: "):
            last = line[4:]
        if line.startswith("data: "):
            yield last, json.loads(line[6:])


def test_what_lands_is_told_once_and_without_a_name(
    api: tuple[httpx.Client, Counting], store: Store
) -> None:
    """First the newest there is, which counts as no arrival; then what lands."""
    client, _ = api
    with client.stream("GET", "/v1/live") as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        told = events(answer.iter_lines())
        _, first = next(told)
        had = [one["at"] for one in first["newest"]]
        assert had == sorted(had, reverse=True)
        assert first["touchpoints_per_second"] == 0
        store.insert(
            tables.TOUCHPOINTS,
            [
                touch(3, type="order_completed", occurred_at=BASE - 10**10),
                touch(4, tenant="other"),
            ],
        )
        landed = next(one for _, one in told if one["newest"])
    assert landed["newest"] == [
        {
            "at": BASE - 10**10,
            "type": "order_completed",
            "channel": "web",
            "phase": "awareness",
        }
    ]
    assert landed["touchpoints_per_second"] > 0
    assert "customer" not in json.dumps(landed)


def test_persons_and_sessions_are_counted(
    api: tuple[httpx.Client, Counting], store: Store
) -> None:
    """Open sessions, and who stands in which phase."""
    client, _ = api
    with client.stream("GET", "/v1/live") as answer:
        told = events(answer.iter_lines())
        next(told)
        session = {"session_id": "s1", "revision": 1, "status": "open"}
        store.insert(tables.SESSIONS, [session])
        state = {"person_id": "p", "revision": 1, "phase": "advocacy", "touchpoints": 1}
        store.insert(tables.JOURNEY_STATES, [state])
        seen = next(
            one
            for _, one in told
            if one["sessions_open"] == 1
            and {"phase": "advocacy", "persons": 1} in one["phases"]
        )
    assert seen["phases"][0]["phase"] == "awareness"


def test_who_comes_back_gets_what_was_missed(
    api: tuple[httpx.Client, Counting], store: Store
) -> None:
    """By the id of the last event; an id of another life gets the present state."""
    client, _ = api
    with client.stream("GET", "/v1/live") as kept:
        told = events(kept.iter_lines())
        last, _ = next(told)
        for offset in (10, 11):
            store.insert(tables.TOUCHPOINTS, [touch(offset)])
            next(one for _, one in told if one["newest"])
        with client.stream("GET", "/v1/live", headers={"Last-Event-ID": last}) as back:
            missed = events(back.iter_lines())
            arrived: list[int] = []
            while len(arrived) < 2:
                arrived += [one["at"] - BASE for one in next(missed)[1]["newest"]]
        strange = {"Last-Event-ID": "00000000-1"}
        with client.stream("GET", "/v1/live", headers=strange) as new:
            _, now = next(events(new.iter_lines()))
    assert arrived == [10, 11]
    assert [one["at"] - BASE for one in now["newest"]][:2] == [11, 10]


def test_who_listens_after_everybody_left_is_told_each_once(store: Store) -> None:
    """What the former listeners saw is not told again beside what is found now."""

    async def listen_twice() -> list[list[int]]:
        found = []
        with ThreadPoolExecutor(1) as thread:
            asker = OverJson(store.asker)
            feed = Feed(asker, "default", thread, time.time, lambda: PHASES, QUICK)
            for _ in range(2):
                told = feed.listen("")
                line = await anext(one async for one in told if b"data: " in one)
                _, first = next(events(iter(line.decode().splitlines())))
                found.append([one["at"] - BASE for one in first["newest"]])
                await told.aclose()
                await asyncio.wait(asyncio.all_tasks() - {asyncio.current_task()})
        return found

    assert asyncio.run(listen_twice()) == [[2, 1, 0], [2, 1, 0]]


def test_all_listeners_share_one_look(api: tuple[httpx.Client, Counting]) -> None:
    """Ten listeners cost no more than one; nobody costs nothing."""
    client, asker = api
    lines = [client.stream("GET", "/v1/live") for _ in range(10)]
    told = [events(line.__enter__().iter_lines()) for line in lines]
    assert len([next(one) for one in told]) == 10
    assert asker.asked < 10
    assert "parcours_api_listeners 10.0" in client.get("/metrics").text
    for line in lines:
        line.__exit__(None, None, None)
    while "parcours_api_listeners 0.0" not in client.get("/metrics").text:
        pass


def test_silence_is_filled(api: tuple[httpx.Client, Counting]) -> None:
    """A comment now and then, so that a line that is dead is noticed."""
    client, _ = api
    with client.stream("GET", "/v1/live") as answer:
        assert any(line == ": still here" for line in answer.iter_lines())
