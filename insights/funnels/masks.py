"""What a touchpoint can be in a funnel, as the bits of a number.

Required steps have the bits from 0 on, in their order, then come the optional ones;
`IN_RANGE` is set where an attempt may begin, `ELIGIBLE` where the touchpoint breaks a
strict funnel, and from `EXCLUDED` on each exclusion has a bit.
"""

from string import Template
from typing import Final

from insights.asker import question
from insights.conditions import DOCUMENTS, Values, compile_where
from insights.funnels.spec import Funnel, Kind
from insights.scope import ORIGINAL
from insights.step_sql import step_sql
from schemas.vocabulary import TYPES

IN_RANGE: Final = 30
ELIGIBLE: Final = 31
EXCLUDED: Final = 32

_CONTROL: Final = [name for name, kind in TYPES.items() if kind.control]
_REVOKED: Final = ["order_cancelled", "order_refunded", "product_returned"]
_BOUGHT: Final = "order_completed"


def bits_of(funnel: Funnel) -> list[int]:
    """The bit of each step, in the order of the steps."""
    optional = [n for n, step in enumerate(funnel.steps, 1) if step.optional]
    order = [*funnel.required, *optional]
    return [order.index(number) for number in range(1, len(funnel.steps) + 1)]


def mask(funnel: Funnel, values: Values) -> str:
    """SQL of what a touchpoint can be."""
    bits = bits_of(funnel)
    terms = [
        f"({step_sql(step, values)}) * {1 << bits[place]}"
        for place, step in enumerate(funnel.steps)
    ]
    in_range = "(occurred_at < fromUnixTimestamp64Milli({end_ms:Int64}, 'UTC'))"
    terms.append(f"{in_range} * {1 << IN_RANGE}")
    if funnel.order == "strict":
        terms.append(f"({_eligible(funnel, values)}) * {1 << ELIGIBLE}")
    for place, exclusion in enumerate(funnel.exclude):
        terms.append(f"({step_sql(exclusion, values)}) * {1 << EXCLUDED + place}")
    return " + ".join(terms)


def considered(funnel: Funnel, values: Values) -> str:
    """SQL of which touchpoints can matter at all."""
    kinds: list[Kind] = [*funnel.steps, *funnel.exclude]
    if any(kind.every_type for kind in kinds):
        return "true"
    names = sorted({name for kind in kinds for name in kind.types})
    wanted = f"type IN {values.bind(names, 'Array(String)')}"
    if funnel.order != "strict":
        return wanted
    return f"{wanted} OR {_eligible(funnel, values)}"


def genuine(funnel: Funnel, values: Values) -> str:
    """SQL of which touchpoints count at all."""
    left_out = {"bot": funnel.include_bots, "machine": funnel.include_machine}
    terms = [ORIGINAL]
    terms += [f"NOT {column}" for column, kept in left_out.items() if not kept]
    if funnel.net:
        bought = f"type = {values.bind(_BOUGHT, 'String')} AND order_id != ''"
        revoking = values.bind(_REVOKED, "Array(String)")
        revoked = Template(question("revoked", "insights.funnels"))
        orders = revoked.substitute(revoking=revoking)
        terms.append(f"NOT ({bought} AND order_id IN ({orders}))")
    return " AND ".join(terms)


def present(key: str, values: Values) -> str:
    """SQL of whether a touchpoint has a value of a property.

    Raises:
        ConditionError: there is no such property.
    """
    return compile_where({key: {"exists": True}}, values)[0]


def text_of(key: str, values: Values, *, exact: bool) -> str:
    """SQL of a property as text; only where it is `present`.

    Args:
        key: column or `properties.path`.
        values: takes up the path.
        exact: as JSON, so that the text "5" is not the number 5.
    """
    column, *path = key.split(".")
    if column not in DOCUMENTS:
        return f"ifNull(toString({column}), '')"
    where = ", ".join([column, *(values.bind(part, "String") for part in path)])
    if exact:
        return f"JSONExtractRaw({where})"
    return (
        f"if(JSONType({where}) = 'String', "
        f"JSONExtractString({where}), JSONExtractRaw({where}))"
    )


def _eligible(funnel: Funnel, values: Values) -> str:
    named = {n for s in funnel.steps if not s.every_type for n in s.types}
    steps = f"type IN {values.bind(sorted(named), 'Array(String)')}"
    if funnel.eligible is not None:
        listed = values.bind(list(funnel.eligible), "Array(String)")
        return f"{steps} OR type IN {listed}"
    # What the retailer or the system does never comes between two steps.
    control = values.bind(_CONTROL, "Array(String)")
    return f"{steps} OR (direction = 'in' AND type NOT IN {control})"
