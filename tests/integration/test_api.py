"""The API over the embedded engine: answers, errors, tokens, limits, validity."""

from __future__ import annotations

import dataclasses
import re
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import httpx
import msgspec
import pytest
from prometheus_client import CollectorRegistry

import schemas
from insights.api import journey_map
from insights.api.app import Setup
from insights.api.library import Library
from insights.api.pool import Bounds
from insights.api.token import Tokens, make_token
from insights.asker import AskError, Rows
from insights.cost import CostError
from insights.map.reading import Beside
from insights.objectives.spec import parse_objectives
from insights.pains.opportunities import Owner
from insights.rollups.registered import built_in
from insights.rollups.roller import Roller
from schemas import tables
from schemas.metrics import Metrics
from sinks.clickhouse import DatabaseError
from tests.servers.api import serving
from tests.unit.insights.store import OverJson, Row, Store, open_store

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

pytest.importorskip("chdb")
pytestmark = pytest.mark.clickhouse

_NOTHING: Mapping[str, object] = {}
BASE = 1_700_000_000_000
DAY = 86_400_000
ANNA = "customer_id:12"
PROBLEM = "application/problem+json"


def touch(person: str, day: int, **other: object) -> Row:
    """One touchpoint."""
    return {
        "person_id": person,
        "occurred_at": BASE + day * DAY,
        "source": "shop",
        "id": f"{person}-{day}",
        "type": "page_viewed",
        "channel": "web",
        "direction": "in",
        "received_at": BASE,
        "kafka_log": "log",
        "kafka_offset": day,
        **other,
    }


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """A customer of one tenant and one of another."""
    with open_store(tmp_path_factory.mktemp("api")) as store:
        store.insert(
            tables.TOUCHPOINTS,
            [
                touch(ANNA, 1, customer_id="12", email_hash="e1"),
                touch(ANNA, 2, type="order_completed", order_id="o1"),
                touch("customer_id:13", 3, customer_id="13", email_hash="e1"),
                touch("customer_id:9", 1, tenant="other", customer_id="9"),
                touch("customer_id:14", 30),
            ],
        )
        yield store


def setup(store: Store, **other: object) -> Setup:
    """An API over the store, as it is without a word."""
    metrics = Metrics(CollectorRegistry())
    return Setup(OverJson(store.asker), metrics, time.time, **other)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def api(store: Store) -> Iterator[httpx.Client]:
    """The API as `parcours up` serves it."""
    with serving(setup(store)) as client:
        yield client


FUNNEL = {"steps": [{"type": "page_viewed"}, {"type": "order_completed"}]}


