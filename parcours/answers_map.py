"""How the journey map looks to a person in a terminal."""

from insights.map.answer import JourneyMap
from insights.map.terminal import (
    DEVIATIONS,
    MOMENTS,
    PAINS,
    PHASES,
    deviation_rows,
    moment_rows,
    outside,
    pain_rows,
    phase_rows,
)
from insights.map.words import Language
from insights.sentences import spoken
from parcours.screen import print_table, tell

_BY_PHASE = "the journey by phase: who had touchpoints in it"
_MOMENTS = "top moments of truth: who had it moves on more often, or less"
_PAINS = "worst pain points, by severity, persons and value at stake"


def show_map(found: JourneyMap, language: Language) -> None:
    """The phases, the findings, and the greatest deviations from the plan."""
    show_highlights(found, language)
    if found.plan:
        rows = deviation_rows(found, language)
        print_table(DEVIATIONS, rows, f"\nplanned and actual ({found.plan.name})")
    if told := outside(found, language):
        tell(told)
    for note in found.notes:
        tell(spoken(note, language))


def show_highlights(found: JourneyMap, language: Language = "en") -> None:
    """The phases with who gets on, then the top three findings of each kind."""
    print_table(PHASES, phase_rows(found, language), f"\n{_BY_PHASE}")
    for title, columns, rows in (
        (_MOMENTS, MOMENTS, list(moment_rows(found, language))),
        (_PAINS, PAINS, list(pain_rows(found, language))),
    ):
        if rows:
            print_table(columns, rows, f"\n{title}")
        else:
            tell(f"\n{title}: none")
