"""The page over a store that is empty when it is opened, and fills while it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from schemas import tables
from tests.servers.page import site_of, visit
from tests.unit.insights.store import open_store

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Browser

pytest.importorskip("chdb")
pytestmark = pytest.mark.clickhouse

VIEWED = {
    "person_id": "customer_id:1",
    "occurred_at": 1_735_700_000_000,
    "received_at": 1_735_700_000_000,
    "source": "shop",
    "id": "1",
    "type": "product_viewed",
    "channel": "web",
    "direction": "in",
}


def test_a_view_fills_as_soon_as_something_has_landed(
    browser: Browser, tmp_path: Path
) -> None:
    """Nobody reloads it; nor do the other views say that nothing is stored."""
    with (
        open_store(tmp_path) as store,
        site_of(store.asker) as site,
        visit(browser, site, "funnel") as (page, _),
    ):
        page.wait_for_selector(".empty code")
        store.insert(tables.TOUCHPOINTS, [VIEWED])
        page.wait_for_selector(".funnel-step")
        page.click("nav [href='#flows']")
        page.wait_for_selector("svg.flow .node")
