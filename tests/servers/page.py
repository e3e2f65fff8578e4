"""The page in a browser: where it is served, and a visit that notices what goes wrong."""

from __future__ import annotations

import re
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from prometheus_client import CollectorRegistry

from insights.api.app import Setup
from insights.api.library import Library
from parcours.mapping import desk_of
from schemas.metrics import Metrics
from streams.model_files import built_in
from tests.servers.api import serving

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from playwright.sync_api import Browser, Page, Route

    from insights.asker import Asker
    from insights.objectives.spec import Objective

VIEWS: Final = (
    "map", "funnel", "flows", "impact", "objectives", "person", "live"
)  # fmt: skip
HEADINGS: Final = {
    "en": (
        "Customer journey map",
        "Funnel",
        "Flows",
        "Impact",
        "Objectives",
        "One customer",
        "Live",
    ),
    "fr": (
        "Carte du parcours client",
        "Entonnoir",
        "Flux",
        "Impact",
        "Objectifs",
        "Un client",
        "En direct",
    ),
}
CONTENT: Final = {
    "map": "svg.map .n",
    "funnel": ".funnel-step",
    "flows": "svg.flow .node",
    "impact": "svg.credits .point",
    "objectives": "svg.gauge .gauge-value",
    "person": ".timeline .moved",
    "live": ".phase-bars li",
}
"""What a view shows where there are data."""

WIDE: Final = {"width": 1440, "height": 900}
PHONE: Final = {"width": 360, "height": 740}


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


@contextmanager
def site_of(
    asker: Asker, person: str = "", objectives: Sequence[Objective] = ()
) -> Iterator[Site]:
    """Serve the page over a store."""
    library = Library(desk_of((built_in(),)), objectives=objectives)
    setup = Setup(
        asker,
        Metrics(CollectorRegistry()),
        time.time,
        lambda: library,
    )
    with serving(setup) as client:
        yield Site(str(client.base_url).rstrip("/"), person, setup)


@contextmanager
def visit(
    browser: Browser,
    site: Site,
    address: str = "map",
    *,
    size: dict[str, int] = WIDE,
    language: str = "en",
    scheme: str = "light",
    refused: bool = False,
) -> Iterator[tuple[Page, Seen]]:
    """The page at an address, ready; afterwards nothing may have gone wrong.

    Args:
        browser: which.
        site: where.
        address: behind `#`.
        size: of the window.
        language: of the reader.
        scheme: `light` or `dark`.
        refused: the API may refuse what is asked.
    """
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
        if refused:
            status = re.compile(r"Failed to load resource.*( 4\d\d | 503 |ERR_FAILED)")
            seen.problems = [one for one in seen.problems if not status.match(one)]
        assert not seen.problems
        own = (site.base, "blob:", "data:")
        assert all(url.startswith(own) for url in seen.addresses), seen.addresses
    finally:
        context.close()


def held_back(page: Page, pattern: str) -> list[Route]:
    """Requests that wait from now on, until the test lets each go on."""
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    page.route(pattern, hold)
    return held


def ready(page: Page) -> None:
    """Wait until the view is there and nothing of it is under way."""
    page.wait_for_selector("main h1")
    page.wait_for_selector("[aria-busy]", state="detached")


def address_of(view: str, site: Site) -> str:
    """Behind `#`: a view, with somebody to show where it needs one."""
    return f"person?who={site.person}" if view == "person" else view
