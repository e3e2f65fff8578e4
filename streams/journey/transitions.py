"""Transitions: the entries of a path as rows, and rows taken back."""

from schemas.journey import Cause, JourneyState, Transition
from streams.journey.advance import Entry
from streams.journey.model_spec import ModelSpec


def row(
    state: JourneyState, spec: ModelSpec, path: list[Entry], number: int
) -> Transition:
    """The transition of this number, counted from 1.

    Args:
        state: whose it is.
        spec: the journey model.
        path: the person's path through it.
        number: which entry of the path.
    """
    entry = path[number - 1]
    at, seq, source, id_, type_ = entry.cause
    return Transition(
        state.tenant,
        state.person_id,
        spec.name,
        spec.version,
        number,
        path[number - 2].phase if number > 1 else "",
        entry.phase,
        entry.at,
        entry.rule,
        Cause(source, id_, type_, at, seq),
        state.revision,
    )


def taken_back(
    state: JourneyState, spec: ModelSpec, path: list[Entry], number: int
) -> Transition:
    """The row that says that there is no transition of this number (any more)."""
    nobody = Entry("", "", (state.first_at, 0, "", "", ""), state.first_at)
    gone = row(state, spec, [path[-1] if path else nobody], 1)
    gone.transition_no = number
    gone.deleted = True
    return gone
