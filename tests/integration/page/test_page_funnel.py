"""The funnel in the page: built, answered, and who stands behind a number."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.servers.page import ready, visit

if TYPE_CHECKING:
    from playwright.sync_api import Browser

    from tests.servers.page import Site

pytestmark = pytest.mark.clickhouse


def test_a_funnel_is_built_and_its_lost_are_listed(
    browser: Browser, site: Site
) -> None:
    """Steps come and go; a drop-off opens the list of its persons, who have journeys."""
    with visit(browser, site, "funnel") as (page, _):
        page.click(".builder li:nth-child(2) button:last-child")
        assert page.locator(".builder li").count() == 3
        page.select_option(".builder .grid select >> nth=3", "channel")
        page.click(".builder button.primary")
        ready(page)
        page.wait_for_selector(".answer h2:has-text('Breakdown')")
        assert page.locator(".funnel-step").count() == 3
        lost = page.locator(".dropped button.link").first.inner_text()
        page.locator(".dropped button.small").first.click()
        page.wait_for_selector(".persons a")
        assert page.locator(".persons a").count() == min(
            200, int(lost.replace(",", ""))
        )
        page.locator(".persons a").first.click()
        page.wait_for_selector(".timeline li")
