"""Journeys of contacts and orders for tests of impact, and how they are asked about."""

from __future__ import annotations

from typing import TYPE_CHECKING

from insights.impact.answer import read_impact
from insights.impact.spec import ImpactQuestion
from insights.scope import Scope
from tests.unit.insights.store import OverJson, Row, Store

if TYPE_CHECKING:
    from insights.impact.result import Impact, ModelAnswer

DAY = 86_400_000
BASE = 1_735_689_600_000
LATER = BASE + 1000 * DAY
CHANNELS = {"ad_clicked": "ads", "email_opened": "email", "call_started": "phone"}


def touch(
    person: str, day: float, type_: str, minor: int | None = None, **more: object
) -> Row:
    """A contact, or an order with a value."""
    return {
        "person_id": f"customer_id:{person}",
        "occurred_at": BASE + round(day * DAY),
        "source": "shop",
        "id": f"{person}-{day}-{type_}",
        "type": type_,
        "channel": CHANNELS.get(type_, "web"),
        "direction": "in",
        "value_minor": minor,
        "currency": "" if minor is None else "EUR",
        **more,
    }


def journeys(*texts: str, days: float = 1.0) -> list[Row]:
    """`a e $100`: ads, e-mail, order of 100, a day apart; one text a person."""
    types = {"a": "ad_clicked", "e": "email_opened", "p": "call_started"}
    rows = []
    for person, text in enumerate(texts):
        for number, word in enumerate(text.split()):
            at = number * days
            if word[0] == "$":
                rows.append(touch(str(person), at, "order_completed", int(word[1:])))
            else:
                rows.append(touch(str(person), at, types[word]))
    return rows


def ask(store: Store, scope: Scope | None = None, **options: object) -> Impact:
    """Ask, with shares told of everybody."""
    asked = ImpactQuestion(**{"minimum": 1, "replicates": 0, **options})  # type: ignore[arg-type]
    return read_impact(OverJson(store.asker), scope or Scope(), asked, as_of=LATER)


def money(model: ModelAnswer) -> dict[str, int]:
    """What a model gives, in euro cents, zeros left out."""
    return {c.name: c.value_minor["EUR"] for c in model.credits if c.value_minor["EUR"]}


def given(found: Impact) -> dict[str, dict[str, int]]:
    """What each model gives."""
    return {model.model: money(model) for model in found.models}
