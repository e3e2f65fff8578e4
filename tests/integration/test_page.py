"""The page in a real browser, over the API, over a made-up year on the embedded engine."""

from __future__ import annotations

import dataclasses
import gzip
import re
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pytest
from prometheus_client import CollectorRegistry

from insights.api.app import Setup
from insights.api.library import Library
from insights.api.token import Tokens, make_token
from parcours.mapping import desk_of
from schemas.metrics import Metrics
from streams.model_files import built_in
from tests.factories.simulated import land_simulated
from tests.servers.api import serving
from tests.servers.browser import chromium
from tests.unit.insights.store import open_store

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Page

pytest.importorskip("chdb")
pytestmark = pytest.mark.clickhouse

VIEWS = ("map", "funnel", "flows", "person", "live")
HEADINGS = {
    "en": ("Customer journey map", "Funnel", "Flows", "One customer", "Live"),
    "fr": ("Carte du parcours client", "Entonnoir", "Flux", "Un client", "En direct"),
}
WIDE = {"width": 1440, "height": 900}
PHONE = {"width": 360, "height": 740}


@dataclass
class Site:
    """A running API with data, and somebody who is in it."""

    base: str
    person: str
    setup: Setup


@dataclass
class Seen:
    """What a browser noticed while a test used the page."""

    problems: list[str] = field(default_factory=list)
    addresses: set[str] = field(default_factory=set)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A year of a made-up retailer, served."""
    with open_store(tmp_path_factory.mktemp("page")) as store:
        land_simulated(store, 6_000, 365)
        found = store.asker.ask(
            "SELECT person_id FROM journey_states FINAL WHERE orders >= 2 "
            "AND merged_into = '' ORDER BY touchpoints, person_id LIMIT 1"
        )
        setup = Setup(
            store.asker,
            Metrics(CollectorRegistry()),
            time.time,
            Library(desk_of((built_in(),))),
        )
        with serving(setup) as client:
            yield Site(str(client.base_url).rstrip("/"), str(found.rows[0][0]), setup)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


@contextmanager
def visit(
    browser: Browser,
    site: Site,
    address: str = "map",
    *,
    size: dict[str, int] = WIDE,
    language: str = "en",
    scheme: str = "light",
) -> Iterator[tuple[Page, Seen]]:
    """The page at an address, ready; afterwards nothing may have gone wrong."""
    context = browser.new_context(
        viewport=size,  # type: ignore[arg-type]
        locale={"en": "en-GB", "fr": "fr-FR"}[language],
        color_scheme=scheme,  # type: ignore[arg-type]
        reduced_motion="reduce",
    )
    seen = Seen()
    page = context.new_page()
    page.on(
        "console", lambda m: seen.problems.append(m.text) if m.type == "error" else 0
    )
    page.on("pageerror", lambda error: seen.problems.append(str(error)))
    page.on("request", lambda request: seen.addresses.add(request.url))
    try:
        page.goto(f"{site.base}/#{address}")
        ready(page)
        yield page, seen
        assert not seen.problems
        own = (site.base, "blob:", "data:")
        assert all(url.startswith(own) for url in seen.addresses), seen.addresses
    finally:
        context.close()


def ready(page: Page) -> None:
    """Wait until the view is there and nothing of it is under way."""
    page.wait_for_selector("main h1")
    page.wait_for_selector("[aria-busy]", state="detached")


def address_of(view: str, site: Site) -> str:
    return f"person?who={site.person}" if view == "person" else view


CONTENT = {
    "map": "svg.map .n",
    "funnel": ".funnel-step",
    "flows": "svg.flow .node",
    "person": ".timeline .moved",
    "live": ".phase-bars li",
}


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


def test_a_number_opens_what_stands_behind_it(browser: Browser, site: Site) -> None:
    """Definition, statement and sample touchpoints; Escape leads back to the number."""
    with visit(browser, site) as (page, _):
        number = page.locator("svg.map [data-query=touchpoints]").nth(3)
        shown = number.evaluate("one => one.lastChild.data")
        number.click()
        sheet = page.locator("#evidence")
        assert sheet.locator("output").inner_text() == shown
        assert "GROUPING SETS" in sheet.locator("pre").inner_text()
        sheet.locator("tbody td.mono").first.wait_for()
        page.keyboard.press("Escape")
        assert not sheet.is_visible()


def test_every_number_of_the_map_can_be_reached_by_keyboard(
    browser: Browser, site: Site
) -> None:
    """One tab stop, arrows from number to number, Enter opens."""
    with visit(browser, site) as (page, _):
        assert page.locator("svg.map [tabindex='0']").count() == 1
        page.focus("svg.map [tabindex='0']")
        page.keyboard.press("ArrowRight")
        page.keyboard.press("ArrowRight")
        label = page.evaluate("document.activeElement.getAttribute('aria-label')")
        assert label
        page.keyboard.press("Enter")
        assert page.locator("#evidence").is_visible()


def test_the_keyboard_leads_from_the_skip_link_through_the_page(
    browser: Browser, site: Site
) -> None:
    """The first stop skips to the content; every stop has a name and is seen."""
    with visit(browser, site, "funnel") as (page, _):
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.id") == "skip"
        stops = []
        for _ in range(25):
            page.keyboard.press("Tab")
            stops.append(page.evaluate(NAME_AND_OUTLINE))
        assert all(name for name, _ in stops), stops
        assert all(outline != "none" for _, outline in stops), stops


NAME_AND_OUTLINE = """() => {
  const one = document.activeElement;
  const name = one.getAttribute("aria-label") || one.closest("label")?.innerText
    || one.innerText || one.getAttribute("title") || "";
  return [name.trim(), getComputedStyle(one).outlineStyle];
}"""

UNNAMED = """() => [...document.querySelectorAll("button, a, input, select, [role=button]")]
  .filter((one) => !(one.getAttribute("aria-label") || one.closest("label")
    || document.querySelector(`label[for="${one.id}"]`) || one.textContent.trim()))
  .map((one) => one.outerHTML)"""


@pytest.mark.parametrize("view", VIEWS)
def test_every_view_is_told_to_those_who_do_not_see_it(
    browser: Browser, site: Site, view: str
) -> None:
    """One first heading, landmarks, no heading left out, ids once, every control named."""
    with visit(browser, site, address_of(view, site)) as (page, _):
        page.wait_for_selector(CONTENT[view])
        for landmark in ("header", "nav", "main"):
            assert page.locator(landmark).first.is_visible()
        levels = page.evaluate(
            "[...document.querySelectorAll('h1,h2,h3')].map((one) => +one.tagName[1])"
        )
        assert levels.count(1) == 1
        pairs = zip([0, *levels], levels, strict=False)
        assert all(level - before <= 1 for before, level in pairs)
        ids = page.evaluate(
            "[...document.querySelectorAll('[id]')].map((one) => one.id)"
        )
        assert len(ids) == len(set(ids))
        assert page.evaluate(UNNAMED) == []


def test_the_map_is_narrowed_by_its_filters_and_the_address_keeps_them(
    browser: Browser, site: Site
) -> None:
    """A channel chosen leaves one lane; the address of it leads to the same map."""
    with visit(browser, site) as (page, _):
        page.select_option("form.filters select >> nth=0", "email")
        page.wait_for_selector("svg.map text:has-text('channel E-mail')")
        assert "channel=email" in page.url
        lanes = page.locator("svg.map [data-row^='level=lane']").count()
        assert lanes == 2  # persons and touchpoints of the one channel
        page.reload()
        ready(page)
        page.wait_for_selector("svg.map text:has-text('channel E-mail')")
        page.uncheck("input[type=checkbox]")
        ready(page)
        assert page.locator("svg.map text:has-text('Planned')").count() == 0


def test_the_exports_can_be_saved(browser: Browser, site: Site, tmp_path: Path) -> None:
    """SVG, PNG and both forms of the table come as files that hold the map."""
    saved = {}
    with visit(browser, site, scheme="dark") as (page, _):
        for name in ("svg", "png", "csv", "html"):
            with page.expect_download() as waiting:
                page.click(f"[data-save={name}]")
            saved[name] = tmp_path / waiting.value.suggested_filename
            waiting.value.save_as(saved[name])
    root = ET.fromstring(saved["svg"].read_text("utf-8"))
    assert root.attrib["data-theme"] == "dark"
    assert saved["png"].read_bytes().startswith(b"\x89PNG")
    assert saved["png"].stat().st_size > 50_000
    assert saved["csv"].read_text("utf-8").startswith("phase,channel,type")
    assert "<table>" in saved["html"].read_text("utf-8")


def test_the_table_twin_stands_under_the_map(browser: Browser, site: Site) -> None:
    """Opened, it has a line for every number."""
    with visit(browser, site) as (page, _):
        page.click("main summary")
        page.wait_for_selector(".twin tbody tr")
        assert page.locator(".twin tbody tr").count() > 100


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


def test_a_token_of_another_tenant_opens_the_page(browser: Browser, site: Site) -> None:
    """Refused, the page asks for a token and a tenant; it keeps the tenant from then on."""
    token, entry = make_token("other", ["other"], ["answers:read", "persons:read"])
    guarded = dataclasses.replace(
        site.setup, tokens=Tokens([entry], 600), metrics=Metrics(CollectorRegistry())
    )
    context = browser.new_context()
    page = context.new_page()
    asked: list[str] = []
    page.on("request", lambda one: asked.append(one.url))
    with serving(guarded) as client:
        page.goto(f"{str(client.base_url).rstrip('/')}/#map")
        page.fill("#token", token)
        page.click(".refused button")
        page.wait_for_selector("text=does not open this tenant")
        asked.clear()
        page.fill("#tenant", "other")
        page.click(".refused button")
        page.wait_for_selector("svg.map")
        assert page.url.endswith("#map?tenant=other")
        page.click("nav a >> nth=1")
        page.wait_for_selector(".funnel-step")
        assert "tenant=other" in page.url
        page.click(".brand")
        page.wait_for_selector("svg.map")
        assert page.url.endswith("#map?tenant=other")
        page.reload()
        page.wait_for_selector("svg.map")
        questions = [one for one in asked if "/v1/" in one]
        assert all("tenant=other" in one for one in questions), questions
    context.close()


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
    page.wait_for_selector("text=Nobody is known by this identifier.")
    context.close()


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
    """All that the page loads, before it asks anything, is 40 kB as it is sent."""
    with visit(browser, site, "person") as (_, seen):
        own = [url for url in seen.addresses if "/page/" in url or url.endswith("/")]
    static = Path("insights/page/static")
    names = {url.rpartition("/")[2] or "index.html" for url in own}
    sent = [gzip.compress((static / name).read_bytes(), 5) for name in names]
    assert sum(map(len, sent)) < 40_000
    assert names >= {"index.html", "main.js", "words.json", "page.css"}
