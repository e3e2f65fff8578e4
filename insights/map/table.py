"""The map's twin for those who read tables, or compute: every number, its query, its row."""

import csv
import io
from collections.abc import Iterator
from typing import Final
from urllib.parse import urlencode
from xml.sax.saxutils import quoteattr

from msgspec import Struct

from insights.map.answer import Column, JourneyMap, Volume
from insights.map.cards import BANDS, found_number
from insights.map.drawing import Number
from insights.map.numbers import Part, actual, count, in_no_phase, mood, progress, share
from insights.map.svg import render
from insights.map.text import escaped
from insights.map.words import Language, Words
from insights.spreadsheet import harmless

_COUNTS: Final = ("persons", "touchpoints", "types", "observed", "inferred")
_MOODS: Final = ("observed_mean", "inferred_mean")
_STAGE: Final = ("entered", "moved_on", "pending", "conversion", "dwell_ms")
_LOOKS: Final = (
    "body { font: 16px/1.5 sans-serif; background: var(--bg); color: var(--ink); "
    "margin: 1.5rem; } figure { margin: 0 0 1.5rem; overflow-x: auto; } "
    "svg { width: 100%; height: auto; min-width: 68rem; } "
    "h1 { position: absolute; clip-path: inset(50%); } "
    "table { border-collapse: collapse; } th, td { text-align: left; "
    "padding: .25rem 1rem .25rem 0; border-bottom: 1px solid var(--line); "
    "font-weight: 400; } td:last-child { text-align: right; } "
    "caption { text-align: left; } dt { font-weight: 700; }"
)
"""The colours are those of the drawing, which brings them along, and a title to be seen."""

_COLUMNS: Final = ("phase", "channel", "type", "measure", "value", "query", "row")


class Line(Struct, frozen=True):
    """One number of the map.

    Attributes:
        phase: what it is about; empty where it is about all.
        channel: its channel, or empty.
        type: its touchpoint type, or empty.
        measure: what it measures, in words.
        value: as its query has it.
        shown: as people read it.
        query: name of its query and of the column.
        row: which row of the answer, as a query string.
    """

    phase: str
    channel: str
    type: str
    measure: str
    value: float
    shown: str
    query: str
    row: str


def lines(found: JourneyMap, language: Language = "en") -> list[Line]:
    """Every number of a map, phase by phase, then channel by channel."""
    words = Words(language)
    labels = {phase.id: phase.name(language) for phase in found.model.phases}

    def line(part: Part, number: Number, measure: str = "") -> Line:
        return Line(
            phase=labels.get(part.phase, part.phase),
            channel=words.channel(part.channel) if part.channel else "",
            type=words.touchpoint(part.type) if part.type else "",
            measure=measure or number.title,
            value=number.value,
            shown=number.text,
            query=number.query,
            row=urlencode(number.row),
        )

    told = [line(part, number) for part, number in _volumes(found, words)]
    if number := in_no_phase(found.in_no_phase, words):
        told.append(line(Part(), number))
    for column in found.columns:
        numbers = [*_progress(column, words), *_fitness(found, column, words)]
        told += [line(Part(column.phase), number) for number in numbers]
    for deviation in found.plan.deviations if found.plan else ():
        if number := actual(deviation, words):
            type_ = "" if deviation.kind == "target" else deviation.what
            told.append(line(Part(deviation.phase, type=type_), number))
    names = {kind: name for kinds, name, _ in BANDS for kind in kinds}
    for one in found.findings:
        part, name = Part(one.phase, type=one.type), names[one.kind]
        told.append(line(part, found_number(one, name, words), words[f"map.{name}"]))
    return told


def as_csv(found: JourneyMap, language: Language = "en") -> str:
    """The table as CSV; values are plain numbers, with a point."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(_COLUMNS)
    for one in lines(found, language):
        cells = (one.phase, one.channel, one.type, one.measure)
        value = f"{one.value:.12g}"
        writer.writerow([*map(harmless, cells), value, one.query, one.row])
    return out.getvalue()


def as_html(found: JourneyMap, language: Language = "en") -> str:
    """The drawing, the table and the definition of every number as a page of its own.

    It needs no script, no other file and no network.
    """
    words = Words(language)
    heads = "".join(
        f'<th scope="col">{escaped(words[f"table.{name}"])}</th>'
        for name in _COLUMNS[:5]
    )
    body = "\n".join(_html(one) for one in lines(found, language))
    terms = "\n".join(
        f"<dt>{escaped(name)}</dt>"
        f"<dd>{escaped(words.definition(name, one.definition))}</dd>"
        for name, one in found.queries.items()
    )
    heading = escaped(words["map.title"])
    return (
        f'<!doctype html>\n<html lang="{language}"><head><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width"><title>{heading}</title>'
        f"<style>{_LOOKS}</style></head><body>\n<h1>{heading}</h1>\n"
        f"<figure>\n{render(found, language)}</figure>\n"
        f"<table><caption>{escaped(words['table.caption'])}</caption>"
        f"<thead><tr>{heads}</tr></thead>\n<tbody>\n{body}\n</tbody></table>\n"
        f"<dl>\n{terms}\n</dl>\n</body></html>\n"
    )


def _html(one: Line) -> str:
    cells = "".join(
        f"<td>{escaped(x)}</td>" for x in (one.channel, one.type, one.measure)
    )
    return (
        f'<tr><th scope="row">{escaped(one.phase)}</th>{cells}'
        f'<td data-query="{one.query}" data-row={quoteattr(one.row)} '
        f'data-value="{one.value:.12g}">{escaped(one.shown)}</td></tr>'
    )


def _volumes(found: JourneyMap, words: Words) -> Iterator[tuple[Part, Number]]:
    if found.total:
        yield from _each(Part(), found.total, words)
    for column in found.columns:
        if column.volume:
            yield from _each(Part(column.phase), column.volume, words)
    for lane in found.lanes:
        yield from _each(Part(channel=lane.channel), lane.volume, words)
        for cell in lane.cells:
            yield from _each(Part(cell.phase, lane.channel), cell.volume, words)
            for one in cell.types:
                part = Part(cell.phase, lane.channel, one.type)
                yield from _each(part, one.volume, words)


def _each(part: Part, volume: Volume, words: Words) -> Iterator[tuple[Part, Number]]:
    for name in _COUNTS:
        yield part, count(volume, name, part, words)
    numbers = [
        share(volume, "share", part, words) if part.type else None,
        *(mood(volume, name, part, words) for name in _MOODS),
        share(volume, "coverage", part, words),
    ]
    yield from ((part, number) for number in numbers if number)


def _progress(column: Column, words: Words) -> list[Number]:
    if not column.stage:
        return []
    numbers = [progress(column.stage, name, words) for name in _STAGE]
    return [number for number in numbers if number]


def _fitness(found: JourneyMap, column: Column, words: Words) -> list[Number]:
    if not found.plan or not column.volume:
        return []
    number = share(column.volume, "fitness", Part(column.phase), words)
    return [number] if number else []
