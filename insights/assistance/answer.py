"""Help in the store: of visits with it and comparable ones without, how many bought.

The definitions, their sources and what they are not: docs/moments.md.
"""

from collections import Counter
from collections.abc import Iterable
from string import Template
from typing import Final

import msgspec
from msgspec import Struct

from insights.asker import Asker, ask_all, question
from insights.assistance.matching import Compared, Tally, compare
from insights.assistance.result import AssistanceAnswer, AssistedWorth
from insights.assistance.spec import Assistance, check
from insights.conditions import Values
from insights.evidence import Evidence
from insights.hints import hints
from insights.moments.cells import MIN_OUTCOMES
from insights.newest import newest_ms
from insights.orders import ORDER_COLUMNS, orders_of, told_of_orders
from insights.scope import Personas, Scope, persons_of, touchpoints_of
from insights.sentences import Sentence, say
from insights.statements import BUDGET, Statement, afford
from insights.step_sql import COLUMNS_OF_STEPS, step_sql
from insights.times import END_OF_TIME_MS
from schemas.vocabulary import TYPES

LEVEL: Final = 0.95
CHANNELS: Final = ("store", "pos", "kiosk", "event")
"""Where somebody is in a store; of one place they are one visit (docs/sessions.md)."""

GAP_MS: Final = 2 * 3_600_000
"""Longer silences part two visits, as they part two sessions in a store."""

HISTORY_MS: Final = 365 * 86_400_000
"""How far before a visit orders and signs of a person are looked for."""

_PACKAGE: Final = "insights.assistance"
_CONTROL: Final = sorted(name for name, kind in TYPES.items() if kind.control)
_DEFINITION: Final = (
    "Visits in which a person was helped before ordering anything, and visits without "
    "help that began alike: an order of the person within the window from the beginning of the "
    "visit. Each visit with help is held against the mean of those without in its "
    "stratum. A difference between comparable visits, not proof of a cause"
)


class Row(Struct):
    """One row of `visits.sql`."""

    state: str
    store: str
    day: str
    hour: str
    phase: str
    orders: str
    recency: str
    part: int
    assisted: bool
    visits: int
    converted: int
    currencies: list[str]
    values_minor: list[int]


def read_assistance(
    asker: Asker,
    scope: Scope,
    asked: Assistance | None = None,
    *,
    as_of: int | None = None,
    personas: Personas | None = None,
) -> AssistanceAnswer:
    """Compare visits with help with such without.

    Args:
        asker: whom to ask.
        scope: its visits count: begun in the range, in the store, on the channel; what
            came before and is bought afterwards, wherever it was.
        asked: what is help, the window, what is matched on.
        as_of: what happened later is unknown; where None, the newest touchpoint.
        personas: knows the personas, where the scope names one.

    Raises:
        QuestionError: the question makes no sense, or would read too much.
    """
    asked = asked or Assistance()
    check(asked)
    if as_of is None:
        as_of = min(newest_ms(asker, scope.tenant), asked.settled_ms(scope))
    found = _statement(scope, asked, as_of, personas)
    afford(asker, found, BUDGET)
    rows = ask_all(asker, found.text, found.values, Row)
    notes = _notes(asker, scope, asked, rows)
    evidence = Evidence(_DEFINITION, found.text, found.values)
    return _answer(asked, as_of, rows, notes, evidence)


def _statement(
    scope: Scope, asked: Assistance, as_of: int, personas: Personas | None
) -> Statement:
    first, end = scope.range_ms()
    values = Values()
    persons = persons_of(scope, values, personas)
    until = min(max(as_of, 0) + 1, end + asked.within_ms + 1, END_OF_TIME_MS)
    ever = msgspec.structs.replace(
        scope,
        from_=max(0, min(first - HISTORY_MS, until - 1)),
        to=until,
        channel="",
        store="",
    )
    # What an order is worth does not depend on where the range ends.
    known_ms = min(max(as_of, 0) + 1, END_OF_TIME_MS)
    told = told_of_orders(ever, ORDER_COLUMNS, values, persons, until_ms=known_ms)
    text = Template(question("visits", _PACKAGE)).substitute(
        touchpoints=touchpoints_of(ever, COLUMNS_OF_STEPS, values, persons),
        orders=orders_of(told),
        phases=question("phases"),
        helped=step_sql(asked.helped, values),
        arrived=step_sql(asked.arrived, values),
    )
    fixed: dict[str, object] = {
        "tenant": scope.tenant,
        "model": scope.model,
        "timezone": scope.timezone,
        "store": scope.store,
        "channels": [scope.channel] if scope.channel else list(CHANNELS),
        "control": _CONTROL,
        "gap_ms": GAP_MS,
        "history_ms": HISTORY_MS,
        "within_ms": asked.within_ms,
        "as_of_ms": as_of,
        "from_ms": first,
        "end_ms": end,
    }
    return Statement(text, fixed | values.bound)


