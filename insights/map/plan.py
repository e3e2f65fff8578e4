"""The journey as it is planned: which touchpoints each phase should have, and targets."""

from collections.abc import Iterator, Mapping
from importlib.resources import files
from typing import Annotated

import msgspec
from msgspec import Meta, Struct

from insights.asker import QuestionError
from insights.map.answer import Column, Deviation, PlanFit, Volume
from insights.map.model import MapModel
from insights.objectives.answer import ENOUGH
from schemas.vocabulary import CUSTOM_PREFIX, TYPES, canonical_type

Share = Annotated[float, Meta(ge=0, le=1)]
DAY_MS = 86_400_000.0


class PlanError(QuestionError):
    """A plan that cannot be meant."""


class Targets(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """What a phase should reach; what is not named is not asked.

    Attributes:
        conversion: at least this share of those who enter it get on to a later phase.
        dwell_days: half of them in at most so many days.
        mood: the observed emotion is at least this, -2 to 2; not judged where fewer than
            30 touchpoints tell it.
    """

    conversion: Share | None = None
    dwell_days: Annotated[float, Meta(gt=0)] | None = None
    mood: Annotated[float, Meta(ge=-2, le=2)] | None = None


class PlanPhase(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """One phase as planned.

    Attributes:
        id: of the phase.
        expect: touchpoint type → share of the phase's persons that should have it; 0
            where it is welcome and nobody has to.
        targets: what the phase should reach.
    """

    id: str
    expect: dict[str, Share] = {}
    targets: Targets = Targets()


class Plan(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A planned journey.

    Attributes:
        name: of the plan.
        model: the journey model whose phases it names.
        phases: those that it says something about.
        label: names for people, by language.
    """

    name: str
    phases: Annotated[tuple[PlanPhase, ...], Meta(min_length=1)]
    model: str = "default"
    label: dict[str, str] = {}

    def pairs(self) -> list[str]:
        """What it expects, as texts `phase:type`."""
        return sorted(f"{p.id}:{type_}" for p in self.phases for type_ in p.expect)


def read_plan(text: bytes) -> Plan:
    """A plan from YAML or JSON.

    Raises:
        PlanError: it does not mean a plan; says what to change.
    """
    try:
        plan = msgspec.yaml.decode(text, type=Plan)
    except msgspec.MsgspecError as error:
        message = f"the plan: {error}; docs/map.md describes the language"
        raise PlanError(message) from error
    for phase in plan.phases:
        for type_ in phase.expect:
            if type_ not in TYPES and not type_.startswith(CUSTOM_PREFIX):
                near = canonical_type(type_)
                hint = f"; write {near}" if near else ""
                message = f"the plan: phase {phase.id}: no type {type_}{hint}"
                raise PlanError(message)
    return plan


def built_in() -> Plan:
    """The plan that comes with the default model: a usual omnichannel retailer's."""
    return read_plan(files("insights.map").joinpath("plan.yaml").read_bytes())


def check(plan: Plan, model: MapModel) -> None:
    """Refuse a plan for phases that the model does not have.

    Raises:
        PlanError: says which.
    """
    known = [phase.id for phase in model.phases]
    for phase in plan.phases:
        if phase.id not in known:
            message = f"the plan: model {model.name} has no phase {phase.id}: {known}"
            raise PlanError(message)


def fit(
    plan: Plan,
    columns: list[Column],
    by_type: Mapping[tuple[str, str], Volume],
    total: Volume | None,
) -> PlanFit:
    """Hold the actual journey to a plan.

    Args:
        plan: what is expected.
        columns: the phases as they are.
        by_type: what happened, by phase and type, on any channel.
        total: of everything.
    """
    actual = {column.phase: column for column in columns}
    found = [
        deviation
        for phase in plan.phases
        if (column := actual.get(phase.id)) and column.volume
        for deviation in (
            *_missing(phase, column, by_type),
            *_unplanned(phase, by_type),
            *_missed(phase, column),
        )
    ]
    found.sort(key=lambda one: (-one.persons, one.phase, one.kind, one.what))
    return PlanFit(
        plan.name,
        plan.label,
        [phase.id for phase in plan.phases],
        total.fitness if total else None,
        found,
    )


def _missing(
    phase: PlanPhase, column: Column, by_type: Mapping[tuple[str, str], Volume]
) -> Iterator[Deviation]:
    there = column.volume.persons if column.volume else 0
    for type_, wanted in phase.expect.items():
        volume = by_type.get((phase.id, type_))
        share = (volume.share or 0.0) if volume else 0.0
        if share < wanted:
            lacking = there - (volume.persons if volume else 0)
            yield Deviation("missing", phase.id, type_, share, wanted, lacking)


def _unplanned(
    phase: PlanPhase, by_type: Mapping[tuple[str, str], Volume]
) -> Iterator[Deviation]:
    for (where, type_), volume in by_type.items():
        if where == phase.id and type_ not in phase.expect:
            share = volume.share
            yield Deviation("unplanned", where, type_, share, None, volume.persons)


def _missed(phase: PlanPhase, column: Column) -> Iterator[Deviation]:
    stage, volume, targets = column.stage, column.volume, phase.targets
    if stage:
        stayed = stage.entered - stage.moved_on
        longest = targets.dwell_days and targets.dwell_days * DAY_MS
        if _below(stage.conversion, targets.conversion):
            measures = (stage.conversion, targets.conversion, stayed)
            yield Deviation("target", phase.id, "conversion", *measures)
        if _below(longest, stage.dwell_ms):
            measures = (stage.dwell_ms, longest, stage.moved_on)
            yield Deviation("target", phase.id, "dwell_ms", *measures)
    told = volume is not None and volume.observed >= ENOUGH
    if volume and told and _below(volume.observed_mean, targets.mood):
        measures = (volume.observed_mean, targets.mood, volume.persons)
        yield Deviation("target", phase.id, "mood", *measures)


def _below(value: float | None, bound: float | None) -> bool:
    return value is not None and bound is not None and value < bound
