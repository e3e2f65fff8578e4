"""The upper bands of the map: what it is about, the phases, how persons get on."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Final

from insights.map.drawing import Number, Style
from insights.map.frame import BOLD, LINE, MARGIN, PAD, SMALL, Frame
from insights.map.numbers import Part, count, progress
from insights.map.text import width
from insights.map.words import Words
from insights.scope import Scope
from insights.times import END_OF_TIME_MS

PHASE_HEIGHT: Final = 82.0
PROGRESS_HEIGHT: Final = 94.0
_POINT: Final = 12.0
_BIG = Style(15, bold=True)


def title(frame: Frame, top: float) -> float:
    """What the map is about; returns where the next band begins."""
    words, found, drawing = frame.words, frame.found, frame.drawing
    room = frame.width - 2 * MARGIN
    drawing.text(
        (MARGIN, top + 22), words["map.title"], Style(20, "title", bold=True), room
    )
    left, line = MARGIN, top + 44
    if found.total:
        for name in ("persons", "touchpoints"):
            number = count(found.total, name, Part(), words)
            left += drawing.number((left, line), number, BOLD) + 4
            label = words.counted(name, number.value)
            left += drawing.text((left, line), label, SMALL) + 12
    told = described(found.scope, words)
    if left + width(told, SMALL.size) > MARGIN + room:
        left, line = MARGIN, line + LINE
    return frame.lines((left, line), told, SMALL, MARGIN + room - left) + 2


def described(scope: Scope, words: Words) -> str:
    """A scope in words: its time, then whatever it is narrowed to."""
    first, last = scope.range_ms()
    parts = []
    if first:
        parts.append(f"{words['map.from']} {words.day(first, scope.timezone)}")
    if last < END_OF_TIME_MS:  # as people say it: the last day is in
        parts.append(f"{words['map.until']} {words.day(last - 1, scope.timezone)}")
    if parts:
        parts.append(f"({scope.timezone})")
    period = " ".join(parts) or words["map.all_time"]
    narrowed = [
        f"{words[f'map.{name}']} {value}"
        for name, value in (
            ("channel", words.channel(scope.channel) if scope.channel else ""),
            ("store", scope.store),
            ("persona", scope.persona),
            ("tenant", scope.tenant if scope.tenant != "default" else ""),
            ("model", scope.model if scope.model != "default" else ""),
        )
        if value
    ]
    return " · ".join([period, *narrowed])


def phases(frame: Frame, top: float) -> float:
    """The phases as arrows, with who and what is in them."""
    words, drawing = frame.words, frame.drawing
    known = {phase.id: phase for phase in frame.found.model.phases}
    for place, column in enumerate(frame.columns):
        phase = known[column.phase]
        left, wide = frame.left(place), frame.column_width
        kind = "quiet-fill" if phase.silent else "accent-fill"
        drawing.path(_arrow(left, top, wide, 34), kind)
        style = Style(14, "on", "middle", bold=True)
        name = phase.name(words.language)
        drawing.text((left + wide / 2, top + 22), name, style, wide - 4 * _POINT)
        if column.volume:
            pairs = [
                (number, words.counted(name, number.value))
                for name in ("persons", "touchpoints")
                for number in [count(column.volume, name, Part(column.phase), words)]
            ]
            _lines(frame, (left + PAD, top + 54), pairs)
        else:
            at = left + PAD, top + 54
            frame.lines(at, words["map.no_touchpoints"], SMALL, frame.inner)
    return top + PHASE_HEIGHT


def getting_on(frame: Frame, top: float) -> float:
    """How many enter each phase, which share gets on, and how long that takes."""
    words, drawing = frame.words, frame.drawing
    frame.name(top, words["map.progress"], words["map.progress_note"])
    frame.panels(top, PROGRESS_HEIGHT)
    known = {phase.id: phase for phase in frame.found.model.phases}
    most = max((c.stage.entered for c in frame.found.columns if c.stage), default=1)
    for place, column in enumerate(frame.columns):
        stage, left = column.stage, frame.left(place) + PAD
        if not stage:
            frame.lines((left, top + 22), words["map.nobody"], SMALL, frame.inner)
            continue
        drawing.rect((left, top + 8), (frame.inner, 8), "track", r=4)
        wide = max(3.0, frame.inner * stage.entered / most)
        drawing.rect((left, top + 8), (wide, 8), "progress", r=4)
        pairs = [
            (progress(stage, "entered", words), words["map.entered"]),
            (progress(stage, "pending", words), words["map.pending"]),
        ]
        _lines(frame, (left, top + 36), pairs)
        silent = known[column.phase].silent
        moving = "map.comes_back" if silent else "map.moves_on"
        pairs = [
            (progress(stage, "conversion", words), words[moving]),
            (progress(stage, "dwell_ms", words), words["map.median"]),
        ]
        _lines(frame, (left, top + 36 + 2 * LINE), pairs)
    for place, _ in enumerate(pairwise(frame.columns)):
        edge = frame.left(place + 1) - 5
        drawing.path(f"M{edge - 3:.1f} {top + 26:.1f}l6 6l-6 6", "observed-line")
    return top + PROGRESS_HEIGHT + 12


def _lines(
    frame: Frame, at: tuple[float, float], pairs: Sequence[tuple[Number | None, str]]
) -> None:
    """Numbers with what they are, one below the other."""
    line = at[1]
    for number, label in pairs:
        if number is None:
            continue
        left = at[0] + frame.drawing.number((at[0], line), number, BOLD) + 4
        room = at[0] + frame.inner - left
        frame.drawing.text((left, line), label, SMALL, room)
        line += LINE


def _arrow(left: float, top: float, wide: float, high: float) -> str:
    right, middle = left + wide, top + high / 2
    return (
        f"M{left:.1f} {top:.1f}H{right - _POINT:.1f}L{right:.1f} {middle:.1f}"
        f"L{right - _POINT:.1f} {top + high:.1f}H{left:.1f}"
        f"L{left + _POINT:.1f} {middle:.1f}Z"
    )
