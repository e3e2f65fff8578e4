"""The API over a store with a few customers of two tenants, and the form of its errors."""

from __future__ import annotations

import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from prometheus_client import CollectorRegistry

from insights.api.app import Setup
from schemas import tables
from schemas.metrics import Metrics
from tests.unit.insights.store import OverJson, Row, Store, open_store

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import httpx

BASE = 1_700_000_000_000
DAY = 86_400_000
ANNA = "customer_id:12"
PROBLEM = "application/problem+json"
FUNNEL = {"steps": [{"type": "page_viewed"}, {"type": "order_completed"}]}


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


def entered(person: str, at: int = BASE) -> Row:
    """A person's first phase, and when they entered it."""
    return {
        "person_id": person,
        "model": "default",
        "model_version": 1,
        "transition_no": 1,
        "to_phase": "awareness",
        "occurred_at": at,
        "revision": 1,
    }


@contextmanager
def customers(folder: Path) -> Iterator[Store]:
    """A store with some customers of one tenant and one of another."""
    with open_store(folder) as store:
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


def problem(answer: httpx.Response, status: int, slug: str) -> dict[str, Any]:
    """The problem that an answer holds, which must be of this kind."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == PROBLEM
    told: dict[str, Any] = answer.json()
    assert told["type"] == f"/docs#{slug}"
    assert told["status"] == status
    assert {"title", "detail", "instance"} <= told.keys()
    return told
