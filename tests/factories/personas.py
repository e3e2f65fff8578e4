"""Journey states of customers that fall into kinds."""

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
