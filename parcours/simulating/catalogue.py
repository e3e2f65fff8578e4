"""What the shop is made of: products, pages, campaigns, stores, browsers."""

from dataclasses import dataclass
from typing import Final

from schemas.touchpoint import Campaign, Place

SHELVES: Final = ("dresses", "shirts", "shoes", "coats", "bags", "sale", "new-in")
PRODUCTS: Final = 4_000
PAGES: Final = ("", "help/delivery", "help/returns", "about", "stores", "magazine")
HOST: Final = "https://www.shop.example/"
RETURN_REASONS: Final = ("too_small", "too_large", "damaged", "not_as_pictured", "late")
TOPICS: Final = ("delivery", "return", "payment", "product", "account", "loyalty")
DENIALS: Final = ("expired", "minimum_not_reached", "unknown_code", "used_already")
FAILURES: Final = ("declined", "3ds_failed", "insufficient_funds", "timeout")

_WEBKIT: Final = "AppleWebKit/605.1.15 (KHTML, like Gecko)"
_BLINK: Final = "AppleWebKit/537.36 (KHTML, like Gecko)"
_IOS: Final = "Version/18.1 Mobile/15E148 Safari/604.1"
DESKTOPS: Final = (
    f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) {_BLINK} Chrome/131.0.0.0 Safari/537.36",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:133.0) Gecko/20100101 Firefox/133.0",
    f"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) {_WEBKIT} Version/18.1 Safari/605.1.15",
)
PHONES: Final = (
    f"Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) {_WEBKIT} {_IOS}",
    f"Mozilla/5.0 (Linux; Android 14; Pixel 8) {_BLINK} Chrome/131.0.0.0 Mobile Safari/537.36",
)
TABLET: Final = (
    f"Mozilla/5.0 (iPad; CPU OS 17_7 like Mac OS X) {_WEBKIT} Version/17.7"
    " Mobile/15E148 Safari/604.1"
)
CRAWLERS: Final = (
    "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
    "Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)",
)
MAIL_PROXY: Final = (
    "Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0"
    " (via ggpht.com GoogleImageProxy)"
)
MAIL_PROGRAM: Final = (
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) Thunderbird/128.5.0"
)

SEARCH_ADS: Final = Campaign(
    source="google", medium="cpc", name="brand-search", id="A1"
)
SOCIAL_ADS: Final = Campaign(
    source="facebook", medium="paid_social", name="prospecting", id="A2"
)
ADS: Final = (
    SEARCH_ADS,
    SOCIAL_ADS,
    Campaign(source="display", medium="banner", name="retargeting", id="A3"),
)
REFERRERS: Final = ("https://www.google.com/", "https://duckduckgo.com/")


@dataclass(frozen=True, slots=True)
class Product:
    """One thing on sale."""

    id: str
    shelf: str
    price_minor: int


def product(number: int) -> Product:
    """The product of that number, below `PRODUCTS`."""
    price = 790 + number * 977 % 24_000
    return Product(f"P{number:05d}", SHELVES[number % len(SHELVES)], price)


def newsletter(number: int) -> Campaign:
    """The newsletter of that number."""
    return Campaign(
        source="newsletter", medium="email", name=f"news-{number:03d}", id=f"N{number}"
    )


def store(number: int) -> Place:
    """The store of that number, with a made-up location number that checks."""
    digits = f"377{number:09d}"
    weighted = sum(int(d) * (1, 3)[place % 2] for place, d in enumerate(digits))
    gln = digits + str(-weighted % 10)
    return Place(store_id=f"S{number:03d}", gln=gln, tz="Europe/Paris", country="FR")
