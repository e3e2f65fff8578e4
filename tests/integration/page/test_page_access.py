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


REACHABLE = """() => [...document.querySelectorAll("main button, main a[href], main input,"
  + " main select, main summary, main [tabindex='0']")]
  .filter((one) => one.checkVisibility() && !one.disabled).length"""
STOP = """() => {
  const one = document.activeElement;
  if (!one.closest("main")) return null;
  one.dataset.stop ??= String(document.querySelectorAll("[data-stop]").length);
  const box = one.getBoundingClientRect();
  const head = document.querySelector("header.top").getBoundingClientRect().bottom;
  return [one.dataset.stop, getComputedStyle(one).outlineStyle, box.width > 0,
    box.bottom > Math.max(head, 0) && box.top < innerHeight];
}"""


@pytest.mark.parametrize("view", ["funnel", "flows", "live"])
def test_every_control_is_a_stop_of_the_keyboard_and_its_focus_is_seen(
    browser: Browser, site: Site, view: str
) -> None:
    """Tab alone goes through all that can be clicked, each in sight with an outline."""
    with visit(browser, site, view) as (page, _):
        page.wait_for_selector(CONTENT[view])
        page.evaluate(
            "document.querySelectorAll('details').forEach((o) => o.open = true)"
        )
        wanted = page.evaluate(REACHABLE)
        page.focus("#main")
        stops = {}
        for _ in range(3 * wanted):
            page.keyboard.press("Tab")
            stop = page.evaluate(STOP)
            if stop is None or (stop[0] in stops and len(stops) >= wanted):
                break
            stops[stop[0]] = stop[1:]
        assert len(stops) >= wanted
        assert all(outline != "none" for outline, _, _ in stops.values()), stops
        assert all(there and seen for _, there, seen in stops.values()), stops


def test_the_builder_keeps_the_focus_when_it_is_drawn_anew(
    browser: Browser, site: Site
) -> None:
    """A step that moves takes the focus along; an option keeps it."""
    with visit(browser, site, "funnel") as (page, _):
        name = "document.activeElement.getAttribute('aria-label')"
        page.get_by_label("Move down step 1").focus()
        page.keyboard.press("Enter")
        assert page.evaluate(name) == "Step 2"
        assert page.input_value("[aria-label='Step 2']") == "product_viewed"
        page.focus("[aria-label='Order']")
        page.select_option("[aria-label='Order']", "any")
        assert page.evaluate(name) == "Order"


@pytest.mark.parametrize("view", VIEWS)
def test_behind_every_chart_stands_a_table(
    browser: Browser, site: Site, view: str
) -> None:
    """Opened, it has rows; of a journey the timeline tells the same."""
    with visit(browser, site, address_of(view, site)) as (page, _):
        page.wait_for_selector(CONTENT[view])
        twins = page.locator("main details:has(> summary:has-text('table'))")
        assert twins.count() == {"funnel": 2, "person": 0, "live": 2}.get(view, 1)
        for one in twins.all():
            one.locator("summary").click()
            one.locator("tbody tr").first.wait_for()
        if view == "person":
            page.wait_for_selector(".timeline .moved")


@pytest.mark.parametrize("view", VIEWS)
def test_nothing_moves_for_those_who_ask_for_no_motion(
    browser: Browser, site: Site, view: str
) -> None:
    """No animation and no transition is under way, or would be."""
    moving = """() => document.getAnimations().length + [...document.querySelectorAll("*")]
      .filter((one) => parseFloat(getComputedStyle(one).transitionDuration) > 0).length"""
    with visit(browser, site, address_of(view, site)) as (page, _):
        page.wait_for_selector(CONTENT[view])
        assert page.evaluate(moving) == 0


CONTRASTS = """() => {
  const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const parts = (colour) => {
    canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = colour;
    canvas.fillRect(0, 0, 1, 1);
    return [...canvas.getImageData(0, 0, 1, 1).data];
  };
  const light = (rgb) => rgb.slice(0, 3).map((c) => c / 255)
    .map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4))
    .reduce((sum, c, at) => sum + c * [0.2126, 0.7152, 0.0722][at], 0);
  const ground = (one) => {
    for (let at = one; at; at = at.parentElement) {
      const found = parts(getComputedStyle(at).backgroundColor);
      if (found[3] === 255) return found;
    }
    return [255, 255, 255, 255];
  };
  const wrong = [];
  for (const one of document.querySelectorAll("body *")) {
    const text = [...one.childNodes].some((node) => node.nodeType === 3 && node.data.trim());
    const unseen = one.closest("svg, noscript, script") || !one.checkVisibility();
    if (!text || unseen || one.disabled) continue;
    const pair = [light(parts(getComputedStyle(one).color)), light(ground(one))];
    const [low, high] = pair.sort((a, b) => a - b);
    const ratio = (high + 0.05) / (low + 0.05);
    if (ratio < 4.5) wrong.push([one.outerHTML.slice(0, 120), ratio.toFixed(2)]);
  }
  return wrong;
}"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("view", VIEWS)
def test_every_text_has_contrast_enough_where_it_stands(
    browser: Browser, site: Site, view: str, scheme: str
) -> None:
    """WCAG 2.2, AA: 4.5 to 1, measured of every text on the ground that it has."""
    with visit(browser, site, address_of(view, site), scheme=scheme) as (page, _):
        page.wait_for_selector(CONTENT[view])
        page.evaluate(
            "document.querySelectorAll('details').forEach((o) => o.open = true)"
        )
        assert page.evaluate(CONTRASTS) == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_what_is_chosen_can_be_read_under_the_mouse(
    browser: Browser, site: Site, scheme: str
) -> None:
    """The language just clicked, and the model, with the mouse still on them."""
    with visit(browser, site, "impact", scheme=scheme) as (page, _):
        page.wait_for_selector(CONTENT["impact"])
        page.hover(".model-tabs [aria-pressed=true]")
        assert page.evaluate(CONTRASTS) == []
        page.click("#switches [lang=fr]")
        page.wait_for_selector("#switches [lang=fr][aria-pressed=true]:hover")
        assert page.evaluate(CONTRASTS) == []


SHIFTS = """() => new Promise((done) => {
  let total = 0;
  new PerformanceObserver((list) => {
    for (const one of list.getEntries()) if (!one.hadRecentInput) total += one.value;
  }).observe({ type: "layout-shift", buffered: true });
  requestAnimationFrame(() => requestAnimationFrame(() => done(total)));
})"""


@pytest.mark.parametrize("view", VIEWS)
def test_the_layout_does_not_jump_while_it_loads(
    browser: Browser, site: Site, view: str
) -> None:
    """Cumulative layout shift below 0.1, which is called good."""
    with visit(browser, site, address_of(view, site)) as (page, _):
        page.wait_for_selector(CONTENT[view])
        assert page.evaluate(SHIFTS) < 0.1
