"""Who may ask the API what: hosts, tokens, scopes, tenants."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from insights.api.token import Tokens, make_token
from schemas import tables
from tests.integration.api_store import (
    ANNA,
    FUNNEL,
    entered,
    problem,
    setup,
    touch,
)
from tests.servers.api import serving

if TYPE_CHECKING:
    from collections.abc import Iterator

    import httpx

    from tests.unit.insights.store import Store

pytest.importorskip("chdb")
pytestmark = pytest.mark.clickhouse


TOKENS = {
    "reader": make_token("reader", ["default"], ["answers:read"]),
    "support": make_token("support", ["default"], ["persons:read"]),
    "both": make_token("both", ["default"], ["answers:read", "persons:read"]),
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


def test_who_is_of_a_persona_needs_another_scope_than_how_many(
    guarded: httpx.Client,
) -> None:
    """As who is behind a funnel's number."""
    path = "/v1/personas/persons?persona=loyal"
    for name in ("reader", "support"):
        problem(guarded.get(path, headers=bearer(name)), 403, "forbidden")
    assert guarded.get("/v1/personas", headers=bearer("reader")).status_code == 200


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


@pytest.mark.parametrize(
    ("path", "asked"),
    [
        ("impact/samples", {"conversion": "*[customer_id=12]"}),
        ("impact/samples", {"conversion": "order_completed[order_id=o1]"}),
        ("impact/samples", {"touch": "*"}),
        ("impact/samples", {"touch": "page_viewed[properties.name=anna]"}),
        ("impact", {"touch": "page_viewed[anonymous_id=a]"}),
        ("paths", {"anchor": "page_viewed[email_hash=e1]"}),
        ("cohorts", {"returned": "page_viewed[customer_id=12]"}),
        ("assistance", {"helped": "page_viewed[loyalty_id=1]"}),
    ],
)
def test_who_reads_numbers_cannot_pick_out_one_person(
    guarded: httpx.Client, path: str, asked: dict[str, str]
) -> None:
    """A condition on what tells persons apart needs the scope that opens persons."""
    told = guarded.get(f"/v1/{path}", params=asked, headers=bearer("reader"))
    assert problem(told, 403, "forbidden")["code"] == "personal"
    told = guarded.get(f"/v1/{path}", params=asked, headers=bearer("both"))
    assert told.status_code == 200


def test_a_funnel_tells_no_persons_apart_for_who_reads_numbers(
    guarded: httpx.Client,
) -> None:
    """Neither by a condition nor by a breakdown."""
    page = {"type": "page_viewed", "where": {"customer_id": "12"}}
    for asked in (
        {"steps": [page]},
        FUNNEL | {"exclude": [page]},
        FUNNEL | {"breakdown": {"property": "email_hash"}},
        FUNNEL | {"breakdown": {"property": "emotion_about"}},
        FUNNEL | {"breakdown": {"property": "properties.about_event_id"}},
    ):
        for path in ("/v1/funnels", "/v1/funnels/trend"):
            denied = guarded.post(path, json=asked, headers=bearer("reader"))
            problem(denied, 403, "forbidden")
            told = guarded.post(path, json=asked, headers=bearer("both"))
            assert told.status_code == 200


def test_samples_of_few_are_for_who_reads_persons(guarded: httpx.Client) -> None:
    """The contacts before one sale are the way of one person."""
    path = "/v1/impact/samples"
    few = problem(guarded.get(path, headers=bearer("reader")), 422, "question")
    assert few["code"] == "samples_few"
    (one,) = guarded.get(path, headers=bearer("both")).json()
    assert one["type"] == "order_completed"


def test_samples_of_the_map_are_held_to_the_same(
    guarded: httpx.Client, store: Store
) -> None:
    """The touchpoints of a phase in which few are: refused in the same words."""
    path = "/v1/map/samples?phase=awareness"
    assert guarded.get(path, headers=bearer("reader")).json() == []
    store.insert(tables.TRANSITIONS, [entered(ANNA)])
    few = problem(guarded.get(path, headers=bearer("reader")), 422, "question")
    assert (few["code"], few["values"]) == ("samples_few", {"least": 10})
    shown = guarded.get(path, headers=bearer("both")).json()
    assert [one["type"] for one in shown] == ["order_completed", "page_viewed"]
    others = [f"customer_id:many-{n}" for n in range(9)]
    store.insert(tables.TOUCHPOINTS, [touch(one, 1) for one in others])
    store.insert(tables.TRANSITIONS, map(entered, others))
    some = guarded.get(f"{path}&limit=3", headers=bearer("reader")).json()
    assert len(some) == 3


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


def test_the_page_comes_from_the_same_process(guarded: httpx.Client) -> None:
    """Its files need no token, have tags, and may run no script from elsewhere."""
    page = guarded.get("/")
    assert page.headers["content-type"].startswith("text/html")
    again = guarded.get("/", headers={"If-None-Match": page.headers["etag"]})
    assert again.status_code == 304
    assert "script-src 'self'" in page.headers["content-security-policy"]
    problem(guarded.get("/page/..%2Fapi%2Fapp.py"), 404, "not-found")
