"""The page of a tenant of whom nothing is stored, and over selections in which nothing is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.servers.page import VIEWS, visit

if TYPE_CHECKING:
    from playwright.sync_api import Browser

    from tests.servers.page import Site

pytestmark = pytest.mark.clickhouse


@pytest.mark.parametrize("view", VIEWS)
def test_an_empty_store_says_what_to_do_next(
    browser: Browser, site: Site, view: str
) -> None:
    """Each view names the command that fills it; none shows an error or empty charts."""
    with visit(browser, site, f"{view}?tenant=nobody", language="fr") as (page, _):
        page.wait_for_selector("main code:has-text('parcours produce')")
        told = page.inner_text("main")
        assert "make demo" not in told  # which is refused over a running system
        assert page.locator("main .refused").count() == 0
        assert page.locator("svg.map, svg.flow, .funnel-step").count() == 0


def test_a_selection_without_anything_can_be_cleared(
    browser: Browser, site: Site
) -> None:
    """The map of a period before the first touchpoint leads back to the whole map."""
    with visit(browser, site, "map?from=2001-01-01&to=2001-02-01") as (page, _):
        page.click(".empty button")
        page.wait_for_selector("svg.map .n")
        assert "2001" not in page.url


def test_paths_of_a_touchpoint_without_data_offer_what_there_is(
    browser: Browser, site: Site
) -> None:
    """It is named, and one of the others can be chosen."""
    with visit(browser, site, "flows?anchor=qr_code_scanned") as (page, _):
        assert "Nobody had “QR code scanned”" in page.inner_text(".empty")
        page.locator(".empty button.small").first.click()
        page.wait_for_selector("svg.flow .node.anchor")


def test_the_live_view_shows_what_has_landed_before_it_was_opened(
    browser: Browser, site: Site
) -> None:
    """The newest known touchpoints, with their day where it is not today's."""
    with visit(browser, site, "live") as (page, _):
        page.wait_for_selector(".arrivals .what")
        assert "2025" in page.locator(".arrivals time").first.inner_text()
        assert page.locator(".arrivals li").count() <= 20
