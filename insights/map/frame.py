"""Where columns and bands of the map lie."""

from dataclasses import dataclass
from typing import Final

from insights.map.answer import Column, JourneyMap
from insights.map.drawing import Drawing, Style
from insights.map.text import width
from insights.map.words import Words

MARGIN: Final = 20.0
GAP: Final = 10.0
PAD: Final = 10.0

HEAD = Style(12, "soft", bold=True)
SMALL = Style(12, "soft")
PLAIN = Style(13)


@dataclass(frozen=True, slots=True)
class Frame:
    """Everything a band needs: what to draw, in which words, where.

    Attributes:
        found: the answer.
        words: of the language.
        columns: the phases that are drawn.
        column_width: of each.
        gutter: width of the names on the left.
        drawing: takes up the elements.
    """

    found: JourneyMap
    words: Words
    columns: tuple[Column, ...]
    column_width: float
    gutter: float
    drawing: Drawing

    @property
    def width(self) -> float:
        """Of the whole drawing."""
        many = len(self.columns)
        columns = many * self.column_width + (many - 1) * GAP
        return 2 * MARGIN + self.gutter + columns

    def left(self, place: int) -> float:
        """Where a column begins."""
        return MARGIN + self.gutter + place * (self.column_width + GAP)

    def middle(self, place: int) -> float:
        """The middle of a column."""
        return self.left(place) + self.column_width / 2

    @property
    def inner(self) -> float:
        """How wide the contents of a column may be."""
        return self.column_width - 2 * PAD

    def name(self, top: float, text: str, *more: str, beside: float = PAD) -> float:
        """The name of a band, in the gutter, on two lines where it is long.

        Args:
            top: of the band.
            text: the name.
            more: what stands below it.
            beside: what is kept free on its right.

        Returns:
            The base line of the next line.
        """
        room, at = self.gutter - beside, top + 18
        for line in _two_lines(text, 14, room):
            self.drawing.text((MARGIN, at), line, Style(14, bold=True), room)
            at += 16
        for extra in more:
            self.drawing.text((MARGIN, at + 1), extra, SMALL, room)
            at += 15
        return at + 2

    def panels(self, top: float, height: float) -> None:
        """The ground of a band: one panel a phase."""
        for place in range(len(self.columns)):
            size = (self.column_width, height)
            self.drawing.rect((self.left(place), top), size, "panel", r=6)


def _two_lines(text: str, size: float, room: float) -> list[str]:
    """A text on one line, or on two if it has a place to part it."""
    if width(text, size, bold=True) <= room or " " not in text:
        return [text]
    first, *rest = text.split()
    while rest and width(f"{first} {rest[0]}", size, bold=True) <= room:
        first = f"{first} {rest.pop(0)}"
    return [first, " ".join(rest)]
