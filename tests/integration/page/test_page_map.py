"""The journey map in the page: numbers that open, filters, files, the table twin."""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pytest

from tests.servers.page import ready, visit

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Browser

    from tests.servers.page import Site

pytestmark = pytest.mark.clickhouse


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
    """Opened, it has a line for every number."""
    with visit(browser, site) as (page, _):
        page.click("main summary")
        page.wait_for_selector(".twin tbody tr")
        assert page.locator(".twin tbody tr").count() > 100
