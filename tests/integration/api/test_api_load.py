"""How often, how many at once, how much: limits, compression, validity."""

from __future__ import annotations

import dataclasses
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import httpx
import pytest

from insights.api.pool import Bounds
from insights.api.token import Tokens, make_token
from insights.asker import Rows
from insights.times import instant_ms
from schemas import tables
from tests.integration.api_store import (
    ANNA,
    entered,
    problem,
    setup,
    touch,
)
from tests.servers.api import serving

if TYPE_CHECKING:
    from tests.unit.insights.store import Row, Store

pytest.importorskip("chdb")
pytestmark = pytest.mark.clickhouse


def test_too_many_requests_are_told_when_to_come_again(store: Store) -> None:
    """429 with Retry-After, for this token alone."""
    one, first = make_token("one", ["*"], ["answers:read"])
    two, second = make_token("two", ["*"], ["answers:read"])
    tokens = Tokens([first, second], 10)
    with serving(setup(store, tokens=tokens)) as api:
        answers = [
            api.get("/v1/messages", headers={"Authorization": f"Bearer {one}"})
            for _ in range(3)
        ]
        other = api.get("/v1/messages", headers={"Authorization": f"Bearer {two}"})
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    problem(answers[-1], 429, "rate")
    assert 1 <= int(answers[-1].headers["retry-after"]) <= 6
    assert other.status_code == 200


class Waiting:
    """Answers nothing before it may."""

    def __init__(self) -> None:
        self.may = threading.Event()
        self.asked = threading.Semaphore(0)
        self.count = 0

    def ask(self, *_: object) -> Rows:
        self.count += 1
        self.asked.release()
        self.may.wait(20)
        return Rows([], [])


def test_a_full_queue_refuses_at_once(store: Store) -> None:
    """503 with Retry-After: one is answered, one waits, no third comes in."""
    asker = Waiting()
    made = dataclasses.replace(setup(store), asker=asker, bounds=Bounds(1, 1))
    with serving(made) as api, ThreadPoolExecutor(2) as threads:
        first = threads.submit(api.get, "/v1/messages")
        asker.asked.acquire()
        second = threads.submit(api.get, "/v1/messages")
        while "parcours_api_questions 2.0" not in api.get("/metrics").text:
            pass
        refused = api.get("/v1/messages")
        asker.may.set()
        answered = {first.result().status_code, second.result().status_code}
        assert answered == {404}  # of a store in which nothing is
    problem(refused, 503, "busy")
    assert refused.headers["retry-after"] == "2"


def test_who_goes_away_is_not_waited_for(store: Store) -> None:
    """A question whose client has gone never reaches the database."""
    asker = Waiting()
    made = dataclasses.replace(setup(store), asker=asker, bounds=Bounds(1, 8))
    with serving(made) as api, ThreadPoolExecutor(1) as threads:
        first = threads.submit(api.get, "/v1/messages")
        asker.asked.acquire()
        with pytest.raises(httpx.ReadTimeout):
            httpx.get(f"{api.base_url}/v1/messages", timeout=0.2)
        while "parcours_api_questions 1.0" not in api.get("/metrics").text:
            pass
        asker.may.set()
        first.result()
    assert asker.count == 1


def test_large_answers_are_packed(api: httpx.Client) -> None:
    """For who takes gzip."""
    path = f"/v1/persons/{ANNA}/journey"
    assert api.get(path).headers["content-encoding"] == "gzip"
    plain = api.get(path, headers={"Accept-Encoding": "identity"})
    assert "content-encoding" not in plain.headers
    assert plain.json() == api.get(path).json()


