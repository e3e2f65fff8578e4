"""The map in a terminal: the phases, and where the journey is not as planned."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from insights.map.answer import JourneyMap
from insights.map.numbers import Part, actual, count, mood, planned, progress, share
from insights.map.words import Language, Words

if TYPE_CHECKING:
    from insights.map.drawing import Number

PHASES: Final = (
    "phase", "persons", "touchpoints", "entered", "move on", "median time", "said",
    "emotion said", "inferred", "emotion inferred", "covered",
)  # fmt: skip
DEVIATIONS: Final = ("phase", "what", "actual", "planned", "persons", "")
MOST: Final = 12


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