def problem(answer: httpx.Response, status: int, slug: str) -> dict[str, Any]:
    """The problem that an answer holds, which must be of this kind."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == PROBLEM
    told: dict[str, Any] = answer.json()
    assert told["type"] == f"/docs#{slug}"
    assert told["status"] == status
    assert {"title", "detail", "instance"} <= told.keys()
    return told


def test_a_funnel_is_answered_as_the_command_line_does(api: httpx.Client) -> None:
    """The same spec, the same numbers."""
    answer = api.post("/v1/funnels", json=FUNNEL)
    assert answer.status_code == 200, answer.text
    assert [step["units"] for step in answer.json()["steps"]] == [3, 1]


def test_a_funnel_tells_its_trend_its_persons_and_why(api: httpx.Client) -> None:
    """The list is as long as the number; one unit shows what was taken for it."""
    who = api.post("/v1/funnels/persons?state=reached&step=2", json=FUNNEL).json()
    assert [one["unit"] for one in who["members"]] == [ANNA]
    trend = api.post("/v1/funnels/trend?period=month", json=FUNNEL).json()
    assert sum(point["entered"] for point in trend["points"]) == 3
    why = api.post(f"/v1/funnels/explain?unit={ANNA}", json=FUNNEL).json()
    assert [one["id"] for one in why["attempts"][0]["matches"]] == [
        f"{ANNA}-1",
        f"{ANNA}-2",
    ]
    assert api.post("/v1/funnels/explain", json=FUNNEL).status_code == 400


def test_why_follows_a_visitor_to_the_person(api: httpx.Client, store: Store) -> None:
    """By any identifier, as for a journey; nobody and several are told apart."""
    store.insert(
        tables.TOUCHPOINTS,
        [touch(ANNA, 1, tenant="merged"), touch("customer_id:13", 1, tenant="merged")],
    )
    visitor = {"person_id": "anonymous_id:v", "merged_into": ANNA, "tenant": "merged"}
    store.insert(tables.JOURNEY_STATES, [visitor])
    asked = FUNNEL | {"tenant": "merged"}
    why = api.post("/v1/funnels/explain?unit=anonymous_id:v", json=asked).json()
    assert why["id"] == ANNA
    assert [one["id"] for one in why["attempts"][0]["matches"]] == [f"{ANNA}-1"]
    nobody = api.post("/v1/funnels/explain?unit=anonymous_id:w", json=asked)
    problem(nobody, 404, "not-found")
    problem(api.post("/v1/funnels/explain?unit=e1", json=FUNNEL), 409, "ambiguous")


def test_registered_funnels_are_asked_by_their_names(
    api: httpx.Client, store: Store
) -> None:
    """Computed until they are counted beforehand; then from the days, the same."""
    names = {one["funnel"]["name"] for one in api.get("/v1/funnels").json()}
    assert {"phases", "cart"} <= names
    computed = api.get("/v1/funnels/cart").json()
    problem(api.get("/v1/funnels/phases"), 422, "question")
    problem(api.get("/v1/funnels/none"), 422, "question")
    Roller(store.writer, built_in()).roll(BASE)
    counted = api.get("/v1/funnels/cart").json()
    numbers = ("entered", "converted", "dropped", "pending")
    assert [counted[one] for one in numbers] == [computed[one] for one in numbers]
    assert "counted beforehand" in counted["notes"][0]
    assert api.get("/v1/funnels/phases").json()["name"] == "phases"
    points = api.get("/v1/funnels/cart/trend?period=week").json()["points"]
    assert sum(point["entered"] for point in points) == counted["entered"]


def test_a_person_is_found_by_any_identifier(api: httpx.Client) -> None:
    """One of them, or the list of those that it leads to."""
    journey = api.get("/v1/persons/12/journey", params={"limit": 1}).json()
    assert journey["person_id"] == ANNA
    assert len(journey["touchpoints"]) == 1
    assert api.get(f"/v1/persons/{ANNA}/why").json()["person_id"] == ANNA
    assert api.get("/v1/persons/e1").json() == [ANNA, "customer_id:13"]
    problem(api.get("/v1/persons/e1/journey"), 409, "ambiguous")


def test_what_is_stored_is_told_in_numbers(api: httpx.Client) -> None:
    """The summary of one tenant, and the messages by rule."""
    assert api.get("/v1/summary").json()["touchpoints"] == 4
    assert api.get("/v1/summary", params={"tenant": "other"}).json()["touchpoints"] == 1
    assert api.get("/v1/messages").json() == []


def test_what_few_searched_for_is_told_to_nobody(api: httpx.Client) -> None:
    """The fewest persons for a term to be told cannot be lowered from outside."""
    problem(api.get("/v1/missing?min_persons=9"), 400, "malformed")
    assert api.get("/v1/missing?min_persons=10").status_code == 200


@pytest.mark.parametrize("body", [b"{", b'{"steps": 1}', b'{"step": []}', b"\xff"])
def test_a_body_that_cannot_be_read_is_malformed(
    api: httpx.Client, body: bytes
) -> None:
    """400, and what of it is wrong."""
    problem(api.post("/v1/funnels", content=body), 400, "malformed")


def test_a_question_without_sense_says_what_to_change(api: httpx.Client) -> None:
    """422, in the words of the command line."""
    answer = api.post("/v1/funnels", json=FUNNEL | {"window": "soon"})
    assert "30m, 24h or 14d" in problem(answer, 422, "question")["detail"]


@pytest.mark.parametrize(
    "address",
    [
        "/v1/map?timezone=Nope",
        "/v1/opportunities?timezone=Nope",
        "/v1/cohorts?timezone=../x",
        "/v1/pains?timezone=Europe",
        "/v1/funnels/cart?from=9999-12-31T23:59:59-23:59",
        "/v1/cohorts?as_of=9999-12-31T23:59:59Z&timezone=Asia/Tokyo",
    ],
)
def test_no_such_zone_and_no_such_moment(api: httpx.Client, address: str) -> None:
    """422: a question that can be put right, not an error of ours."""
    problem(api.get(address), 422, "question")


@pytest.mark.parametrize(
    ("address", "more"),
    [
        ("/v1/funnels?as_of=2025-06-01", {"timezone": "Nope/Zone"}),
        ("/v1/funnels/trend", {"from": 10**15, "to": 10**15 + 1}),
        ("/v1/funnels/trend", {"to": -62_135_596_800_001}),
    ],
)
def test_a_funnel_has_a_zone_and_moments_that_there_are(
    api: httpx.Client, address: str, more: dict[str, object]
) -> None:
    """In its body as in the address."""
    problem(api.post(address, json=FUNNEL | more), 422, "question")
    old = FUNNEL | {"from": -86_400_000}
    assert api.post("/v1/funnels", json=old).status_code == 200


def test_an_unknown_person_is_not_found_and_not_named(api: httpx.Client) -> None:
    """404; the problem does not repeat who was asked for."""
    answer = api.get("/v1/persons/loyalty_id:4711/journey")
    problem(answer, 404, "not-found")
    assert "4711" not in answer.text


def test_an_unknown_address_and_method_are_problems_too(api: httpx.Client) -> None:
    """404 and 405 have the same form as all other errors."""
    problem(api.get("/v1/nothing"), 404, "not-found")
    problem(api.delete("/v1/funnels"), 405, "malformed")


class Failing:
    """Answers nothing but an error."""

    def __init__(self, error: Exception) -> None:
        self._error = error

    def ask(self, *_: object) -> Rows:
        raise self._error


def test_an_error_of_ours_tells_nothing(store: Store) -> None:
    """500 without traceback, statement or value."""

    made = dataclasses.replace(setup(store), asker=Failing(KeyError("of customer 12")))
    with serving(made) as api:
        answer = api.get("/v1/summary")
    problem(answer, 500, "bug")
    assert "customer" not in answer.text
    assert "KeyError" not in answer.text


@pytest.mark.parametrize(
    ("error", "status", "slug"),
    [
        (AskError("x", code=159, transient=True), 413, "cost"),
        (AskError("x", code=241, transient=True), 413, "cost"),
        (AskError("x", code=457), 422, "question"),
        (AskError("the sink is away", transient=True), 503, "busy"),
        (DatabaseError("x", 202, "transient"), 503, "busy"),
    ],
)
def test_what_the_database_refuses_is_told_by_its_code(
    store: Store, error: Exception, status: int, slug: str
) -> None:
    """Too costly, a value that does not fit, busy: the client can do something."""
    with serving(dataclasses.replace(setup(store), asker=Failing(error))) as api:
        answer = api.get("/v1/summary")
    problem(answer, status, slug)
    assert ("Retry-After" in answer.headers) is (status == 503)


def test_a_question_over_the_budget_is_refused_with_an_estimate(store: Store) -> None:
    """413: what it would read, what it may, and what to narrow."""
    refusing = Failing(CostError(40_000_000, 30_000_000, "cost_range"))
    with serving(dataclasses.replace(setup(store), asker=refusing)) as api:
        told = problem(api.post("/v1/funnels", json=FUNNEL), 413, "cost")
    assert told["estimate"] == {"rows": 40_000_000.0, "budget": 30_000_000.0}
    assert "a shorter range" in told["detail"]
    assert told["code"] == "cost_range"
    assert told["values"] == {"rows": 40_000_000, "budget": 30_000_000}


def test_the_map_names_the_owners_of_opportunities(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is found beside the volumes is asked for with the owners of the library."""
    given: list[Owner] = []

    def beside(*told: object) -> Beside:
        given.extend(cast("Sequence[Owner]", told[-1]))
        return Beside()

    monkeypatch.setattr(journey_map, "read_beside", beside)
    owner = Owner("onboarding", "assistance_given", "stores")
    with serving(setup(store, library=Library(owners=[owner]))) as api:
        assert api.get("/v1/map").status_code == 200
    assert given == [owner]


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "evil.example"},
        {"Host": "127.0.0.1.evil.example:80"},
        {"Origin": "https://evil.example"},
    ],
)
def test_without_tokens_only_the_loopback_is_served(
    api: httpx.Client, headers: dict[str, str]
) -> None:
    """A page elsewhere, whose name was made to lead here, gets nothing."""
    problem(api.get("/v1/summary", headers=headers), 403, "forbidden")


