"""The journey map in the page: numbers that open, filters, files, the table twin."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import parse_qsl
from xml.etree import ElementTree as ET

import pytest

from tests.servers.page import held_back, ready, visit

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Browser

    from tests.servers.page import Site

pytestmark = pytest.mark.clickhouse

_RUN_TOGETHER = """
() => {
  const laid = (kind) => [...document.querySelectorAll(`svg.map ${kind}`)].map((one) => {
    const { x, y, width, height } = one.getBBox();
    return { text: one.lastChild?.textContent, base: one.getAttribute("y"),
             left: x, right: x + width, middle: y + height / 2, top: y, end: y + height };
  });
  const texts = laid("text"), found = [];
  texts.forEach((one, place) => texts.slice(place + 1).forEach((other) => {
    if (one.base !== other.base) return;
    const apart = Math.max(one.left, other.left) - Math.min(one.right, other.right);
    if (apart < 2) found.push([one.text, other.text]);
  }));
  for (const panel of laid("rect.panel"))
    for (const { text, left, right, middle } of texts)
      if (panel.top < middle && middle < panel.end
          && [panel.left, panel.right].some((edge) => left < edge && edge < right))
        found.push([text, "an edge"]);
  return found;
}
"""
"""Texts on one line that leave no blank between them, or that lie on a panel's edge."""


def test_a_number_opens_what_stands_behind_it(browser: Browser, site: Site) -> None:
    """Definition, statement and sample touchpoints; Escape leads back to the number."""
    with visit(browser, site) as (page, _):
        number = page.locator("svg.map [data-query=touchpoints]").nth(3)
        shown = number.evaluate("one => one.lastChild.data")
        number.click()
        sheet = page.locator("#evidence")
        assert sheet.locator("output").inner_text() == shown
        assert "GROUPING SETS" in sheet.locator("pre").inner_text()
        sheet.locator("tbody .mono").first.wait_for()
        page.keyboard.press("Escape")
        assert not sheet.is_visible()


@pytest.mark.parametrize("language", ["en", "fr"])
def test_no_text_of_the_map_runs_into_another_as_this_browser_draws_it(
    browser: Browser, site: Site, language: str
) -> None:
    """Whatever font stands in for those that the map names."""
    with visit(browser, site, language=language) as (page, _):
        page.wait_for_selector("svg.map:not([aria-busy]) [data-query=pains]")
        assert page.evaluate(_RUN_TOGETHER) == []


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
    """Opened, it has a line for every number, and each opens what stands behind it."""
    with visit(browser, site) as (page, _):
        page.click("main summary")
        page.wait_for_selector(".twin tbody tr")
        assert page.locator(".twin tbody tr").count() > 100
        assert page.locator(".twin .opens[tabindex='0']").count() == 1
        page.focus(".twin .opens[tabindex='0']")
        page.keyboard.press("ArrowDown")
        shown = page.evaluate("document.activeElement.textContent")
        page.keyboard.press("Enter")
        sheet = page.locator("#evidence")
        assert sheet.locator("output").inner_text() == shown
        assert "GROUPING SETS" in sheet.locator("pre").inner_text()


def test_samples_of_a_finding_are_of_that_finding(browser: Browser, site: Site) -> None:
    """Touchpoints that hurt by it, or that are to be spared, not all of the phase."""
    with visit(browser, site) as (page, seen):
        some = page.locator(
            "svg.map :is([data-query=pains], [data-query=opportunities])"
        )
        assert some.count() > 0
        for one in some.all():
            row = dict(parse_qsl(one.get_attribute("data-row") or ""))
            one.click()
            page.wait_for_selector("#evidence .samples tbody .mono")
            (asked,) = (a for a in seen.addresses if "/v1/map/samples" in a)
            seen.addresses.remove(asked)
            told = dict(parse_qsl(asked.partition("?")[2]))
            friction = row["type"].startswith("friction:")
            pain = (
                row["type"].removeprefix("friction:") if friction else row.get("pain")
            )
            assert told.get("pain") == pain
            assert told.get("type") == (None if friction else row["type"])
            assert "friction:" not in page.inner_text("#evidence .about").lower()
            page.keyboard.press("Escape")


def test_the_numbers_come_before_what_is_looked_for_beside_them(
    browser: Browser, site: Site
) -> None:
    """The map is there; findings come into it, and the reader stays where they are."""
    with visit(browser, site, "person") as (page, _):
        held = held_back(page, "**/v1/map.svg?*findings=yes*")
        page.click("nav [href='#map']")
        page.wait_for_selector("svg.map[aria-busy] >> text=being looked for")
        number = page.locator("svg.map [data-query=touchpoints]").nth(40)
        number.focus()
        page.evaluate("scrollBy(0, 300)")
        row, top = page.evaluate(FOCUSED)
        held[0].continue_()
        page.wait_for_selector("svg.map:not([aria-busy]) [data-query=pains]")
        again, now = page.evaluate(FOCUSED)
        assert again == row
        assert abs(now - top) < 2
        assert page.locator("svg.map .later").count() == 0


