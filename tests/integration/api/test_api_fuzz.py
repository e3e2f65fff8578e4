"""Whatever is sent to the API, it answers as described, and changes nothing."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, settings
from prometheus_client import CollectorRegistry
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi import checks

from insights.api.app import Setup
from insights.api.description import document
from schemas import tables
from schemas.metrics import Metrics
from tests.servers.api import serving
from tests.unit.insights.store import OverJson, Store, open_store

if TYPE_CHECKING:
    from collections.abc import Iterator

    import httpx

pytest.importorskip("chdb")
pytestmark = pytest.mark.clickhouse

BASE: Final = 1_700_000_000_000
HOSTILE: Final = (
    "'); DROP TABLE touchpoints; --",
    "{tenant:String} ${touchpoints} %(tenant)s \\'",
    "`; SYSTEM SHUTDOWN; ` file('/etc/passwd')",
    "\x00\u202e\U0001f600",
)
FREE_TEXT: Final = frozenset(
    {"tenant", "channel", "persona", "model", "anchor", "conversion"}
    | {"phase", "type", "person", "name", "personas_model"}
)
SAME: Final = frozenset(
    {"/v1/live", "/v1/map.svg", "/v1/map.csv", "/v1/map.html", "/v1/opportunities"}
)
"""They ask what others ask too, or their answer never ends."""

CONFORMITY: Final = (
    not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_schema_conformance,
)

fuzzed = schemathesis.openapi.from_dict(document())
fuzzed = fuzzed.exclude(path=sorted(SAME))


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """A little of everything."""
    with open_store(tmp_path_factory.mktemp("fuzz")) as store:
        touched = {"source": "shop", "channel": "web", "direction": "in"}
        store.insert(
            tables.TOUCHPOINTS,
            [
                {
                    **touched,
                    "person_id": f"customer_id:{number % 3}",
                    "occurred_at": BASE + number * 60_000,
                    "id": str(number),
                    "type": kind,
                    "phase": "awareness",
                    "order_id": "o1",
                    "value_minor": 100,
                    "currency": "EUR",
                }
                for number, kind in enumerate(
                    ("page_viewed", "product_viewed", "order_completed") * 4
                )
            ],
        )
        entered = {"model": "default", "model_version": 1, "transition_no": 1}
        store.insert(
            tables.TRANSITIONS,
            [
                {
                    **entered,
                    "person_id": f"customer_id:{number}",
                    "to_phase": "awareness",
                    "occurred_at": BASE + number,
                }
                for number in range(3)
            ],
        )
        store.insert(
            tables.JOURNEY_STATES,
            [
                {
                    "person_id": f"customer_id:{number}",
                    "phase": "awareness",
                    "revision": 1,
                    "touchpoints": 4,
                    "first_at": BASE,
                    "last_at": BASE + number,
                    "facts": "{}",
                }
                for number in range(3)
            ],
        )
        before = _counts(store)
        yield store
        assert _counts(store) == before


@pytest.fixture(scope="module")
def api(store: Store) -> Iterator[httpx.Client]:
    """The real thing: server, engine, read-only handle."""
    metrics = Metrics(CollectorRegistry())
    made = Setup(OverJson(store.asker), metrics, time.time, per_minute=1_000_000)
    with serving(made) as client:
        yield client


@fuzzed.parametrize()
@settings(
    max_examples=8,
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)
def test_answers_are_as_described(case: schemathesis.Case, api: httpx.Client) -> None:
    """Whatever the description allows, and what it does not."""
    # Of any other tenant nothing is stored, and every answer is the same refusal.
    for part in (case.query, case.body):
        if isinstance(part, dict):
            part.pop("tenant", None)
    case.call_and_validate(base_url=str(api.base_url), checks=list(CONFORMITY))


def _texts() -> list[tuple[str, str]]:
    """(path, name) of every free text that an address can hold."""
    paths: Any = document()["paths"]
    return [
        (path, one["name"])
        for path, operations in paths.items()
        for one in operations.get("get", {}).get("parameters", [])
        if one["name"] in FREE_TEXT and path not in SAME
    ]


@pytest.mark.parametrize(("path", "name"), _texts())
def test_hostile_names_are_only_names(api: httpx.Client, path: str, name: str) -> None:
    """A name that looks like SQL finds nothing, or is refused; it never runs."""
    for hostile in HOSTILE:
        values = {"person": "nobody", "name": "cart"} | {name: hostile}
        address = path
        for part in ("person", "name"):
            address = address.replace(f"{{{part}}}", quote(values.pop(part), safe=""))
        answer = api.get(address, params=values)
        assert answer.status_code < 500, (hostile, answer.text)
        assert "root:x:0" not in answer.text


def test_hostile_funnels_are_refused_or_empty(api: httpx.Client) -> None:
    """In types, names, conditions, properties and values."""
    for hostile in (HOSTILE[0], HOSTILE[-1]):
        for funnel in (
            {"steps": [{"type": hostile}]},
            {"steps": [{"type": "page_viewed", "name": hostile}]},
            {"steps": [{"type": "page_viewed", "where": {hostile: 1}}]},
            {"steps": [{"type": "page_viewed", "where": {"store_id": hostile}}]},
            {
                "steps": [
                    {"type": "page_viewed", "where": {f"properties.{hostile}": "x"}}
                ]
            },
            {"steps": [{"type": "page_viewed"}], "tenant": hostile, "name": hostile},
            {"steps": [{"type": "page_viewed"}], "hold": [hostile]},
            {"steps": [{"type": "page_viewed"}], "breakdown": {"property": hostile}},
            {"steps": [{"type": "page_viewed"}], "timezone": hostile},
        ):
            answer = api.post("/v1/funnels", json=funnel)
            assert answer.status_code < 500, (funnel, answer.text)


def _counts(store: Store) -> list[tuple[str, object]]:
    """Every table of the store, and how many rows it has."""
    names = store.asker.ask("SHOW TABLES").rows
    return [
        (str(name), store.asker.ask(f"SELECT count() FROM {name}").rows[0][0])
        for (name,) in names
    ]
