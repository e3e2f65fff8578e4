"""The journey map as an SVG: one file, the same on every machine."""

from collections.abc import Sequence
from importlib.resources import files
from typing import Final

import msgspec

from insights.asker import QuestionError
from insights.map.answer import JourneyMap
from insights.map.cards import findings, legend, outside, plan
from insights.map.drawing import Box, Drawing
from insights.map.feelings import emotions
from insights.map.frame import MARGIN, Frame
from insights.map.heading import described, getting_on, phases, title
from insights.map.lanes import lanes
from insights.map.text import escaped
from insights.map.words import Language, Words
from insights.sentences import say

MOST_TYPES: Final = 4
_WIDE: Final = 206.0
_ALONE: Final = 210.0
_GUTTER: Final = 146.0


def render(
    found: JourneyMap,
    language: Language = "en",
    *,
    only: Sequence[str] = (),
    most_types: int = MOST_TYPES,
    later: bool = False,
) -> str:
    """Draw a map.

    Args:
        found: the answer.
        language: of its words.
        only: phases to draw; all where empty. One alone is drawn narrow, for a phone.
        most_types: how many touchpoint types a cell shows.
        later: findings that were not looked for have room, and are told to come.

    Raises:
        QuestionError: a phase that the model does not have.
    """
    frame, height = _drawn(found, language, only, most_types, later=later)
    words = frame.words
    queries = msgspec.json.encode(found.queries).decode()
    described_as = f"{words['map.desc']} {described(found.scope, words)}"
    size = f'width="{frame.width:.0f}" height="{height:.0f}"'
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="map" lang="{language}" '
        'role="graphics-document document" aria-roledescription="map" '
        'aria-labelledby="map-title map-desc" '
        f'viewBox="0 0 {frame.width:.0f} {height:.0f}" {size}>'
    )
    parts = [
        head,
        f'<title id="map-title">{escaped(words["map.title"])}</title>',
        f'<desc id="map-desc">{escaped(described_as)}</desc>',
        f"<style>\n{_looks()}</style>",
        f'<metadata id="queries">{escaped(queries)}</metadata>',
        f'<rect class="page" {size}/>',
        frame.drawing.elements(),
        "</svg>\n",
    ]
    return "\n".join(parts)


def boxes(
    found: JourneyMap, language: Language = "en", only: Sequence[str] = ()
) -> tuple[list[Box], float, float]:
    """Where each text of a map lies; and the width and height of the drawing."""
    frame, height = _drawn(found, language, only, MOST_TYPES)
    return frame.drawing.boxes, frame.width, height


def _drawn(
    found: JourneyMap,
    language: Language,
    only: Sequence[str],
    most_types: int,
    *,
    later: bool = False,
) -> tuple[Frame, float]:
    known = [column.phase for column in found.columns]
    if unknown := [phase for phase in only if phase not in known]:
        wrong, right = ", ".join(unknown), ", ".join(known)
        raise QuestionError(say("phase", phase=wrong, known=right))
    columns = tuple(c for c in found.columns if not only or c.phase in only)
    alone = len(columns) == 1
    frame = Frame(
        found=found,
        words=Words(language),
        columns=columns,
        column_width=_ALONE if alone else _WIDE,
        gutter=_GUTTER,
        drawing=Drawing(),
    )
    top = title(frame, MARGIN)
    top = phases(frame, top)
    top = getting_on(frame, top)
    top = emotions(frame, top)
    top = findings(frame, top, later=later)
    top = lanes(frame, top, most_types)
    top = plan(frame, top)
    top = legend(frame, top)
    top = outside(frame, top)
    return frame, top + MARGIN


def _looks() -> str:
    static = files("insights.page").joinpath("static")
    return "".join(
        static.joinpath(name).read_text("utf-8") for name in ("tokens.css", "map.css")
    )
