"""What one person spent: orders once each, and what was given back."""

from collections.abc import Sequence
from string import Template

from msgspec import Struct

from insights.asker import Asker, ask_all, question
from insights.orders import orders_of, revoked_of


class Spending(Struct):
    """Orders in one currency; `""` for those without one, and so without a value.

    Attributes:
        orders: an order that shop and till both tell is one.
        value_minor: what they were worth, in the currency's smallest unit.
        given_back_minor: of it, what was refunded, or belonged to a cancelled order.
    """

    currency: str
    orders: int
    value_minor: int
    given_back_minor: int


def read_spending(
    asker: Asker, person_id: str, names: Sequence[str], tenant: str
) -> list[Spending]:
    """What a person spent, by currency.

    Args:
        asker: whom to ask.
        person_id: whose.
        names: every identifier under which touchpoints of the person came.
        tenant: whose data.
    """
    touchpoints = question("journey_touched")
    sql = Template(question("journey_spending")).substitute(
        orders=orders_of(touchpoints), revoked=revoked_of(touchpoints)
    )
    who = {"tenant": tenant, "person_id": person_id, "names": list(names)}
    return ask_all(asker, sql, who, Spending)
