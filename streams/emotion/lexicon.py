"""The lexicons of Parcours' own: tables of words and phrases beside this module."""

import re
from collections.abc import Mapping
from importlib import resources
from typing import Final

_ENDINGS: Final = ("", "e", "s", "es")


def lexicon(name: str) -> dict[str, float]:
    """Read a table of this package: word or phrase → value; a starred word in four forms."""
    found: dict[str, float] = {}
    file = resources.files("streams.emotion") / name
    for line in file.read_text(encoding="utf-8").splitlines():
        if line.startswith("#"):
            continue
        word, _, value = line.partition("\t")
        endings = _ENDINGS if word.endswith("*") else ("",)
        found |= {word.removesuffix("*") + end: float(value) for end in endings}
    return found


class Phrases:
    """Makes one word of each phrase in a text: twice as fast as the library's own search.

    Args:
        entries: a lexicon; those of its entries that hold a blank are phrases.
        any_case: also find them in capitals, which takes longer.
    """

    def __init__(self, entries: Mapping[str, float], *, any_case: bool = False) -> None:
        phrases = sorted((word for word in entries if " " in word), key=len)
        longest_first = "|".join(map(re.escape, reversed(phrases)))
        flags = re.IGNORECASE if any_case else 0
        self._pattern = re.compile(rf"\b(?:{longest_first})\b", flags)

    def joined(self, text: str) -> str:
        """The text with an underscore for each blank inside a phrase."""
        return self._pattern.sub(_one_word, text)


def one_word(entries: Mapping[str, float]) -> dict[str, float]:
    """A lexicon as `Phrases.joined` texts need it."""
    return {word.replace(" ", "_"): value for word, value in entries.items()}


def _one_word(phrase: re.Match[str]) -> str:
    return phrase[0].replace(" ", "_")
