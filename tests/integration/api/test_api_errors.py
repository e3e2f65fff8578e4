"""What the API says to questions that it cannot or will not answer."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pytest

from insights.api.description import document
from insights.asker import AskError, Rows
from insights.cost import CostError
from insights.sentences import Sentence, spoken
from schemas import tables
from sinks.clickhouse import DatabaseError
from tests.integration.api_store import (
    FUNNEL,
    problem,
    setup,
    touch,
)
from tests.servers.api import serving

if TYPE_CHECKING:
    import httpx

    from tests.unit.insights.store import Store

pytest.importorskip("chdb")
pytestmark = pytest.mark.clickhouse


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
    ("address", "wrong", "told"),
    [
        ("/v1/paths?ancor=page_viewed", ["ancor"], "did you mean anchor?"),
        ("/v1/impact?Net=true&model=m&whatever", ["Net", "whatever"], "net?"),
        ("/v1/funnels/cart?since=2023-11-01", ["since"], "tenant, from, to"),
        ("/v1/persons/12?limit=3", ["limit"], "takes tenant"),
        ("/v1/objectives?x=1&x=2", ["x"], "takes tenant"),
    ],
)
def test_an_unknown_parameter_is_not_passed_over(
    api: httpx.Client, address: str, wrong: list[str], told: str
) -> None:
    """400 with its name, and the nearest one there is, or all of them."""
    refused = problem(api.get(address), 400, "malformed")
    assert [one["key"] for one in refused["parameters"]] == wrong
    assert told in refused["parameters"][0]["message"]
    assert wrong[0] in refused["detail"]


@pytest.mark.parametrize(
    ("address", "told"),
    [
        ("/v1/stages?by=chanel", "it is one of channel, store, persona"),
        ("/v1/paths?direction=up", "it is one of after, before"),
    ],
)
def test_a_value_that_is_none_of_few_is_told_which_there_are(
    api: httpx.Client, address: str, told: str
) -> None:
    """In our own words: where it stood, and what could stand there."""
    (wrong,) = problem(api.get(address), 400, "malformed")["parameters"]
    assert wrong["source"] == "query"
    assert told in wrong["message"]


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ('{"steps": ', "not JSON: Input data was truncated"),
        ('{"steps": [],}', "not JSON: JSON is malformed: trailing comma"),
        ("", "it is missing"),
    ],
)
def test_a_body_that_is_no_json_is_told_as_such(
    api: httpx.Client, body: str, told: str
) -> None:
    """Where it breaks off, and nothing of what stands in it."""
    headers = {"Content-Type": "application/json"}
    answer = api.post("/v1/funnels", content=body, headers=headers)
    (wrong,) = problem(answer, 400, "malformed")["parameters"]
    assert wrong["source"] == "body"
    assert wrong["message"].startswith(told)


def test_every_parameter_of_the_description_is_taken(api: httpx.Client) -> None:
    """As is whatever a probe adds to its address, outside the answers."""
    refused = problem(
        api.post("/v1/funnels?tenant=other", json=FUNNEL), 400, "malformed"
    )
    assert refused["parameters"][0]["key"] == "tenant"
    assert api.post("/v1/funnels?live=false", json=FUNNEL).status_code == 200
    every = {"tenant": "other", "from": "2023-11-01", "persona": "", "of": "channel"}
    assert api.get("/v1/paths", params=every).status_code == 200
    assert api.get("/health?probe=1").status_code == 200


@pytest.mark.parametrize(
    "given",
    [
        "ann@example.org",
        "ann%40example.org",
        "+33612345678",
        "06 12 34 56 78",
        "06.12.34.56.78",
        "phone:0612345678",
        "0612345678",
    ],
)
def test_an_address_in_clear_is_refused_and_not_repeated(
    api: httpx.Client, given: str
) -> None:
    """422 wherever a person is named, and what to do instead; it names no person."""
    path = quote(given, safe="")
    for answer in (
        api.get(f"/v1/persons/{path}"),
        api.get(f"/v1/persons/{path}/journey"),
        api.get(f"/v1/persons/{path}/why"),
        api.post("/v1/funnels/explain", params={"unit": given}, json=FUNNEL),
    ):
        told = problem(answer, 422, "question")
        assert told["code"] == "in_clear"
        assert given not in answer.text
        assert "email_hash:PSEUDONYM" in told["detail"]


def test_a_number_that_somebody_is_known_by_is_an_identifier(
    api: httpx.Client, store: Store
) -> None:
    """A customer's number may look like a telephone's."""
    known = touch("customer_id:0611111111", 1, customer_id="0611111111")
    store.insert(tables.TOUCHPOINTS, [known])
    found = api.get("/v1/persons/0611111111")
    assert found.json() == ["customer_id:0611111111"]


DESCRIBED: Any = document()
EVERY_ANSWER = sorted(
    path
    for path, operations in DESCRIBED["paths"].items()
    if path.startswith("/v1/") and "get" in operations and "{" not in path
)


@pytest.mark.parametrize("path", EVERY_ANSWER)
def test_a_tenant_without_data_is_refused_by_every_answer(
    api: httpx.Client, path: str
) -> None:
    """404 with what to do, as on the command line; but for what tells what there is."""
    if path in ("/v1/live", "/v1/funnels"):
        return
    persona = {"persona": "loyal"} if path == "/v1/personas/persons" else {}
    answer = api.get(path, params={"tenant": "nobody"} | persona)
    if path in ("/v1/map/choices", "/v1/summary"):
        assert answer.status_code == 200, answer.text
        return
    told = problem(answer, 404, "not-found")
    assert (told["code"], told["values"]) == ("nothing_yet", {"tenant": "nobody"})


def test_a_funnel_of_a_tenant_without_data_is_refused(api: httpx.Client) -> None:
    """Sent, or registered."""
    for answer in (
        api.post("/v1/funnels", json=FUNNEL | {"tenant": "nobody"}),
        api.get("/v1/funnels/cart?tenant=nobody"),
        api.get("/v1/persons/12/journey?tenant=nobody"),
    ):
        assert problem(answer, 404, "not-found")["code"] == "nothing_yet"


@pytest.mark.parametrize(
    ("address", "code"),
    [
        ("/v1/paths?anchor=", ""),
        ("/v1/paths?anchor=%3D", "not_step"),
        ("/v1/impact?touch=order_completed%5Bx%5D", "not_condition"),
        ("/v1/assistance?match=shoe", "match"),
        ("/v1/assistance?within=0h", "some_time"),
        ("/v1/impact?half_life=0h", "some_time"),
        ("/v1/funnels/none", "registered"),
        ("/v1/funnels/phases?from=2023-11-01T05:00:00Z", "phase_funnel"),
        ("/v1/funnels/cart/trend?from=1990-01-01&to=2030-01-01", "many_periods"),
        ("/v1/personas?personas_model=nope", "personas_model"),
        ("/v1/personas/persons?persona=nope", "persona"),
        ("/v1/persons/12/journey?personas_model=nope", "personas_model"),
        ("/v1/stages?model=nope", "model"),
    ],
)
def test_what_is_refused_can_be_said_in_another_language(
    api: httpx.Client, address: str, code: str
) -> None:
    """By its code and its values."""
    answer = api.get(address)
    if not code:
        assert answer.status_code == 200, answer.text
        return
    told = problem(answer, 422, "question")
    assert told["code"] == code
    assert spoken(Sentence(code, "", told.get("values", {})), "fr")


@pytest.mark.parametrize(
    "address",
    [
        "/v1/map?timezone=Nope",
        "/v1/opportunities?timezone=Nope",
        "/v1/cohorts?timezone=../x",
        "/v1/pains?timezone=Europe",
        "/v1/assistance?timezone=Europe",
        "/v1/assistance?within=999999999999w",
        "/v1/assistance?match=shoe",
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
