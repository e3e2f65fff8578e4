"""Transitions: the difference between the path a person was on and the one known now."""

from typing import Final

from schemas.journey import Cause, JourneyState, PhaseState, Transition
from streams.journey.advance import Entry
from streams.journey.model import Models, ModelSpec

_NOTHING: Final = Entry("", "", (0, 0, "", "", ""))


def transitions(
    state: JourneyState,
    models: Models,
    before: list[list[Entry]] | None,
    now: list[list[Entry]],
    longest: list[int],
) -> list[Transition]:
    """What changed in each model's path; notes the new positions in the state.

    Args:
        state: whose they are.
        models: the journey models.
        before: each model's path as it was; None for the same as now.
        now: each model's path as it is.
        longest: the most entries that each path had since. A first run of the same
            records, cut into other batches and then lost, may have sent that many.

    Returns:
        New and corrected transitions, and those to be taken back.
    """
    found: list[Transition] = []
    for position, spec in enumerate(models.specs):
        path = now[position]
        known = state.models.get(spec.name)
        same_version = known is not None and known.version == spec.version
        was = before[position] if before is not None else path
        found += _rows(state, spec, was if same_version else [], path)
        sent = max(longest[position], known.transitions if known else 0)
        for number in range(len(path) + 1, sent + 1):
            found.append(_taken_back(state, spec, path or was, number))
        if path:
            last = path[-1]
            state.models[spec.name] = PhaseState(
                spec.version, last.phase, last.cause[0], len(path)
            )
        else:
            state.models.pop(spec.name, None)
    return found


def _rows(
    state: JourneyState, spec: ModelSpec, before: list[Entry], path: list[Entry]
) -> list[Transition]:
    rows = []
    came_from = ""
    for number, entry in enumerate(path):
        same = number < len(before) and before[number] == entry
        same_origin = number == 0 or before[number - 1 : number] == [path[number - 1]]
        if not (same and same_origin):
            rows.append(_row(state, spec, entry, number + 1, came_from))
        came_from = entry.phase
    return rows


def _row(
    state: JourneyState, spec: ModelSpec, entry: Entry, number: int, came_from: str
) -> Transition:
    at, seq, source, id_, type_ = entry.cause
    return Transition(
        state.tenant,
        state.person_id,
        spec.name,
        spec.version,
        number,
        came_from,
        entry.phase,
        at,
        entry.rule,
        Cause(source, id_, type_, at, seq),
        state.revision,
    )


def _taken_back(
    state: JourneyState, spec: ModelSpec, path: list[Entry], number: int
) -> Transition:
    row = _row(state, spec, path[-1] if path else _NOTHING, number, "")
    row.deleted = True
    return row
