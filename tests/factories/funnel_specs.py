"""Generated touchpoints of few moments and values, and funnels with any of the options."""

from __future__ import annotations

import json
import random
from typing import Any

from insights.funnels.spec import Breakdown, Exclusion, Funnel, Step
from tests.unit.insights.store import LOG

TENANTS = 5
PERSONS = 170
BASE = 1_700_002_792_000
"""Eight seconds before midnight in Paris."""
TYPES = {
    "page_viewed": "in",
    "product_viewed": "in",
    "order_completed": "in",
    "email_delivered": "out",
    "identity_linked": "in",
    "order_cancelled": "in",
}
PROPERTIES = [
    {},
    {"n": 5},
    {"n": "5"},
    {"n": 5.5, "deep": {"flag": True}},
    {"n": None, "deep": {"flag": False}},
    {"n": True, "deep": 3},
]
CONDITIONS: list[dict[str, object]] = [
    {"store_id": 367},
    {"store_id": {"ne": "367"}},
    {"store_id": ["367", 401]},
    {"store_id": {"not_in": [367]}},
    {"store_id": {"exists": True}},
    {"store_id": {"contains": "6", "starts_with": "3"}},
    {"value_minor": {"ge": 0, "lt": 700}},
    {"value_minor": {"gt": 499.5}},
    {"value_minor": {"ne": 500}},
    {"value_minor": {"exists": False}},
    {"late": True},
    {"late": {"ne": True}},
    {"properties.n": 5},
    {"properties.n": "5"},
    {"properties.n": {"le": 5.5}},
    {"properties.n": {"ne": 5}},
    {"properties.n": {"exists": True}},
    {"properties.n": [5, "5", True]},
    {"properties.deep.flag": True},
    {"properties.deep.flag": {"exists": False}, "store_id": "367"},
]


def _event(draw: random.Random, person: int, number: int) -> dict[str, object]:
    """One touchpoint; times are few, so that ties are many."""
    name = draw.choice(list(TYPES))
    return {
        "person_id": f"customer_id:{person}",
        "occurred_at": BASE + draw.randrange(16) * 1000,
        "seq": draw.choice([0, 0, 1]),
        "source": draw.choice(["shop", "tills"]),
        "id": f"{draw.randrange(10**6)}-{person}-{number}",
        "type": name,
        "direction": TYPES[name],
        "session_id": draw.choice(["", f"s{person}", f"t{person}"]),
        "cart_id": draw.choice(["", f"c{person // 2}", f"d{person}"]),
        "order_id": draw.choice(["", "", f"o{person}"]),
        "store_id": draw.choice(["", "367", "401"]),
        "value_minor": draw.choice([None, 0, 500, 700]),
        "late": draw.random() < 0.3,
        "bot": draw.random() < 0.1,
        "machine": draw.random() < 0.1,
        "properties": json.dumps(draw.choice(PROPERTIES)),
        "raw_log": LOG,
    }


def _population(tenant: int) -> list[dict[str, object]]:
    draw = random.Random(tenant)  # the same touchpoints in every run
    return [
        _event(draw, person, number) | {"tenant": f"tenant-{tenant}"}
        for person in range(PERSONS)
        for number in range(draw.randrange(9))
    ]


POPULATIONS = {f"tenant-{tenant}": _population(tenant) for tenant in range(TENANTS)}


def _kind(draw: random.Random) -> dict[str, Any]:
    every = draw.random() < 0.1
    some = draw.sample(list(TYPES), draw.choice([1, 1, 1, 2, 3]))
    where = draw.choice(CONDITIONS) if draw.random() < 0.35 else {}
    return {"any_of": ("*",) if every else tuple(some), "where": where}


def _step(draw: random.Random, number: int, last: int, order: str) -> Step:
    between = order != "any" and number > 1
    near = between and draw.random() < 0.25
    far = between and draw.random() < 0.2
    optional = between and number < last and draw.random() < 0.3
    return Step(
        **_kind(draw),
        optional=optional,
        within=draw.choice(["2s", "3s", "6s"]) if near and not optional else None,
        at_least=draw.choice(["0s", "1s", "2s"]) if far and not optional else None,
    )


def _exclusion(draw: random.Random, steps: list[Step], order: str) -> Exclusion:
    required = [n for n, step in enumerate(steps, 1) if not step.optional]
    if order == "any":
        return Exclusion(**_kind(draw))
    first, to = sorted(draw.sample(required, 2))
    end = None if to == len(steps) and draw.random() < 0.5 else to
    return Exclusion(**_kind(draw), from_=first, to=end)


def _breakdown(draw: random.Random, steps: list[Step], order: str) -> Breakdown:
    required = [n for n, step in enumerate(steps, 1) if not step.optional]
    choices = ["first_touch", "last_touch", "all_steps"]
    if order != "any":
        choices += [f"step:{n}" for n in required]
    return Breakdown(
        draw.choice(["store_id", "value_minor", "properties.n", "late", "source"]),
        draw.choice(choices),
        draw.choice([1, 2, 10]),
    )


def generated(seed: int) -> Funnel:
    """A funnel with any of the options."""
    draw = random.Random(seed)
    order = draw.choice(["ordered", "ordered", "strict", "any"])
    last = draw.choice([1, 2, 2, 3, 3, 4])
    steps = [_step(draw, number, last, order) for number in range(1, last + 1)]
    start, end = (draw.choice([None, None, draw.randrange(-2, 18)]) for _ in range(2))
    if start is not None and end is not None and start >= end:
        start, end = None, start
    needed = sum(not step.optional for step in steps)
    excluding = needed > 1 and draw.random() < 0.35
    exclude = excluding and [
        _exclusion(draw, steps, order) for _ in range(draw.choice([1, 1, 2]))
    ]
    hold = draw.sample(["store_id", "properties.n", "cart_id", "source"], 1)
    count = draw.choice(["uniques", "uniques", "totals"])
    may_open = order != "any" and count == "uniques"
    breaking = order == "strict" and draw.random() < 0.3
    return Funnel(
        steps=tuple(steps),
        window=draw.choice(["0s", "1s", "2500ms", "5s", "5s", "10s", "10s", None]),
        unit=draw.choice(["person", "person", "session", "cart", "order"]),  # type: ignore[arg-type]
        order=order,  # type: ignore[arg-type]
        session=draw.random() < 0.1,
        closed=not (may_open and draw.random() < 0.25),
        exclude=tuple(exclude or ()),
        hold=tuple(hold) if draw.random() < 0.2 else (),
        from_=None if start is None else BASE + start * 1000,
        to=None if end is None else BASE + end * 1000,
        breakdown=_breakdown(draw, steps, order) if draw.random() < 0.5 else None,
        count=count,  # type: ignore[arg-type]
        timezone=draw.choice(["UTC", "Europe/Paris", "America/New_York"]),
        tenant=f"tenant-{draw.randrange(TENANTS)}",
        eligible=("page_viewed", "email_delivered") if breaking else None,
        net=draw.random() < 0.2,
        include_bots=draw.random() < 0.5,
        include_machine=draw.random() < 0.5,
    )


def moment(seed: int) -> int | None:
    draw = random.Random(-seed)
    return draw.choice([None, BASE + draw.randrange(20) * 1000])
