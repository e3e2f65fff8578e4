"""A question about impact compiled to statements: fixed texts, bound values."""

from string import Template
from typing import Final

import msgspec

from insights.asker import question
from insights.conditions import Values
from insights.impact.spec import ImpactQuestion
from insights.orders import ALONE, orders_of, revoked_of, told_of_orders
from insights.scope import Personas, Scope, persons_of, touchpoints_of
from insights.statements import Statement, statement
from insights.step_sql import COLUMNS_OF_STEPS, step_sql
from insights.times import END_OF_TIME_MS

PARTS: Final = 200
"""Into how many parts persons fall, of which the bootstrap draws."""

TOUCHPOINTS: Final = 5_000
"""Of each person, at most so many contacts and conversions are looked at."""

_PACKAGE: Final = "insights.impact"
_NAMES: Final = {
    "channel": "toString(channel)",
    "type": "toString(type)",
    "campaign": "multiIf(campaign_name != '', toString(campaign_name), "
    "campaign_id != '', campaign_id, '(not set)')",
}


class Statements:
    """The statements of one question.

    Args:
        asked: the question.
        scope: of its conversions.
        as_of_ms: what happened later is unknown, epoch milliseconds.
        personas: knows the personas, where the scope names one.

    Raises:
        QuestionError: the question makes no sense.
    """

    def __init__(
        self,
        asked: ImpactQuestion,
        scope: Scope,
        as_of_ms: int,
        personas: Personas | None = None,
    ) -> None:
        asked.check()
        first, end = scope.range_ms()
        values = Values()
        self._events = _events(asked, scope, as_of_ms, values, personas)
        self._order = asked.order
        self._fixed: dict[str, object] = {
            "tenant": scope.tenant,
            "from_ms": first,
            "end_ms": end,
            "as_of_ms": as_of_ms,
            "lookback_ms": asked.lookback_ms,
            "half_life_ms": asked.half_life_ms,
            "order": asked.order,
            "seed": asked.seed,
            "parts": PARTS,
            "touchpoints": TOUCHPOINTS,
            "names_limit": asked.names,
            **values.bound,
        }

    def names(self) -> Statement:
        """Which names are told apart."""
        return statement(_fill("names", events=self._events["plain"]), self._fixed)

    def samples(self, of: str, name: str, names: list[str], limit: int) -> Statement:
        """Some touchpoints of the paths that are counted.

        Args:
            of: of which paths; see `insights.impact.samples.Of`.
            name: of the contacts, or `(other)`; empty for all.
            names: those that are told apart.
            limit: how many, at most.
        """
        events = self._events["events"]
        told = ", of_type, of_channel"
        ended = "arrayPushBack(claimed, stretch[-1])"
        paths = _fill("paths", events=events, told=told, claimed=ended)
        asked = {"sample_of": of, "sample_name": name, "sample_limit": limit}
        values = {**self._fixed, **asked, "names": names}
        return statement(_fill("samples", paths=paths), values)

    def over_paths(self, name: str, names: list[str]) -> Statement:
        """`totals`, `credits` or `chain`, with these names told apart."""
        events = self._events["events"]
        paths = _fill("paths", events=events, told="", claimed="claimed")
        # Beyond one contact of memory, chains are too large for parts.
        part = "part" if self._order == 1 else "0"
        text = _fill(name, paths=paths, part=part)
        return statement(text, {**self._fixed, "names": names})


def _events(
    asked: ImpactQuestion,
    scope: Scope,
    as_of_ms: int,
    values: Values,
    personas: Personas | None,
) -> dict[str, str]:
    """Contacts and conversions, and those `plain`: without what orders were told again."""
    first, end = scope.range_ms()
    from_ms = max(0, first - asked.lookback_ms)
    to_ms = min(end + asked.lookback_ms, as_of_ms + 1, END_OF_TIME_MS)
    if from_ms >= to_ms:
        from_ms, to_ms = 0, 1  # nothing that is known lies in the range
    everywhere = msgspec.structs.replace(
        scope, from_=from_ms, to=to_ms, channel="", store=""
    )
    persons = persons_of(scope, values, personas)
    touchpoints = touchpoints_of(everywhere, COLUMNS_OF_STEPS, values, persons)
    step = step_sql(asked.conversion, values)
    conversion = [step]
    for column, wanted in (("channel", scope.channel), ("store_id", scope.store)):
        if wanted:
            conversion.append(f"{column} = {values.bind(wanted, 'String')}")
    told = " AND ".join(conversion)
    parts = {
        "conversion": told,
        "name": _NAMES[asked.by],
        "touch": " OR ".join(step_sql(touch, values) for touch in asked.touches),
        "touchpoints": touchpoints,
        "alone": ALONE,
    }
    tellings = told_of_orders(
        everywhere,
        COLUMNS_OF_STEPS,
        values,
        persons,
        until_ms=min(as_of_ms + 1, END_OF_TIME_MS),
    )
    again = _fill("again", orders=orders_of(tellings, told))
    refunds = _refunds(step, scope, as_of_ms, values) if asked.net else ""
    return {
        "plain": _fill("events", **parts, **_PLAIN),
        "events": _fill(
            "events",
            **parts,
            **(_NET if asked.net else _GROSS),
            again=again,
            refunds=refunds,
        ),
    }


_OWN: Final = {
    "minor": "ifNull(value_minor, 0)",
    "currency": "if(value_minor IS NULL, '', toString(genuine.currency))",
}
_PLAIN: Final = {**_OWN, "first": "true", "refunded": "0", "again": "", "refunds": ""}
_TOLD_MINOR: Final = f"if(tellings > 1, told_minor, {_OWN['minor']})"
_FIRST: Final = "(tellings = 0 OR (occurred_at, seq, source, id) = told)"
_GROSS: Final = {
    "first": _FIRST,
    "minor": _TOLD_MINOR,
    "currency": f"if(tellings > 1, told_currency, {_OWN['currency']})",
    "refunded": "0",
}
_NET: Final = {
    **_GROSS,
    "first": f"{_FIRST} AND NOT cancelled AND {_TOLD_MINOR} > given_back",
    "refunded": "toInt64(given_back)",
}


def _refunds(step: str, scope: Scope, as_of_ms: int, values: Values) -> str:
    """Whatever the range, place and persona: else a refund would be taken off twice."""
    known = Scope(tenant=scope.tenant, to=min(as_of_ms + 1, END_OF_TIME_MS))
    everything = touchpoints_of(known, COLUMNS_OF_STEPS, values)
    orders = orders_of(everything, f"order_id != '' AND {step}")
    return _fill("refunds", orders=orders, revoked=revoked_of(everything))


def _fill(name: str, /, **texts: str) -> str:
    return Template(question(name, _PACKAGE)).substitute(texts)
