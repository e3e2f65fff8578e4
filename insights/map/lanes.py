"""The lanes of the map: what happens on each channel, phase by phase."""

from typing import Final

from insights.map.answer import Cell, Lane, TypeVolume
from insights.map.drawing import Number, Style
from insights.map.frame import BOLD, LINE, MARGIN, PAD, SMALL, SOFT_BOLD, Frame
from insights.map.numbers import Part, count
from insights.map.text import taken, width

_ROW: Final = 21.0
_NUMBER: Final = 52.0


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
    feet = {phase: _feet(frame, lane, cell) for phase, cell in cells.items()}
    foot = LINE * max(map(len, feet.values()))
    height = max(20 + rows * _ROW + foot, 72)
    words, part = frame.words, Part(channel=lane.channel)
    frame.panels(top, height)
    at = frame.name(top, words.channel(lane.channel))
    for name in ("persons", "touchpoints"):
        number = count(lane.volume, name, part, words)
        wide = frame.drawing.number((MARGIN, at), number, BOLD) + 4
        room = frame.gutter - PAD - wide
        label = words.counted(name, number.value)
        frame.drawing.text((MARGIN + wide, at), label, SMALL, room)
        at += 16
    for place, column in enumerate(frame.columns):
        if cell := cells.get(column.phase):
            for row, one in enumerate(cell.types[:most_types]):
                _type(frame, (frame.left(place), top + 8 + row * _ROW), cell, lane, one)
            _foot(frame, (frame.left(place), top + height), feet[column.phase])
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
    beside = width(number.text, style.size, bold=True) + 8
    drawing.text(
        (left + indent, top + 12), name, Style(13), frame.inner - beside - indent
    )
    drawing.number((left + frame.inner, top + 12), number, style)


def _feet(frame: Frame, lane: Lane, cell: Cell) -> list[list[tuple[Number, str]]]:
    """What a cell holds in all, on as many lines as it needs."""
    part, words = Part(cell.phase, lane.channel), frame.words
    lines: list[list[tuple[Number, str]]] = [[]]
    used = 0.0
    for name in ("persons", "touchpoints", "types"):
        number = count(cell.volume, name, part, words)
        label = words.counted(name, number.value)
        wide = taken(number.text, SOFT_BOLD.size, bold=True) + 3
        wide += taken(label, SMALL.size) + 7
        if lines[-1] and used + wide - 7 > frame.inner:
            lines.append([])
            used = 0.0
        lines[-1].append((number, label))
        used += wide
    return lines


def _foot(
    frame: Frame, at: tuple[float, float], lines: list[list[tuple[Number, str]]]
) -> None:
    line = at[1] - 8 - LINE * (len(lines) - 1)
    for some in lines:
        left = at[0] + PAD
        for number, label in some:
            left += frame.drawing.number((left, line), number, SOFT_BOLD) + 3
            left += frame.drawing.text((left, line), label, SMALL) + 7
        line += LINE
