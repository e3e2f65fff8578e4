"""Recency, frequency and value of those who buy, in fifths, by currency."""

from itertools import groupby
from string import Template
from typing import Final

from msgspec import Struct

from insights.asker import Asker, ask_all, question
from insights.conditions import Values
from insights.evidence import Evidence
from insights.hints import hints
from insights.orders import orders_in
from insights.scope import Personas, Scope, known_at, persons_of
from insights.sentences import Sentence
from insights.statements import BUDGET, Statement, afford
from insights.times import END_OF_TIME_MS

_PACKAGE: Final = "insights.stages"

DEFINITION: Final = (
    "Persons with an order_completed that has a value, within the range, by currency. "
    "recency: time of the last order; frequency: number of different orders; value: "
    "their sum. Each is scored 1 to 5: one more than the number of the cuts (20, 40, 60 "
    "and 80 % of the persons, interpolated) that it exceeds; 5 is best, and equal "
    "values have equal scores."
)


class ValueCell(Struct):
    """Persons of equal scores.

    Attributes:
        recency, frequency, value: scores, 1 to 5; 5 is the most recent, and so on.
        orders: how many orders they placed.
        value_minor: for how much, in the smallest unit of the currency.
    """

    recency: int
    frequency: int
    value: int
    persons: int
    orders: int
    value_minor: int


class ValueTable(Struct):
    """Those who bought in one currency.

    Attributes:
        recency_cuts: epoch milliseconds.
        frequency_cuts: orders.
        value_cuts: the smallest unit of the currency.
        cells: the best first; scores that nobody has are left out.
    """

    currency: str
    persons: int
    orders: int
    value_minor: int
    recency_cuts: list[float]
    frequency_cuts: list[float]
    value_cuts: list[float]
    cells: list[ValueCell]


class ValueTables(Struct):
    """One table a currency; money of two currencies is never added.

    Attributes:
        notes: what may surprise.
    """

    tables: list[ValueTable]
    notes: list[Sentence]
    evidence: Evidence


class _Row(Struct):
    currency: str
    recency: int
    frequency: int
    value: int
    persons: int
    orders_sum: int
    value_minor: int
    recency_cuts: list[float]
    frequency_cuts: list[float]
    value_cuts: list[float]


def read_value(
    asker: Asker,
    scope: Scope,
    *,
    as_of: int | None = None,
    personas: Personas | None = None,
    budget: int = BUDGET,
) -> ValueTables:
    """Score who buys by how recently, how often and for how much.

    Args:
        asker: whom to ask.
        scope: its orders count.
        as_of: what happened later is unknown, epoch milliseconds; where None,
            everything is known.
        personas: knows the personas, where the scope names one.
        budget: how many touchpoints each statement may read.

    Raises:
        CostError: it would read more.
        QuestionError: the scope makes no sense.
    """
    values = Values()
    persons = persons_of(scope, values, personas)
    known, until_ms = scope, END_OF_TIME_MS
    if as_of is not None:
        until_ms = min(max(as_of, 0) + 1, END_OF_TIME_MS)
        known = known_at(scope, as_of)
    text = Template(question("value", _PACKAGE)).substitute(
        orders=orders_in(known, values, persons, until_ms=until_ms)
    )
    fixed = {"tenant": scope.tenant, **values.bound}
    afford(asker, Statement(text, fixed), budget)
    rows = ask_all(asker, text, fixed, _Row)
    tables = [_table(list(same)) for _, same in groupby(rows, lambda r: r.currency)]
    notes = hints(asker, scope, ("order_completed",), found=bool(tables))
    return ValueTables(tables, notes, Evidence(DEFINITION, text, fixed))


def _table(rows: list[_Row]) -> ValueTable:
    first = rows[0]
    return ValueTable(
        currency=first.currency,
        persons=sum(row.persons for row in rows),
        orders=sum(row.orders_sum for row in rows),
        value_minor=sum(row.value_minor for row in rows),
        recency_cuts=first.recency_cuts,
        frequency_cuts=first.frequency_cuts,
        value_cuts=first.value_cuts,
        cells=[
            ValueCell(
                row.recency,
                row.frequency,
                row.value,
                row.persons,
                row.orders_sum,
                row.value_minor,
            )
            for row in rows
        ],
    )
