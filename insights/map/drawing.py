"""An SVG in the making: shapes and texts, and where each text lies."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal
from urllib.parse import urlencode
from xml.sax.saxutils import quoteattr

from insights.map.text import escaped, fitted, taken, width

Anchor = Literal["start", "middle", "end"]

_ASCENT: Final = 0.78
_DESCENT: Final = 0.22


@dataclass(frozen=True, slots=True)
class Number:
    """A number of the answer as it is shown.

    Attributes:
        query: name of its query, which is also the column that holds it.
        row: which row of the query's answer.
        value: as the query has it.
        text: as people read it.
        title: what it is, in a few words.
        column: of the query, where it does not have the query's name.
    """

    query: str
    row: Mapping[str, str]
    value: float
    text: str
    title: str
    column: str = ""


@dataclass(frozen=True, slots=True)
class Box:
    """Where a text lies."""

    left: float
    top: float
    right: float
    bottom: float
    text: str


@dataclass(frozen=True, slots=True)
class Style:
    """How a text looks: its size, a class of map.css, which end x is, whether it is bold."""

    size: float = 12
    kind: str = "ink"
    anchor: Anchor = "start"
    bold: bool = False


class Drawing:
    """Collects elements, in the order in which they are drawn."""

    def __init__(self) -> None:
        self._parts: list[str] = []
        self.boxes: list[Box] = []

    def rect(
        self,
        at: tuple[float, float],
        size: tuple[float, float],
        kind: str,
        *,
        r: float = 0,
    ) -> None:
        """A rectangle; `kind` is a class of map.css."""
        rounded = f' rx="{_n(r)}"' if r else ""
        self._parts.append(
            f'<rect class="{kind}" x="{_n(at[0])}" y="{_n(at[1])}" '
            f'width="{_n(max(0, size[0]))}" height="{_n(size[1])}"{rounded}/>'
        )

    def line(
        self, start: tuple[float, float], end: tuple[float, float], kind: str
    ) -> None:
        """A straight line."""
        self._parts.append(
            f'<line class="{kind}" x1="{_n(start[0])}" y1="{_n(start[1])}" '
            f'x2="{_n(end[0])}" y2="{_n(end[1])}"/>'
        )

    def path(self, d: str, kind: str) -> None:
        """A path."""
        self._parts.append(f'<path class="{kind}" d="{d}"/>')

    def circle(self, at: tuple[float, float], radius: float, kind: str) -> None:
        """A circle."""
        self._parts.append(
            f'<circle class="{kind}" cx="{_n(at[0])}" cy="{_n(at[1])}" r="{_n(radius)}"/>'
        )

    def text(
        self,
        at: tuple[float, float],
        text: str,
        style: Style,
        room: float | None = None,
        behind: Number | None = None,
    ) -> float:
        """A text on its base line.

        Args:
            at: where it begins, or its middle or end.
            text: cut off, with an ellipsis, where it does not fit.
            style: how it looks.
            room: how wide it may be.
            behind: the number whose query answers this, too, such as its interval.

        Returns:
            How much of the line it takes.
        """
        shown = (
            text if room is None else fitted(text, style.size, room, bold=style.bold)
        )
        title = f"<title>{escaped(text)}</title>" if shown != text else ""
        extra = _where(behind, "data-behind") if behind else ""
        return self._put(at, shown, style, extra=extra, title=title)

    def number(self, at: tuple[float, float], number: Number, style: Style) -> float:
        """A number, with the query that answers it; returns how much of the line it takes."""
        extra = f'{_where(number, "data-query")} data-value="{number.value:.12g}"'
        if number.column:
            extra += f' data-column="{number.column}"'
        title = f"<title>{escaped(number.title)}</title>" if number.title else ""
        return self._put(at, number.text, style, extra=extra, title=title)

    def elements(self) -> str:
        """All of it as SVG."""
        return "\n".join(self._parts)

    def _put(
        self,
        at: tuple[float, float],
        shown: str,
        style: Style,
        extra: str = "",
        title: str = "",
    ) -> float:
        if not shown:
            return 0
        wide = width(shown, style.size, bold=style.bold)
        left = at[0] - {"start": 0, "middle": wide / 2, "end": wide}[style.anchor]
        self.boxes.append(
            Box(
                left,
                at[1] - style.size * _ASCENT,
                left + wide,
                at[1] + style.size * _DESCENT,
                shown,
            )
        )
        kinds = style.kind + (" b" if style.bold else "") + (" n" if extra else "")
        anchor = "" if style.anchor == "start" else f' text-anchor="{style.anchor}"'
        self._parts.append(
            f'<text class="{kinds}" x="{_n(at[0])}" y="{_n(at[1])}" '
            f'font-size="{_n(style.size)}"{anchor}{extra}>{title}{escaped(shown)}</text>'
        )
        return taken(shown, style.size, bold=style.bold)


def _where(number: Number, name: str) -> str:
    row = urlencode({key: value for key, value in number.row.items() if value})
    return f' {name}="{escaped(number.query)}" data-row={quoteattr(row)}'


def _n(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")
