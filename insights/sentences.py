"""Sentences that an answer brings along, by a code that every language has words for."""

import re
from collections.abc import Mapping
from typing import Final

from msgspec import Struct

from insights.dictionary import dictionary

Value = str | float
"""A whole number is one too: a description with both would have two kinds for it."""

PREFIX: Final = "said."
"""What the keys of sentences begin with in the dictionary."""


class Sentence(Struct, frozen=True):
    """One sentence.

    Attributes:
        code: names it, whatever it says about which values.
        text: in English.
        values: what stands in it, by name.
    """

    code: str
    text: str
    values: dict[str, Value] = {}

    def __str__(self) -> str:
        """The sentence in English."""
        return self.text


def say(code: str, **values: Value) -> Sentence:
    """A sentence of the dictionary with its values.

    Args:
        code: its key there, without the prefix.
        values: what replaces `{name}` in it; whole numbers get their thousands apart.
    """
    return Sentence(code, _filled("en", code, values), values)


def spoken(one: Sentence, language: str) -> str:
    """A sentence in a language of the dictionary."""
    return _filled(language, one.code, one.values)


def _filled(language: str, code: str, values: Mapping[str, Value]) -> str:
    words = dictionary()[language][PREFIX + code]
    return re.sub(r"\{(\w+)\}", lambda found: _shown(values[found[1]]), words)


def _shown(value: Value) -> str:
    if isinstance(value, str):
        return value
    return f"{value:,}" if isinstance(value, int) else f"{value:g}"
