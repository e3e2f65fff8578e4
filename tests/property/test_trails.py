"""Answers from trails against those from the touchpoints, whatever lands in between."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from insights.map.beside import read_beside
from insights.map.model import MapModel, MapPhase
from insights.map.plan import read_plan
from insights.map.reading import read_map
from insights.moments.answer import (
    Wanted,
    moments,
    moments_and_frictions,
)
from insights.moments.reading import read_rows
from insights.pains.answer import pains
from insights.pains.opportunities import opportunities
from insights.personas.assign import personas_by
from insights.personas.spec import DeclaredPersonas, Rule
from insights.scope import Scope
from insights.trails.keeping import Keeper
from insights.trails.reading import prepared
from schemas.tables import (
    DERIVED,
    JOURNEY_STATES,
    TABLES,
    THREADS,
    TOUCHPOINTS,
    TRANSITIONS,
)
from tests.unit.insights.store import LOG, OverJson, Store, open_store

if TYPE_CHECKING:
    from collections.abc import Iterator

    from insights.asker import Asker
    from insights.trails.reading import Trails
    from schemas.tables import Table
    from tests.unit.insights.store import Row

pytest.importorskip("chdb")
pytestmark = pytest.mark.clickhouse

START = 1_772_323_200_000
HOUR = 3_600_000
NAMES = ("anonymous_id:a", "customer_id:1", "customer_id:2", "device_id:d")
PHASES = ("awareness", "acquisition", "onboarding")
EXAMPLES = int(os.environ.get("TRAIL_EXAMPLES", "6"))
MODEL = MapModel(
    "default", 1, (*map(MapPhase, PHASES), MapPhase("dormant", silent=True))
)
PLAN = read_plan(b"""
name: ours
phases:
  - id: awareness
    expect: {page_viewed: 0.5, coupon_denied: 0}
  - id: acquisition
    expect: {order_completed: 1}
""")
PERSONAS = DeclaredPersonas(
    "ours", (Rule("busy", where={"touchpoints": {"ge": 3}}), Rule("idle"))
)
WANTED = Wanted(phases=PHASES, horizon="2d", min_persons=1)

KNOWN: list[tuple[object, ...]] = [
    ("state", "customer_id:1", set(), 4),
    ("state", "customer_id:2", set(), 1),
]
"""One of each persona, whatever is drawn."""

Landing = tuple[str, list[tuple[object, ...]]]

hours = st.integers(0, 200)
touches = st.tuples(
    st.just("touch"),
    st.sampled_from(NAMES),
    hours,
    st.sampled_from(
        ["page_viewed", "order_completed", "coupon_denied", "survey_answered",
         "email_delivered", "consent_updated"]
    ),
    st.sampled_from(["web", "store", "email"]),
    st.sampled_from(["", "S1", "S2"]),
    st.sampled_from([-2.0, -1.0, -0.3, 0.7, None]),
    st.integers(0, 9),
)  # fmt: skip
moves = st.tuples(
    st.just("move"),
    st.sampled_from(NAMES),
    hours,
    st.integers(1, 4),
    st.sampled_from([*PHASES, "dormant"]),
    st.booleans(),
)
states = st.tuples(
    st.just("state"),
    st.sampled_from(NAMES[1:3]),
    st.sets(st.sampled_from([NAMES[0], NAMES[3]])),
    st.integers(0, 5),
)
carts = st.tuples(
    st.just("cart"),
    st.sampled_from(NAMES),
    hours,
    st.sampled_from(["open", "abandoned", "completed"]),
    st.integers(1, 5000),
)
fact = st.one_of(touches, touches, touches, moves, moves, states, carts)
facts = st.lists(fact, min_size=10, max_size=60)
scopes = st.builds(
    Scope,
    from_=st.sampled_from([None, None, START + 30 * HOUR, "2026-03-03"]),
    to=st.sampled_from([None, None, START + 120 * HOUR]),
    channel=st.sampled_from(["", "", "web"]),
    store=st.sampled_from(["", "", "S1"]),
    persona=st.sampled_from(["", "busy", "idle"]),
    timezone=st.sampled_from(["UTC", "Asia/Tokyo"]),
)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    with open_store(tmp_path_factory.mktemp("trails")) as opened:
        yield opened


class Lander:
    """Lands facts as the sink would: each with the next offset of one of two logs."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.offset = 0
        self.members: dict[str, set[str]] = {}
        self.touched: dict[str, int] = {}
        self.told: dict[str, set[str]] = {}
        self.copies: dict[str, set[str]] = {}

    def land(self, drawn: list[tuple[object, ...]]) -> None:
        rows: dict[str, list[Row]] = {}
        for fact in drawn:
            self.offset += 1
            place = {
                "kafka_log": LOG if self.offset % 3 else "another",
                "kafka_partition": self.offset % 2,
                "kafka_offset": self.offset,
            }
            kind, name, *rest = fact
            for table, row in getattr(self, f"_{kind}")(str(name), *rest):
                rows.setdefault(table, []).append(row | place)
        tables: tuple[Table, ...] = (TOUCHPOINTS, TRANSITIONS, JOURNEY_STATES, THREADS)
        for table in tables:
            if table.name in rows:
                self.store.insert(table, rows[table.name])

    def _touch(  # noqa: PLR0917 - as drawn
        self,
        name: str,
        hour: int,
        type_: str,
        channel: str,
        where: str,
        emotion: float | None,
        number: int,
    ) -> list[tuple[str, Row]]:
        observed = type_ == "survey_answered"
        row = {
            "person_id": name,
            "occurred_at": START + hour * HOUR,
            "received_at": START + self.offset,
            "seq": number % 3,
            "source": "shop",
            "id": f"{hour}-{number}",
            "type": type_,
            "channel": channel,
            "store_id": where,
            "direction": "out" if type_ == "email_delivered" else "in",
            "emotion": emotion,
            "emotion_observed": observed,
            "emotion_evidence": "nps" if observed else "friction:coupon_denied",
            "bot": number == 9,
            "machine": number == 8,
        }
        if emotion is None:
            row["emotion_evidence"] = ""
        self.told.setdefault(name, set()).add(f"{hour}-{number}")
        if type_ == "order_completed":
            row |= {
                "value_minor": 100 * number,
                "currency": "EUR" if number % 4 else "",
                "order_id": ("", "o1", "o2")[hour % 3],
            }
        return [("touchpoints", row)]

    def _move(
        self, name: str, hour: int, number: int, phase: str, *gone: bool
    ) -> list[tuple[str, Row]]:
        row = {
            "person_id": name,
            "model": "default",
            "transition_no": number,
            "from_phase": PHASES[number - 2] if number > 1 else "",
            "to_phase": phase,
            "occurred_at": START + hour * HOUR,
            "revision": self.offset,
            "deleted": int(all(gone)),
        }
        return [("transitions", row)]

    def _state(
        self, name: str, members: set[str], touched: int
    ) -> list[tuple[str, Row]]:
        """A merge or an unmerge: nobody has an identifier that another one has; and of how
        many touchpoints the state is, which says whose persona it is. Some merges find
        that the person has some of a member's touchpoints itself.
        """
        self.touched[name] = touched
        for member in members - {name} if touched % 2 else ():
            twice = {id_ for id_ in self.told.get(member, ()) if int(id_[0]) % 2}
            self.copies.setdefault(member, set()).update(twice)
        told: list[tuple[str, Row]] = []
        for other, theirs in self.members.items():
            if other != name and theirs & members:
                self.members[other] = theirs - members
                told.append(("journey_states", self._row(other)))
        self.members[name] = members
        return [*told, ("journey_states", self._row(name))]

    def _row(self, name: str) -> Row:
        return {
            "person_id": name,
            "revision": self.offset,
            "members": sorted(self.members[name]),
            "touchpoints": self.touched[name],
            "copies": [
                (member, "shop", id_)
                for member in self.members[name]
                for id_ in sorted(self.copies.get(member, ()))
            ],
            "facts": "{}",
            "state": "{}",
        }

    def _cart(
        self, name: str, hour: int, status: str, value: int
    ) -> list[tuple[str, Row]]:
        row = {
            "person_id": name,
            "kind": "cart",
            "thread_id": f"K{hour}",
            "revision": self.offset,
            "status": status,
            "started_at": START + hour * HOUR,
            "updated_at": START + (hour + 3) * HOUR,
            "value_minor": value,
            "currency": "EUR",
            "touchpoints": 1,
        }
        return [("threads", row)]


