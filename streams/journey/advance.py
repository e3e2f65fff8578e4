"""Phases as a function of the earliest touchpoints, so that arrival order cannot matter."""

from bisect import insort
from dataclasses import dataclass

from schemas.journey import Fact, Mark
from streams.journey.model import Models, Need, WayIn

Milestones = dict[str, list[Mark]]


@dataclass(frozen=True, slots=True)
class Entry:
    """One phase entered: which, by which rule, because of which touchpoint."""

    phase: str
    rule: str
    cause: Mark


def improved(milestones: Milestones, fact: Fact, models: Models) -> list[Need]:
    """The counters among whose earliest touchpoints this one belongs; mostly none.

    Args:
        milestones: earliest touchpoints by counter.
        fact: a touchpoint seen for the first time.
        models: what is counted, and how many are kept.
    """
    found: list[Need] = []
    for need in models.by_type.get(fact.type, models.any_type):
        marks = milestones.get(need[0])
        if marks is not None and len(marks) >= need[1]:
            last = marks[-1]
            if (
                fact.at > last[0]
                or (fact.at, fact.seq, fact.source, fact.id) > last[:4]
            ):
                continue
        found.append(need)
    return found


def note(milestones: Milestones, fact: Fact, needs: list[Need]) -> None:
    """Keep a touchpoint among the earliest of these counters, in place."""
    mark = (fact.at, fact.seq, fact.source, fact.id, fact.type)
    for counter, wanted in needs:
        marks = milestones.setdefault(counter, [])
        insort(marks, mark)
        del marks[wanted:]


def trajectory(milestones: Milestones, ways: tuple[WayIn, ...]) -> list[Entry]:
    """The phases a person entered in one model, in order of event time.

    A phase counts when it lies beyond every phase entered before it: journeys do
    not go back by themselves, and a phase that was overtaken is not entered later.

    Args:
        milestones: earliest touchpoints by counter.
        ways: the model's ways into its phases.

    Returns:
        The entries, the first phase first; empty where no rule is fulfilled yet.
    """
    reached: list[tuple[Mark, int, int, WayIn]] = []
    for number, way in enumerate(ways):
        cause = _fulfilled(milestones, way.needs)
        if cause is not None:
            # Of phases entered by one touchpoint only the farthest is entered.
            reached.append((cause, -way.position, number, way))
    if len(reached) > 1:
        reached.sort()
    path: list[Entry] = []
    farthest = -1
    for cause, _, _, way in reached:
        if way.position > farthest:
            farthest = way.position
            path.append(Entry(way.phase, way.rule, cause))
    return path


def _fulfilled(milestones: Milestones, needs: tuple[Need, ...]) -> Mark | None:
    latest: Mark | None = None
    for counter, at_least in needs:
        marks = milestones.get(counter)
        if marks is None or len(marks) < at_least:
            return None
        mark = marks[at_least - 1]
        if latest is None or mark > latest:
            latest = mark
    return latest
