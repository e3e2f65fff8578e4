"""Where a visitor came from: campaign and referrer, as the page's address tells."""

from typing import Final
from urllib.parse import unquote_plus

from schemas.touchpoint import Campaign

_LONGEST: Final = 2_048
_LONGEST_HOST: Final = 253
_UTM: Final = {
    "utm_source": "source",
    "utm_medium": "medium",
    "utm_campaign": "name",
    "utm_content": "content",
    "utm_term": "term",
    "utm_id": "id",
}
# A click id says which network charged for the click, even without UTM parameters.
_CLICK_IDS: Final = {
    "gclid": ("google", "cpc"),
    "gbraid": ("google", "cpc"),
    "wbraid": ("google", "cpc"),
    "msclkid": ("bing", "cpc"),
    "fbclid": ("facebook", "social"),
}


def campaign_of(url: str) -> Campaign | None:
    """The campaign that an address names in its query, None where it names none."""
    _, found, rest = url.partition("?")
    if not found or ("utm_" not in rest and "id=" not in rest):
        return None
    fields: dict[str, str] = {}
    clicked = None
    for part in rest.partition("#")[0].split("&"):
        name, _, value = part.partition("=")
        if not value:
            continue
        if name in _UTM:
            text = value[:_LONGEST]
            if "%" in text or "+" in text:
                text = unquote_plus(text).strip()
            if text:
                fields.setdefault(_UTM[name], text)
        elif name in _CLICK_IDS:
            clicked = clicked or _CLICK_IDS[name]
    if clicked and "source" not in fields:
        fields["source"] = clicked[0]
        fields.setdefault("medium", clicked[1])
    return Campaign(**fields) if fields else None


def host_of(address: str) -> str:
    """The host of an address, in lower case; empty where there is none.

    User, port, path and query stay behind: they may say who somebody is.
    """
    _, found, rest = address.partition("://")
    if not found:
        return ""
    for end in "/?#\\":
        rest = rest.partition(end)[0]
    host = rest.rpartition("@")[2].partition(":")[0].lower()
    clean = host.replace("-", "").replace(".", "").replace("_", "")
    return host if clean.isalnum() and len(host) <= _LONGEST_HOST else ""
