"""The page's way in: tokens and tenants."""

from __future__ import annotations

import dataclasses
import re
from typing import TYPE_CHECKING

import pytest
from prometheus_client import CollectorRegistry

from insights.api.token import Tokens, make_token
from schemas.metrics import Metrics
from tests.servers.api import serving

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Locator

    from tests.servers.page import Site

pytestmark = pytest.mark.clickhouse


def test_a_token_of_another_tenant_opens_the_page(browser: Browser, site: Site) -> None:
    """Refused, the page asks for a token and a tenant; it keeps the tenant from then on."""
    token, entry = make_token("other", ["other"], ["answers:read", "persons:read"])
    guarded = dataclasses.replace(
        site.setup, tokens=Tokens([entry], 600), metrics=Metrics(CollectorRegistry())
    )
    context = browser.new_context()
    page = context.new_page()
    asked: list[str] = []
    page.on("request", lambda one: asked.append(f"{one.url} {one.post_data}"))
    with serving(guarded) as client:
        page.goto(f"{str(client.base_url).rstrip('/')}/#map")
        page.fill("#token", token)
        page.wait_for_selector("h1:has-text('Welcome to Parcours')")
        assert "A token is the key to the data" in page.inner_text("main")
        assert page.locator(".refused").count() == 0  # a first visit is no error
        page.click(".entrance button")
        page.wait_for_selector("text=does not open this tenant")
        asked.clear()
        page.fill("#tenant", "other")
        page.click(".entrance button")
        page.wait_for_selector("svg.map")
        assert page.url.endswith("#map?tenant=other")
        page.click("nav a >> nth=1")
        page.wait_for_selector(".funnel-step")
        assert "tenant=other" in page.url
        page.click(".brand")
        page.wait_for_selector("svg.map")
        assert page.url.endswith("#map?tenant=other")
        page.click("nav a:has-text('Live')")
        page.wait_for_selector("text=does not have the scope live:read")
        way = page.inner_text(".entrance code")
        assert way.endswith("--tenant other --scope answers:read --scope live:read")
        page.click(".brand")
        page.wait_for_selector("svg.map")
        page.reload()
        page.wait_for_selector("svg.map")
        questions = [one for one in asked if "/v1/" in one]
        named = re.compile(r'tenant=other|"tenant":"other"')
        assert all(named.search(one) for one in questions), questions
    context.close()


def test_touchpoints_of_few_are_refused_in_the_readers_language(
    browser: Browser, site: Site
) -> None:
    """Behind a number of the map, with a token that opens answers about many alone."""
    token, entry = make_token("board", ["default"], ["answers:read"])
    guarded = dataclasses.replace(
        site.setup, tokens=Tokens([entry], 600), metrics=Metrics(CollectorRegistry())
    )
    context = browser.new_context(locale="fr-FR")
    page = context.new_page()
    with serving(guarded) as client:
        page.goto(f"{str(client.base_url).rstrip('/')}/#map")
        page.fill("#token", token)
        page.click(".entrance button")
        page.wait_for_selector("svg.map")
        numbers = page.locator("svg.map [data-query=persons]")
        few = [one for one in numbers.all() if 0 < float(value_of(one)) < 10]
        few[0].click()
        refused = page.locator("#evidence .samples .refused")
        refused.wait_for()
        assert "se montrent à partir de 10 personnes" in refused.inner_text()
        page.keyboard.press("Escape")
        many = [one for one in numbers.all() if float(value_of(one)) >= 10]
        many[0].click()
        page.locator("#evidence .samples tbody .mono").first.wait_for()
    context.close()


def value_of(number: Locator) -> str:
    """What a number of the map is, exactly."""
    return number.get_attribute("data-value") or "0"
