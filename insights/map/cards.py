"""The lower bands: moments of truth, pain points, opportunities, planned and actual."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from insights.map.answer import Deviation, Finding
from insights.map.drawing import Number, Style
from insights.map.frame import BOLD, LINE, MARGIN, PAD, SMALL, Frame
from insights.map.numbers import (
    Part,
    actual,
    finding_name,
    in_no_phase,
    planned,
    share,
)
from insights.map.text import wrapped
from insights.map.words import Words

BANDS: Final = (
    (("moment",), "moments", "moment-fill"),
    (("pain",), "pains", "pain-fill"),
    (("opportunity", "relief"), "opportunities", "chance-fill"),
)
"""Kinds of findings, the name of its band and of its query, the colour of its mark."""

MOST: Final = 3
_CARD: Final = 40.0
_FINDING: Final = 56.0
_TO_COME: Final = replace(SMALL, kind="soft later")


def findings(frame: Frame, top: float, *, later: bool = False) -> float:
    """A band a kind of finding that was looked for; `later`: room for the others, too."""
    for band in BANDS:
        if band[1] in frame.found.queries:
            top = _band(frame, top, band)
        elif later:
            top = _room(frame, top, band[1])
    return top


def _room(frame: Frame, top: float, name: str) -> float:
    """Where findings will stand: as high as they mostly are."""
    height = 10 + _FINDING * MOST
    frame.name(top, frame.words[f"map.{name}"])
    frame.panels(top, height)
    for place in range(len(frame.columns)):
        at = (frame.left(place) + PAD, top + 22)
        frame.drawing.text(at, frame.words["map.later"], _TO_COME, frame.inner)
    return top + height + 8


def plan(frame: Frame, top: float) -> float:
    """How far each phase is as planned, and where it is not."""
    words, fit = frame.words, frame.found.plan
    if fit is None:
        return top
    by_phase = {
        column.phase: [one for one in fit.deviations if one.phase == column.phase][
            :MOST
        ]
        for column in frame.columns
    }
    named = [_what(frame, one) for some in by_phase.values() for one in some]
    high = _CARD + LINE * (_most_lines(named, frame.inner - 14) - 1)
    height = 46 + high * max((len(some) for some in by_phase.values()), default=0)
    frame.name(top, words["map.plan"], fit.label.get(words.language) or fit.name)
    frame.panels(top, height)
    for place, column in enumerate(frame.columns):
        left = frame.left(place) + PAD
        if column.volume is None or column.phase not in fit.phases:
            label = words["map.not_planned"]
            frame.drawing.text((left, top + 22), label, SMALL, frame.inner)
            continue
        number = share(column.volume, "fitness", Part(column.phase), words)
        if number:
            frame.drawing.rect((left, top + 8), (frame.inner, 6), "track", r=3)
            wide = frame.inner * number.value
            frame.drawing.rect((left, top + 8), (wide, 6), "good-fill", r=3)
            _labelled(frame, (left, top + 32), number, words["map.as_planned"])
        for row, one in enumerate(by_phase[column.phase]):
            _deviation(frame, (left, top + 44 + row * high), one)
    return top + height + 8


def legend(frame: Frame, top: float) -> float:
    """What the marks of the lanes mean."""
    drawing, words, left = frame.drawing, frame.words, frame.left(0)
    marks = ["planned", "unplanned"] if frame.found.plan else []
    alone = len(frame.columns) == 1
    for mark in marks:
        drawing.circle((left + 4, top + 10), 3.5, f"{mark}-dot")
        left += 12
        left += drawing.text((left, top + 14), words[f"map.legend_{mark}"], SMALL) + 14
        if alone:
            left, top = frame.left(0), top + 18
    drawing.rect((left, top + 5), (16, 11), "bar", r=3)
    room = frame.width - left - 40
    told = words["map.legend_bar"]
    return frame.lines((left + 22, top + 14), told, SMALL, room) - 10


def outside(frame: Frame, top: float) -> float:
    """How many touchpoints are nowhere on the map, where there are any."""
    number = in_no_phase(frame.found.in_no_phase, frame.words)
    if not number:
        return top
    left = frame.left(0)
    wide = frame.drawing.number((left, top + 14), number, BOLD) + 5
    room, note = frame.width - left - wide - MARGIN, frame.words["map.in_no_phase"]
    frame.drawing.text((left + wide, top + 14), note, SMALL, room)
    return top + 20


def _band(frame: Frame, top: float, band: tuple[tuple[str, ...], str, str]) -> float:
    kinds, name, mark = band
    by_phase = {
        column.phase: [
            one
            for one in frame.found.findings
            if one.kind in kinds and one.phase == column.phase
        ][:MOST]
        for column in frame.columns
    }
    rows = max(1, *(len(some) for some in by_phase.values()))
    names = [
        finding_name(one, frame.words) for some in by_phase.values() for one in some
    ]
    high = _FINDING + LINE * (_most_lines(names, frame.inner - 12) - 1)
    height = 10 + high * rows if any(by_phase.values()) else 42.0
    frame.name(top, frame.words[f"map.{name}"])
    frame.panels(top, height)
    for place, column in enumerate(frame.columns):
        at = frame.left(place) + PAD
        some = by_phase[column.phase]
        if not some:
            label = frame.words["map.none"]
            frame.drawing.text((at, top + 22), label, SMALL, frame.inner)
        for row, one in enumerate(some):
            _finding(frame, (at, top + 9 + row * high, high), one, (name, mark))
    return top + height + 8


def _finding(
    frame: Frame, at: tuple[float, float, float], one: Finding, band: tuple[str, str]
) -> None:
    words, drawing = frame.words, frame.drawing
    drawing.rect(at[:2], (4, at[2] - 10), band[1], r=2)
    left, room = at[0] + 12, frame.inner - 12
    line = frame.lines((left, at[1] + 11), finding_name(one, words), BOLD, room)
    number = found_number(one, band[0], words)
    _labelled(frame, (left, line), number, _interval(one, words), room, opens=True)
    people = f"{words.number(one.persons)} {words.counted('persons', one.persons)}"
    at_stake = [words.money(v, currency) for currency, v in one.money_minor.items()]
    behind = [people] if one.value is not None else []
    told = behind + at_stake + ([one.owner] if one.owner else [])
    drawing.text((left, line + LINE), " · ".join(told), SMALL, room, number)


def found_number(one: Finding, query: str, words: Words) -> Number:
    """The number of a finding: what it changes, or how many it concerns."""
    title = words[f"map.{query}"]
    if one.value is None:
        text = words.number(one.persons)
        return Number(query, one.row, one.persons, text, title, "persons")
    text = f"{words.signed(one.value * 100, 1)} {words['map.points']}"
    return Number(query, one.row, one.value, text, title)


def _interval(one: Finding, words: Words) -> str:
    if one.low is None or one.high is None:
        return words.counted("persons", one.persons)
    ends = (words.signed(end * 100, 1) for end in (one.low, one.high))
    return f"({' … '.join(ends)})"


def _deviation(frame: Frame, at: tuple[float, float], one: Deviation) -> None:
    words = frame.words
    kind = "unplanned-dot" if one.kind == "unplanned" else "pain-fill"
    frame.drawing.circle((at[0] + 4, at[1] + 8), 4, kind)
    left, room = at[0] + 14, frame.inner - 14
    line = frame.lines((left, at[1] + 12), _what(frame, one), Style(13), room)
    number = actual(one, words)
    behind = words[f"map.{one.kind}"]
    if one.expected is not None:
        behind = f"{words['map.instead_of']} {planned(one, words)}"
    if number:
        _labelled(frame, (left, line), number, behind, room)


def _what(frame: Frame, one: Deviation) -> str:
    if one.kind == "target":
        return frame.words[f"map.target.{one.what}"]
    return frame.words.touchpoint(one.what)


def _most_lines(texts: Sequence[str], room: float) -> int:
    """On how many lines the longest of these is."""
    size = BOLD.size
    return max((len(wrapped(one, size, room, bold=True)) for one in texts), default=1)


def _labelled(  # noqa: PLR0913 - where it stands, and what
    frame: Frame,
    at: tuple[float, float],
    number: Number,
    label: str,
    room: float | None = None,
    *,
    opens: bool = False,
) -> None:
    wide = frame.drawing.number(at, number, BOLD) + 5
    room = (frame.inner if room is None else room) - wide
    behind = number if opens else None
    frame.drawing.text((at[0] + wide, at[1]), label, SMALL, room, behind)
