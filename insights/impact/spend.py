"""Return on spend: what a name was given by each model, over what it cost; pure."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, time
from typing import Final
from zoneinfo import ZoneInfo

from insights.impact.costs import Cost
from insights.impact.result import ModelAnswer, Spend
from insights.scope import Scope
from insights.sentences import Sentence, say
from insights.times import zone_of

OTHER: Final = "(other)"
NOT_SET: Final = "(not set)"


def spend_of(
    costs: Sequence[Cost],
    scope: Scope,
    by: str,
    models: Sequence[ModelAnswer],
    as_of: int,
) -> list[Spend]:
    """What names cost in the range, and what came back for it, the dearest first.

    Args:
        costs: of all tenants and days. Those of days that begin in the range count.
        scope: of the conversions.
        by: what gets the credit; types have no costs.
        models: what each gives each name.
        as_of: days that begin later are unknown, epoch milliseconds.
    """
    first, end = scope.range_ms()
    zone = zone_of(scope.timezone)
    known = [
        one
        for one in costs
        if one.tenant == scope.tenant
        and first <= _begins(one, zone) < min(end, as_of + 1)
    ]
    told_apart = {one.name for model in models for one in model.credits}
    spent = _spent(known, by, told_apart) if by != "type" else {}
    found = [
        Spend(
            name=name,
            cost_minor=dict(sorted(cost.items())),
            returned={
                model.model: {
                    currency: value.get(currency, 0) / minor
                    for currency, minor in sorted(cost.items())
                    if minor
                }
                for model in models
                for value in [_given(model, name)]
            },
        )
        for name, cost in spent.items()
    ]
    return sorted(found, key=lambda one: (-sum(one.cost_minor.values()), one.name))


def notes_on_spend(costs: Sequence[Cost], scope: Scope, by: str) -> list[Sentence]:
    """What a reader has to know of the costs."""
    if not costs:
        return []
    if by == "type":
        return [say("spend_by_type")]
    if scope.channel or scope.store or scope.persona:
        return [say("spend_whole")]
    return []


def _begins(cost: Cost, zone: ZoneInfo) -> float:
    return datetime.combine(cost.day, time(), zone).timestamp() * 1000


def _spent(
    costs: Sequence[Cost], by: str, told_apart: set[str]
) -> dict[str, dict[str, int]]:
    spent: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for one in costs:
        name = (one.channel if by == "channel" else one.campaign) or NOT_SET
        if name not in told_apart and OTHER in told_apart:
            name = OTHER
        spent[name][one.currency] += one.cost_minor
    return spent


def _given(model: ModelAnswer, name: str) -> dict[str, int]:
    return next((one.value_minor for one in model.credits if one.name == name), {})
