"""Campaign and referrer out of a page's address."""

import pytest

from schemas.touchpoint import Campaign
from streams.enrich.origin import campaign_of, host_of

PAGE = "https://shop.example/p"
UTM = "utm_source=news&utm_medium=email&utm_campaign=soldes+%C3%A9t%C3%A9"


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        (
            f"{PAGE}?{UTM}&utm_content=a&utm_term=b&utm_id=7#top",
            Campaign("news", "email", "soldes été", "a", "b", "7"),
        ),
        (f"{PAGE}?a=1&utm_source=x&utm_source=y", Campaign(source="x")),
        (f"{PAGE}?gclid=abc", Campaign(source="google", medium="cpc")),
        (f"{PAGE}?fbclid=abc", Campaign(source="facebook", medium="social")),
        (f"{PAGE}?utm_source=own&gclid=abc", Campaign(source="own")),
        (f"{PAGE}?utm_campaign=c&gclid=x", Campaign("google", "cpc", "c")),
        (f"{PAGE}?utm_source=&utm_medium=%20", None),
        (f"{PAGE}?product_id=4", None),
        (f"{PAGE}#?x", None),
        (PAGE, None),
        ("", None),
    ],
)
def test_campaign_of_an_address(url: str, expected: Campaign | None) -> None:
    """UTM parameters first, then click ids; the first value of each."""
    assert campaign_of(url) == expected


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("https://www.Google.com/search?q=shoes", "www.google.com"),
        ("http://jean:secret@blog.example:8080/x", "blog.example"),
        ("android-app://com.example.mail/", "com.example.mail"),
        ("https://blog.example?x=1", "blog.example"),
        ("https://blog.example\\@evil.example", "blog.example"),
        ("https://bücher.example/", "bücher.example"),
        ("https://", ""),
        ("https://a b/", ""),
        ("https://" + "a" * 300, ""),
        ("direct", ""),
        ("", ""),
    ],
)
def test_only_the_host_of_a_referrer_is_kept(address: str, expected: str) -> None:
    """User, port, path and query may say who somebody is."""
    assert host_of(address) == expected
