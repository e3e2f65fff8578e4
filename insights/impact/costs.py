"""What contacts cost, as a file tells it: by channel or campaign, day and currency."""

import csv
import re
from collections.abc import Iterable
from datetime import date
from io import StringIO
from pathlib import Path
from typing import Final

import msgspec
import yaml
from msgspec import Struct

from insights.asker import QuestionError

MAX_COSTS: Final = 100_000
_CODE: Final = re.compile("[A-Z]{3}")


class CostsError(QuestionError):
    """Not costs; the message says which line or entry, and what to change."""


class Cost(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """What was spent on one day.

    Attributes:
        day: of the question's time zone.
        cost_minor: in the smallest unit of the currency.
        currency: three capital letters (ISO 4217).
        channel, campaign: of the contacts that it paid for, as touchpoints name them;
            one of them at least.
    """

    day: date
    cost_minor: int
    currency: str
    channel: str = ""
    campaign: str = ""
    tenant: str = "default"


def read_costs(file: Path) -> tuple[Cost, ...]:
    """Read costs from a file: CSV with a heading, or YAML with `costs`, a list.

    Raises:
        CostsError: it says something else; the message says where.
    """
    try:
        text = file.read_text("utf-8-sig")
        if file.suffix.lower() == ".csv":
            return _checked(csv.DictReader(StringIO(text), strict=True))
        loaded = msgspec.to_builtins(yaml.safe_load(text))
    except (UnicodeDecodeError, csv.Error, yaml.YAMLError) as error:
        message = f"{file.name}: not costs: {error}"
        raise CostsError(message) from error
    rows = loaded.get("costs") if isinstance(loaded, dict) else None
    if not isinstance(rows, list):
        message = f"{file.name}: a list `costs` is missing"
        raise CostsError(message)
    return _checked(rows)


def _checked(rows: Iterable[object]) -> tuple[Cost, ...]:
    costs = []
    for number, row in enumerate(rows, 1):
        if number > MAX_COSTS:
            message = f"more than {MAX_COSTS:,} costs: sum them up by day"
            raise CostsError(message)
        costs.append(_cost(number, row))
    return tuple(costs)


def _cost(number: int, row: object) -> Cost:
    given = row
    if isinstance(row, dict):
        given = {name: value for name, value in row.items() if value not in ("", None)}
    try:
        one = msgspec.convert(given, Cost, strict=False)
    except msgspec.ValidationError as error:
        message = f"cost {number}: {error}"
        raise CostsError(message) from error
    wrong = ""
    if one.cost_minor < 0:
        wrong = "cost_minor is below zero"
    elif not (one.channel or one.campaign):
        wrong = "channel or campaign is missing: what did it pay for?"
    elif not _CODE.fullmatch(one.currency):
        wrong = f"currency {one.currency!r} is no code such as EUR"
    if wrong:
        message = f"cost {number}: {wrong}"
        raise CostsError(message)
    return one