def test_every_response_is_kept_from_harm(api: httpx.Client) -> None:
    """Security headers on answers and errors; no other site may read them."""
    for answer in (api.get("/health"), api.get("/nothing")):
        assert "default-src 'none'" in answer.headers["content-security-policy"]
        assert "unsafe" not in answer.headers["content-security-policy"]
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert "access-control-allow-origin" not in answer.headers


TOKENS = {
    "reader": make_token("reader", ["default"], ["answers:read"]),
    "support": make_token("support", ["default"], ["persons:read"]),
    "all": make_token("all", ["*"], ["answers:read", "metrics:read"]),
    "meter": make_token("meter", ["default"], ["metrics:read"]),
    "gone": make_token("gone", ["*"], ["answers:read"], "2020-01-01"),
}


@pytest.fixture(scope="module")
def guarded(store: Store) -> Iterator[httpx.Client]:
    """The API as others reach it: with tokens."""
    tokens = Tokens([entry for _, entry in TOKENS.values()], 600)
    with serving(setup(store, tokens=tokens)) as client:
        yield client


def bearer(name: str) -> dict[str, str]:
    """The header of one of the tokens."""
    return {"Authorization": f"Bearer {TOKENS[name][0]}"}


@pytest.mark.parametrize(
    "headers",
    [{}, {"Authorization": "Bearer nonsense"}, {"Authorization": "Basic eDp5"}],
)
def test_no_valid_token_no_answer(
    guarded: httpx.Client, headers: dict[str, str]
) -> None:
    """401, whatever is asked for."""
    answer = guarded.get("/v1/summary", headers=headers)
    problem(answer, 401, "token")
    assert answer.headers["www-authenticate"].startswith("Bearer")


