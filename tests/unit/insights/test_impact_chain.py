"""The Markov chain and the sharing out, with numbers computed by hand."""

from __future__ import annotations

import random
from collections import Counter
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from insights.impact.chain import CONVERTS, ENDS, GOES_ON, Chain, Step
from insights.impact.share_out import draw_parts, intervals, share_out, shares_of

Path = tuple[tuple[str, ...], bool]


def counted(paths: list[Path], order: int = 1) -> Counter[Step]:
    """The transitions of paths."""
    steps: Counter[Step] = Counter()
    for names, converted in paths:
        for at, name in enumerate([*names, ""]):
            end = CONVERTS if converted else ENDS
            state = names[max(0, at - order) : at]
            steps[Step(state, name, GOES_ON if at < len(names) else end)] += 1
    return steps


def effects(paths: list[Path], order: int = 1) -> dict[str, float]:
    """Removal effects of all names."""
    steps = counted(paths, order)
    names = sorted({name for path, _ in paths for name in path})
    chain = Chain(list(steps), order)
    found = chain.removal_effects(np.array([list(map(float, steps.values()))]), names)
    return dict(zip(names, found[0].tolist(), strict=True))


TEXTBOOK: list[Path] = [
    (("C1", "C2", "C3"), True),
    (("C1",), False),
    (("C2", "C3"), False),
]


def test_the_textbook_example() -> None:
    """Three paths, one converts: a third. Without C1 a sixth is left, else nothing.

    start→C1 2/3, start→C2 1/3; C1→C2 1/2, C1→null 1/2; C2→C3 1; C3→conversion 1/2.
    """
    assert effects(TEXTBOOK) == pytest.approx({"C1": 0.5, "C2": 1.0, "C3": 1.0})


def test_a_chain_with_memory() -> None:
    """More memory tells more paths apart; by hand.

    Order 2: start→(C1) 2/3, start→(C2) 1/3; (C1)→(C1,C2) 1/2; (C1,C2)→(C2,C3) 1;
    (C2)→(C2,C3) 1; (C2,C3)→conversion 1/2. P = (1/3 + 1/3)/2 = 1/3, without C1 1/6.
    Order 3 tells (C1,C2,C3), which always converts, from (C2,C3), which never does:
    P = 1/3, without C1 0.
    """
    assert effects(TEXTBOOK, 2) == pytest.approx({"C1": 0.5, "C2": 1.0, "C3": 1.0})
    assert effects(TEXTBOOK, 3) == pytest.approx({"C1": 1.0, "C2": 1.0, "C3": 1.0})


def test_loops_are_solved_exactly() -> None:
    """A↔B for ever and a way out: P(conversion) from A is a fixed point.

    start→A 1. A→B 3/4 (3 of 4), A→conversion 1/4. B→A 2/3, B→null 1/3.
    x = 3/4·(2/3·x) + 1/4 = x/2 + 1/4, so x = 1/2; without B 1/4: effect 1/2.
    """
    paths: list[Path] = [(("A", "B", "A", "B", "A"), True), (("A", "B"), False)]
    # A is left 4 times: 3 times to B, once to the conversion.
    assert effects(paths) == pytest.approx({"A": 1.0, "B": 0.5})


def test_nothing_converts_or_nothing_is_there() -> None:
    """No division by nothing: no conversion has no effect, an empty chain neither."""
    assert effects([(("A", "B"), False)]) == {"A": 0.0, "B": 0.0}
    assert Chain([], 1).removal_effects(np.zeros((2, 0)), ["A"]).tolist() == [[0], [0]]


def test_a_name_that_is_in_no_path_has_no_effect() -> None:
    """And neither has one that only leads to nothing."""
    steps = counted([(("A",), True), (("B",), False)])
    chain = Chain(list(steps), 1)
    counts = np.array([list(map(float, steps.values()))])
    assert chain.removal_effects(counts, ["A", "B", "Z"]).tolist() == [[1.0, 0.0, 0.0]]


