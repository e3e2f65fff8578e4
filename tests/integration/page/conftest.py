"""A made-up year that is landed once, and the page over it, for every file of this folder."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from insights.asker import DatabaseAsker
from insights.objectives.spec import parse_objectives
from schemas.tables import TOUCHPOINTS
from sinks.clickhouse import Database
from tests.factories.simulated import land_simulated
from tests.servers.browser import chromium
from tests.servers.page import Site, site_of
from tests.unit.insights.store import open_store

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser

pytest.importorskip("chdb")

ELSEWHERE = {
    "tenant": "other",
    "person_id": "customer_id:1",
    "occurred_at": 1_735_700_000_000,
    "received_at": 1_735_700_000_000,
    "source": "shop",
    "id": "1",
    "type": "product_viewed",
    "channel": "web",
    "direction": "in",
}
"""All that another tenant has."""

OBJECTIVES = parse_objectives(
    b"""objectives:
- {name: orders, label: {en: Orders of the year, fr: Commandes}, metric: orders,
   target: 1, from: 2025-01-01, to: 2025-07-01}
- {name: revenue, metric: revenue, currency: EUR, target: 99900000000,
   from: 2025-01-01, to: 2027-01-01}
- {name: later, metric: orders, target: 5, from: 2030-01-01, to: 2031-01-01}
"""
)
"""One that is reached, one that cannot be, one that has not begun."""


@pytest.fixture(scope="session")
def year(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a year of a made-up retailer."""
    folder = tmp_path_factory.mktemp("page")
    with open_store(folder) as store:
        land_simulated(store, 6_000, 365)
        store.insert(TOUCHPOINTS, [ELSEWHERE])
    return folder


@pytest.fixture(scope="module")
def site(year: Path) -> Iterator[Site]:
    """That year, served, and one of its persons."""
    database = Database.connect(f"chdb://{year}/store", readonly=True)
    try:
        asker = DatabaseAsker(database)
        found = asker.ask(
            "SELECT person_id FROM journey_states FINAL WHERE orders >= 2 "
            "AND merged_into = '' ORDER BY touchpoints, person_id LIMIT 1"
        )
        with site_of(asker, str(found.rows[0][0]), OBJECTIVES) as site:
            yield site
    finally:
        database.close()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A headless Chromium."""
    with chromium() as browser:
        yield browser
