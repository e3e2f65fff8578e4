"""Flows, and one customer's journey, in the page."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import httpx
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


def test_a_journey_has_its_threads_and_what_was_spent(
    browser: Browser, site: Site
) -> None:
    """Carts, orders, returns, tickets; refunds are taken off; no tile overlaps."""
    with httpx.Client(base_url=site.base, timeout=60) as client:
        told = client.get(f"/v1/persons/{site.person}/journey?limit=60").json()
    kinds = {"cart": "Cart", "order": "Order", "return": "Return", "ticket": "Ticket"}
    spent = told["spending"][0]
    left = (spent["value_minor"] - spent["given_back_minor"]) / 100
    size = {"width": 390, "height": 844}
    with visit(browser, site, address_of("person", site), size=size) as (page, _):
        rows = page.locator(".threads tbody th strong").all_inner_texts()
        assert rows == [kinds[one["kind"]] for one in told["threads"]]
        assert "Order" in rows
        tile = page.locator(".tile:has(span:text-is('Spent')) strong")
        assert tile.first.inner_text() == f"\u20ac{left:,.2f}"
        wider = """() => [...document.querySelectorAll(".tile")]
          .filter((one) => one.scrollWidth > one.clientWidth).length"""
        assert page.evaluate(wider) == 0


def test_what_arrives_is_in_the_order_of_time(browser: Browser, site: Site) -> None:
    """Whenever it landed, the newest stands first."""
    with visit(browser, site, "live") as (page, _):
        page.wait_for_selector(".arrivals time")
        told = page.locator(".arrivals time").all_inner_texts()
    form = "%d %b %Y, %H:%M:%S"
    times = [
        datetime.strptime(one.replace("Sept", "Sep"), form).replace(tzinfo=UTC)
        for one in told
    ]
    assert times == sorted(times, reverse=True)
    assert len(times) > 1


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
