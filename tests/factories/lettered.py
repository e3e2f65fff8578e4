"""Touchpoints and funnels of single letters: what a funnel's test is about, at a glance."""

from __future__ import annotations

from typing import TYPE_CHECKING

from insights.funnels.answer import FunnelAnswer, answer
from insights.funnels.spec import Exclusion, Funnel
from insights.funnels.steps import parse_steps

if TYPE_CHECKING:
    from tests.unit.insights.store import Row, Store

BASE = 1_700_000_000_000
NAMES = {
    "A": "page_viewed",
    "B": "product_viewed",
    "C": "order_completed",
    "X": "products_searched",
    "P": "email_delivered",
    "R": "order_cancelled",
}


def happened(text: str, who: str = "1", **other: object) -> list[Row]:
    """One person's touchpoints, `A0 B5`: type and second, in order of `seq`."""
    return [
        {
            "person_id": f"customer_id:{who}",
            "occurred_at": BASE + int(word[1:]) * 1000,
            "seq": number,
            "source": "shop",
            "id": f"{word}-{number}",
            "type": NAMES[word[0]],
            "direction": "out" if word[0] == "P" else "in",
            **other,
        }
        for number, word in enumerate(text.split())
    ]


def asked(letters: str, **options: object) -> Funnel:
    """A funnel of lettered steps, `A|B` for either, `A?` for an optional one.

    Args:
        letters: the steps, parted by spaces.
        options: of the funnel; `without` is what must not come between.
    """
    texts = [
        "|".join(NAMES.get(name[0], name[0]) + name[1:] for name in step.split("|"))
        for step in letters.split()
    ]
    without = options.pop("without", None)
    if without is not None:
        options["exclude"] = (Exclusion(type=NAMES[str(without)]),)
    return Funnel(**{"steps": parse_steps(texts), "window": "10s", **options})  # type: ignore[arg-type]


def told(store: Store, letters: str, **options: object) -> FunnelAnswer:
    """The answer to a funnel of lettered steps, long after everything."""
    as_of = options.pop("as_of", BASE + 10**12)
    return answer(store.asker, asked(letters, **options), as_of)  # type: ignore[arg-type]


def reached(found: FunnelAnswer) -> int:
    """How many steps the one person of a test did."""
    return sum(step.units for step in found.steps)