def test_an_answer_about_a_closed_period_is_not_sent_twice(
    store: Store, api: httpx.Client
) -> None:
    """ETag and 304, until something lands that can change it."""
    path = "/v1/stages?as_of=2023-11-20"
    first = api.get(path)
    assert first.status_code == 200, first.text
    tag = first.headers["etag"]
    assert first.headers["cache-control"] == "private, max-age=300"
    known = {"If-None-Match": tag}
    again = api.get(path, headers=known)
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["etag"] == tag
    assert api.get(f"{path}&by=channel", headers=known).status_code == 200

    store.insert(tables.TOUCHPOINTS, [touch("customer_id:20", 60, kafka_offset=60)])
    assert api.get(path, headers=known).status_code == 304
    late = touch("customer_id:21", 1, kafka_partition=1)
    store.insert(tables.TOUCHPOINTS, [late])
    assert api.get(path, headers=known).headers["etag"] != tag

    by_persona = f"{path}&by=persona"  # who is of which depends on what comes later
    for open_ in ("/v1/stages", "/v1/stages?as_of=2030-01-01", by_persona):
        assert api.get(open_).headers["cache-control"] == "private, no-cache"


@pytest.mark.parametrize(
    "path",
    [
        "/v1/paths?to=2023-11-17&window=1d",
        "/v1/paths?to=2023-11-17&direction=before&anchor=order_completed",
        "/v1/assistance?to=2023-11-17&within=1d&helped=order_completed&arrived=page_viewed",
        "/v1/cohorts?from=2022-01-01&to=2022-02-01&months=1",
        "/v1/value?as_of=2023-11-17",
        "/v1/impact?as_of=2023-11-17",
    ],
)
def test_a_period_that_is_well_past_is_closed(
    store: Store, api: httpx.Client, path: str
) -> None:
    """By its end and the time that is looked at after it: the answer stays as it is."""
    first = api.get(path)
    assert first.status_code == 200, first.text
    assert first.headers["cache-control"] == "private, max-age=300"
    store.insert(tables.TOUCHPOINTS, [touch("customer_id:22", 70, kafka_offset=70)])
    again = api.get(path)
    assert again.headers["etag"] == first.headers["etag"]
    assert again.content == first.content


def test_a_phase_that_is_corrected_at_the_last_moment_changes_the_tag(
    store: Store, api: httpx.Client
) -> None:
    """The moment as of which an answer is belongs to it."""
    path = "/v1/stages?as_of=2023-11-16"
    known = {"If-None-Match": api.get(path).headers["etag"]}
    midnight = instant_ms("2023-11-16")
    store.insert(tables.TRANSITIONS, [entered(ANNA, midnight)])
    again = api.get(path, headers=known)
    assert again.status_code == 200
    assert again.json()["stages"][0]["entered"] == 1


@pytest.mark.parametrize(
    ("path", "lands"),
    [
        (
            "/v1/paths?to=2023-11-17&window=1d&anchor=cart_viewed",
            {"type": "cart_viewed"},
        ),
        ("/v1/value?as_of=2023-11-17&channel=app", {"channel": "app"}),
        ("/v1/stages?as_of=2023-11-17&store=s9", {"store_id": "s9"}),
    ],
)
def test_a_name_that_was_nowhere_may_land_after_the_period(
    store: Store, api: httpx.Client, path: str, lands: Row
) -> None:
    """What is told of all times holds until anything lands, however closed the period."""
    first = api.get(path)
    assert [one["code"][:7] for one in first.json()["notes"]] == ["absent_"]
    assert first.headers["cache-control"] == "private, no-cache"
    known = {"If-None-Match": first.headers["etag"]}
    assert api.get(path, headers=known).status_code == 304
    later = touch("customer_id:23", 80, kafka_offset=80, id=path, **lands)
    store.insert(tables.TOUCHPOINTS, [later])
    again = api.get(path, headers=known)
    assert (again.status_code, again.json()["notes"]) == (200, [])
    assert again.headers["cache-control"] == "private, max-age=300"


def test_a_period_whose_window_is_not_over_is_open(api: httpx.Client) -> None:
    """Its paths can still go on."""
    for path in ("/v1/paths?to=2023-11-17&window=90d", "/v1/value?to=2023-11-17"):
        assert api.get(path).headers["cache-control"] == "private, no-cache"
