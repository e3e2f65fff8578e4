"""Pain points, ranked: how bad, for how many, with how much at stake.

Every number is defined in docs/moments.md.
"""

from typing import Final, TypeVar

from msgspec import Struct, structs

from insights.asker import Asker, ask_all
from insights.evidence import Evidence
from insights.hints import hints
from insights.moments.answer import WANTED, Moment, MomentsAnswer, Wanted, moments
from insights.pains.asking import Asking
from insights.scope import Personas, Scope
from insights.sentences import Sentence
from insights.statements import BUDGET, Statement, afford
from insights.times import duration_ms
from insights.trails.reading import Trails

_T = TypeVar("_T")

WORST_EMOTION: Final = -2.0

_DEFINITION: Final = (
    "Persons with a friction, or who said that they were unhappy (emotion of -1 or "
    "less), by the phase they were in; at stake is the value of their carts under way "
    "within the horizon that became no orders, and of orders that went back"
)
_ONE: Final = "The touchpoints of this pain point, the newest 100"
_PERSONS: Final = "Persons with a touchpoint in the phase"
_PLACED: Final = ("moments", "phases", "stores", "types", "evidences")
_ORDERS: Final = (
    "Orders above zero, and what they are worth, by currency; one that was told several "
    "times once, with the highest value"
)


class Pain(Struct):
    """One pain point.

    Attributes:
        pain: kind of friction (`out_of_stock`), or what tells it (`nps`, `stars`).
        observed: the customers said so; otherwise it is inferred from what happened.
        persons: who had it.
        touchpoints: how often it happened.
        share: of the persons with a touchpoint in the phase.
        emotion: mean emotion of these touchpoints, -2 to 0.
        difference: change of the share of persons who move on, as of moments of truth;
            None where none is claimed.
        severity: emotion as a share of the worst (-2), plus what of moving on is lost.
        value_minor: at stake, smallest unit, by currency.
        orders_at_stake: the same, in orders of mean value.
        score: severity * (persons + orders_at_stake): by it they are ranked.
        samples: touchpoints, `source:id`.
        evidence: its touchpoints.
    """

    phase: str
    pain: str
    observed: bool
    type: str
    channel: str
    persons: int
    touchpoints: int
    share: float | None
    emotion: float
    difference: float | None
    severity: float
    value_minor: dict[str, int]
    orders_at_stake: float
    score: float
    samples: list[str]
    evidence: Evidence


class PainsAnswer(Struct):
    """The pain points of a scope, the worst first.

    Attributes:
        horizon_days: within which carts count, and moving on.
        persons: with a touchpoint, by phase.
        order_minor: mean value of an order, by currency.
        notes: what may surprise.
        more: there are more pain points than these.
    """

    model: str
    horizon_days: float
    pains: list[Pain]
    persons: dict[str, int]
    order_minor: dict[str, float]
    notes: list[Sentence]
    evidence: Evidence
    more: bool = False


class _Row(Struct):
    phase: str
    pain: str
    observed: bool
    type: str
    channel: str
    persons: int
    touchpoints: int
    emotion: float
    currencies: list[str]
    values_minor: list[int]
    samples: list[str]


class Level(Struct):
    """Persons of a phase with a label, in one group; see `sql/levels.sql`."""

    phase: str
    by: str
    which: str
    label: str
    persons: int


class _PhasePersons(Struct):
    phase: str
    persons: int


class _Orders(Struct):
    currency: str
    orders: int
    summed: int


def pains(  # noqa: PLR0913 - what may be asked for
    asker: Asker,
    scope: Scope,
    wanted: Wanted = WANTED,
    personas: Personas | None = None,
    trails: Trails | None = None,
    *,
    changed: MomentsAnswer | None = None,
    budget: int = BUDGET,
) -> PainsAnswer:
    """Rank the pain points.

    Args:
        asker: whom to ask.
        scope: which touchpoints may hurt; what follows them counts whenever it happened.
        wanted: as for moments of truth: phases in their order, horizon, fewest persons.
        personas: finds the persons of the scope's persona.
        trails: to count from, where the touchpoints need not be.
        changed: the moments of truth with frictions as types, where they are known.
        budget: how many touchpoints each statement may read.

    Raises:
        CostError: it would read more.
        QuestionError: the scope or an option makes no sense.
    """
    asking = Asking(scope, personas)
    horizon_ms = duration_ms(wanted.horizon)
    evidence = asking.felt("pains", _DEFINITION, horizon_ms=horizon_ms)
    if trails is None:
        asked = asking.orders(_ORDERS)  # which reads most
        afford(asker, Statement(asked.sql, asked.parameters), budget)
    rows = _rows(asker, asking, evidence, horizon_ms, trails)
    if changed is None:
        # What frictions do to moving on is told apart from what their type does.
        apart = structs.replace(wanted, frictions=True)
        changed = moments(asker, scope, apart, personas, trails, budget=budget)
    persons = _persons(asker, asking, trails)
    order_minor = mean_order(asker, asking, trails)
    found = [_pain(row, changed, persons, order_minor, asking) for row in rows]
    return PainsAnswer(
        model=scope.model,
        horizon_days=horizon_ms / 86_400_000,
        pains=sorted(found, key=_worst),
        persons=persons,
        order_minor=order_minor,
        notes=hints(asker, scope, found=bool(persons)),
        evidence=evidence,
    )