def test_an_expired_token_is_worth_nothing(guarded: httpx.Client) -> None:
    """As one that never was."""
    problem(guarded.get("/v1/summary", headers=bearer("gone")), 401, "token")


def test_health_needs_no_token(guarded: httpx.Client) -> None:
    """Probes have none; metrics have a scope."""
    assert guarded.get("/health").json() == {"status": "ok"}
    assert guarded.get("/ready").json() == {"status": "ok"}
    problem(guarded.get("/metrics"), 401, "token")
    shown = guarded.get("/metrics", headers=bearer("all")).text
    assert 'parcours_api_requests_total{route="/health",status="200"} 1.0' in shown


def test_metrics_are_for_who_may_see_every_tenant(guarded: httpx.Client) -> None:
    """The gauges of objectives name no tenant, and are of all of them."""
    problem(guarded.get("/metrics", headers=bearer("meter")), 403, "forbidden")
    assert guarded.get("/metrics", headers=bearer("all")).status_code == 200


def test_a_scope_opens_its_own_answers_only(guarded: httpx.Client) -> None:
    """Who reads numbers does not read persons, nor the other way round."""
    person, funnel = f"/v1/persons/{ANNA}/journey", "/v1/funnels"
    problem(guarded.get(person, headers=bearer("reader")), 403, "forbidden")
    denied = guarded.post(funnel, json=FUNNEL, headers=bearer("support"))
    problem(denied, 403, "forbidden")
    assert guarded.get(person, headers=bearer("support")).status_code == 200
    told = guarded.post(funnel, json=FUNNEL, headers=bearer("reader"))
    assert told.status_code == 200
    named = guarded.post(f"{funnel}/persons", json=FUNNEL, headers=bearer("reader"))
    problem(named, 403, "forbidden")


