"""Touchpoints of persons with many identifiers, and who they are by all the evidence."""

import random
from collections import defaultdict
from collections.abc import Iterable, Sequence

from msgspec import Raw, json

from schemas.identity import Identity
from schemas.touchpoint import Actor, Touchpoint
from streams.identity.links import DEFAULT_LINKS, derive, hear, see
from streams.identity.strength import strength
from tests.factories.identified import MINUTE_MS, START_MS, identified

POOL = tuple(
    f"{namespace}:{number}"
    for namespace, count in (
        ("anonymous_id", 4),
        ("device_id", 3),
        ("phone_hash", 2),
        ("email_hash", 3),
        ("loyalty_id", 2),
        ("customer_id", 3),
    )
    for number in range(1, count + 1)
)
TYPES = (
    "page_viewed",
    "product_viewed",
    "order_completed",
    "store_visit_started",
    "mailing_delivered",
    "referral_sent",
    "customer_updated",
    "cart_product_added",
    "account_created",
    "unsubscribed",
)


def event(
    id_: str,
    names: Iterable[str],
    type_: str = "page_viewed",
    *,
    at: int = START_MS,
    linked: Sequence[str] = (),
    **more: object,
) -> Touchpoint:
    """A touchpoint with these identifiers, as the first agent addresses it."""
    names = list(names)
    actor = dict(name.split(":") for name in names)
    fields: dict[str, object] = {
        "at": at,
        "person": min([*names, *linked], key=strength),
        "actor": Actor(**actor),
    }
    if linked:
        fields["properties"] = Raw(json.encode({"linked": list(linked)}))
    if type_ == "store_visit_started":
        fields["store"] = "s1"
    if type_ == "order_completed":
        fields |= {"value_minor": 100, "currency": "EUR"}
    if type_ == "cart_product_added":
        fields["cart_id"] = ("a cart", "another")[len(id_) % 2]  # of several persons
    if type_ == "customer_updated":
        fields["properties"] = Raw(json.encode({"facts": {"city": id_}}))
    return identified(id_, type_, **{**fields, **more})  # type: ignore[arg-type]


def history(chance: random.Random, size: int) -> list[Touchpoint]:
    """Touchpoints with one to three identifiers each, some of which link and unlink."""
    made = []
    for number in range(size):
        at = START_MS + chance.randrange(20 * 60) * MINUTE_MS
        drawn = chance.sample(POOL, chance.choice((1, 1, 2, 2, 2, 3)))
        names = {name.partition(":")[0]: name for name in drawn}
        type_, linked = chance.choice(TYPES), []
        luck = chance.random()
        if len(names) > 1 and luck < 0.2:
            type_ = "identity_unlinked"
        elif luck < 0.25:
            type_, linked = "identity_linked", chance.sample(POOL, 1)
        made.append(event(f"e{number}", names.values(), type_, at=at, linked=linked))
    return made


def names_of(touchpoint: Touchpoint) -> set[str]:
    """Every identifier that a touchpoint names."""
    told: dict[str, list[str]] = json.decode(bytes(touchpoint.properties))
    actor = json.decode(json.encode(touchpoint.actor), type=dict[str, str])
    return {f"{key}:{value}" for key, value in actor.items()} | {
        *told.get("linked", [])
    }


def parents(touchpoints: Iterable[Touchpoint]) -> dict[str, str]:
    """What each identifier is merged into, from all the evidence at once."""
    known: defaultdict[str, Identity] = defaultdict(Identity)
    for one in touchpoints:
        marks = (one.occurred_at, 0)
        if one.type == "identity_unlinked":
            marks = (0, one.occurred_at)
        for other in names_of(one) - {one.person_id}:
            see(known[other], one.person_id, *marks)
    found = {}
    for name in sorted({*known, *POOL}, key=strength, reverse=True):
        derived = derive(name, known[name], DEFAULT_LINKS)
        found[name] = derived.parent
        for other, stronger in derived.implies.items():
            hear(known[other], name, stronger, 1)
    return found


def root(parents_: dict[str, str], name: str) -> str:
    """The identifier that names the person."""
    while parents_.get(name):
        name = parents_[name]
    return name