FOCUSED = """() => {
  const one = document.activeElement;
  return [one.dataset.query + one.dataset.row, one.getBoundingClientRect().top];
}"""


def test_a_question_that_nobody_waits_for_is_stopped(
    browser: Browser, site: Site
) -> None:
    """Another filter ends what was asked before it; its answer replaces nothing."""
    with visit(browser, site) as (page, _):
        held = held_back(page, "**/v1/map.svg?*channel=email*")
        page.select_option("form.filters select >> nth=0", "email")
        page.wait_for_selector(".map-figure[aria-busy]")
        with page.expect_event("requestfailed") as stopped:
            page.select_option("form.filters select >> nth=0", "web")
        assert "channel=email" in stopped.value.url
        assert len(held) == 1
        ready(page)
        page.wait_for_selector("svg.map text:has-text('channel Web')")


def test_a_table_that_is_late_is_not_that_of_another_map(
    browser: Browser, site: Site
) -> None:
    """Closed with the map that it was of; opened again, it is that of the new one."""
    with visit(browser, site) as (page, _):
        held = held_back(page, "**/v1/map.html?*")
        page.click("main summary")
        page.wait_for_selector(".twin .waiting")
        with page.expect_event("requestfailed"):
            page.select_option("form.filters select >> nth=0", "email")
        ready(page)
        page.unroute("**/v1/map.html?*")
        assert len(held) == 1
        page.click("main summary")
        page.wait_for_selector(".twin tbody tr")
        channels = page.locator(".twin tbody tr td:nth-child(2)").all_inner_texts()
        assert set(channels) == {"", "E-mail"}


def test_a_file_that_cannot_be_saved_takes_nothing_away(
    browser: Browser, site: Site
) -> None:
    """It is said beside its button; the map stays."""
    with visit(browser, site, refused=True) as (page, _):
        page.route("**/v1/map.csv?*", lambda route: route.abort())
        page.click("[data-save=csv]")
        page.wait_for_selector("[role=alert]:has-text('Not saved')")
        assert page.locator("svg.map .n").count() > 100
        page.unroute("**/v1/map.csv?*")
        with page.expect_download():
            page.click("[data-save=csv]")
        assert page.locator("[role=alert]:has-text('Not saved')").count() == 0


def test_the_last_day_that_is_chosen_is_in(browser: Browser, site: Site) -> None:
    """The address has the question's `to`, the day after; the field shows the day."""
    with visit(browser, site, "map?from=2025-03-01&to=2025-04-01") as (page, seen):
        until = page.get_by_label("Until (included)", exact=True)
        assert until.input_value() == "2025-03-31"
        assert "until 2025-03-31" in (page.text_content("svg.map") or "")
        page.get_by_label("From", exact=True).fill("2025-02-28")
        until.fill("2025-02-28")
        ready(page)
        assert "from=2025-02-28&to=2025-03-01" in page.url
        assert any("from=2025-02-28&to=2025-03-01" in one for one in seen.addresses)
        page.wait_for_selector("svg.map .n")
        page.reload()
        ready(page)
        assert until.input_value() == "2025-02-28"


def test_days_and_times_are_those_of_the_zone_that_is_chosen(
    browser: Browser, site: Site
) -> None:
    """Named wherever a time stands; the address keeps it, and other views have it."""
    with visit(browser, site, "map?from=2025-03-01") as (page, seen):
        page.locator("svg.map [data-query=touchpoints]").nth(3).click()
        page.wait_for_selector("#evidence th:text-is('When (UTC)')")
        utc = page.inner_text("#evidence .samples tbody th >> nth=0")
        page.keyboard.press("Escape")
        page.get_by_label("Time zone").select_option("Asia/Tokyo")
        ready(page)
        assert "timezone=Asia%2FTokyo" in page.url
        assert any("map.svg" in a and "Asia%2FTokyo" in a for a in seen.addresses)
        assert "(Asia/Tokyo)" in (page.text_content("svg.map") or "")
        page.locator("svg.map [data-query=touchpoints]").nth(3).click()
        page.wait_for_selector("#evidence th:text-is('When (Asia/Tokyo)')")
        assert page.inner_text("#evidence .samples tbody th >> nth=0") != utc
        page.keyboard.press("Escape")
        page.click("nav [href='#funnel']")
        page.wait_for_selector(".funnel-step")
        assert page.get_by_label("Time zone").input_value() == "Asia/Tokyo"
        assert "timezone: Asia/Tokyo" in page.inner_text(".yaml")
        page.evaluate("location.hash = '#map?from=2025-03-01'")
        ready(page)
        assert page.get_by_label("Time zone").input_value() == "UTC"
