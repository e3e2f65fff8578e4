"""Orders among touchpoints: one an id and person, however often it was told."""

from string import Template
from typing import Final

from insights.asker import question

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


def orders_of(touchpoints: str, completed: str = COMPLETED) -> str:
    """The orders among touchpoints, as a query; see `sql/orders.sql` for its columns.

    Args:
        touchpoints: a query with `ORDER_COLUMNS` and `person`.
        completed: SQL that tells which of them tell an order.
    """
    return Template(question("orders")).substitute(
        touchpoints=touchpoints, completed=completed
    )
