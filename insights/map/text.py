"""How wide a text is: a table, so that a drawing is the same on every machine."""

import re
from typing import Final
from unicodedata import normalize
from xml.sax.saxutils import escape

_WIDTHS: Final = {
    width: set(letters)
    for width, letters in {
        222: "'ijl\u2018\u2019",
        278: " !,./:;I[]ft|·\u00a0\u202f",
        333: "()-r`°",
        389: "*",
        500: "Jckszvxy",
        556: "#$0123456789?Labdeghnopqu_\u2013",
        584: "+<=>~\u2212\xb1\xd7",
        611: "FTZ",
        667: "&ABEKPSVXY",
        722: "CDHNRUw",
        778: "GOQ",
        833: "Mm",
        889: "%",
        944: "W",
    }.items()
}
"""Thousandths of the font size, as Helvetica and its likes have them; others are square."""

_LETTERS: Final = {
    letter: width for width, letters in _WIDTHS.items() for letter in letters
}
_NOT_XML: Final = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What no XML may hold, not even as a reference."""

_SQUARE: Final = 1000
_BOLD: Final = 1.08
_ROOM: Final = 1.07
"""Readers' machines have other sans-serif fonts, some a little wider."""
_WIDEST: Final = 1.1
"""DejaVu Sans, bold, beside that: where a server has no other, nothing must run together."""


def width(text: str, size: float, *, bold: bool = False) -> float:
    """How wide a text is at most, in the unit of its font size."""
    thousandths = sum(
        _LETTERS.get(letter, _SQUARE)
        for letter in normalize("NFD", text)
        if not "\u0300" <= letter <= "\u036f"
    )
    return thousandths / 1000 * size * _ROOM * (_BOLD if bold else 1)


def taken(text: str, size: float, *, bold: bool = False) -> float:
    """How much of a line a text takes in the widest font, in the unit of its size."""
    return width(text, size, bold=bold) * _WIDEST


def escaped(text: str) -> str:
    """The text as XML and HTML hold it; characters that no XML may hold are left out."""
    return escape(_NOT_XML.sub("", text))


def wrapped(text: str, size: float, room: float, *, bold: bool = False) -> list[str]:
    """The text in lines that have room, parted between words."""
    lines: list[str] = []
    for word in text.split(" "):
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and taken(longer, size, bold=bold) <= room:
            lines[-1] = longer
        else:
            lines.append(word)
    return lines


def fitted(text: str, size: float, room: float, *, bold: bool = False) -> str:
    """The text, or as much of it as has room, with an ellipsis."""
    if width(text, size, bold=bold) <= room:
        return text
    while text and width(f"{text.rstrip()}…", size, bold=bold) > room:
        text = text[:-1]
    return f"{text.rstrip()}…" if text else ""