def test_a_token_opens_its_own_tenants_only(guarded: httpx.Client) -> None:
    """In a query, in a body, and where an answer would cross tenants."""
    who = bearer("reader")
    other = {"tenant": "other"}
    problem(guarded.get("/v1/messages", params=other, headers=who), 403, "forbidden")
    asked = guarded.post("/v1/funnels", json=FUNNEL | other, headers=who)
    problem(asked, 403, "forbidden")
    problem(guarded.get("/v1/summary", headers=who), 403, "forbidden")
    told = guarded.get("/v1/summary", params=other, headers=bearer("all"))
    assert told.json()["touchpoints"] == 1


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
        assert {first.result().status_code, second.result().status_code} == {200}
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


def test_objectives_are_answers_and_gauges(store: Store) -> None:
    """Those of the tenant that asks; the gauges are set without anybody asking."""
    text = (
        b"objectives: [{name: buyers, metric: orders, target: 10, "
        b"from: 2023-11-01, to: 2023-12-01}]"
    )
    made = setup(store, library=Library(objectives=parse_objectives(text)))
    with serving(made) as api:
        (one,) = api.get("/v1/objectives").json()
        assert api.get("/v1/objectives?tenant=other").json() == []
        assert (one["name"], one["value"]) == ("buyers", 1.0)
        gauge = 'parcours_objective_value{objective="buyers"} 1.0'
        while gauge not in api.get("/metrics").text:
            pass


class Odd(OverJson):
    """Has an answer of a kind that nobody thought of, the first time."""

    first = True

    def ask(self, sql: str, parameters: Mapping[str, object] = _NOTHING) -> Rows:
        if self.first:
            self.first = False
            raise KeyError
        return super().ask(sql, parameters)


def test_one_wrong_objective_costs_no_other_its_gauges(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nor does an error of ours end the watch: the next look comes."""
    monkeypatch.setattr("insights.api.objectives.REFRESH_SECONDS", 0.05)
    period = "metric: orders, target: 10, from: 2023-11-01, to: 2023-12-01"
    text = (
        f"objectives: [{{name: lost, persona: none, {period}}}, "
        f"{{name: buyers, {period}}}]"
    )
    made = setup(store, library=Library(objectives=parse_objectives(text.encode())))
    odd = dataclasses.replace(made, asker=Odd(store.asker))
    gauge = 'parcours_objective_value{objective="buyers"} 1.0'
    with serving(odd) as api:
        ends = time.monotonic() + 10
        while gauge not in api.get("/metrics").text:
            assert time.monotonic() < ends
            time.sleep(0.05)


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
    """ETag and 304, until something lands that can change it; never for the present."""
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

    for open_ in ("/v1/stages", "/v1/stages?as_of=2030-01-01"):
        assert "etag" not in api.get(open_).headers
        assert api.get(open_).headers["cache-control"] == "no-store"


def test_the_reference_is_made_of_the_description(api: httpx.Client) -> None:
    """The document that is committed is the one that is served; the page shows it all."""
    told = api.get("/openapi.json").json()
    committed = (Path(schemas.__file__).parent / "openapi.json").read_bytes()
    assert told == msgspec.json.decode(committed)
    page = api.get("/docs").text
    assert all(path in page for path in told["paths"])
    assert 'id="question"' in page
    assert not re.findall(r"(?:src|href)=.?https?:", page)
    assert "<script" not in page


def test_the_page_comes_from_the_same_process(guarded: httpx.Client) -> None:
    """Its files need no token, have tags, and may run no script from elsewhere."""
    page = guarded.get("/")
    assert page.headers["content-type"].startswith("text/html")
    again = guarded.get("/", headers={"If-None-Match": page.headers["etag"]})
    assert again.status_code == 304
    assert "script-src 'self'" in page.headers["content-security-policy"]
    problem(guarded.get("/page/..%2Fapi%2Fapp.py"), 404, "not-found")
