"""Flows, and one customer's journey, in the page."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import httpx
import pytest

from insights.asker import DatabaseAsker
from sinks.clickhouse import Database
from tests.servers.page import PHONE, address_of, held_back, ready, visit

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Browser, Route

    from tests.servers.page import Site

pytestmark = pytest.mark.clickhouse


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


def test_the_parts_of_a_flow_are_one_stop_and_open(
    browser: Browser, site: Site
) -> None:
    """Arrows lead from node to node, then from band to band; tables and tiles open too."""
    with visit(browser, site, "flows") as (page, _):
        assert page.locator("svg.flow [tabindex='0']").count() == 1
        page.focus("svg.flow [tabindex='0']")
        page.keyboard.press("End")
        assert page.evaluate("document.activeElement.classList.contains('band')")
        page.keyboard.press("Enter")
        sheet = page.locator("#evidence")
        assert "→" in sheet.locator("h2").inner_text()
        assert sheet.locator("pre").inner_text().startswith("--")
        page.keyboard.press("Escape")
        page.click(".sankey summary")
        for one in (".tile button", ".link-table button", ".stacked td button"):
            page.locator(one).first.click()
            assert sheet.locator("pre").inner_text()
            page.keyboard.press("Escape")


AROUND = ".field:has(> span:text-is('Around')) select"


def test_paths_through_phases_begin_with_whatever_came_first(
    browser: Browser, site: Site
) -> None:
    """As is said; what they are around is what is asked, and can be chosen."""
    with visit(browser, site, "flows") as (page, seen):
        assert page.locator(AROUND).input_value() == "product_viewed"
        page.get_by_label("Made of").select_option("phase")
        ready(page)
        assert page.locator(AROUND).input_value() == "first"
        (asked,) = (a for a in seen.addresses if "/v1/paths" in a and "of=phase" in a)
        assert "anchor=" not in asked
        page.get_by_label("Direction").select_option("before")
        ready(page)
        assert page.locator(AROUND).input_value() == "product_viewed"
        page.get_by_label("Direction").select_option("after")
        page.get_by_label("Made of").select_option("type")
        page.locator(AROUND).select_option("first")
        ready(page)
        assert "anchor=first" in page.url
        assert "parcours paths --collapse" in page.inner_text(".sankey .hint")


def test_a_live_line_that_is_cut_is_made_anew(browser: Browser, site: Site) -> None:
    """Meanwhile the lamp says so; a busy server is asked again, not given up."""
    with visit(browser, site, "person", refused=True) as (page, _):
        answers = iter((lambda one: one.abort(), busy))

        def first_ones(route: Route) -> None:
            next(answers, lambda one: one.continue_())(route)

        page.route("**/v1/live?*", first_ones)
        page.click("nav [href='#live']")
        page.wait_for_selector(".status:has-text('Connecting again')")
        page.wait_for_selector(".status:has-text('Connected')")
        page.wait_for_selector(".phase-bars li")


def busy(route: Route) -> None:
    route.fulfill(status=503, content_type="application/problem+json", body="{}")


def test_a_journey_has_its_threads_and_what_was_spent(
    browser: Browser, site: Site
) -> None:
    """Carts, orders, returns, tickets; refunds are taken off; no tile overlaps."""
    with httpx.Client(base_url=site.base, timeout=60) as client:
        told = client.get(f"/v1/persons/{site.person}/journey?limit=60").json()
    kinds = {"cart": "Cart", "order": "Order", "return": "Return", "ticket": "Ticket"}
    spent = told["spending"][0]
    left = (spent["value_minor"] - spent["given_back_minor"]) / 100
    size = {"width": 390, "height": 844}
    with visit(browser, site, address_of("person", site), size=size) as (page, _):
        rows = page.locator(".threads tbody th strong").all_inner_texts()
        assert rows == [kinds[one["kind"]] for one in told["threads"]]
        assert "Order" in rows
        tile = page.locator(".tile:has(span:text-is('Spent')) strong")
        assert tile.first.inner_text() == f"\u20ac{left:,.2f}"
        wider = """() => [...document.querySelectorAll(".tile")]
          .filter((one) => one.scrollWidth > one.clientWidth).length"""
        assert page.evaluate(wider) == 0


@pytest.mark.parametrize("language", ["en", "fr"])
def test_a_journey_has_the_persona_and_its_rule(
    browser: Browser, site: Site, language: str
) -> None:
    """By name and label; on a phone the keyboard leads from it to the persona's map."""
    with httpx.Client(base_url=site.base, timeout=60) as client:
        told = client.get(f"/v1/persons/{site.person}/journey").json()["persona"]
    rule = told["because"]["values"]["rule"]
    because = {
        "en": f"The first of the personas 'default' whose rule holds: {rule}",
        "fr": "Le premier des personas «\u00a0default\u00a0» dont la règle est "
        f"remplie\u00a0: {rule}",
    }
    address = address_of("person", site)
    with visit(browser, site, address, size=PHONE, language=language) as (page, _):
        card = page.locator(".persona")
        assert card.locator("strong").inner_text() == told["label"][language]
        assert card.locator(".mono").inner_text() == told["persona"]
        assert card.locator("p").last.inner_text() == because[language]
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
        card.locator("a").focus()
        page.keyboard.press("Enter")
        page.wait_for_selector("svg.map .n")
        assert f"persona={told['persona']}" in page.url
        chosen = f"option:checked:text-is('{told['label'][language]}')"
        page.wait_for_selector(chosen, state="attached")


