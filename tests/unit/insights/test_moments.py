"""The statistics of moments of truth, by hand and against chance."""

import numpy as np
import pytest

from insights.moments.cells import BEFORE, FIRST, LANDMARK, Row, claimed, judge
from insights.moments.difference import Stratum, difference


def test_one_stratum_is_the_plain_difference() -> None:
    """60 of 100 against 40 of 100: 0.2, with the error of two shares."""
    found = difference([Stratum(100, 60, 100, 40)])
    assert found is not None
    assert found.value == pytest.approx(0.2)
    assert found.error == pytest.approx(np.sqrt(0.6 * 0.4 / 100 + 0.4 * 0.6 / 100))
    low, high = found.interval(1, 0.95)
    assert (low, high) == pytest.approx(
        (0.2 - 1.959964 * found.error, 0.335790), abs=1e-5
    )
    # Cochran-Mantel-Haenszel: (|60 - 50| - 0.5)^2 / (100*100*100*100 / (200^2*199)).
    assert found.p_value == pytest.approx(0.00733, abs=1e-4)


def test_strata_are_weighted_by_what_they_tell() -> None:
    """By hand: weights 10*90/100 = 9 and 50*50/100 = 25."""
    strata = [Stratum(10, 5, 90, 18), Stratum(50, 30, 50, 20)]
    found = difference(strata)
    assert found is not None
    assert found.share == pytest.approx((9 * 0.5 + 25 * 0.6) / 34)
    assert found.share_without == pytest.approx((9 * 0.2 + 25 * 0.4) / 34)


def test_a_mixture_that_explains_all_is_no_difference() -> None:
    """Together 50 % against 30 %, within each stratum the same."""
    found = difference([Stratum(80, 48, 20, 12), Stratum(20, 2, 80, 8)])
    assert found is not None
    assert found.value == pytest.approx(0)
    assert found.p_value == pytest.approx(1, abs=0.11)


def test_nothing_to_compare_is_no_difference() -> None:
    """A stratum with one kind of persons tells nothing; without any other, None."""
    assert difference([Stratum(5, 2, 0, 0), Stratum(0, 0, 5, 2)]) is None
    alone = [Stratum(100, 60, 100, 40), Stratum(7, 7, 0, 0)]
    assert difference(alone) == difference(alone[:1])


def test_more_cells_ask_for_more() -> None:
    """The interval grows with the cells, and a claim falls."""
    found = difference([Stratum(100, 60, 100, 40)])
    assert found is not None
    assert claimed(found, 1, 0.95)
    assert not claimed(found, 10, 0.95)
    assert found.interval(10, 0.95)[0] < found.interval(1, 0.95)[0]


def test_the_error_is_that_of_repetition() -> None:
    """Sparse strata, drawn 4,000 times: the estimated error is the spread of estimates."""
    random = np.random.default_rng(7)
    sizes = [(3, 9), (5, 20), (12, 30), (2, 40), (20, 15)] * 4
    values, errors = [], []
    for _ in range(4_000):
        found = difference(
            Stratum(a, int(random.binomial(a, 0.5)), b, int(random.binomial(b, 0.3)))
            for a, b in sizes
        )
        assert found is not None
        values.append(found.value)
        errors.append(found.error)
    assert np.mean(values) == pytest.approx(0.2, abs=0.005)
    assert np.mean(errors) == pytest.approx(np.std(values), rel=0.05)


def test_of_many_families_without_a_moment_few_claim_one() -> None:
    """1,000 families of 30 cells, of sparse strata: at most 5 % have any claim at all."""
    random = np.random.default_rng(11)
    false = 0
    for _ in range(1_000):
        wrong = False
        for _ in range(30):
            shares = random.uniform(0.05, 0.6, 12)
            had = random.integers(1, 15, 12)
            had_not = random.integers(0, 60, 12)
            yes, no = random.binomial(had, shares), random.binomial(had_not, shares)
            strata = [
                Stratum(*map(int, row))
                for row in zip(had, yes, had_not, no, strict=True)
            ]
            found = difference(strata)
            wrong = wrong or (found is not None and claimed(found, 30, 0.95))
        false += wrong
    assert false <= 50


def row(kind: int, type_: str, persons: int, moved: int, at: str = "") -> Row:
    return Row("p", kind, type_, 1, at, persons, moved, f"shop:{type_}")


def test_a_moment_does_not_make_others_look_bad() -> None:
    """900 landmarks, 300 of them at the moment: beside it the plain type seems to hold
    back; with its landmarks left out, there is no difference.
    """
    rows = [
        row(LANDMARK, "", 300, 270, "moment"),
        row(LANDMARK, "", 300, 120, "plain"),
        row(LANDMARK, "", 300, 120, "other"),
        row(BEFORE, "moment", 300, 270, "moment"),
        row(BEFORE, "plain", 300, 120, "plain"),
        row(BEFORE, "other", 300, 120, "other"),
        row(FIRST, "moment", 300, 270),
        row(FIRST, "plain", 300, 120),
        row(FIRST, "other", 300, 120),
    ]
    found, few = judge(rows, (), 50, 0.95)
    values = {cell.type: told.value for cell, told in found}
    assert values == pytest.approx({"moment": 0.5, "plain": 0, "other": 0})
    assert [c.type for c, told in found if claimed(told, 3, 0.95)] == ["moment"]
    assert few == 0
    assert judge(rows, ("moment",), 301, 0.95) == ([], 2)
