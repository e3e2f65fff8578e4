"""Exact matching in strata and its interval, by hand, by an oracle and against chance."""

from __future__ import annotations

from collections import Counter
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from insights.assistance.matching import Compared, Tally, compare
from insights.assistance.spec import Assistance, AssistanceError, check
from insights.funnels.spec import Step


def tally(
    stratum: str, assisted: int, visits: int, outcome: float, part: int = 0
) -> Tally:
    return Tally(stratum, part, bool(assisted), visits, outcome)


def test_strata_are_weighted_by_their_visits_with_help() -> None:
    """By hand: (5 + 30) / 60 against (10 * 18/90 + 50 * 20/50) / 60 = 22 / 60."""
    found = compare(
        [
            tally("a", 1, 10, 5),
            tally("a", 0, 90, 18),
            tally("b", 1, 50, 30),
            tally("b", 0, 50, 20, part=1),
        ]
    )
    assert found is not None
    assert (found.assisted, found.unassisted, found.strata) == (60, 140, 2)
    assert found.mean == pytest.approx(35 / 60)
    assert found.mean_without == pytest.approx(22 / 60)
    assert found.difference == pytest.approx(13 / 60)
    assert found.outcome == 73


def test_what_has_no_counterpart_counts_nowhere() -> None:
    """A stratum of one kind changes nothing, nor how sure it is; alone it is no answer."""
    both = [tally("a", 1, 4, 3), tally("a", 0, 4, 1, part=1), tally("a", 0, 1, 1)]
    one_sided = [tally("b", 1, 9, 9, part=7), tally("c", 0, 9, 0, part=8)]
    found = compare([*both, *one_sided])
    assert found == compare(both)
    assert compare(one_sided) is None
    assert compare([]) is None


def test_the_jackknife_by_hand() -> None:
    """Three parts of two visits with and two without each: with 2, 1, 0 orders, without 0.

    Of all 3/6 = 1/2; left out one by one 1/4, 2/4, 3/4. Their squares around the mean sum
    to 2/16; times 2/3 is 1/12. Student's quantile for two degrees is 4.302653.
    """
    rows = [
        one
        for part, bought in enumerate((2, 1, 0))
        for one in (
            tally("a", 1, 2, bought, part=part),
            tally("a", 0, 2, 0, part=part),
        )
    ]
    found = compare(rows)
    assert found is not None
    assert found.error == pytest.approx((1 / 12) ** 0.5)
    assert found.interval(0.95) == pytest.approx(
        (0.5 - 4.302653 * (1 / 12) ** 0.5, 0.5 + 4.302653 * (1 / 12) ** 0.5), abs=1e-5
    )


def test_no_interval_where_one_part_holds_all_of_a_kind() -> None:
    """Without it nothing would compare: how far that reaches, nobody can tell."""
    rows = [tally("a", 1, 5, 3), tally("a", 0, 5, 1), tally("a", 0, 5, 2, part=1)]
    found = compare(rows)
    assert found is not None
    assert found.error is None
    assert found.interval(0.95) is None
    alone = compare([tally("a", 1, 5, 3), tally("a", 0, 5, 1)])
    assert alone is not None
    assert alone.interval(0.95) is None


visits = st.tuples(
    st.sampled_from("abc"), st.integers(0, 3), st.booleans(), st.integers(0, 1)
)


def by_visit(drawn: list[tuple[str, int, bool, int]]) -> Fraction | None:
    """The definition, word by word: each visit with help against the mean of those
    without that are alike.
    """
    found = []
    for stratum, _, assisted, bought in drawn:
        others = [v[3] for v in drawn if v[0] == stratum and not v[2]]
        if assisted and others:
            found.append(bought - Fraction(sum(others), len(others)))
    return sum(found, Fraction()) / len(found) if found else None


