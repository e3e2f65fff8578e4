"""The page in a real browser: every view, in both languages, on a phone, and its weight."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import httpx
import pytest

from tests.servers.page import (
    CONTENT,
    HEADINGS,
    PHONE,
    VIEWS,
    address_of,
    held_back,
    ready,
    visit,
)

if TYPE_CHECKING:
    from playwright.sync_api import Browser

    from tests.servers.page import Site

pytestmark = pytest.mark.clickhouse


@pytest.mark.parametrize("language", ["en", "fr"])
@pytest.mark.parametrize("view", VIEWS)
def test_every_view_shows_its_content_in_both_languages(
    browser: Browser, site: Site, view: str, language: str
) -> None:
    """Heading, content and language of the document; no error, nothing from elsewhere."""
    with visit(browser, site, address_of(view, site), language=language) as (page, _):
        page.wait_for_selector(CONTENT[view])
        heading = HEADINGS[language][VIEWS.index(view)]
        assert page.inner_text("main h1") == heading
        assert page.get_attribute("html", "lang") == language
        assert page.get_attribute("nav [aria-current]", "href") == f"#{view}"
        left = re.findall(
            r"\b(?:page|map|define|measure)\.[a-z_]+", page.inner_text("body")
        )
        assert not left  # a word that the dictionary lacks shows its key


@pytest.mark.parametrize("view", VIEWS)
def test_a_phone_does_not_scroll_sideways(
    browser: Browser, site: Site, view: str
) -> None:
    """At 360 points, everything is as wide as the screen; the map shows one phase."""
    with visit(browser, site, address_of(view, site), size=PHONE) as (page, _):
        page.wait_for_selector(CONTENT[view])
        assert page.evaluate("document.documentElement.scrollWidth") <= 360
        if view == "map":
            page.click(".phase-tabs button:nth-child(2)")
            ready(page)
            page.wait_for_selector("svg.map text:has-text('Acquisition')")
            assert "phase=acquisition" in page.url


@pytest.mark.parametrize(
    ("view", "asks"),
    [("map", "map.svg?*later"), ("impact", "impact?*"), ("flows", "paths?*")],
)
def test_a_view_says_that_it_is_being_counted(
    browser: Browser, site: Site, view: str, asks: str
) -> None:
    """Until the answer comes a sentence stands in its place; then it is gone."""
    with visit(browser, site, "person") as (page, _):
        held = held_back(page, f"**/v1/{asks}*")
        page.click(f"nav [href='#{view}']")
        page.wait_for_selector("[aria-busy] >> text=The answer is being counted")
        with page.expect_event("requestfinished"):
            held[0].continue_()
        ready(page)
        page.wait_for_selector(CONTENT[view])
        assert page.locator(".waiting").count() == 0


def test_language_and_light_are_switched_and_kept(browser: Browser, site: Site) -> None:
    """The switches change the page at once, and the next visit has them."""
    with visit(browser, site, "funnel", scheme="light") as (page, _):
        background = "getComputedStyle(document.body.parentElement).backgroundColor"
        light = page.evaluate(background)
        page.click("#switches [lang=fr]")
        page.wait_for_selector("h1:has-text('Entonnoir')")
        page.click("#switches .theme")
        page.click("#switches .theme")
        assert page.get_attribute("html", "data-theme") == "dark"
        assert page.evaluate(background) != light
        page.reload()
        ready(page)
        assert page.get_attribute("html", "lang") == "fr"
        assert page.get_attribute("html", "data-theme") == "dark"


def test_the_page_is_small(site: Site, browser: Browser) -> None:
    """All that the page loads, before it asks anything, is 55 kB as it is sent."""
    with visit(browser, site, "person") as (_, seen):
        own = {url for url in seen.addresses if "/page/" in url or url.endswith("/")}
    sent = 0
    with httpx.Client(headers={"Accept-Encoding": "gzip"}) as client:
        for url in own:
            answer = client.get(url)
            assert answer.status_code == 200
            sent += answer.num_bytes_downloaded
    names = {url.rpartition("/")[2] for url in own}
    assert names >= {"", "main.js", "words-en.json", "page.css"}
    assert "words-fr.json" not in names
    assert sent < 55_000
