"""The lanes of the map: what happens on each channel, phase by phase."""

from typing import Final

from insights.map.answer import Cell, Lane, TypeVolume
from insights.map.drawing import Style
from insights.map.frame import MARGIN, PAD, SMALL, Frame
from insights.map.numbers import Part, count
from insights.map.text import width

_ROW: Final = 21.0
_FOOT: Final = 22.0
_NUMBER: Final = 52.0
_SMALLEST = Style(11, "soft")
_SMALLEST_BOLD = Style(11, "soft", bold=True)


def lanes(frame: Frame, top: float, most_types: int) -> float:
    """A lane a channel; a cell shows its greatest types and says how many there are.

    Args:
        frame: what to draw, and where.
        top: where the lanes begin.
        most_types: how many types a cell shows.
    """
    shown = {column.phase for column in frame.columns}
    for lane in frame.found.lanes:
        cells = {cell.phase: cell for cell in lane.cells if cell.phase in shown}
        if cells:
            top = _lane(frame, top, lane, cells, most_types)
    return top + 4


def _lane(
    frame: Frame, top: float, lane: Lane, cells: dict[str, Cell], most_types: int
) -> float:
    rows = max(min(len(cell.types), most_types) for cell in cells.values())
    height = max(14 + rows * _ROW + _FOOT, 72)
    words, part = frame.words, Part(channel=lane.channel)
    frame.panels(top, height)
    at = frame.name(top, words.channel(lane.channel))
    for name in ("persons", "touchpoints"):
        number = count(lane.volume, name, part, words)
        wide = frame.drawing.number((MARGIN, at), number, Style(12, bold=True)) + 4
        room = frame.gutter - PAD - wide
        frame.drawing.text((MARGIN + wide, at), words[f"map.{name}"], SMALL, room)
        at += 15
    for place, column in enumerate(frame.columns):
        if cell := cells.get(column.phase):
            for row, one in enumerate(cell.types[:most_types]):
                _type(frame, (frame.left(place), top + 8 + row * _ROW), cell, lane, one)
            _foot(frame, (frame.left(place), top + height), lane, cell)
    return top + height + 6


def _type(
    frame: Frame, at: tuple[float, float], cell: Cell, lane: Lane, one: TypeVolume
) -> None:
    left, top = at[0] + PAD, at[1]
    drawing, words = frame.drawing, frame.words
    part = Part(cell.phase, lane.channel, one.type)
    room = frame.inner - _NUMBER
    wide = max(2.0, room * (one.volume.share or 0))
    drawing.rect((left, top), (wide, _ROW - 4), "bar", r=3)
    indent = 6.0
    if one.planned is not None:
        kind = "planned-dot" if one.planned else "unplanned-dot"
        drawing.circle((left + 7, top + 8.5), 3.5, kind)
        indent = 16.0
    name = words.touchpoint(one.type)
    number = count(one.volume, "touchpoints", part, words)
    style = Style(13, anchor="end", bold=True)
    taken = width(number.text, style.size, bold=True) + 8
    drawing.text(
        (left + indent, top + 12), name, Style(13), frame.inner - taken - indent
    )
    drawing.number((left + frame.inner, top + 12), number, style)


def _foot(frame: Frame, at: tuple[float, float], lane: Lane, cell: Cell) -> None:
    left, line = at[0] + PAD, at[1] - 8
    drawing, words = frame.drawing, frame.words
    part = Part(cell.phase, lane.channel)
    end, bold, plain = left + frame.inner, _SMALLEST_BOLD, _SMALLEST
    for name in ("persons", "touchpoints", "types"):
        number = count(cell.volume, name, part, words)
        label = words[f"map.{name[:-1]}" if number.value == 1 else f"map.{name}"]
        wide = width(number.text, 11, bold=True) + 3 + width(label, 11)
        if left + wide > end:
            break  # the table has it; half a word helps nobody
        left += drawing.number((left, line), number, bold) + 3
        left += drawing.text((left, line), label, plain) + 7
