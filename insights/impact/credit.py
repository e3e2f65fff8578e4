"""From counted paths to what each name is given, with intervals; pure."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from msgspec import Struct

from insights.impact.chain import Chain, Floats, Step
from insights.impact.share_out import (
    THOUSANDTHS,
    draw_parts,
    intervals,
    share_out,
    shares_of,
)
from insights.impact.spec import ImpactQuestion, Model
from insights.impact.statement import PARTS

_COLUMNS: Final[tuple[Model, ...]] = (
    "first", "last", "linear", "position", "time_decay", "shapley"
)  # fmt: skip
MILLIONTHS: Final = 1_000_000


class CreditRow(Struct):
    """One name in one currency and one part of the persons; see `credits.sql`."""

    part: int
    currency: str
    name: str
    conversions: int
    assisted: int
    assisted_minor: int
    micro: list[int]
    milli: list[int]


class ChainRow(Struct):
    """One kind of transition in one part of the persons; see `chain.sql`."""

    part: int
    state: list[str]
    name: str
    ends: int
    paths: int


@dataclass(frozen=True, slots=True)
class Credited:
    """What one model gives.

    Attributes:
        micro: millionths of a conversion by name.
        milli: thousandths of the smallest unit of money by currency and name.
        intervals: of the share of conversions, by name.
    """

    micro: dict[str, int]
    milli: dict[str, dict[str, int]]
    intervals: dict[str, tuple[float, float] | None]


def by_path(model: Model, rows: Sequence[CreditRow], asked: ImpactQuestion) -> Credited:
    """What a model that looks at single paths gives.

    Args:
        model: any but `markov`.
        rows: all of them.
        asked: the question.
    """
    column = _COLUMNS.index(model)
    micro: dict[str, int] = defaultdict(int)
    milli: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for row in rows:
        micro[row.name] += row.micro[column]
        milli[row.currency][row.name] += row.milli[column]
    names = sorted(micro)
    place = {name: number for number, name in enumerate(names)}
    amounts = np.zeros((PARTS, len(names)))
    for row in rows:
        amounts[row.part, place[row.name]] += row.micro[column]
    found: dict[str, tuple[float, float] | None] = {}
    if asked.replicates and names:
        drawn = draw_parts(PARTS, asked.replicates, asked.seed)
        spans = intervals(shares_of(drawn @ amounts))
        found = dict(zip(names, spans, strict=True))
    exact = {name: micro[name] * THOUSANDTHS for name in names}
    return Credited(share_out(_conversions(rows), exact), milli, found)


def by_chain(
    chain: Sequence[ChainRow], rows: Sequence[CreditRow], asked: ImpactQuestion
) -> Credited:
    """What the Markov chain gives: removal effects, made to sum to one.

    The shares are of conversions, and each currency's money is given out by them.

    Args:
        chain: all transitions.
        rows: what the paths come to: how much there is to give.
        asked: the question.
    """
    steps: dict[Step, int] = {}
    for row in chain:
        steps.setdefault(Step(tuple(row.state), row.name, row.ends), len(steps))
    counts = np.zeros((PARTS, len(steps)))
    for row in chain:
        step = steps[Step(tuple(row.state), row.name, row.ends)]
        counts[row.part, step] += row.paths
    names = sorted({row.name for row in chain if row.name})
    solver = Chain(list(steps), asked.order)
    whole = counts.sum(axis=0, keepdims=True)
    (shares,) = shares_of(solver.removal_effects(whole, names))
    found: dict[str, tuple[float, float] | None] = {}
    if asked.replicates and asked.order == 1 and names:
        drawn = draw_parts(PARTS, asked.replicates, asked.seed)
        effects = solver.removal_effects(drawn @ counts, names)
        found = dict(zip(names, intervals(shares_of(effects)), strict=True))
    attributed = _conversions(rows)
    milli = {
        currency: _quotas(names, shares, money)
        for currency, money in _money(rows).items()
    }
    exact = _quotas(names, shares, attributed * THOUSANDTHS)
    return Credited(share_out(attributed, exact) if exact else {}, milli, found)


def _quotas(names: list[str], shares: Floats, whole: int) -> dict[str, int]:
    if np.isnan(shares).any():
        return {}
    return {
        name: round(float(part) * whole)
        for name, part in zip(names, shares, strict=True)
    }


def _conversions(rows: Sequence[CreditRow]) -> int:
    """Attributed conversions, in millionths: every one has exactly one first contact."""
    return sum(row.micro[0] for row in rows)


def _money(rows: Sequence[CreditRow]) -> dict[str, int]:
    """Attributed money by currency, in thousandths of the smallest unit."""
    found: dict[str, int] = defaultdict(int)
    for row in rows:
        found[row.currency] += row.milli[0]
    return found
