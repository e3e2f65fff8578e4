"""How often moments of truth are found where they are planted, and where there are none.

    python -m bench.moments moments 200 232
    python -m bench.moments no_moments 100 160

The seeds from the first to the second number, one data set each, are put straight into
an embedded store: their phases are those of `parcours.simulating.moments`, without the worker.
"""

import sys
import tempfile
from collections.abc import Iterator
from typing import Final, Literal, cast

from insights.asker import DatabaseAsker
from insights.moments.answer import moments
from insights.scope import Scope
from parcours.simulating.moments import PHASES, history, planted
from parcours.simulating.plan import Plan
from schemas.tables import TOUCHPOINTS, TRANSITIONS, Table
from schemas.vocabulary import TYPES
from sinks.clickhouse import Database
from sinks.migrate import migrate

SIZE: Final = 50_000
ORDER: Final = (*(phase.name for phase in PHASES), "advocacy")

Scene = Literal["moments", "no_moments"]
Row = dict[str, object]


def main() -> None:
    """Print each data set's claims, then how many are right."""
    scene, first, end = sys.argv[1:]
    right = claimed_else = 0
    seeds = range(int(first), int(end))
    with tempfile.TemporaryDirectory() as folder:
        database = Database.connect(f"chdb://{folder}/store")
        migrate(database)
        for seed in seeds:
            plan = Plan(SIZE, 1, seed=seed, scene=cast("Scene", scene))
            wanted = {(one.phase, one.type) for one in planted(plan)}
            found = claims(database, plan)
            right += set(found[:3]) == wanted
            claimed_else += not set(found) <= wanted
            print(seed, *("/".join(one) for one in found), flush=True)
        database.close()
    if scene == "moments":
        print(f"the first three are the planted ones in {right} of {len(seeds)}")
    print(f"something that is not planted is claimed in {claimed_else} of {len(seeds)}")


def claims(database: Database, plan: Plan) -> list[tuple[str, str]]:
    """The claimed moments of a plan, put under a tenant of its own."""
    tenant = f"t{plan.seed}"
    touched, moved = rows(plan, tenant)
    insert(database, TOUCHPOINTS, touched)
    insert(database, TRANSITIONS, moved)
    found = moments(DatabaseAsker(database), Scope(tenant=tenant))
    return [(one.phase, one.type) for one in found.moments]


def rows(plan: Plan, tenant: str) -> tuple[list[Row], list[Row]]:
    """Touchpoints and transitions of a plan."""
    touched: list[Row] = []
    moved: list[Row] = []
    reached: dict[int, int] = {}
    for event in history(plan):
        type_ = event.raw.type
        own: Row = {"tenant": tenant, "person_id": f"customer_id:{event.person}"}
        own["occurred_at"] = event.at
        touched.append(
            {
                **own,
                "received_at": event.at,
                "source": event.raw.source,
                "id": event.raw.id,
                "type": type_,
                "direction": TYPES[type_].direction,
            }
        )
        moved.extend(
            {
                **own,
                "model": "default",
                "transition_no": place + 1,
                "from_phase": ORDER[place - 1] if place else "",
                "to_phase": ORDER[place],
                "revision": 1,
            }
            for place in steps(reached, event.person, type_)
        )
    return touched, moved


def steps(reached: dict[int, int], person: int, type_: str) -> Iterator[int]:
    """The phase that a touchpoint leads into, if any."""
    place = reached.get(person)
    if place is None:
        reached[person] = 0
        yield 0
    elif place < len(PHASES) and PHASES[place].onward == type_:
        reached[person] = place + 1
        yield place + 1


def insert(database: Database, table: Table, found: list[Row]) -> None:
    """Insert rows; a column that none names has its type's empty value."""
    database.insert(
        table,
        [[row.get(name, empty(kind)) for row in found] for name, kind in table.columns],
    )


def empty(kind: str) -> object:
    """The empty value of a ClickHouse type."""
    for start, value in (
        ("Nullable", None),
        ("Array", []),
        ("Map", {}),
        ("Bool", False),
    ):
        if kind.startswith(start):
            return value
    return "" if "String" in kind else 0


if __name__ == "__main__":
    main()