@given(st.lists(visits, max_size=40))
def test_it_is_what_the_definition_says(
    drawn: list[tuple[str, int, bool, int]],
) -> None:
    """Difference and jackknife, however visits are put together in tallies."""
    bought: Counter[tuple[str, int, bool]] = Counter()
    for stratum, part, assisted, order in drawn:
        bought[stratum, part, assisted] += order
    sizes = Counter((s, p, a) for s, p, a, _ in drawn)
    found = compare(
        Tally(s, p, a, number, bought[s, p, a]) for (s, p, a), number in sizes.items()
    )
    whole = by_visit(drawn)
    assert (found is None) == (whole is None)
    if found is None or whole is None:
        return
    assert found.difference == pytest.approx(float(whole))
    both = {one[0] for one in drawn if one[2]} & {one[0] for one in drawn if not one[2]}
    parts = sorted({part for stratum, part, _, _ in drawn if stratum in both})
    without = [by_visit([v for v in drawn if v[1] != part]) for part in parts]
    if None in without or len(parts) == 1:
        assert found.error is None
        return
    known = [float(one) for one in without if one is not None]
    middle = sum(known) / len(known)
    squared = sum((one - middle) ** 2 for one in known)
    assert found.error == pytest.approx(
        ((len(parts) - 1) / len(parts) * squared) ** 0.5, abs=1e-9
    )


def drawn_at_random(random: np.random.Generator, effect: float) -> Compared | None:
    """300 persons with one to four visits each, who buy as they are inclined to; help is
    likelier for whom buys anyway, which the strata tell.
    """
    sizes: Counter[tuple[int, int, bool]] = Counter()
    bought: Counter[tuple[int, int, bool]] = Counter()
    for person in range(300):
        inclined = int(random.integers(3))
        habit = random.normal(0, 0.08)
        for _ in range(int(random.integers(1, 5))):
            assisted = bool(random.random() < (0.15, 0.3, 0.5)[inclined])
            chance = (0.2, 0.4, 0.6)[inclined] + habit + effect * assisted
            hour = int(random.integers(4))
            key = 4 * inclined + hour, person % 100, assisted
            sizes[key] += 1
            bought[key] += int(random.random() < chance)
    return compare(
        Tally(s, p, a, number, bought[s, p, a]) for (s, p, a), number in sizes.items()
    )


def test_where_help_does_nothing_it_is_rarely_claimed() -> None:
    """At 95 %, of 300 data sets at most 7 %; the error is the spread of the estimates."""
    random = np.random.default_rng(5)
    wrong, values, errors = 0, [], []
    for _ in range(300):
        found = drawn_at_random(random, 0.0)
        assert found is not None
        limits = found.interval(0.95)
        assert limits is not None
        assert found.error is not None
        wrong += not limits[0] <= 0 <= limits[1]
        values.append(found.difference)
        errors.append(found.error)
    assert wrong <= 21
    assert np.mean(values) == pytest.approx(0, abs=0.006)
    assert np.mean(errors) == pytest.approx(np.std(values), rel=0.12)


def test_an_effect_is_found_as_large_as_it_is() -> None:
    """Planted 0.15; the mean of 300 data sets, and at least 92 % of the intervals hold it."""
    random = np.random.default_rng(6)
    held, values = 0, []
    for _ in range(300):
        found = drawn_at_random(random, 0.15)
        assert found is not None
        low, high = found.interval(0.95) or (1.0, -1.0)
        held += low <= 0.15 <= high
        values.append(found.difference)
    assert np.mean(values) == pytest.approx(0.15, abs=0.007)
    assert held >= 276


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        (Assistance(match=("store", "shoe")), "shoe; only on store, day"),
        (Assistance(min_visits=0), "1 or more"),
        (Assistance(within="0d"), "longer than nothing"),
        (Assistance(within="999999999999w"), "ten years"),
        (Assistance(within="soon"), "soon"),
    ],
)
def test_what_makes_no_sense_is_refused(asked: Assistance, told: str) -> None:
    """With what there is instead."""
    with pytest.raises(ValueError, match=told):
        check(asked)
    assert issubclass(AssistanceError, ValueError)
    check(Assistance(helped=Step(type="demo_attended")))