def first(ranked: list[_T], most: int | None) -> tuple[list[_T], bool]:
    """The first of what is ranked, and whether there is more.

    Args:
        ranked: the first one first.
        most: how many at most; None for all.
    """
    return ranked[:most], most is not None and len(ranked) > most


def levels(
    asker: Asker, asking: Asking, labels: list[str], trails: Trails | None
) -> list[Level]:
    """Persons by phase, everywhere and by store and month; with these labels, and any."""
    if trails:
        found = asking.trails_touched(trails, "trail_levels", _PLACED, labels=labels)
        return ask_all(asker, found.text, found.values, Level)
    columns = ("occurred_at", "store_id", "type", "emotion_evidence")
    told = asking.touched("levels", _PERSONS, columns, labels=labels)
    return ask_all(asker, told.sql, told.parameters, Level)


def mean_order(asker: Asker, asking: Asking, trails: Trails | None) -> dict[str, float]:
    """The mean value of an order, smallest unit, by currency."""
    if trails:
        found = asking.trails_orders(trails)
        rows = ask_all(asker, found.text, found.values, _Orders)
    else:
        told = asking.orders(_ORDERS)
        rows = ask_all(asker, told.sql, told.parameters, _Orders)
    return {row.currency: row.summed / row.orders for row in rows}


def _rows(
    asker: Asker,
    asking: Asking,
    evidence: Evidence,
    horizon_ms: int,
    trails: Trails | None,
) -> list[_Row]:
    if trails is None:
        return ask_all(asker, evidence.sql, evidence.parameters, _Row)
    found = asking.trails_felt(trails, "pains", horizon_ms=horizon_ms)
    return ask_all(asker, found.text, found.values, _Row)


def _persons(asker: Asker, asking: Asking, trails: Trails | None) -> dict[str, int]:
    if trails:
        found = asking.trails_touched(trails, "trail_persons", ("phases",))
        rows = ask_all(asker, found.text, found.values, _PhasePersons)
    else:
        told = asking.touched("persons", _PERSONS, ("occurred_at", "type"))
        rows = ask_all(asker, told.sql, told.parameters, _PhasePersons)
    return {row.phase: row.persons for row in rows}


def _pain(
    row: _Row,
    changed: MomentsAnswer,
    persons: dict[str, int],
    order_minor: dict[str, float],
    asking: Asking,
) -> Pain:
    moment = _moment(row, changed)
    felt = row.emotion / WORST_EMOTION
    lost = max(0.0, -moment.difference) if moment else 0.0
    values = dict(zip(row.currencies, row.values_minor, strict=True))
    orders = sum(
        value / order_minor[currency]
        for currency, value in values.items()
        if currency in order_minor
    )
    everybody = persons.get(row.phase, 0)
    return Pain(
        phase=row.phase,
        pain=row.pain,
        observed=row.observed,
        type=row.type,
        channel=row.channel,
        persons=row.persons,
        touchpoints=row.touchpoints,
        share=row.persons / everybody if everybody else None,
        emotion=row.emotion,
        difference=moment.difference if moment else None,
        severity=felt + lost,
        value_minor=values,
        orders_at_stake=orders,
        score=(felt + lost) * (row.persons + orders),
        samples=row.samples,
        evidence=asking.felt(
            "one",
            _ONE,
            phase=row.phase,
            pain=row.pain,
            observed=row.observed,
            type=row.type,
            channel=row.channel,
        ),
    )


def _moment(row: _Row, changed: MomentsAnswer) -> Moment | None:
    if row.observed:
        return None
    label = f"friction:{row.pain}"
    found = (m for m in changed.moments if (m.phase, m.type) == (row.phase, label))
    return next(found, None)


def _worst(pain: Pain) -> tuple[float, str, str, str, str]:
    return -pain.score, pain.phase, pain.pain, pain.type, pain.channel
