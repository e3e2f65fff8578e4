"""User agents: device class, crawlers, mail proxies."""

import pytest
from crawleruseragents import (  # type: ignore[import-untyped]
    CRAWLER_USER_AGENTS_DATA,
    is_crawler,
)

from schemas.vocabulary import DEVICE_CLASSES
from streams.enrich.device import device_of

SAFARI = (
    "AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.0 Mobile/15E148 Safari/604.1"
)
CHROME = "AppleWebKit/537.36 (KHTML, like Gecko) Chrome/124.0.0.0"


@pytest.mark.parametrize(
    ("agent", "expected"),
    [
        (f"Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) {SAFARI}", "mobile"),
        (f"Mozilla/5.0 (iPad; CPU OS 16_6 like Mac OS X) {SAFARI}", "tablet"),
        (f"Mozilla/5.0 (Linux; Android 10; K) {CHROME} Mobile Safari/537.36", "mobile"),
        (f"Mozilla/5.0 (Linux; Android 13; SM-X700) {CHROME} Safari/537.36", "tablet"),
        (
            f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) {CHROME} Safari/537.36",
            "desktop",
        ),
        (
            f"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) {CHROME} Safari/537.36",
            "desktop",
        ),
        (
            "Mozilla/5.0 (X11; Linux x86_64; rv:125.0) Gecko/20100101 Firefox/125.0",
            "desktop",
        ),
        (f"Mozilla/5.0 (SMART-TV; Linux; Tizen 7.0) {CHROME} TV Safari/537.36", "tv"),
        ("ShopKiosk/2.1 (Linux)", "kiosk"),
        ("Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com)", "bot"),
        ("curl/8.4.0", "bot"),
        ("", "unknown"),
        ("ShopApp/7.1", "unknown"),
    ],
)
def test_device_class_of_an_agent(agent: str, expected: str) -> None:
    """One of the vocabulary's classes."""
    device = device_of(agent)
    assert device.device_class == expected
    assert expected in DEVICE_CLASSES
    assert device.bot == (expected == "bot")


def test_every_crawler_of_the_list_is_recognised() -> None:
    """The quick test for ordinary browsers lets none of the known crawlers through."""
    agents = [a for c in CRAWLER_USER_AGENTS_DATA for a in c.get("instances", ())]
    assert len(agents) > 1_000
    assert [a for a in agents if is_crawler(a[:512]) and not device_of(a).bot] == []


@pytest.mark.parametrize(
    "agent",
    [
        "Mozilla/5.0",
        "Mozilla/5.0 (Windows NT 5.1) Firefox/11.0 (via ggpht.com GoogleImageProxy)",
        "YahooMailProxy; https://help.yahoo.com/kb/yahoo-mail-proxy-SLN28749.html",
    ],
)
def test_mail_proxies_are_told_apart(agent: str) -> None:
    """Apple's, Google's and Yahoo's fetch pictures for their users."""
    assert device_of(agent).mail_proxy
