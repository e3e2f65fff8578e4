"""The map in a terminal: the phases, and where the journey is not as planned."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from insights.map.answer import Finding, JourneyMap
from insights.map.numbers import (
    Part,
    actual,
    count,
    finding_name,
    in_no_phase,
    mood,
    planned,
    progress,
    share,
)
from insights.map.words import Language, Words

if TYPE_CHECKING:
    from insights.map.drawing import Number

PHASES: Final = (
    "phase", "persons", "touchpoints", "entered", "move on", "median until then", "said",
    "emotion said", "inferred", "emotion inferred", "covered",
)  # fmt: skip
DEVIATIONS: Final = ("phase", "what", "actual", "planned", "concerned", "")
MOMENTS: Final = ("phase", "what", "change", "95 % interval", "persons")
PAINS: Final = ("phase", "what", "persons", "at stake")
MOST: Final = 12
TOP: Final = 3


def phase_rows(found: JourneyMap, language: Language) -> Iterator[tuple[str, ...]]:
    """A row a phase, in the order of the model."""
    words = Words(language)
    labels = {phase.id: phase.name(language) for phase in found.model.phases}
    for column in found.columns:
        part, volume, stage = Part(column.phase), column.volume, column.stage
        numbers: list[Number | None] = [None] * (len(PHASES) - 1)
        if stage:
            names = ("entered", "conversion", "dwell_ms")
            numbers[2:5] = [progress(stage, name, words) for name in names]
        if volume:
            numbers[0:2] = [
                count(volume, name, part, words) for name in ("persons", "touchpoints")
            ]
            for place, kind in ((5, "observed"), (7, "inferred")):
                numbers[place] = count(volume, kind, part, words)
                numbers[place + 1] = mood(volume, f"{kind}_mean", part, words)
            numbers[9] = share(volume, "coverage", part, words)
        yield labels[column.phase], *(one.text if one else "" for one in numbers)


def outside(found: JourneyMap, language: Language) -> str:
    """How many touchpoints lie in no phase, and why; empty where none does."""
    words = Words(language)
    number = in_no_phase(found.in_no_phase, words)
    return f"{number.text} {words['map.in_no_phase']}" if number else ""


def deviation_rows(found: JourneyMap, language: Language) -> Iterator[tuple[str, ...]]:
    """The deviations from the plan that concern most persons."""
    words = Words(language)
    labels = {phase.id: phase.name(language) for phase in found.model.phases}
    for one in found.plan.deviations[:MOST] if found.plan else ():
        number = actual(one, words)
        yield (
            labels[one.phase],
            words[f"map.target.{one.what}"]
            if one.kind == "target"
            else words.touchpoint(one.what),
            number.text if number else "",
            planned(one, words),
            words.number(one.persons),
            words[f"map.{one.kind}"],
        )


def moment_rows(found: JourneyMap, language: Language) -> Iterator[tuple[str, ...]]:
    """The top moments of truth."""
    words = Words(language)
    for one in _first(found, "moment"):
        ends = [words.signed(x * 100, 1) for x in (one.low, one.high) if x is not None]
        yield (
            *_named(found, one, words),
            f"{words.signed((one.value or 0) * 100, 1)} {words['map.points']}",
            " … ".join(ends),
            words.number(one.persons),
        )


def pain_rows(found: JourneyMap, language: Language) -> Iterator[tuple[str, ...]]:
    """The worst pain points."""
    words = Words(language)
    for one in _first(found, "pain"):
        at_stake = [words.money(v, currency) for currency, v in one.money_minor.items()]
        yield (
            *_named(found, one, words),
            words.number(one.persons),
            ", ".join(at_stake),
        )


def _first(found: JourneyMap, kind: str) -> list[Finding]:
    return [one for one in found.findings if one.kind == kind][:TOP]


def _named(found: JourneyMap, one: Finding, words: Words) -> tuple[str, str]:
    labels = {phase.id: phase.name(words.language) for phase in found.model.phases}
    return labels.get(one.phase, one.phase), finding_name(one, words)
