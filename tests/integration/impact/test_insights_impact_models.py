"""Every model of impact against a program that does it by hand, and what holds of all."""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from itertools import chain, combinations
from math import factorial
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pytest

from insights.cost import CostError
from insights.impact.answer import read_impact
from insights.impact.spec import MODELS, ImpactQuestion
from insights.scope import Scope
from schemas.tables import TOUCHPOINTS
from tests.integration.impact_journeys import (
    CHANNELS,
    DAY,
    ask,
    given,
    journeys,
    touch,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from tests.unit.insights.store import Row, Store


pytestmark = pytest.mark.clickhouse


class Path(NamedTuple):
    """A path as followed by hand."""

    names: tuple[str, ...]
    ages: tuple[int, ...]
    minor: int | None


def random_rows(seed: int) -> list[Row]:
    """Sixty persons with up to ten contacts and orders in ninety days; many ties."""
    draw = random.Random(seed)
    rows = []
    for person in range(60):
        for number in range(draw.randrange(11)):
            type_ = draw.choice(
                [*CHANNELS, *CHANNELS, "order_completed", "page_viewed"]
            )
            minor = draw.randrange(1, 20_000) if type_ == "order_completed" else None
            day = draw.randrange(90)
            rows.append(
                touch(str(person), day, type_, minor, seq=number % 2, id=str(number))
            )
    return rows


def followed(rows: Iterable[Row], lookback: int) -> list[Path]:
    """Paths to conversions (with their value) and to nothing (None), by hand."""
    persons = defaultdict(list)
    for row in rows:
        persons[row["person_id"]].append(row)
    paths = []
    for own in persons.values():
        waiting: list[tuple[int, str]] = []

        def lost(touches: Sequence[tuple[int, str]]) -> Iterator[Path]:
            path: list[tuple[int, str]] = []
            for at, name in touches:
                if path and at - path[-1][0] > lookback:
                    yield Path(tuple(n for _, n in path), (), None)
                    path = []
                path.append((at, name))
            if path:
                yield Path(tuple(n for _, n in path), (), None)

        for row in sorted(own, key=lambda r: (r["occurred_at"], r["seq"], r["id"])):  # type: ignore[index, return-value]
            at, type_ = int(str(row["occurred_at"])), str(row["type"])
            if type_ in CHANNELS:
                waiting.append((at, CHANNELS[type_]))
            elif type_ == "order_completed":
                near = [one for one in waiting if at - one[0] <= lookback]
                ages = tuple(at - when for when, _ in near)
                paths += lost([one for one in waiting if at - one[0] > lookback])
                paths.append(
                    Path(tuple(n for _, n in near), ages, int(str(row["value_minor"])))
                )
                waiting = []
        paths += lost(waiting)
    return paths


def weights(model: str, path: Path, half_life: int) -> list[float]:
    """The parts of the contacts of a path."""
    n = len(path.names)
    if model == "first":
        return [float(k == 0) for k in range(n)]
    if model == "last":
        return [float(k == n - 1) for k in range(n)]
    if model == "linear":
        return [1 / n] * n
    if model == "position":
        if n <= 2:
            return [1 / n] * n
        return [0.4, *[0.2 / (n - 2)] * (n - 2), 0.4]
    fresh = [2 ** (-age / half_life) for age in path.ages]
    return [one / sum(fresh) for one in fresh]


def by_hand(model: str, paths: list[Path], half_life: int) -> dict[str, float]:
    """What a model that looks at single paths gives."""
    found: Counter[str] = Counter()
    for path in paths:
        if path.minor is not None and path.names:
            for name, part in zip(
                path.names, weights(model, path, half_life), strict=True
            ):
                found[name] += part * path.minor  # type: ignore[assignment]
    return dict(found)


def shapley(paths: list[Path]) -> dict[str, float]:
    """By its definition, over all coalitions: worth = what its members alone led to."""
    names = sorted({name for path in paths for name in path.names})

    def worth(coalition: frozenset[str]) -> int:
        return sum(
            p.minor or 0 for p in paths if p.names and coalition.issuperset(p.names)
        )

    found: dict[str, float] = {}
    for name in names:
        others = [one for one in names if one != name]
        subsets = chain.from_iterable(
            combinations(others, k) for k in range(len(names))
        )
        found[name] = 0.0
        for subset in map(frozenset, subsets):
            orders = factorial(len(subset)) * factorial(len(others) - len(subset))
            gain = worth(subset | {name}) - worth(subset)
            found[name] += gain * orders / factorial(len(names))
    return found


def markov(paths: list[Path], order: int) -> dict[str, float]:
    """Removal effects by a dense matrix over all states, made to sum to one."""
    ways: Counter[tuple[object, object]] = Counter()
    for path in paths:
        for at in range(len(path.names) + 1) if path.names else ():
            state = path.names[max(0, at - order) : at]
            after = path.names[max(0, at + 1 - order) : at + 1]
            end = "won" if path.minor is not None else "lost"
            ways[state, after if at < len(path.names) else end] += 1
    states = list(dict.fromkeys(chain.from_iterable(ways)))

    def chance(without: str) -> float:
        matrix = np.zeros((len(states), len(states)))
        for (one, other), number in ways.items():
            matrix[states.index(one), states.index(other)] = number
        sums = matrix.sum(axis=1, keepdims=True)
        matrix = np.divide(matrix, sums, out=np.zeros_like(matrix), where=sums > 0)
        for place, state in enumerate(states):
            if isinstance(state, tuple) and without in state:
                matrix[:, place] = 0
        right = matrix[:, states.index("won")]
        return float(
            np.linalg.solve(np.eye(len(states)) - matrix, right)[states.index(())]
        )

    names = sorted({name for path in paths for name in path.names})
    whole = chance("")
    effects = {name: 1 - chance(name) / whole for name in names}
    return {name: effect / sum(effects.values()) for name, effect in effects.items()}


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("order", [1, 2, 3])
def test_every_model_equals_doing_it_by_hand(
    store: Store, seed: int, order: int
) -> None:
    """Random journeys, every model, to the cent; and the sum is the revenue."""
    rows = random_rows(seed)
    store.insert(TOUCHPOINTS, rows)
    lookback, half_life = 20 * DAY, 3 * DAY
    paths = followed(rows, lookback)
    found = ask(store, lookback="20d", half_life="3d", order=order)
    won = [path for path in paths if path.minor is not None]
    assert found.conversions == len(won)
    assert found.unattributed == sum(not path.names for path in won)
    assert found.null_paths == len(paths) - len(won)
    (euros,) = found.revenue
    assert euros.value_minor == sum(path.minor or 0 for path in won)
    attributed = sum(path.minor or 0 for path in won if path.names)
    assert euros.attributed_minor == attributed
    for model in MODELS:
        told = given(found)[model]
        assert sum(told.values()) == attributed
        if model == "markov":
            wanted = {n: s * attributed for n, s in markov(paths, order).items()}
        elif model == "shapley":
            wanted = shapley(paths)
        else:
            wanted = by_hand(model, paths, half_life)
        assert told == pytest.approx(wanted, abs=1.01)
    assert {n.name: n.conversions for n in found.names} == {
        name: sum(name in path.names for path in won) for name in CHANNELS.values()
    }
    assert {n.name: n.assisted for n in found.names} == {
        name: sum(name in p.names and p.names[-1] != name for p in won)
        for name in CHANNELS.values()
    }


def test_neither_the_order_of_rows_nor_the_run_changes_anything(store: Store) -> None:
    """The same question, the same answer to the last digit; the bootstrap is seeded."""
    rows = random_rows(9)
    store.insert(TOUCHPOINTS, rows)
    first = ask(store, replicates=50)
    store.clear(TOUCHPOINTS)
    random.Random(1).shuffle(rows)
    store.insert(TOUCHPOINTS, rows[:100])
    store.insert(TOUCHPOINTS, rows[100:])
    again = ask(store, replicates=50)
    assert (first.models, first.names) == (again.models, again.names)
    other = ask(store, replicates=50, seed=2)
    assert given(other) == given(first)
    assert other.models != first.models


def test_symmetric_names_get_the_same_and_null_names_nothing(store: Store) -> None:
    """Shapley's axioms: ads and e-mail change places, phone never leads anywhere."""
    texts = ("a e $600", "e a $600", "a $300", "e $300", "p", "p")
    store.insert(TOUCHPOINTS, journeys(*texts))
    found = given(ask(store))
    for model in ("shapley", "markov", "linear"):
        assert found[model] == {"ads": 900, "email": 900}


def test_what_costs_too_much_is_refused_beforehand(store: Store) -> None:
    """With the number of touchpoints, and what to change."""
    store.insert(TOUCHPOINTS, random_rows(1))
    with pytest.raises(CostError, match="shorter range"):
        read_impact(store.asker, Scope(), ImpactQuestion(), budget=10)


def test_what_net_reads_is_part_of_the_cost(store: Store) -> None:
    """Refunds are looked for in all that is stored, however short the range."""
    store.insert(TOUCHPOINTS, random_rows(1))
    later, net = Scope(from_="2035-01-01", to="2035-01-02"), ImpactQuestion(net=True)
    read_impact(store.asker, later, ImpactQuestion(), budget=10)
    with pytest.raises(CostError, match="without `net`"):
        read_impact(store.asker, later, net, budget=10)
