"""Orders among touchpoints: one an id and person, however often it was told."""

from collections.abc import Iterable
from string import Template
from typing import Final

import msgspec

from insights.asker import question
from insights.conditions import Values
from insights.scope import PERSON, Scope, touchpoints_of
from insights.times import END_OF_TIME_MS

ORDER_COLUMNS: Final = (
    "type",
    "order_id",
    "source",
    "id",
    "seq",
    "occurred_at",
    "value_minor",
    "currency",
)
"""What `orders_of` needs to know of a touchpoint."""

COMPLETED: Final = "type = 'order_completed'"

ALONE: Final = (
    "if(order_id = '' OR type != 'order_completed', "
    "concat(toString(source), '/', id), '')"
)
"""SQL that tells touchpoints apart that are one order each, without an id to be told by;
empty for those that tell an order by its id."""


def orders_of(touchpoints: str, completed: str = COMPLETED) -> str:
    """The orders among touchpoints, as a query; see `sql/orders.sql` for its columns.

    Args:
        touchpoints: a query with `ORDER_COLUMNS` and `person`.
        completed: SQL that tells which of them tell an order.
    """
    return Template(question("orders")).substitute(
        touchpoints=touchpoints, completed=completed, alone=ALONE
    )


def revoked_of(touchpoints: str) -> str:
    """What was given back of orders, as a query; see `sql/revoked.sql` for its columns.

    Args:
        touchpoints: a query with `ORDER_COLUMNS` and `properties`.
    """
    return Template(question("revoked")).substitute(touchpoints=touchpoints)


def orders_in(
    scope: Scope, values: Values, personas: str = "", *, until_ms: int = END_OF_TIME_MS
) -> str:
    """The orders that were first told in the range of a scope, as a query.

    Each with all that was ever told of it: so it is in one of two ranges that follow each
    other, for the same value as in both together.

    Args:
        scope: which part of the data.
        values: takes up the values.
        personas: SQL of a query for the ids of the persons that count.
        until_ms: nothing from this moment on is known, epoch milliseconds.

    Raises:
        QuestionError: the scope makes no sense.
    """
    told = told_of_orders(scope, ORDER_COLUMNS, values, personas, until_ms=until_ms)
    first, end = (values.bind(one, "Int64") for one in scope.range_ms())
    return first_told(orders_of(told), first, end)


def first_told(orders: str, first: str, end: str) -> str:
    """Of orders, those that were first told in a range, as a query.

    Args:
        orders: a query with the columns of `sql/orders.sql`.
        first: SQL of the range's first moment, epoch milliseconds.
        end: SQL of the first moment after it.
    """
    return (
        f"SELECT * FROM (\n{orders}\n)\n"  # noqa: S608 - texts of ours
        f"WHERE toUnixTimestamp64Milli(told.1) >= {first}\n"
        f"    AND toUnixTimestamp64Milli(told.1) < {end}"
    )


def told_of_orders(
    scope: Scope,
    columns: Iterable[str],
    values: Values,
    personas: str = "",
    *,
    until_ms: int = END_OF_TIME_MS,
) -> str:
    """The touchpoints of a scope, and what is told of its orders outside its range.

    Args:
        scope: which part of the data.
        columns: of the table `touchpoints`.
        values: takes up the values.
        personas: SQL of a query for the ids of the persons that count.
        until_ms: nothing from this moment on is known, epoch milliseconds.

    Raises:
        QuestionError: the scope makes no sense.
    """
    wanted = list(columns)
    first, end = scope.range_ms()
    within = touchpoints_of(scope, wanted, values, personas)
    if first <= 0 and end >= until_ms:
        return within
    moments = [
        f"fromUnixTimestamp64Milli({values.bind(one, 'Int64')}, 'UTC')"
        for one in (first, end)
    ]
    inside = "occurred_at >= {} AND occurred_at < {}".format(*moments)
    elsewhere = Template(question("orders_elsewhere")).substitute(
        inside=inside, person=PERSON, redirected=question("redirected")
    )
    ever = msgspec.structs.replace(scope, from_=None, to=until_ms)
    outside = touchpoints_of(ever, wanted, values, personas, only=elsewhere.strip())
    return f"{within}\nUNION ALL\n{outside}"
