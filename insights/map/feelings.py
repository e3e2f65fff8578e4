"""The band of emotions: what customers said, what follows from what happened, apart."""

from typing import Final, Literal

from insights.map.drawing import Style
from insights.map.frame import BOLD, MARGIN, PAD, SMALL, Frame
from insights.map.numbers import Part, count, mood, share

HEIGHT: Final = 204.0
_TOP: Final = 26.0
_CURVE: Final = 116.0
_AXIS: Final = 26.0
_STEPS: Final = (2, 1, 0, -1, -2)
_NEAR_TOP: Final = 1.7
_UNFELT: Final = 1.6
"""Where on the scale it is said that nothing is felt."""

Kind = Literal["observed", "inferred"]


def emotions(frame: Frame, top: float) -> float:
    """The emotion curve of the phases with its coverage."""
    words = frame.words
    frame.panels(top, HEIGHT)
    frame.name(top, words["map.emotion"], words["map.emotion_scale"], beside=_AXIS)
    _legend(frame, top + 92)
    for step in _STEPS:
        line = _height(top, step)
        for place in range(len(frame.columns)):
            left = frame.left(place)
            kind = "zero" if step == 0 else "rule"
            frame.drawing.line((left, line), (left + frame.column_width, line), kind)
        sign = words.signed(step)
        style = Style(13, "soft", "end")
        frame.drawing.text((frame.left(0) - 6, line + 4), sign, style)
    kinds: tuple[Kind, Kind] = ("inferred", "observed")
    for kind in kinds:
        _curve(frame, top, kind)
    for place in range(len(frame.columns)):
        _said(frame, top, place)
    total = frame.found.total
    if total and not total.observed and not total.inferred:
        at = frame.left(0) + PAD, _height(top, _UNFELT)
        frame.lines(at, words["map.unfelt"], Style(13, "soft halo"), frame.inner)
    return top + HEIGHT + 12


def _height(top: float, mean: float) -> float:
    return top + _TOP + _CURVE * (2 - mean) / 4


def _curve(frame: Frame, top: float, kind: Kind) -> None:
    points = [
        (frame.middle(place), _height(top, mean)) if mean is not None else None
        for place, column in enumerate(frame.columns)
        for mean in [getattr(column.volume, f"{kind}_mean", None)]
    ]
    path, drawn = "", False
    for point in points:
        if point is None:
            drawn = False  # a phase of which nothing tells is not bridged
            continue
        path += f"{'L' if drawn else 'M'}{point[0]:.1f} {point[1]:.1f}"
        drawn = True
    if path:
        frame.drawing.path(path, f"{kind}-line")
    for point in filter(None, points):
        frame.drawing.circle(point, 5, f"{kind}-dot")


def _said(frame: Frame, top: float, place: int) -> None:
    column, words, drawing = frame.columns[place], frame.words, frame.drawing
    volume, part = column.volume, Part(column.phase)
    left, line = frame.left(place) + PAD, top + HEIGHT - 36
    if volume is None:
        return
    middle = frame.middle(place)
    for kind, anchor, side in (("observed", "end", -11), ("inferred", "start", 11)):
        number = mood(volume, f"{kind}_mean", part, words)
        if number is None:
            continue
        height = _height(top, number.value) + (15 if number.value > _NEAR_TOP else -9)
        style = Style(13, f"{kind} halo", anchor, bold=True)  # type: ignore[arg-type]
        drawing.number((middle + side, height), number, style)
    half = frame.inner / 2
    for kind, at in (("observed", left), ("inferred", left + half)):
        number = count(volume, kind, part, words)
        style = Style(13, kind, bold=True)
        wide = drawing.number((at, line), number, style) + 4
        drawing.text((at + wide, line), words[f"map.{kind}_n"], SMALL, half - wide - 6)
    covered = share(volume, "coverage", part, words)
    if covered:
        drawing.rect((left, line + 8), (frame.inner, 5), "track", r=2.5)
        wide = max(2.0, frame.inner * covered.value)
        drawing.rect((left, line + 8), (wide, 5), "quiet-fill", r=2.5)
        at = drawing.number((left, line + 27), covered, BOLD) + 4
        label = words["map.coverage"]
        drawing.text((left + at, line + 27), label, SMALL, frame.inner - at)


def _legend(frame: Frame, top: float) -> None:
    room = frame.gutter - _AXIS - 18
    for line, kind in enumerate(("observed", "inferred")):
        at = top + 20 * line
        frame.drawing.line((MARGIN, at), (MARGIN + 14, at), f"{kind}-line")
        label = frame.words[f"map.{kind}_n"]
        frame.drawing.text((MARGIN + 18, at + 4), label, SMALL, room)
