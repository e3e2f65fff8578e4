"""A process that rolls up a store and stops in the middle, to be killed there.

`python -m tests.servers.rolling FOLDER NUMBER` lands some rows, rolls them up, lands more,
and rolls up again; it says `here` when it is about to put statement NUMBER of that second
roll-up, `landed` and `through` before and after, and then works on without a word.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from insights.funnels.spec import Funnel, Step
from insights.rollups.registered import Registered
from insights.rollups.roller import Roller
from insights.trails.keeping import Keeper
from schemas.tables import JOURNEY_STATES, TOUCHPOINTS, TRANSITIONS
from tests.unit.insights.store import LOG, Row, Store, open_store

if TYPE_CHECKING:
    from collections.abc import Mapping

START = 1_772_323_200_000
HOUR = 3_600_000
FUNNEL = Registered(
    Funnel((Step(type="page_viewed"), Step(type="order_completed")), name="ours")
)


def touch(number: int, person: str, hour: int, type_: str) -> Row:
    """One touchpoint."""
    return {
        "person_id": person,
        "occurred_at": START + hour * HOUR,
        "received_at": START,
        "source": "shop",
        "id": f"t{number}",
        "type": type_,
        "channel": "web",
        "direction": "in",
        "kafka_log": LOG,
        "kafka_offset": number,
    }


def moved(number: int, person: str, place: int, hour: int, phase: str) -> Row:
    """One change of phase."""
    return {
        "person_id": person,
        "model": "default",
        "transition_no": place,
        "to_phase": phase,
        "occurred_at": START + hour * HOUR,
        "revision": number,
        "kafka_log": LOG,
        "kafka_offset": number,
    }


def land_first(store: Store) -> None:
    """Forty persons in their first phase."""
    persons = [f"customer_id:{n}" for n in range(40)]
    touches = [touch(n, who, n, "page_viewed") for n, who in enumerate(persons)]
    store.insert(TOUCHPOINTS, touches)
    moves = [moved(n, who, 1, n, "awareness") for n, who in enumerate(persons)]
    store.insert(TRANSITIONS, moves)


def land_second(store: Store) -> None:
    """Orders, something late, a phase corrected, and two who turn out to be one."""
    touches = [
        touch(100 + n, f"customer_id:{n}", n + 2, "order_completed") for n in range(20)
    ]
    store.insert(
        TOUCHPOINTS, [*touches, touch(150, "anonymous_id:a", -5, "ad_clicked")]
    )
    moves = [
        moved(100 + n, f"customer_id:{n}", 2, n + 2, "onboarding") for n in range(9)
    ]
    store.insert(
        TRANSITIONS, [*moves, moved(150, "customer_id:30", 1, -3, "onboarding")]
    )
    state = {"person_id": "customer_id:1", "revision": 1, "state": "{}"}
    members = ["anonymous_id:a", "customer_id:2"]
    place = {"kafka_log": LOG, "kafka_offset": 1}
    store.insert(JOURNEY_STATES, [state | place | {"members": members}])


def roll(store: Store, now_ms: int) -> None:
    """One roll-up, as the sink has it."""
    Keeper(store.writer).keep(now_ms)
    Roller(store.writer, lambda: [FUNNEL]).roll(now_ms)


def tell(text: str) -> None:
    """Say something to whoever started this process."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def main() -> None:
    """Do what the module says."""
    folder, number = Path(sys.argv[1]), int(sys.argv[2])
    with open_store(folder) as store:
        land_first(store)
        roll(store, 1)
        land_second(store)
        tell("landed")
        put = 0
        command = store.writer.command

        def counted(sql: str, parameters: Mapping[str, object] | None = None) -> None:
            nonlocal put
            put += 1
            if put == number:
                tell("here")
                sys.stdin.readline()
            command(sql, parameters)

        store.writer.command = counted  # type: ignore[method-assign]
        roll(store, 2)
        tell(f"through {put}")


if __name__ == "__main__":
    main()
