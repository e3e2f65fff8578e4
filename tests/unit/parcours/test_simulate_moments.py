"""The scenes that plant moments of truth, or none."""

from itertools import pairwise

import pytest
from msgspec import json

from parcours.simulating.moments import PHASES, history, planted
from parcours.simulating.plan import Plan
from parcours.simulating.run import simulate
from schemas.vocabulary import TYPES
from streams.enrich.identify import Identifier
from streams.enrich.policy import IdentifyPolicy
from streams.fold import fold
from tests.factories.identified import rules

IDENTIFIER = Identifier(IdentifyPolicy("a secret of sixteen and more"))
SEEDS = range(20)


def plan(seed: int = 1, scene: str = "moments", touchpoints: int = 5_000) -> Plan:
    return Plan(touchpoints, 1, seed=seed, scene=scene)  # type: ignore[arg-type]


@pytest.mark.parametrize("scene", ["moments", "no_moments"])
def test_the_same_plan_gives_the_same_bytes(scene: str) -> None:
    """As many different touchpoints as asked for; another seed gives others."""
    lines, truth = simulate(plan(scene=scene))
    made = list(lines)
    assert made == list(simulate(plan(scene=scene))[0])
    assert made != list(simulate(plan(2, scene))[0])
    assert truth.summed().touchpoints == 5_000


def test_the_truth_tells_the_moments() -> None:
    """Three, in three phases, two that lead on and one that holds back; or none."""
    for seed in SEEDS:
        lines, truth = simulate(plan(seed, touchpoints=10))
        list(lines)
        told = [
            one for one in map(json.decode, truth.lines()) if one["record"] == "moment"
        ]
        assert [one["phase"] for one in told] == [
            "acquisition",
            "onboarding",
            "engagement",
        ]
        assert [one["odds"] > 1 for one in told] == [True, True, False]
        assert all(TYPES[one["type"]].direction == "in" for one in told)
    assert len({planted(plan(seed)) for seed in SEEDS}) > 10
    assert planted(plan(scene="no_moments")) == ()


def test_phases_are_those_of_the_built_in_model() -> None:
    """What leads on leads on, and nothing else does."""
    folded = fold(
        simulate(plan())[0], IDENTIFIER, rules(), received_at=1_800_000_000_000
    )
    onward = {phase.name: phase.onward for phase in PHASES}
    moves = {
        (one.from_phase, one.cause.type)
        for one in folded.transitions
        if one.from_phase and "dormant" not in (one.from_phase, one.to_phase)
    }
    assert moves == set(onward.items())


def test_time_goes_on() -> None:
    """Touchpoints come in order of time, within the period."""
    times = [event.at for event in history(plan())]
    assert all(one <= other for one, other in pairwise(times))
