"""The page without a mouse, and told to those who do not see it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.servers.page import CONTENT, VIEWS, address_of, visit

if TYPE_CHECKING:
    from playwright.sync_api import Browser

    from tests.servers.page import Site

pytestmark = pytest.mark.clickhouse


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
