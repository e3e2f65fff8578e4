"""Phases as a function of the earliest causes, so that arrival order cannot matter."""

from bisect import insort
from dataclasses import dataclass

from schemas.journey import Cause, Fact
from streams.journey.model import Models, Need, WayIn

Milestones = dict[str, list[Cause]]


@dataclass(frozen=True, slots=True)
class Entry:
    """One phase entered: which, by which rule, because of which touchpoint."""

    phase: str
    rule: str
    cause: Cause


def order(cause: Cause) -> tuple[int, int, str, str]:
    """The total order of touchpoints: time, then seq, then identity."""
    return (cause.occurred_at, cause.seq, cause.source, cause.id)


def improved(milestones: Milestones, fact: Fact, models: Models) -> list[str]:
    """The counters among whose earliest causes a touchpoint belongs; mostly none.

    Args:
        milestones: earliest causes by counter.
        fact: a touchpoint seen for the first time.
        models: what is counted, and how many causes are wanted.
    """
    found: list[str] = []
    for counter in models.counters(fact.type):
        causes = milestones.get(counter) or []
        if len(causes) >= models.wanted[counter]:
            last = causes[-1]
            if fact.at > last.occurred_at or order(last) < (
                fact.at,
                fact.seq,
                fact.source,
                fact.id,
            ):
                continue
        found.append(counter)
    return found


def note(
    milestones: Milestones, fact: Fact, models: Models, counters: list[str]
) -> None:
    """Keep a touchpoint among the earliest causes of these counters, in place."""
    cause = Cause(fact.source, fact.id, fact.type, fact.at, fact.seq)
    for counter in counters:
        causes = milestones.setdefault(counter, [])
        insort(causes, cause, key=order)
        del causes[models.wanted[counter] :]


def trajectory(milestones: Milestones, ways: tuple[WayIn, ...]) -> list[Entry]:
    """The phases a person entered in one model, in order of event time.

    A phase counts when it lies beyond every phase entered before it: journeys do
    not go back by themselves, and a phase that was overtaken is not entered later.

    Args:
        milestones: earliest causes by counter.
        ways: the model's ways into its phases.

    Returns:
        The entries, the first phase first; empty where no rule is fulfilled yet.
    """
    reached: list[tuple[tuple[int, int, str, str], int, Entry]] = []
    for way in ways:
        cause = _fulfilled(milestones, way.needs)
        if cause is not None:
            entry = Entry(way.phase, way.rule, cause)
            # Of phases entered by one touchpoint only the farthest is entered.
            reached.append((order(cause), -way.position, entry))
    reached.sort(key=_event_time)
    path: list[Entry] = []
    farthest = 1
    for _, position, entry in reached:
        if position < farthest:
            farthest = position
            path.append(entry)
    return path


def _event_time(
    reached: tuple[tuple[int, int, str, str], int, Entry],
) -> tuple[tuple[int, int, str, str], int]:
    return reached[:2]


def _fulfilled(milestones: Milestones, needs: tuple[Need, ...]) -> Cause | None:
    latest: Cause | None = None
    for counter, at_least in needs:
        causes = milestones.get(counter)
        if causes is None or len(causes) < at_least:
            return None
        cause = causes[at_least - 1]
        if latest is None or order(cause) > order(latest):
            latest = cause
    return latest
