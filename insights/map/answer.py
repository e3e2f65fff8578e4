"""What the journey map says: one answer for a scope, every number with its query."""

from msgspec import Struct

from insights.evidence import Evidence
from insights.map.model import MapModel
from insights.scope import Scope
from insights.sentences import Sentence


class Volume(Struct, frozen=True):
    """How much happens in one part of the map, and how it feels.

    A part without an emotion of a kind has none there: silence is not neutral.

    Attributes:
        touchpoints: how many.
        persons: different persons who had them.
        types: different touchpoint types.
        share: of the persons of the phase, those who had them.
        observed: touchpoints of which the customer said how they felt.
        observed_mean: mean of those, -2 to 2.
        inferred: touchpoints whose emotion follows from what happened.
        inferred_mean: mean of those, -2 to 2.
        coverage: share of the touchpoints with an emotion of either kind.
        fitness: share of the touchpoints whose type the plan expects in this phase.
    """

    touchpoints: int
    persons: int
    types: int
    share: float | None
    observed: int
    observed_mean: float | None
    inferred: int
    inferred_mean: float | None
    coverage: float | None
    fitness: float | None


class TypeVolume(Struct, frozen=True):
    """One touchpoint type in a phase, on a channel.

    Attributes:
        planned: the plan expects it in this phase; None without a plan.
    """

    type: str
    volume: Volume
    planned: bool | None


class Cell(Struct, frozen=True):
    """What happens in a phase on a channel; types by volume, the greatest first."""

    phase: str
    volume: Volume
    types: list[TypeVolume]


class Lane(Struct, frozen=True):
    """One channel through all phases; a phase in which nothing happens has no cell."""

    channel: str
    volume: Volume
    cells: list[Cell]


class Stage(Struct, frozen=True):
    """How persons get on from a phase.

    Attributes:
        entered: persons who entered it for the first time in the range.
        moved_on: of those, who got beyond it since.
        pending: of those, who are in it and may still go on.
        conversion: moved_on / entered; None for the last phase and those of silence.
        dwell_ms: median time from entering it to getting beyond it.
    """

    phase: str
    entered: int
    moved_on: int
    pending: int
    conversion: float | None
    dwell_ms: float | None


class Column(Struct, frozen=True):
    """One phase; without volume where nothing happened in it, nor a stage if nobody came."""

    phase: str
    volume: Volume | None
    stage: Stage | None


class Finding(Struct, frozen=True):
    """A moment of truth, a pain point or an opportunity.

    Attributes:
        kind: `moment`, `pain`, or of opportunities `opportunity` (more of it) and
            `relief` (less of it).
        phase: where.
        type: touchpoint type, or kind of friction.
        value: a moment's change of the probability to get on; None for the others.
        low: lower end of its interval.
        high: upper end of it.
        persons: how many it concerns.
        money_minor: value at stake by currency, in the smallest unit.
        row: which row of its query says it.
        owner: who looks after it, as the user's file says.
    """

    kind: str
    phase: str
    type: str
    value: float | None
    low: float | None
    high: float | None
    persons: int
    money_minor: dict[str, int]
    row: dict[str, str]
    owner: str


class Deviation(Struct, frozen=True):
    """Where the journey is not the planned one.

    Attributes:
        kind: `missing`: too few persons had an expected type; `unplanned`: nobody expects
            the type there; `target`: a target of the phase is missed.
        what: touchpoint type, or the target's name.
        actual: share of the phase's persons, or what the target measures.
        expected: the same, as planned; None for what is not planned.
        persons: how many the deviation concerns: who lack the type; who had what is not
            planned; of targets, who have not moved on (conversion), who did (time), or
            who were in the phase (emotion).
    """

    kind: str
    phase: str
    what: str
    actual: float | None
    expected: float | None
    persons: int


class PlanFit(Struct, frozen=True):
    """How far the journey is the planned one.

    Attributes:
        name: of the plan.
        label: names for people, by language.
        phases: those that the plan says something about.
        fitness: share of all touchpoints whose type the plan expects in their phase.
        deviations: those that concern most persons first.
    """

    name: str
    label: dict[str, str]
    phases: list[str]
    fitness: float | None
    deviations: list[Deviation]


class JourneyMap(Struct, frozen=True):
    """The journey map of a scope.

    Attributes:
        total: of everything on it; None where there is nothing.
        columns: a phase each, in the order of the model.
        lanes: a channel each, the busiest first.
        findings: moments of truth, pain points and opportunities.
        plan: planned against actual; None where nothing is planned.
        notes: what a reader has to know.
        queries: number's name → its definition, statement and values.
        in_no_phase: touchpoints of the scope that lie in none, and so nowhere on the map.
    """

    scope: Scope
    model: MapModel
    total: Volume | None
    columns: list[Column]
    lanes: list[Lane]
    findings: list[Finding]
    plan: PlanFit | None
    notes: list[Sentence]
    queries: dict[str, Evidence]
    in_no_phase: int = 0
