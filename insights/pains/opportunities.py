"""Opportunities: what would be gained if all did as well as the best store, or month.

Every number is defined in docs/moments.md.
"""

from collections.abc import Iterable, Sequence
from math import sqrt
from typing import Final

import msgspec
import yaml
from msgspec import Struct

from insights.asker import Asker, QuestionError, ask_all
from insights.evidence import Evidence
from insights.moments.answer import WANTED, MomentsAnswer, Wanted
from insights.pains.answer import Level, PainsAnswer, levels
from insights.pains.asking import Asking
from insights.scope import Personas, Scope
from insights.sentences import Sentence
from insights.times import duration_ms
from insights.trails.reading import Trails

Z: Final = 1.959964
"""Of the 95 % interval (Wilson 1927) whose nearer end is the level to reach."""

_WORTH: Final = (
    "What persons who moved on from the phase in the range bought within the horizon from "
    "then on, each order once, divided by their number"
)


class Owner(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Who looks after an opportunity, as a user writes it in YAML.

    Attributes:
        type: touchpoint type, or `friction:<kind>`.
        owner: a team or role.
        note: what is under way.
    """

    phase: str
    type: str
    owner: str
    note: str = ""


class Opportunity(Struct):
    """One thing to do.

    Attributes:
        kind: `moment`: let more persons have it; `pain`: spare them it.
        type: touchpoint type, or `friction:<kind>`.
        persons: of the phase.
        share: of them who have it now.
        target: share at the best level: the nearer end of its 95 % interval.
        best_by: `store` or `month`.
        best: which.
        concerned: persons who would have it more, or less.
        moving_on: of them, who would move on more than now; None where no difference of
            moving on is claimed.
        value_minor: what these would buy, or what would no longer be at stake.
        owner, note: of the user's file.
    """

    kind: str
    phase: str
    type: str
    persons: int
    share: float
    target: float
    best_by: str
    best: str
    concerned: float
    moving_on: float | None
    value_minor: dict[str, int]
    owner: str
    note: str


class OpportunitiesAnswer(Struct):
    """The opportunities of a scope, the largest gain first.

    Attributes:
        notes: what may surprise.
        worth_minor: what a person who moves on from a phase buys, by phase and currency.
        more: there are more opportunities than these.
    """

    model: str
    horizon_days: float
    opportunities: list[Opportunity]
    notes: list[Sentence]
    worth_minor: dict[str, dict[str, float]]
    evidence: Evidence
    more: bool = False


class _Worth(Struct):
    phase: str
    moved: int
    currencies: list[str]
    values_minor: list[int]


class _Change(Struct, frozen=True):
    """What to change: more of a moment, or less of a pain."""

    kind: str
    phase: str
    type: str
    difference: float | None
    at_stake: dict[str, int]

    @property
    def more(self) -> bool:
        return self.kind == "moment"


def read_owners(text: bytes) -> tuple[Owner, ...]:
    """The owners that a YAML file names: a list of them.

    Raises:
        QuestionError: it is something else.
    """
    try:
        return msgspec.convert(yaml.safe_load(text) or [], tuple[Owner, ...])
    except (msgspec.ValidationError, yaml.YAMLError) as error:
        said = " ".join(str(error).split())
        message = f"no owners: {said}; docs/moments.md says how the file looks"
        raise QuestionError(message) from error


def opportunities(  # noqa: PLR0913, PLR0917 - two answers, and how they were asked
    asker: Asker,
    scope: Scope,
    found: MomentsAnswer,
    hurting: PainsAnswer,
    wanted: Wanted = WANTED,
    personas: Personas | None = None,
    owners: Sequence[Owner] = (),
    trails: Trails | None = None,
) -> OpportunitiesAnswer:
    """Rank what would be gained.

    Args:
        asker: whom to ask.
        scope: as the moments and pain points were asked.
        found: the moments of truth.
        hurting: the pain points.
        wanted: as the moments were asked.
        personas: finds the persons of the scope's persona.
        owners: who looks after what.
        trails: to count from, where the touchpoints need not be.

    Raises:
        QuestionError: the scope makes no sense.
    """
    asking = Asking(scope, personas)
    changes = [*_of_moments(found), *_of_pains(hurting)]
    labels = sorted({change.type for change in changes})
    told = levels(asker, asking, labels, trails)
    fixed: dict[str, object] = {
        "phases": list(wanted.phases),
        "horizon_ms": duration_ms(wanted.horizon),
        "as_of_ms": found.as_of,
    }
    evidence = asking.worth(_WORTH, **fixed)
    if trails:
        asked = asking.trails_worth(trails, **fixed)
        rows = ask_all(asker, asked.text, asked.values, _Worth)
    else:
        rows = ask_all(asker, evidence.sql, evidence.parameters, _Worth)
    worth = {
        row.phase: {
            currency: value / row.moved
            for currency, value in zip(row.currencies, row.values_minor, strict=True)
        }
        for row in rows
    }
    named = {(owner.phase, owner.type): owner for owner in owners}
    made = (_opportunity(one, told, wanted, worth, named) for one in changes)
    ranked = sorted((one for one in made if one), key=lambda o: _gain(o, hurting))
    return OpportunitiesAnswer(
        scope.model, hurting.horizon_days, ranked, hurting.notes, worth, evidence
    )


def _of_moments(found: MomentsAnswer) -> Iterable[_Change]:
    """What leads on. What holds back and is no friction is nothing to be spared."""
    for one in found.moments:
        if one.difference > 0:
            yield _Change("moment", one.phase, one.type, one.difference, {})


def _of_pains(hurting: PainsAnswer) -> Iterable[_Change]:
    """Frictions by phase, all their types and channels together."""
    sums: dict[tuple[str, str], _Change] = {}
    for pain in hurting.pains:
        if pain.observed:
            continue  # that they say so is not what is to be spared them
        key = pain.phase, f"friction:{pain.pain}"
        before = sums.get(key)
        held = dict(before.at_stake) if before else {}
        for currency, value in pain.value_minor.items():
            held[currency] = held.get(currency, 0) + value
        sums[key] = _Change("pain", *key, pain.difference, held)
    return sums.values()


def _opportunity(
    one: _Change,
    told: Sequence[Level],
    wanted: Wanted,
    worth: dict[str, dict[str, float]],
    named: dict[tuple[str, str], Owner],
) -> Opportunity | None:
    here = [level for level in told if level.phase == one.phase]
    totals = {(at.by, at.which): at.persons for at in here if not at.label}
    having = {(at.by, at.which): at.persons for at in here if at.label == one.type}
    persons = totals.get(("", ""), 0)
    if not persons or not having:
        return None
    share = having[("", "")] / persons
    best = _best(one, totals, having, wanted.min_persons)
    if best is None or (best[0] <= share if one.more else best[0] >= share):
        return None
    target, (by, which) = best
    concerned = abs(target - share) * persons
    moving = None if one.difference is None else concerned * abs(one.difference)
    if moving is not None:
        values = {c: v * moving for c, v in worth.get(one.phase, {}).items()}
    else:
        spared = concerned / (share * persons)
        values = {c: v * spared for c, v in one.at_stake.items()}
    owner = named.get((one.phase, one.type))
    return Opportunity(
        kind=one.kind,
        phase=one.phase,
        type=one.type,
        persons=persons,
        share=share,
        target=target,
        best_by=by,
        best=which,
        concerned=concerned,
        moving_on=moving,
        value_minor={c: round(v) for c, v in values.items() if round(v)},
        owner=owner.owner if owner else "",
        note=owner.note if owner else "",
    )


def _best(
    one: _Change,
    totals: dict[tuple[str, str], int],
    having: dict[tuple[str, str], int],
    min_persons: int,
) -> tuple[float, tuple[str, str]] | None:
    """The best level that is sure: of stores where it happens in stores, else of months."""
    by = "store" if any(place[0] == "store" for place in having) else "month"
    found = []
    for place, persons in totals.items():
        if place[0] == by and persons >= min_persons:
            low, high = wilson(having.get(place, 0), persons)
            found.append((low if one.more else high, place))
    if not found:
        return None
    return max(found) if one.more else min(found)


def wilson(part: int, whole: int, z: float = Z) -> tuple[float, float]:
    """The interval of a share by Wilson 1927.

    Args:
        part: how many had it.
        whole: of how many; above zero.
        z: quantile of the normal distribution.
    """
    share, spread = part / whole, z * z / whole
    middle = share + spread / 2
    reach = z * sqrt(share * (1 - share) / whole + spread / (4 * whole))
    low, high = (middle - reach) / (1 + spread), (middle + reach) / (1 + spread)
    return max(0.0, low), min(1.0, high)


def _gain(one: Opportunity, hurting: PainsAnswer) -> tuple[float, float, str, str]:
    """Persons who move on, and money in orders of mean value; the largest first."""
    orders = sum(
        value / hurting.order_minor[currency]
        for currency, value in one.value_minor.items()
        if currency in hurting.order_minor
    )
    return -((one.moving_on or 0.0) + orders), -one.concerned, one.phase, one.type
