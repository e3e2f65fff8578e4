"""Where columns and bands of the map lie."""

from dataclasses import dataclass
from typing import Final

from insights.map.answer import Column, JourneyMap
from insights.map.drawing import Drawing, Style
from insights.map.words import Words

MARGIN: Final = 20.0
GAP: Final = 10.0
PAD: Final = 10.0

HEAD = Style(11, "soft", bold=True)
SMALL = Style(11, "soft")
PLAIN = Style(12)


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

    def name(self, top: float, text: str, *more: str, beside: float = PAD) -> None:
        """The name of a band, in the gutter; `beside` is kept free on its right."""
        room = self.gutter - beside
        self.drawing.text((MARGIN, top + 18), text, Style(13, bold=True), room)
        for line, extra in enumerate(more):
            self.drawing.text((MARGIN, top + 35 + 15 * line), extra, SMALL, room)

    def panels(self, top: float, height: float) -> None:
        """The ground of a band: one panel a phase."""
        for place in range(len(self.columns)):
            size = (self.column_width, height)
            self.drawing.rect((self.left(place), top), size, "panel", r=6)
