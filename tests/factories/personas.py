"""Customers that fall into kinds, rules that tell them, and how many each holds."""

import yaml
from msgspec import convert

from insights.personas.answer import PersonasAnswer
from insights.personas.spec import DeclaredPersonas
from tests.unit.insights.store import Row

BASE = 1_700_000_000_000
DAY = 86_400_000


def state(person: str, **more: object) -> Row:
    """A journey state of somebody who was there on the newest day."""
    row: dict[str, object] = {
        "person_id": person,
        "revision": 1,
        "phase": "acquisition",
        "touchpoints": 10,
        "first_at": BASE,
        "last_at": BASE + 300 * DAY,
        "facts": "{}",
    }
    return row | more


def crowd(order: int = 1) -> list[Row]:
    """Three kinds of persons, apart from each other."""
    rows = [
        state(
            f"r{n}",
            orders=9 + n % 5,
            touchpoints=60 + n,
            channels={"store": 55 - n % 5},
        )
        for n in range(30)
    ]
    rows += [
        state(f"w{n}", channels={"web": 10}, sessions_total=1 + n % 5)
        for n in range(50)
    ]
    rows += [
        state(f"m{n}", channels={"email": 9}, last_at=BASE + (90 + n) * DAY)
        for n in range(40)
    ]
    return rows[::order]


def touch(person: str, day: float, type_: str = "page_viewed", **more: object) -> Row:
    """One touchpoint, so many days after the first day."""
    at = int(BASE + day * DAY)
    row: dict[str, object] = {
        "person_id": person,
        "occurred_at": at,
        "received_at": at,
        "source": "shop",
        "id": f"{person}-{day}-{type_}",
        "type": type_,
        "channel": "web",
        "direction": "in",
    }
    return row | more


def declared(text: str) -> DeclaredPersonas:
    """Personas as a file declares them."""
    return convert(yaml.safe_load(text), DeclaredPersonas)


def counted(answer: PersonasAnswer) -> dict[str, int]:
    """Persona → persons, of those that have any."""
    return {one.persona: one.persons for one in answer.personas if one.persons}