def test_who_stands_in_no_phase_is_there_since_no_day(
    browser: Browser, site: Site, year: Path
) -> None:
    """Somebody of whom a crawler's touchpoints are all that is known."""
    database = Database.connect(f"chdb://{year}/store", readonly=True)
    try:
        who = DatabaseAsker(database).ask(
            "SELECT person_id FROM journey_states FINAL WHERE phase = '' "
            "AND merged_into = '' AND touchpoints = 0 ORDER BY person_id LIMIT 1"
        )
    finally:
        database.close()
    with visit(browser, site, f"person?who={who.rows[0][0]}") as (page, _):
        tiles = page.locator(".tile").all_inner_texts()
        assert [" ".join(one.split()) for one in tiles[:2]] == [
            "Phase \u2013",
            "Since \u2013",
        ]


def test_what_arrives_is_in_the_order_of_time(browser: Browser, site: Site) -> None:
    """Whenever it landed, the newest stands first."""
    with visit(browser, site, "live") as (page, _):
        page.wait_for_selector(".arrivals time")
        told = page.locator(".arrivals time").all_inner_texts()
    form = "%d %b %Y, %H:%M:%S"
    times = [
        datetime.strptime(one.replace("Sept", "Sep"), form).replace(tzinfo=UTC)
        for one in told
    ]
    assert times == sorted(times, reverse=True)
    assert len(times) > 1


def test_what_arrives_is_shown_in_any_zone(browser: Browser, site: Site) -> None:
    """In one after the other, and the address keeps the last."""
    with visit(browser, site, "live") as (page, _):
        for zone in ("Asia/Tokyo", "Europe/Paris"):
            page.wait_for_selector(".arrivals time")
            page.get_by_label("Time zone").select_option(zone)
            page.wait_for_url(f"**timezone={zone.replace('/', '%2F')}")
            assert page.get_by_label("Time zone").input_value() == zone


def test_a_journey_tells_its_reasons(browser: Browser, site: Site) -> None:
    """Every change of phase with the touchpoint that caused it; nobody is told as such."""
    with visit(browser, site, address_of("person", site)) as (page, _):
        page.wait_for_selector(".timeline .moved")
        assert "because of: Order completed" in page.inner_text(".timeline")
    context = browser.new_context()
    page = context.new_page()
    page.goto(f"{site.base}/#person?who=nobody-at-all")
    page.wait_for_selector("text=Nobody is known by that identifier")
    context.close()


def test_a_late_answer_of_an_older_search_is_dropped(
    browser: Browser, site: Site
) -> None:
    """While one looks, no former answer stands; the answer to the last search stays."""
    with visit(browser, site, address_of("person", site), refused=True) as (page, _):
        page.wait_for_selector(".timeline .moved")
        held = held_back(page, "**/v1/persons/nobody-at-all/**")
        stopped: list[str] = []
        page.on("requestfailed", lambda one: stopped.append(one.url))
        page.fill("#who", "nobody-at-all")
        page.press("#who", "Enter")
        page.wait_for_selector(".answer[aria-busy] >> text=Looking up")
        assert page.locator(".timeline").count() == 0
        page.fill("#who", site.person)
        page.press("#who", "Enter")
        page.wait_for_selector(".timeline .moved")
        assert len(held) == 2
        assert len(stopped) == 2  # so they cannot be answered any more
        assert "Nobody is known" not in page.inner_text("main")


@pytest.mark.parametrize(
    "given", ["06 12 34 56 78", "06.12.34.56.78", "0612345678", "0033 6 12 34 56 78"]
)
def test_a_number_as_it_is_dialled_is_sent_to_nobody(
    browser: Browser, site: Site, given: str
) -> None:
    """As people write it in France; an identifier with its namespace is looked for."""
    with visit(browser, site, "person", refused=True) as (page, seen):
        page.fill("#who", given)
        page.press("#who", "Enter")
        page.wait_for_selector("code:text-is('parcours journey email:ADDRESS')")
        page.get_by_label("Time zone").select_option("Europe/Paris")
        assert "who=" not in page.url
        assert not [one for one in seen.addresses if "/v1/persons" in one]
        page.fill("#who", "customer_id:0612345678")
        page.press("#who", "Enter")
        page.wait_for_selector("text=Nobody is known by that identifier")


@pytest.mark.parametrize("given", ["email:ann@example.org", "ann@example.org"])
def test_an_address_in_clear_is_sent_to_nobody(
    browser: Browser, site: Site, given: str
) -> None:
    """The page says who finds it; neither a request nor the history has it."""
    with visit(browser, site, "person") as (page, seen):
        page.fill("#who", given)
        page.press("#who", "Enter")
        page.wait_for_selector("code:text-is('parcours journey email:ADDRESS')")
        assert "example" not in page.url
        assert not [one for one in seen.addresses if "example" in one]
        page.goto(f"{site.base}/?again#person?who={given}")
        page.wait_for_selector("code:text-is('parcours journey email:ADDRESS')")
        assert "example" not in page.url
        assert not [one for one in seen.addresses if "/v1/persons" in one]


def test_flows_say_how_they_count(browser: Browser, site: Site) -> None:
    """Under the graphic stands the command that gives the same numbers."""
    address = "flows?anchor=order_completed&direction=before&channel=web&window=7d"
    with visit(browser, site, address) as (page, _):
        told = page.inner_text(".sankey .hint")
    assert told.startswith("Repeats of one step in a row count once")
    wanted = "parcours paths order_completed --collapse --acts --before --channel web"
    assert told.endswith(f"{wanted} --of type --steps 3 --window 7d")