def _answer(
    asked: Assistance,
    as_of: int,
    rows: list[Row],
    notes: list[Sentence],
    evidence: Evidence,
) -> AssistanceAnswer:
    counted = [row for row in rows if row.state == "counted"]
    had = [row for row in counted if row.assisted]
    had_not = [row for row in counted if not row.assisted]
    told = compare(_tallies(counted, asked.match))
    sure = told if told is not None and _enough(told, asked.min_visits) else None
    low, high = _limits(sure)
    matched = told.assisted if told else 0
    if had and sure is None:
        notes.append(_few(asked, told))
    return AssistanceAnswer(
        helped=asked.helped.label,
        arrived=asked.arrived.label,
        within_days=asked.within_ms / 86_400_000,
        match=list(asked.match),
        as_of=as_of,
        level=LEVEL,
        assisted=_visits(had),
        assisted_converted=sum(row.converted for row in had),
        unassisted=_visits(had_not),
        unassisted_converted=sum(row.converted for row in had_not),
        pending=_visits(row for row in rows if row.state == "pending"),
        unseen=_visits(r for r in rows if r.state == "unseen" and r.assisted),
        matched=matched,
        unmatched=_visits(had) - matched,
        compared=told.unassisted if told else 0,
        strata=told.strata if told else 0,
        share=sure.mean if sure else None,
        share_without=sure.mean_without if sure else None,
        difference=sure.difference if sure else None,
        low=None if low is None else max(-1.0, low),
        high=None if high is None else min(1.0, high),
        claimed=low is not None and high is not None and (low > 0 or high < 0),
        worth=_worth(counted, asked.match) if sure else [],
        notes=notes,
        evidence=evidence,
    )


def _limits(told: Compared | None) -> tuple[float, float] | tuple[None, None]:
    return (told.interval(LEVEL) if told else None) or (None, None)


def _visits(rows: Iterable[Row]) -> int:
    return sum(row.visits for row in rows)


def _tallies(
    rows: Iterable[Row], match: tuple[str, ...], currency: str = ""
) -> list[Tally]:
    """Visits by what they are matched on; with a currency, of what was spent in it."""
    return [
        Tally(
            tuple(getattr(row, name) for name in match),
            row.part,
            row.assisted,
            row.visits,
            _spent(row, currency) if currency else row.converted,
        )
        for row in rows
    ]


def _spent(row: Row, currency: str) -> int:
    return dict(zip(row.currencies, row.values_minor, strict=True)).get(currency, 0)


def _enough(told: Compared, min_visits: int) -> bool:
    """Whether a difference is told: visits, and such with and without an order."""
    bought, visits = told.outcome, told.assisted + told.unassisted
    return (
        told.error is not None
        and min(told.assisted, told.unassisted) >= min_visits
        and min(bought, visits - bought) >= MIN_OUTCOMES
    )


def _worth(rows: list[Row], match: tuple[str, ...]) -> list[AssistedWorth]:
    told_in = Counter(currency for row in rows for currency in row.currencies)
    found = []
    for currency in sorted(told_in):
        if told_in[currency] < MIN_OUTCOMES:
            continue
        told = compare(_tallies(rows, match, currency))
        if told is not None:
            means = told.mean, told.mean_without, told.difference
            found.append(AssistedWorth(currency, *means, *_limits(told)))
    return found


def _few(asked: Assistance, told: Compared | None) -> Sentence:
    return say(
        "assistance_few",
        least=asked.min_visits,
        assisted=told.assisted if told else 0,
        unassisted=told.unassisted if told else 0,
    )


def _notes(
    asker: Asker, scope: Scope, asked: Assistance, rows: list[Row]
) -> list[Sentence]:
    types = (*asked.helped.types, *asked.arrived.types)
    counted = any(row.assisted for row in rows if row.state == "counted")
    return [
        say("comparable_visits"),
        *hints(asker, scope, types, found=counted),
        *([] if counted else _none(asked, [row for row in rows if row.assisted])),
    ]


def _none(asked: Assistance, helped: list[Row]) -> list[Sentence]:
    """Why no visit with help is counted, though there are some."""
    if not helped:
        return []
    unseen = _visits(row for row in helped if row.state == "unseen")
    pending = _visits(row for row in helped if row.state == "pending")
    arrived = asked.arrived.label
    return [say("assistance_none", arrived=arrived, unseen=unseen, pending=pending)]