def answers(asker: Asker, scope: Scope, trails: Trails | None) -> list[object]:
    """Everything that may be made of trails."""
    whose = personas_by([PERSONAS], scope)
    found = moments(asker, scope, WANTED, whose, trails)
    hurting = pains(asker, scope, WANTED, whose, trails)
    gains = opportunities(asker, scope, found, hurting, WANTED, whose, trails=trails)
    beside = read_beside(asker, scope, MODEL, whose, trails=trails)
    whole = read_map(
        asker, scope, MODEL, plan=PLAN, beside=beside, personas=whose, trails=trails
    )
    frictions = replace(WANTED, frictions=True)
    both = moments_and_frictions(asker, scope, WANTED, whose, trails)
    rows = [
        [row for row, _ in read_rows(asker, scope, [one], whose, trails)]
        for one in (WANTED, frictions)
    ]
    return [found, hurting, gains, whole, rows, both]


def same(store: Store, scope: Scope) -> bool:
    """Whether trails were there, and they answered as the touchpoints do."""
    asker = OverJson(store.asker)
    trails = prepared(asker, scope, small=-1)
    if trails is None:
        return False
    assert answers(asker, scope, trails) == answers(asker, scope, None)
    return True


@settings(
    max_examples=EXAMPLES,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(facts, facts, facts, scopes)
def test_trails_answer_as_the_touchpoints(
    store: Store,
    first: list[tuple[object, ...]],
    second: list[tuple[object, ...]],
    third: list[tuple[object, ...]],
    scope: Scope,
) -> None:
    """Early and late facts, merges, unmerges, corrected and deleted phases: behind the
    roll-up, after the next one, and behind that; of everybody or of a persona.
    """
    store.clear(*TABLES, *DERIVED)
    lander, keeper = Lander(store), Keeper(store.writer)
    lander.land([*KNOWN, *first])
    keeper.keep(1)
    same(store, scope)
    lander.land(second)
    same(store, scope)
    keeper.keep(2)
    same(store, scope)
    lander.land(third)
    same(store, scope)
