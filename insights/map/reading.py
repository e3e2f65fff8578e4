"""Ask for the journey map: what the database counts, put where a reader looks for it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from msgspec import Struct

from insights.asker import Asker, QuestionError, ask_all
from insights.evidence import Evidence
from insights.hints import hints
from insights.map import statements
from insights.map.answer import (
    Cell,
    Column,
    Finding,
    JourneyMap,
    Lane,
    Stage,
    TypeVolume,
    Volume,
)
from insights.map.model import MapModel
from insights.map.plan import Plan, check, fit
from insights.scope import Personas, Scope
from insights.sentences import Sentence, say
from insights.stages.phases import Stage as PhaseStage
from insights.stages.phases import read_stages
from insights.statements import BUDGET, Statement, afford
from insights.trails.reading import Asked, Trails

MAX_SAMPLES: Final = 100

VOLUMES: Final = {
    "touchpoints": "Touchpoints in this phase, on this channel, of this type: what bots "
    "and mail proxies did is left out, and so is what only tells Parcours something "
    "(identity, consent, facts). A touchpoint lies in the phase its person stands in once "
    "it has happened.",
    "persons": "Different persons who had these touchpoints, identities as they are "
    "known now.",
    "types": "Different touchpoint types among these touchpoints.",
    "share": "Persons who had these touchpoints, of all persons with a touchpoint in "
    "the phase.",
    "observed": "Touchpoints of which the customer said how they felt: a survey, a "
    "review, a mention.",
    "observed_mean": "Mean emotion of the touchpoints of which the customer said how "
    "they felt, -2 (very bad) to +2 (very good).",
    "inferred": "Touchpoints whose emotion follows from what happened, such as a "
    "failed payment.",
    "inferred_mean": "Mean emotion that follows from what happened; never mixed with "
    "what customers said.",
    "coverage": "Share of the touchpoints that have an emotion, said or inferred; of "
    "all others nobody knows.",
    "fitness": "Share of the touchpoints, not of the persons, whose type the plan expects "
    "in their phase.",
}
OUTSIDE: Final = {
    "in_no_phase": "Touchpoints of the scope that lie in no phase, and so nowhere else on "
    "the map: they came too late to be told to the journeys, or were before the first "
    "phase of their person.",
}
STAGES: Final = {
    "entered": "Persons who entered the phase for the first time in the range; of a "
    "channel or store, those whose entry was caused there.",
    "moved_on": "Of the persons who entered the phase, those who got beyond it since; "
    "dormancy is no progress.",
    "pending": "Of the persons who entered the phase, those who are in it and may still "
    "go on.",
    "conversion": "Share of the persons who entered the phase that got beyond it since. "
    "Those who are still in it may yet do so.",
    "dwell_ms": "Median time from entering the phase to getting beyond it, detours "
    "included, of those who did; stays that last or end in silence are not in it.",
}


class Sample(Struct, frozen=True):
    """One touchpoint behind a number: what it was, not whose.

    Attributes:
        at: when it occurred, epoch milliseconds.
        evidence: what tells its emotion, if anything does.
    """

    source: str
    id: str
    at: int
    type: str
    channel: str
    phase: str
    evidence: str


class _Row(Volume, frozen=True):
    level: str
    phase: str
    channel: str
    type: str


class _Outside(Struct, frozen=True):
    in_no_phase: int


class _Sampled(Struct, frozen=True):
    persons: int


@dataclass(frozen=True, slots=True)
class Beside:
    """What others say about the scope, to be shown on its map.

    Attributes:
        findings: moments of truth, pain points and opportunities.
        queries: what stands behind their numbers.
        notes: what a reader has to know of them.
    """

    findings: tuple[Finding, ...] = ()
    queries: Mapping[str, Evidence] = field(default_factory=dict)
    notes: tuple[Sentence, ...] = ()


def read_map(  # noqa: PLR0913 - what a map may be asked for
    asker: Asker,
    scope: Scope,
    model: MapModel,
    *,
    plan: Plan | None = None,
    beside: Beside | None = None,
    personas: Personas | None = None,
    trails: Trails | None = None,
    budget: int = BUDGET,
) -> JourneyMap:
    """Ask for the journey map of a scope.

    Args:
        asker: whom to ask.
        scope: which part of the data; its model is `model`.
        model: the phases.
        plan: what to hold the journey to.
        beside: what others say about the scope.
        personas: gives the SQL of the ids of a persona's persons.
        trails: to count from, where the touchpoints need not be.
        budget: how many touchpoints each statement may read.

    Raises:
        CostError: it would read more.
        QuestionError: the scope makes no sense, or its model is another one.
    """
    if scope.model != model.name:
        raise QuestionError(say("model", name=scope.model, known=model.name))
    if plan:
        check(plan, model)
    planned = plan.pairs() if plan else []
    volumes = statements.volumes(scope, planned, personas)
    outside = statements.in_no_phase(scope, personas)
    order = [phase.id for phase in model.phases if not phase.silent]
    stages = read_stages(asker, scope, order=order, personas=personas, moves=False)
    if trails:
        asked = Asked(scope, statements.COUNTED, personas)
        rows = ask_all(asker, *statements.trail_volumes(trails, asked, planned), _Row)
        none = ask_all(asker, *statements.trail_in_no_phase(trails, asked), _Outside)
    else:
        afford(asker, Statement(*volumes), budget)
        rows = ask_all(asker, *volumes, _Row)
        none = ask_all(asker, *outside, _Outside)
    entered = {one.phase: _stage(one) for one in stages.stages if one.entered}
    totals = {row.phase: _volume(row) for row in rows if row.level == "phase"}
    columns = [Column(p.id, totals.get(p.id), entered.get(p.id)) for p in model.phases]
    total = next((_volume(row) for row in rows if row.level == "all"), None)
    by_type = {(r.phase, r.type): _volume(r) for r in rows if r.level == "type"}
    beside = beside or Beside()
    return JourneyMap(
        scope=scope,
        model=model,
        total=total,
        columns=columns,
        lanes=_lanes(rows, model, plan),
        findings=list(beside.findings),
        plan=fit(plan, columns, by_type, total) if plan else None,
        notes=[*_notes(asker, scope, total), *beside.notes],
        queries=_evidence(volumes, VOLUMES)
        | _evidence(statements.getting_on(stages.evidence["stages"]), STAGES)
        | _evidence(outside, OUTSIDE)
        | dict(beside.queries),
        in_no_phase=none[0].in_no_phase,
    )


def _notes(asker: Asker, scope: Scope, total: Volume | None) -> list[Sentence]:
    notes = hints(asker, scope, found=total is not None)
    if total and not total.observed and not total.inferred:
        notes.append(say("unfelt"))
    return notes


def read_samples(  # noqa: PLR0913 - the map, and which part of it
    asker: Asker,
    scope: Scope,
    part: Mapping[str, str],
    limit: int = 10,
    personas: Personas | None = None,
    *,
    least: int = 1,
) -> list[Sample]:
    """Some touchpoints behind a number, the newest first.

    Args:
        asker: whom to ask.
        scope: the map's.
        part: `phase`, `channel`, `type`, as far as the number is about one; `felt`
            (`yes`, `observed`, `inferred`) for touchpoints with such an emotion alone;
            `pain` for those of a pain point: a kind of friction (`out_of_stock`), or
            what tells that a customer was unhappy (`nps`).
        limit: how many, at most.
        personas: as for `read_map`.
        least: fewest persons of whom such touchpoints are shown.

    Raises:
        QuestionError: the limit is out of range, or they are of too few persons.
    """
    if not 1 <= limit <= MAX_SAMPLES:
        raise QuestionError(say("bounds", name="limit", least=1, most=MAX_SAMPLES))
    if least > 1:
        counted = statements.sampled_persons(scope, part, least, personas)
        if 0 < ask_all(asker, *counted, _Sampled)[0].persons < least:
            raise QuestionError(say("samples_few", least=least))
    return ask_all(asker, *statements.samples(scope, part, limit, personas), Sample)


def _stage(one: PhaseStage) -> Stage:
    median = one.time_to_move.median * 1000 if one.time_to_move else None
    return Stage(
        one.phase, one.entered, one.moved_on, one.pending, one.conversion, median
    )


def _volume(row: _Row) -> Volume:
    return Volume(*(getattr(row, name) for name in Volume.__struct_fields__))


def _lanes(rows: list[_Row], model: MapModel, plan: Plan | None) -> list[Lane]:
    expected = set(plan.pairs()) if plan else set()
    types: dict[tuple[str, str], list[TypeVolume]] = {}
    for row in rows:
        if row.level == "cell":
            planned = f"{row.phase}:{row.type}" in expected if plan else None
            one = TypeVolume(row.type, _volume(row), planned)
            types.setdefault((row.channel, row.phase), []).append(one)
    cells = {
        (row.channel, row.phase): _volume(row) for row in rows if row.level == "channel"
    }
    lanes = [
        Lane(
            row.channel,
            _volume(row),
            [
                Cell(phase.id, volume, types.get((row.channel, phase.id), []))
                for phase in model.phases
                if (volume := cells.get((row.channel, phase.id)))
            ],
        )
        for row in rows
        if row.level == "lane"
    ]
    return sorted(lanes, key=lambda lane: (-lane.volume.touchpoints, lane.channel))


def _evidence(
    statement: statements.Statement, definitions: Mapping[str, str]
) -> dict[str, Evidence]:
    return {name: Evidence(text, *statement) for name, text in definitions.items()}
