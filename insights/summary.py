"""What is stored, in numbers: the summary that the demo ends with."""

from collections.abc import Sequence

from msgspec import Struct

from insights.asker import Asker, ask_all, question
from schemas.vocabulary import PHASES


class TypeCount(Struct):
    """Touchpoints of one type.

    Attributes:
        value_minor: sum of their values by currency, smallest unit; only currencies
            of which a touchpoint carried a value.
    """

    type: str
    touchpoints: int
    value_minor: dict[str, int]


class SessionCount(Struct):
    """Sessions of one kind: all of them, and those still open."""

    kind: str
    sessions: int
    open: int


class PhaseCount(Struct):
    """Persons who stand in one phase of the default model."""

    phase: str
    persons: int


class TransitionCount(Struct):
    """How often one change of phase happened; `from_phase` is empty for the first."""

    model: str
    from_phase: str
    to_phase: str
    transitions: int


class RejectedCount(Struct):
    """Records in the dead letters, of every tenant: what is broken has none."""

    stage: str
    reason: str
    records: int


class Summary(Struct):
    """What is stored of one tenant.

    Attributes:
        phases: every phase of the default model in its order, also those where nobody
            stands; then phases of other models, if there are any.
        duplicates: deliveries of a touchpoint that had been received before.
    """

    tenant: str
    touchpoints: int
    sessions: int
    persons: int
    transitions: int
    duplicates: int
    types: list[TypeCount]
    session_kinds: list[SessionCount]
    phases: list[PhaseCount]
    phase_changes: list[TransitionCount]
    rejected: list[RejectedCount]


class _TypeRow(Struct):
    type: str
    currency: str
    touchpoints: int
    valued: int
    total_minor: int


class _Records(Struct):
    records: int


def summarise(
    asker: Asker, tenant: str = "default", order: Sequence[str] = PHASES
) -> Summary:
    """Count what is stored of one tenant.

    Args:
        asker: whom to ask.
        tenant: whose data.
        order: phases of the default model.
    """
    values = {"tenant": tenant}
    types = _types(ask_all(asker, question("summary_types"), values, _TypeRow))
    kinds = ask_all(asker, question("summary_sessions"), values, SessionCount)
    phases = phase_counts(asker, tenant, order)
    changes = ask_all(asker, question("summary_transitions"), values, TransitionCount)
    duplicates = ask_all(asker, question("summary_duplicates"), values, _Records)
    return Summary(
        tenant=tenant,
        touchpoints=sum(row.touchpoints for row in types),
        sessions=sum(row.sessions for row in kinds),
        persons=sum(row.persons for row in phases),
        transitions=sum(row.transitions for row in changes),
        duplicates=sum(row.records for row in duplicates),
        types=types,
        session_kinds=kinds,
        phases=phases,
        phase_changes=changes,
        rejected=ask_all(asker, question("summary_rejected"), {}, RejectedCount),
    )


def phase_counts(asker: Asker, tenant: str, order: Sequence[str]) -> list[PhaseCount]:
    """Persons by phase of the default model, in its order; then of other models.

    Args:
        asker: whom to ask.
        tenant: whose data.
        order: phases of the default model.
    """
    rows = ask_all(asker, question("summary_phases"), {"tenant": tenant}, PhaseCount)
    persons = dict.fromkeys(order, 0) | {row.phase: row.persons for row in rows}
    return [PhaseCount(phase, number) for phase, number in persons.items()]


def _types(rows: list[_TypeRow]) -> list[TypeCount]:
    counts: dict[str, TypeCount] = {}
    for row in rows:
        count = counts.setdefault(row.type, TypeCount(row.type, 0, {}))
        count.touchpoints += row.touchpoints
        if row.valued:
            count.value_minor[row.currency] = row.total_minor
    return sorted(counts.values(), key=lambda count: (-count.touchpoints, count.type))
