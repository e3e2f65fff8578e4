"""What the API says to questions that it cannot or will not answer."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import pytest

from insights.asker import AskError, Rows
from insights.cost import CostError
from sinks.clickhouse import DatabaseError
from tests.integration.api_store import (
    FUNNEL,
    problem,
    setup,
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
