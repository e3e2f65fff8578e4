"""Flows, and one customer's journey, in the page."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.servers.page import address_of, visit

if TYPE_CHECKING:
    from playwright.sync_api import Browser

    from tests.servers.page import Site

pytestmark = pytest.mark.clickhouse


def test_flows_are_drawn_for_what_is_chosen(browser: Browser, site: Site) -> None:
    """Another direction gives another drawing, and a node opens its query."""
    with visit(browser, site, "flows?anchor=order_completed&direction=before") as (
        page,
        _,
    ):
        page.wait_for_selector(".node.anchor")
        page.focus(".node.anchor")
        page.keyboard.press("Enter")
        assert "Order completed" in page.inner_text("#evidence h2")


def test_a_journey_tells_its_reasons(browser: Browser, site: Site) -> None:
    """Every change of phase with the touchpoint that caused it; nobody is told as such."""
    with visit(browser, site, address_of("person", site)) as (page, _):
        page.wait_for_selector(".timeline .moved")
        assert "because of: Order completed" in page.inner_text(".timeline")
    context = browser.new_context()
    page = context.new_page()
    page.goto(f"{site.base}/#person?who=nobody-at-all")
    page.wait_for_selector("text=Nobody is known by that identifier")
    context.close()
