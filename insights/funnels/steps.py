"""Funnel steps as they are typed on a command line.

    [name=]type[|type…][[key op value, …]][?]

`op` is one of = != > >= < <= ~ (contains); a key is a column or `properties.path`;
a value is JSON where it reads as JSON, else text: `order_completed[value_minor>=5000]`,
`purchase=order_completed|order_picked_up[store_id=367, properties.gift=true]`.
The type `*` is any; `?` behind a step makes it optional.
"""

import re
from collections.abc import Sequence
from typing import Final

import msgspec

from insights.conditions import Scalar, Test
from insights.funnels.spec import FunnelError, Step
from insights.sentences import say

_STEP: Final = re.compile(
    r"\s*(?:(?P<name>[^=|\[\]]+?)\s*=)?\s*(?P<types>[^=\[\]]+?)\s*(?:\[(?P<where>.*)\]\s*)?",
    re.DOTALL,
)
_CONDITION: Final = re.compile(
    r"""\s*(?P<key>[\w.\-]+)\s*(?P<op>!=|>=|<=|=|>|<|~)\s*
        (?P<value>"(?:[^"\\]|\\.)*"|[^,]*?)\s*(?:,|$)""",
    re.VERBOSE | re.DOTALL,
)
_OPERATORS: Final = {
    "=": "eq",
    "!=": "ne",
    ">": "gt",
    ">=": "ge",
    "<": "lt",
    "<=": "le",
    "~": "contains",
}


def parse_steps(texts: Sequence[str]) -> tuple[Step, ...]:
    """Read the steps of a funnel.

    Args:
        texts: one a step, see the module.

    Raises:
        FunnelError: a text is not a step; says which.
    """
    return tuple(_step(text) for text in texts)


def _step(text: str) -> Step:
    written = text.rstrip()
    optional = written.endswith("?")
    match = _STEP.fullmatch(written.removesuffix("?"))
    types = tuple(name.strip() for name in match["types"].split("|")) if match else ()
    if match is None or not all(types):
        raise FunnelError(say("not_step", text=text))
    return Step(
        type=types[0] if len(types) == 1 else "",
        any_of=types if len(types) > 1 else (),
        name=match["name"] or "",
        optional=optional,
        where=_where(match["where"] or "", text),
    )


def _where(text: str, step: str) -> dict[str, Test]:
    where: dict[str, dict[str, Scalar | list[Scalar]]] = {}
    at = 0
    while text[at:].strip():
        match = _CONDITION.match(text, at)
        if match is None:
            said = say("not_condition", text=text[at:].strip(), step=step)
            raise FunnelError(said)
        operators = where.setdefault(match["key"], {})
        operator = _OPERATORS[match["op"]]
        if operator in operators:
            condition = f"{match['key']}{match['op']}"
            raise FunnelError(say("condition_twice", condition=condition, step=step))
        operators[operator] = _value(match["value"])
        at = match.end()
    return dict(where)


def _value(text: str) -> Scalar:
    try:
        return msgspec.json.decode(text, type=str | int | float | bool)
    except msgspec.DecodeError:
        return text
