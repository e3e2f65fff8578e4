"""Where columns and bands of the map lie."""

from dataclasses import dataclass
from typing import Final

from insights.map.answer import Column, JourneyMap
from insights.map.drawing import Drawing, Style
from insights.map.text import wrapped
from insights.map.words import Words

MARGIN: Final = 20.0
GAP: Final = 10.0
PAD: Final = 10.0
LINE: Final = 16.0
"""From one line of text to the next."""

SMALL = Style(13, "soft")
SOFT_BOLD = Style(13, "soft", bold=True)
BOLD = Style(13, bold=True)
"""Nothing is smaller than 13: a map of six phases on 1,280 points is shown at 6/7."""


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
        """The name of a band, in the gutter, on as many lines as it needs.

        Args:
            top: of the band.
            text: the name.
            more: what stands below it.
            beside: what is kept free on its right.

        Returns:
            The base line of the next line.
        """
        room, at = self.gutter - beside, top + 18
        at = self.lines((MARGIN, at), text, Style(14, bold=True), room)
        for extra in more:
            at = self.lines((MARGIN, at + 1), extra, SMALL, room)
        return at + 2

    def lines(
        self, at: tuple[float, float], text: str, style: Style, room: float
    ) -> float:
        """A text on as many lines as it needs; returns the base line of the next."""
        line = at[1]
        for part in wrapped(text, style.size, room, bold=style.bold):
            self.drawing.text((at[0], line), part, style, room)
            line += LINE
        return line

    def panels(self, top: float, height: float) -> None:
        """The ground of a band: one panel a phase."""
        for place in range(len(self.columns)):
            size = (self.column_width, height)
            self.drawing.rect((self.left(place), top), size, "panel", r=6)
