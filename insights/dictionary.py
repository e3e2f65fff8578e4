"""The words of the page and of the map, by language; one file has them all."""

from functools import cache
from importlib.resources import files

import msgspec


@cache
def dictionary() -> dict[str, dict[str, str]]:
    """Language → key → words."""
    text = files("insights.page").joinpath("static", "words.json").read_bytes()
    return msgspec.json.decode(text, type=dict[str, dict[str, str]])
