"""A funnel's trend, impact and objectives in the page: what the API says, and why."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from tests.servers.page import PHONE, ready, visit

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Browser, Page

    from tests.servers.page import Site

pytestmark = pytest.mark.clickhouse

STEPS = {"steps": [{"type": "product_viewed"}, {"type": "order_completed"}]}
QUESTION = (
    "funnel?q=%7B%22steps%22%3A%5B%7B%22type%22%3A%22product_viewed%22%7D%2C"
    "%7B%22type%22%3A%22order_completed%22%7D%5D%7D"
)


def answer(site: Site, path: str, question: object = None) -> dict[str, Any]:
    """What the API says to the same question."""
    with httpx.Client(base_url=site.base, timeout=60) as client:
        found = client.post(path, json=question) if question else client.get(path)
    assert found.status_code == 200, found.text
    told = found.json()
    return told if isinstance(told, dict) else {"all": told}


def cells(page: Page, table: str) -> list[list[str]]:
    """The texts of a table's rows, the first cell's included."""
    found: list[list[str]] = page.eval_on_selector_all(
        f"{table} tbody tr",
        "rows => rows.map(row => [...row.children].map(cell => cell.innerText))",
    )
    return found


def cents(text: str) -> int:
    """Money as the page shows it in English, in cents."""
    return int(re.sub(r"[^0-9]", "", text) or "0")


def test_the_trend_tells_every_period_and_which_are_not_over(
    browser: Browser, site: Site
) -> None:
    """Its table is the API's answer; periods with somebody on the way are marked."""
    with visit(browser, site, QUESTION) as (page, _):
        page.select_option(".trend-card select", "week")
        ready(page)
        assert "period=week" in page.url
        page.click(".trend-card summary")
        shown = cells(page, ".trend-table")
        hollow = page.locator(".trend .rate-dot.open").count()
    points = answer(site, "/v1/funnels/trend?period=week", STEPS)["points"]
    assert [[int(n) for n in row[1:6]] for row in shown] == [
        [one[n] for n in ("entered", "converted", "dropped", "pending", "excluded")]
        for one in points
    ]
    assert [row[0].endswith("*") for row in shown] == [
        not one["complete"] for one in points
    ]
    open_ones = [p for p in points if not p["complete"] and p["rate"] is not None]
    assert hollow == len(open_ones) > 0


def test_a_period_opens_its_query_and_who_is_behind_it(
    browser: Browser, site: Site
) -> None:
    """By keyboard: one tab stop, arrows to the next period, Enter; as many as counted."""
    points = answer(site, "/v1/funnels/trend?period=month", STEPS)["points"]
    with visit(browser, site, QUESTION) as (page, _):
        assert page.locator(".trend [tabindex='0']").count() == 1
        page.focus(".trend [tabindex='0']")
        page.keyboard.press("ArrowRight")
        page.keyboard.press("Enter")
        sheet = page.locator("#evidence")
        assert "Feb 2025" in sheet.locator(".about").inner_text()
        assert "countIf(state = 'converted')" in sheet.locator("pre").inner_text()
        sheet.locator(".samples tbody tr").first.wait_for()
        told = sheet.locator(".samples tbody tr").count()
        assert told == min(10, points[1]["converted"]) > 0


def test_the_credits_of_every_model_sum_to_what_is_attributed(
    browser: Browser, site: Site
) -> None:
    """To the cent, as the page shows them; names with too few sales have no share."""
    with visit(browser, site, "impact?minimum=5") as (page, _):
        total = page.inner_text(".tile [aria-label*=', Attributed']")
        rows = cells(page, "section.card:has-text('side by side') table")
        few = page.locator("svg.credits text:has-text('too few')").count()
        page.click("button:has-text('Markov')")
        assert "absorbing chain" in page.inner_text(".model-definition")
        assert "rule=markov" in page.url
        page.click("section.card:has(svg.credits) summary")
        spans = [row[2] for row in cells(page, ".credit-table")]
    assert len(rows[0]) == 8
    for model in range(1, 8):
        assert sum(cents(row[model]) for row in rows) == cents(total) > 0
    names = answer(site, "/v1/impact?minimum=5")["names"]
    assert few == sum(bool(one["conversions"]) and not one["claimed"] for one in names)
    assert sum(
        re.match(r"[\d.]+% . [\d.]+%$", one) is not None for one in spans
    ) == sum(one["claimed"] for one in names)


def test_a_credit_opens_its_definition_query_and_contacts(
    browser: Browser, site: Site, tmp_path: Path
) -> None:
    """Of its name alone; the graphic and its numbers are saved."""
    with visit(browser, site, "impact?rule=shapley&by=type&minimum=1") as (page, _):
        name = page.locator("svg.credits .name").first.text_content() or "?"
        page.focus("svg.credits [tabindex='0']")
        page.keyboard.press("Enter")
        sheet = page.locator("#evidence")
        assert name in sheet.locator(".about").inner_text()
        assert "Shapley value" in sheet.locator("section").first.inner_text()
        sheet.locator(".samples tbody tr").first.wait_for()
        types = {row[1] for row in cells(page, "#evidence .samples table")}
        assert types == {name}
        page.keyboard.press("Escape")
        with page.expect_download() as waiting:
            page.click("[data-save=csv] >> nth=0")
        waiting.value.save_as(tmp_path / "impact.csv")
    lines = (tmp_path / "impact.csv").read_text("utf-8").splitlines()
    assert lines[0].startswith("model,name,share,low,high")
    assert {line.partition(",")[0] for line in lines[1:]} >= {"first", "markov"}


def test_help_in_the_store_is_compared_when_it_is_opened(
    browser: Browser, site: Site
) -> None:
    """As the API says it; every number opens; nothing is asked before."""
    found = answer(site, "/v1/assistance")
    with visit(browser, site, "impact") as (page, seen):
        assert not [one for one in seen.addresses if "/v1/assistance" in one]
        page.click(".assistance summary")
        page.wait_for_selector(".assistance tbody tr")
        shown = cells(page, ".assistance")
        assert [int(row[1].replace(",", "")) for row in shown[:2]] == [
            found["matched"],
            found["compared"],
        ]
        page.locator(".assistance td button").first.click()
        assert page.locator("#evidence pre").inner_text() == found["evidence"]["sql"]


def test_objectives_say_whether_they_are_on_track(browser: Browser, site: Site) -> None:
    """In words and marks; every number opens its query, with touchpoints behind it."""
    found = answer(site, "/v1/objectives")["all"]
    with visit(browser, site, "objectives", language="fr") as (page, _):
        told = page.locator(".badge-status").all_inner_texts()
        assert [one.split()[-1] for one in told] == ["Atteint", "retard", "commencé"]
        assert page.locator(".objective h2").first.inner_text() == "Commandes"
        page.locator(".gauge-value").first.click()
        sheet = page.locator("#evidence")
        sheet.locator(".samples tbody tr").first.wait_for()
        shown = re.sub(r"\D", "", sheet.locator("output").inner_text())
        assert int(shown) == found[0]["value"]
        assert found[0]["evidence"]["sql"].split()[3] in sheet.inner_text()
    with visit(browser, site, "objectives?tenant=other", size=PHONE) as (page, _):
        assert "objectives.yaml" in page.inner_text(".empty")
