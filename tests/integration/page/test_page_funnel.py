"""The funnel in the page: all that it can ask, what it answers, and who stands behind it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlencode

import msgspec
import pytest

from insights.funnels.spec import Funnel, load
from tests.servers.page import PHONE, ready, visit

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Browser, Page

    from tests.servers.page import Site

pytestmark = pytest.mark.clickhouse

EVERYTHING = {
    "name": "of a colleague",
    "steps": [
        {"type": "product_viewed", "where": {"channel": ["web", "app"]}},
        {"any_of": ["cart_product_added", "cart_viewed"], "optional": True},
        {
            "type": "order_completed",
            "name": "paid: 1",
            "within": "7d",
            "at_least": "1m",
            "where": {"value_minor": {"ge": 1000}, "properties.gift": "true"},
        },
    ],
    "window": "14d",
    "unit": "person",
    "order": "strict",
    "session": True,
    "exclude": [{"type": "order_cancelled", "from": 1, "to": 3}],
    "hold": ["store_id"],
    "from": "2025-01-01",
    "to": "2025-12-31",
    "breakdown": {"property": "channel", "attribution": "step:1", "limit": 3},
    "timezone": "Europe/Paris",
    "persona": "all",
    "eligible": ["order_cancelled"],
    "net": True,
    "include_bots": True,
    "include_machine": True,
}


def link(question: dict[str, object]) -> str:
    return f"funnel?{urlencode({'q': json.dumps(question)})}"


def asked(page: Page) -> dict[str, object]:
    """The question that the address holds."""
    found = parse_qs(page.url.partition("?")[2])["q"][0]
    return msgspec.json.decode(found, type=dict[str, object])


def shown(page: Page) -> Funnel:
    """The question that the YAML on the page is."""
    return load(page.inner_text(".yaml").encode(), yaml=True)


def test_a_link_is_the_question_and_its_yaml_is_what_the_command_line_takes(
    browser: Browser, site: Site
) -> None:
    """Every option of the specification: what is asked is what the link says."""
    wanted = msgspec.convert(EVERYTHING, Funnel)
    unlike = [
        name
        for name in Funnel.__struct_fields__
        if getattr(wanted, name) == getattr(Funnel(wanted.steps), name)
    ]
    assert set(unlike) <= {"steps", "unit", "closed", "count", "tenant"}
    sent: list[str] = []
    with visit(browser, site, link(EVERYTHING), refused=True) as (page, _):
        page.on(
            "request",
            lambda one: sent.append(one.post_data or "") if "funnels" in one.url else 0,
        )
        assert shown(page) == wanted
        page.click(".builder button.primary")
        ready(page)
        assert msgspec.json.decode(sent[0], type=Funnel) == wanted


def test_conditions_exclusions_and_held_properties_are_built(
    browser: Browser, site: Site
) -> None:
    """By the controls alone; the address and the YAML follow each of them."""
    with visit(browser, site, "funnel") as (page, _):
        page.click(".steps > li:nth-child(4) summary")
        page.click(".steps > li:nth-child(4) .add-condition")
        inside = page.locator(".steps > li:nth-child(4) .condition")
        inside.locator("input").first.fill("value_minor")
        inside.locator("input").first.press("Tab")
        inside.locator("select").select_option("ge")
        inside.locator("input").nth(1).fill("5000")
        inside.locator("input").nth(1).press("Tab")
        page.get_by_label("At most after the step before, Step 4", exact=True).fill("2")
        page.keyboard.press("Tab")
        page.click("summary:has-text('Must not happen')")
        page.click("text=+ Touchpoint that excludes")
        page.click("summary:has-text('Same in every step')")
        page.click("text=+ Property to hold")
        page.get_by_label("Order", exact=True).select_option("any")
        page.get_by_label("Order", exact=True).select_option("ordered")
        step = {
            "type": "order_completed",
            "where": {"value_minor": {"ge": 5000}},
            "within": "2d",
        }
        told = asked(page)
        assert told["steps"][3] == step  # type: ignore[index]
        assert told["exclude"] == [{"type": "order_cancelled"}]
        assert told["hold"] == ["store_id"]
        assert shown(page) == msgspec.convert(told, Funnel)


def test_values_keep_the_type_that_they_are_written_with(
    browser: Browser, site: Site
) -> None:
    """Of a property 5 is a number, "5" a text; of a column, what the column holds."""
    with visit(browser, site, "funnel") as (page, _):
        page.click(".steps > li:nth-child(1) summary")
        page.click(".steps > li:nth-child(1) .add-condition")
        row = page.locator(".steps > li:nth-child(1) .condition")
        for key, text, value in (
            ("properties.size", "5", 5),
            ("properties.size", '"5"', "5"),
            ("properties.gift", "true", True),
            ("store_id", "367", "367"),
        ):
            row.locator("input").first.fill(key)
            row.locator("input").first.press("Tab")
            row.locator("input").nth(1).fill(text)
            row.locator("input").nth(1).press("Tab")
            where = asked(page)["steps"][0]["where"]  # type: ignore[index]
            assert where == {key: value}
            assert shown(page).steps[0].where == {key: value}


def test_an_answer_to_another_question_says_so(browser: Browser, site: Site) -> None:
    """Once the question is changed the numbers are those of the one before, until asked."""
    with visit(browser, site, "funnel") as (page, _):
        ready(page)
        page.wait_for_selector(".funnel-step")
        assert not page.locator(".changed").count()
        page.get_by_label("Remove step 2").click()
        page.wait_for_selector(".changed:has-text('The question has changed')")
        assert page.locator(".answer[data-outdated]").count() == 1
        page.click(".builder button.primary")
        page.wait_for_selector(".answer:not([data-outdated])")
        assert not page.locator(".changed").count()
        ready(page)
        assert page.locator(".funnel-step").count() == 3


def test_a_funnel_is_built_and_its_lost_are_listed(
    browser: Browser, site: Site
) -> None:
    """Steps come and go; a drop-off opens the list of its persons, who have journeys."""
    with visit(browser, site, "funnel") as (page, _):
        page.get_by_label("Remove step 2").click()
        assert page.locator(".steps > li").count() == 3
        page.click("summary:has-text('Breakdown')")
        page.get_by_label("Broken down by").fill("channel")
        page.keyboard.press("Tab")
        page.click(".builder button.primary")
        ready(page)
        page.wait_for_selector(".answer h2:has-text('Breakdown')")
        assert page.locator(".funnel-step").count() == 3
        lost = page.locator(".dropped button.link").first.inner_text()
        page.locator(".dropped button.small").first.click()
        page.wait_for_selector(".persons tbody a")
        while page.locator(".persons button:has-text('Show more')").is_visible():
            had = page.locator(".persons tbody a").count()
            page.click(".persons button:has-text('Show more')")
            page.wait_for_function(
                "had => document.querySelectorAll('.persons tbody a').length > had",
                arg=had,
            )
        assert page.locator(".persons tbody a").count() == int(lost.replace(",", ""))
        page.locator(".persons a").first.click()
        page.wait_for_selector(".timeline li")


def test_who_is_excluded_is_told_apart_and_values_are_as_they_are_stored(
    browser: Browser, site: Site
) -> None:
    """What has entered is what the first step has; a value has no capital of ours."""
    question = {
        "steps": [{"type": "product_viewed"}, {"type": "cart_product_added"}],
        "exclude": [{"type": "page_viewed"}],
        "breakdown": {"property": "device_class"},
    }
    with visit(browser, site, link(question)) as (page, _):
        tiles = {
            one.locator("span").inner_text(): one.locator("button").inner_text()
            for one in page.locator(".tile").all()
        }
        first = page.locator(".funnel-step .big").first.inner_text()
        assert tiles["Entered"] == first
        whole = int(tiles["Entered"].replace(",", "")) + int(tiles["Excluded"])
        told = int(tiles["Entered, with those excluded"].replace(",", ""))
        assert whole == told > int(tiles["Excluded"]) > 0
        values = page.locator(
            "section:has([data-save=csv]) table:not(.funnel-table):not(.trend-table) "
            "tbody th"
        ).all_inner_texts()
        assert "mobile" in values


def test_lists_are_of_the_question_and_the_moment_of_their_count(
    browser: Browser, site: Site
) -> None:
    """Whatever is changed meanwhile: what is listed is what was counted."""
    sent: list[tuple[str, str]] = []
    with visit(browser, site, "funnel") as (page, _):
        page.on("request", lambda one: sent.append((one.url, one.post_data or "")))
        page.get_by_label("Remove step 2").click()  # not answered yet
        page.locator(".funnel-step:nth-child(3) .link.big + .small").click()
        page.wait_for_selector(".persons tbody a")
        page.select_option(".trend-card select", "week")
        ready(page)
    asked = [(url, msgspec.json.decode(body)) for url, body in sent if body]
    assert {url.partition("?")[0].rpartition("/")[2] for url, _ in asked} == {
        "persons",
        "trend",
    }
    assert all("as_of=2025" in url for url, _ in asked), asked
    assert all(len(body["steps"]) == 4 for _, body in asked)


def test_the_values_of_a_breakdown_open_and_tell_who_is_behind_them(
    browser: Browser, site: Site
) -> None:
    """Definition, statement and members of the value alone; a list as long as its count."""
    question = {
        "steps": [{"type": "product_viewed"}, {"type": "order_completed"}],
        "breakdown": {"property": "channel"},
    }
    with visit(browser, site, link(question)) as (page, _):
        row = page.locator(
            ".answer > section:has(h2:text-is('Breakdown')) tbody tr"
        ).first
        count = row.locator("td button.link").first
        told = int(count.inner_text().replace(",", ""))
        count.click()
        sheet = page.locator("#evidence")
        sheet.locator(".samples tbody tr").first.wait_for()
        assert sheet.locator(".samples tbody tr").count() == min(10, told)
        assert sheet.locator("pre").inner_text()
        page.keyboard.press("Escape")
        row.locator("button.small").click()
        page.wait_for_selector(".persons tbody a")
        shown = page.locator(".persons tbody a").count()
        assert shown == min(50, told)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("language", ["en", "fr"])
def test_the_builder_tells_personas_apart(
    browser: Browser, site: Site, language: str, scheme: str
) -> None:
    """By the keyboard, on a phone: each by its label, with as many as the list has."""
    words = {
        "en": ("Breakdown", "Broken down by", "Whose value counts", "Buys online"),
        "fr": (
            "Ventilation",
            "Ventilé par",
            "Quelle valeur compte",
            "Acheteur en ligne",
        ),
    }
    part, by, attribution, buyer = words[language]
    with visit(
        browser, site, "funnel", size=PHONE, language=language, scheme=scheme
    ) as (page, _):
        page.locator(f".builder summary:has-text('{part}')").press("Enter")
        field = page.get_by_label(by, exact=True)
        assert field.get_attribute("list") == "breakdowns"
        assert page.locator("#breakdowns option[value=persona]").count() == 1
        field.fill("persona")
        field.press("Tab")
        assert page.get_by_label(attribution).count() == 0
        page.locator(".builder button.primary").press("Enter")
        ready(page)
        breakdown = asked(page)["breakdown"]
        assert breakdown == {
            "property": "persona", "attribution": "first_touch", "limit": 8
        }  # fmt: skip
        rows = page.locator(".answer .stacked tbody tr")
        row = rows.filter(has_text=buyer)
        told = row.locator("td button.link").first.inner_text()
        row.locator("button.small").press("Enter")
        page.wait_for_selector(".persons")
        wanted = min(50, int("".join(filter(str.isdigit, told))))
        assert wanted
        page.wait_for_function(
            "many => document.querySelectorAll('.persons tbody a').length === many",
            arg=wanted,
        )
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]


def test_whose_persona_of_a_cart_counts_can_be_chosen(
    browser: Browser, site: Site
) -> None:
    """A cart may be of several persons; of a person there is nothing to choose."""
    question = {
        "steps": [{"type": "cart_product_added"}, {"type": "order_completed"}],
        "unit": "cart",
        "breakdown": {"property": "persona", "attribution": "last_touch"},
    }
    with visit(browser, site, link(question), refused=True) as (page, _):
        page.wait_for_selector(".answer .stacked tbody tr")
        page.click(".builder summary:has-text('Breakdown')")
        assert page.get_by_label("Whose value counts").input_value() == "last_touch"
        page.get_by_label("Count", exact=True).select_option("person")
        page.click(".builder button.primary")
        page.wait_for_selector(".answer .refused:has-text('a person has one persona')")
        page.get_by_label("Whose value counts").select_option("first_touch")
        page.click(".builder button.primary")
        page.wait_for_selector(".answer .stacked tbody tr")


def test_behind_the_bars_stands_a_table_with_the_times(
    browser: Browser, site: Site
) -> None:
    """Median, 75 % and 95 % of every step but the first."""
    with visit(browser, site, "funnel") as (page, _):
        page.click(".answer summary")
        cells = page.locator(".funnel-table tbody tr >> nth=1 >> td").all_inner_texts()
        assert len(cells) == 8
        assert all(any(one.isdigit() for one in cell) for cell in cells[-3:])


def test_the_bars_can_be_saved(browser: Browser, site: Site, tmp_path: Path) -> None:
    """A drawing that needs nothing else, a picture of it, and its numbers."""
    saved = {}
    with visit(browser, site, "funnel", scheme="dark") as (page, _):
        for name in ("svg", "png", "csv"):
            with page.expect_download() as waiting:
                page.click(f".answer [data-save={name}]")
            saved[name] = tmp_path / waiting.value.suggested_filename
            waiting.value.save_as(saved[name])
    drawing = saved["svg"].read_text("utf-8")
    assert 'data-theme="dark"' in drawing
    assert "light-dark(" in drawing
    assert "Product viewed" in drawing
    assert saved["png"].read_bytes().startswith(b"\x89PNG")
    lines = saved["csv"].read_text("utf-8").splitlines()
    assert lines[0].startswith("step,name,person,from_first")
    assert len(lines) == 5


def test_a_refusal_is_said_in_the_language_of_the_reader(
    browser: Browser, site: Site
) -> None:
    """The kind and the sentence, with its values."""
    wrong = {"steps": [{"type": "page_viewed"}], "timezone": "Mars/Olympus"}
    with visit(browser, site, link(wrong), language="fr", refused=True) as (page, _):
        told = page.inner_text(".answer .refused").replace("\u00a0", " ")
        assert told.startswith("La question n\u2019a pas de sens")
        assert "pas de fuseau horaire « Mars/Olympus »" in told


def test_notes_of_an_answer_are_said_in_the_language_of_the_reader(
    browser: Browser, site: Site
) -> None:
    """What was left out, and what may surprise."""
    slip = {"steps": [{"type": "product_viewed"}, {"type": "order_complete"}]}
    with visit(browser, site, link(slip), language="fr") as (page, _):
        told = page.inner_text(".notes").replace("\u00a0", " ")
        assert "Le vocabulaire ne connaît pas le type « order_complete »" in told
        assert "ce que font les robots" in told


def test_a_link_that_cannot_be_read_is_told(browser: Browser, site: Site) -> None:
    """And the usual question is shown."""
    with visit(browser, site, "funnel?q=%7Bx") as (page, _):
        assert "does not hold a question" in page.inner_text("main")
        assert page.locator(".funnel-step").count() == 4


def test_the_builder_fits_a_phone_with_all_of_it_open(
    browser: Browser, site: Site
) -> None:
    """Nothing is wider than the screen."""
    with visit(browser, site, link(EVERYTHING), size=PHONE, refused=True) as (page, _):
        for place in range(page.locator(".builder details").count()):
            one = page.locator(".builder details").nth(place)
            if one.get_attribute("open") is None:
                one.locator("summary").first.click()
        assert page.evaluate("document.documentElement.scrollWidth") <= 360