def test_samples_are_solved_apart() -> None:
    """A sample without the converting paths does not disturb the others."""
    steps = list(counted(TEXTBOOK))
    counts = [counted(TEXTBOOK), counted(TEXTBOOK[1:]), counted(TEXTBOOK[:1])]
    told = Chain(steps, 1).removal_effects(
        np.array([[float(one[step]) for step in steps] for one in counts]),
        ["C1", "C2", "C3"],
    )
    assert told == pytest.approx(np.array([[0.5, 1, 1], [0, 0, 0], [1, 1, 1]]))


_paths = st.lists(
    st.tuples(
        st.lists(st.sampled_from("ABCD"), min_size=1, max_size=6).map(tuple),
        st.booleans(),
    ),
    min_size=1,
    max_size=12,
)


def simulated(paths: list[Path], without: str, walks: int) -> float:
    """How many of so many random walks over the paths' transitions convert."""
    ways: dict[str, list[str]] = {}
    for names, converted in paths:
        for one, other in pairwise(["^", *names, "$" if converted else "0"]):
            ways.setdefault(one, []).append(other)
    draw, won = random.Random(1), 0
    for _ in range(walks):
        at = "^"
        while at not in ("$", "0"):
            at = draw.choice(ways[at])
            at = "0" if at == without else at
        won += at == "$"
    return won / walks


def test_the_solution_is_what_walking_comes_to() -> None:
    """Random walks, against the linear equations."""
    draw = random.Random(3)
    paths: list[Path] = [
        (tuple(draw.choices("ABCD", k=draw.randrange(1, 6))), draw.random() < 0.4)
        for _ in range(40)
    ]
    told = effects(paths)
    base = simulated(paths, "", 20_000)
    for name, effect in told.items():
        assert 1 - simulated(paths, name, 20_000) / base == pytest.approx(
            effect, abs=0.04
        )


@given(paths=_paths, order=st.integers(1, 3))
def test_effects_are_shares_and_names_can_change_places(
    paths: list[Path], order: int
) -> None:
    """0 to 1 whatever the paths; the order of paths and the names do not matter."""
    told = effects(paths, order)
    assert all(0 <= effect <= 1 for effect in told.values())
    assert effects(paths[::-1], order) == pytest.approx(told)
    other = dict(zip("ABCD", "DCBA", strict=True))
    renamed = [(tuple(map(other.__getitem__, p)), converted) for p, converted in paths]
    assert {other[name]: e for name, e in effects(renamed, order).items()} == (
        pytest.approx(told)
    )


@given(st.dictionaries(st.text(max_size=3), st.integers(-(10**9), 10**12), min_size=1))
def test_what_is_shared_out_adds_up(milli: dict[str, int]) -> None:
    """To the cent, and nobody is further than a unit from the quota."""
    total = round(sum(milli.values()) / 1000)
    given_ = share_out(total, milli)
    assert sum(given_.values()) == total
    assert all(abs(given_[name] - milli[name] / 1000) <= 1 for name in milli)


def test_the_largest_remainder_gets_what_is_left() -> None:
    """100 in three parts: 34, 33, 33, and it is always the same one's 34."""
    assert share_out(100, dict.fromkeys("cab", 33_333)) == {"c": 33, "a": 34, "b": 33}
    assert share_out(10, {"a": 3_600, "b": 3_300, "c": 3_100}) == {
        "a": 4, "b": 3, "c": 3,
    }  # fmt: skip
    assert share_out(1, {"a": 1_001, "b": 999}) == {"a": 1, "b": 0}
    assert share_out(0, {}) == {}


def test_the_same_seed_draws_the_same() -> None:
    """Every replicate has as many parts as there are."""
    drawn = draw_parts(50, 20, 7)
    assert (drawn == draw_parts(50, 20, 7)).all()
    assert (drawn.sum(axis=1) == 50).all()
    assert not (drawn == draw_parts(50, 20, 8)).all()


def test_replicates_without_anything_have_no_share() -> None:
    """They are left out of the interval; where there are no others there is none."""
    told = shares_of(np.array([[1.0, 3.0], [0.0, 0.0], [1.0, 1.0]]))
    assert told[0].tolist() == [0.25, 0.75]
    (low, high), _ = intervals(told)  # type: ignore[misc]
    assert 0.25 <= low <= high <= 0.5
    assert intervals(shares_of(np.zeros((3, 2)))) == [None, None]
