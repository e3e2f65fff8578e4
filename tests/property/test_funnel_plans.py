"""Funnels over timelines, and registered ones from their days, against the touchpoints."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from insights.asker import QuestionError
from insights.funnels.answer import FunnelAnswer, answer
from insights.funnels.plans import Terms
from insights.funnels.spec import Breakdown, Funnel, Step
from insights.rollups.read import answer_days
from insights.rollups.registered import Registered, phase_funnel
from insights.rollups.roller import Roller
from schemas.tables import DERIVED, JOURNEY_STATES, TOUCHPOINTS, TRANSITIONS
from schemas.vocabulary import TYPES as ALL
from tests.unit.insights.store import LOG, Store, open_store

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.unit.insights.store import Row

pytestmark = pytest.mark.clickhouse

HOUR = 3_600_000
DAY = 24 * HOUR
START = 1_772_323_200_000
TYPES = ["page_viewed", "cart_viewed", "order_completed", "signed_in"]
LIVE = Terms(live=True)
ROLLED = Terms(fresh=-1)
EXAMPLES = int(os.environ.get("PLAN_EXAMPLES", "12"))


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    with open_store(tmp_path_factory.mktemp("plans")) as opened:
        yield opened


def touchpoint(number: int, person: str, at: int, kind: str, **more: object) -> Row:
    return {
        "person_id": person,
        "occurred_at": at,
        "received_at": at + 1,
        "source": "shop",
        "id": f"t{number:04}",
        "type": kind,
        "kafka_log": LOG,
        "kafka_offset": number,
    } | more


@st.composite
def histories(draw: st.DrawFn) -> list[Row]:
    """Few persons and moments: ties, repeats and touchpoints on the border of windows."""
    drawn = draw(
        st.lists(
            st.tuples(
                st.sampled_from("abcd"),
                st.integers(0, 24),
                st.sampled_from([0, 0, 1, HOUR]),
                st.sampled_from(TYPES),
                st.sampled_from(["", "web", "app"]),
                st.integers(0, 1),
            ),
            min_size=1,
            max_size=40,
        )
    )
    return [
        touchpoint(
            number,
            person,
            START + slot * 6 * HOUR + more,
            kind,
            channel=channel,
            seq=seq,
        )
        for number, (person, slot, more, kind, channel, seq) in enumerate(drawn)
    ]


@st.composite
def funnels(draw: st.DrawFn) -> Funnel:
    order = draw(st.permutations(TYPES))
    count = draw(st.integers(1, 4))
    steps = [Step(type=name) for name in order[:count]]
    if count > 1 and draw(st.booleans()):
        steps = [*steps[:-2], Step(any_of=(steps[-2].type, steps[-1].type))]
    window = draw(st.sampled_from(["0ms", "6h", "12h", "1d", "3d", "30d"]))
    return Funnel(steps=tuple(steps), window=window)


def compared(found: FunnelAnswer) -> FunnelAnswer:
    return replace(found, evidence=[], notes=[])


def roll(store: Store, *registered: Registered, now: int = 1) -> None:
    Roller(store.writer, lambda: registered).roll(now)


@settings(
    max_examples=EXAMPLES,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(histories(), funnels(), st.data())
def test_timelines_answer_as_the_touchpoints(
    store: Store, rows: list[Row], funnel: Funnel, data: st.DataObject
) -> None:
    """The same numbers and times, by value too, in any range; ties and repeats or not."""
    store.clear(TOUCHPOINTS, JOURNEY_STATES, *DERIVED)
    store.insert(TOUCHPOINTS, rows)
    roll(store)
    if data.draw(st.booleans()):
        first = START + data.draw(st.integers(0, 20)) * 6 * HOUR
        end = first + data.draw(st.integers(1, 20)) * 6 * HOUR
        funnel = replace(funnel, from_=first, to=end)
    if data.draw(st.booleans()):
        attribution = data.draw(st.sampled_from(["first_touch", "last_touch"]))
        limit = data.draw(st.integers(1, 3))
        funnel = replace(funnel, breakdown=Breakdown("channel", attribution, limit))
    found = answer(store.asker, funnel, terms=ROLLED)
    assert "from the timelines" in str(found.notes[-1])
    assert compared(found) == compared(answer(store.asker, funnel, terms=LIVE))


@settings(
    max_examples=EXAMPLES,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(histories(), histories(), funnels(), st.data())
def test_days_count_as_the_touchpoints(
    store: Store,
    rows: list[Row],
    later: list[Row],
    funnel: Funnel,
    data: st.DataObject,
) -> None:
    """Any range of days gives the different persons of it, also after late touchpoints."""
    store.clear(TOUCHPOINTS, JOURNEY_STATES, *DERIVED)
    zone = data.draw(st.sampled_from(["UTC", "Europe/Paris"]))
    funnel = replace(funnel, timezone=zone)
    one = Registered(funnel)
    store.insert(TOUCHPOINTS, rows)
    roll(store, one)
    late = [
        row | {"id": f"late{n}", "kafka_offset": 100 + n, "late": True}
        for n, row in enumerate(later)
    ]
    store.insert(TOUCHPOINTS, late)
    roll(store, one, now=2)
    if data.draw(st.booleans()):
        day = data.draw(st.integers(1, 8))
        end = day + data.draw(st.integers(1, 4))
        span = {"from_": f"2026-03-{day:02}", "to": f"2026-03-{end:02}"}
        funnel = replace(funnel, **span)
    found = answer_days(store.asker, one, funnel)
    if found is None:
        return
    wanted = answer(store.asker, funnel, terms=LIVE)
    for step in wanted.steps:
        step.seconds_from_first = step.seconds_from_previous = None
    assert compared(found) == compared(wanted)


def test_a_merge_moves_touchpoints_and_a_split_moves_them_back(store: Store) -> None:
    """Whoever a touchpoint counts as after the roll-up is who the state says by then."""
    store.clear(TOUCHPOINTS, JOURNEY_STATES, *DERIVED)
    one = Registered(Funnel((Step(type=TYPES[0]), Step(type=TYPES[2]))))
    store.insert(
        TOUCHPOINTS,
        [
            touchpoint(1, "cookie", START, TYPES[0]),
            touchpoint(2, "person", START + 1, TYPES[2]),
        ],
    )
    for offset, members, converted in ((1, [], 0), (2, ["cookie"], 1), (3, [], 0)):
        state = {
            "person_id": "person",
            "revision": offset,
            "members": members,
            "state": "{}",
            "kafka_log": LOG,
            "kafka_offset": offset,
        }
        store.insert(JOURNEY_STATES, [state])
        roll(store, one, now=offset)
        found = answer_days(store.asker, one, one.funnel)
        assert found is not None
        assert (found.entered, found.converted) == (1, converted)
        quick = answer(store.asker, one.funnel, terms=ROLLED)
        assert compared(quick) == compared(answer(store.asker, one.funnel, terms=LIVE))


def test_rolling_again_writes_nothing(store: Store) -> None:
    """A roll-up that was killed behind its rows does no harm when it is done again."""
    store.clear(TOUCHPOINTS, JOURNEY_STATES, *DERIVED)
    one = Registered(Funnel((Step(type=TYPES[0]),)))
    store.insert(TOUCHPOINTS, [touchpoint(1, "a", START, TYPES[0])])
    roll(store, one)
    count = "SELECT count() FROM funnel_days"
    before = store.writer.query(count).rows
    store.writer.command("TRUNCATE TABLE rollups")
    roll(store, one, now=2)
    assert store.writer.query(count).rows == before
    assert answer(store.asker, one.funnel, terms=ROLLED).entered == 1


def test_a_day_that_loses_its_last_entry_is_zero(store: Store) -> None:
    """Erased touchpoints leave after a rebuild, and their days with them."""
    store.clear(TOUCHPOINTS, JOURNEY_STATES, *DERIVED)
    one = Registered(Funnel((Step(type=TYPES[0]),)))
    rows = [touchpoint(n, f"p{n}", START + n * DAY, TYPES[0]) for n in range(2)]
    store.insert(TOUCHPOINTS, rows)
    roll(store, one)
    store.writer.command(
        "ALTER TABLE touchpoints DELETE WHERE person_id = 'p0' SETTINGS mutations_sync = 2"
    )
    Roller(store.writer, lambda: [one]).roll(2, rebuild=True)
    found = answer_days(store.asker, one, one.funnel)
    assert found is not None
    assert found.entered == answer(store.asker, one.funnel, terms=ROLLED).entered == 1


def test_a_type_with_the_hash_of_another_one_is_not_taken_for_it(store: Store) -> None:
    """Types of a retailer's own have any name: who has such a one is asked live."""
    store.clear(TOUCHPOINTS, JOURNEY_STATES, *DERIVED)
    steps = (Step(type="order_completed"), Step(type="signed_in"))
    own = "custom_e2699941"
    one = Registered(Funnel(steps))
    other = Registered(Funnel((Step(type=own),)))
    rows = [
        touchpoint(1, "a", START, own),
        touchpoint(2, "a", START + 1, "signed_in"),
        touchpoint(3, "b", START, "order_completed"),
        touchpoint(4, "c", START, "order_completed", tenant="theirs"),
    ]
    store.insert(TOUCHPOINTS, rows)
    roll(store, one, other)
    found = answer(store.asker, one.funnel, terms=ROLLED)
    assert (found.entered, found.converted) == (1, 0)
    assert str(found.notes[-1]).endswith(f"cannot tell apart {own} and order_completed")
    assert answer_days(store.asker, one, one.funnel) is None
    theirs = replace(one.funnel, tenant="theirs")
    counted = answer_days(store.asker, one, theirs)
    assert counted is not None
    assert counted.entered == 1
    rolled = answer(store.asker, theirs, terms=ROLLED)
    assert "from the timelines" in str(rolled.notes[-1])
    # A type that they never had is not the one that they have.
    absent = replace(other.funnel, tenant="theirs")
    assert answer(store.asker, absent, terms=ROLLED).entered == 0
    assert answer_days(store.asker, other, absent) is None


def test_days_are_left_once_a_type_comes_with_the_hash_of_a_step(store: Store) -> None:
    """What was counted before it came stands no more."""
    store.clear(TOUCHPOINTS, JOURNEY_STATES, *DERIVED)
    one = Registered(Funnel((Step(type="order_completed"),)))
    store.insert(TOUCHPOINTS, [touchpoint(1, "a", START, "order_completed")])
    roll(store, one)
    assert answer_days(store.asker, one, one.funnel) is not None
    store.insert(TOUCHPOINTS, [touchpoint(2, "b", START, "custom_e2699941")])
    roll(store, one, now=2)
    assert answer_days(store.asker, one, one.funnel) is None


def test_days_of_an_empty_range_are_refused(store: Store) -> None:
    """As the same question of the touchpoints is; not answered with nobody."""
    one = Registered(Funnel((Step(type="order_completed"),)))
    with pytest.raises(QuestionError, match="range is empty"):
        answer_days(store.asker, one, replace(one.funnel, from_=DAY, to=DAY))


def test_nobody_drops_out_of_the_phases(store: Store) -> None:
    """Who has not got to the last one is pending; a later phase has the earlier ones."""
    store.clear(TOUCHPOINTS, JOURNEY_STATES, TRANSITIONS, *DERIVED)
    one = phase_funnel(phases=("aware", "buying", "loyal"))
    store.insert(TOUCHPOINTS, [touchpoint(1, "a", START + 9 * DAY, TYPES[0])])
    paths = {"a": ["aware"], "b": ["aware", "buying"], "c": ["loyal"]}
    rows = [
        {
            "person_id": person,
            "model": "default",
            "transition_no": number,
            "to_phase": phase,
            "occurred_at": START + number,
            "kafka_log": LOG,
        }
        for person, phases in paths.items()
        for number, phase in enumerate(phases)
    ]
    store.insert(TRANSITIONS, rows)
    roll(store, one)
    store.clear(TRANSITIONS)
    spans: list[dict[str, str]] = [{}, {"from_": "2026-03-01", "to": "2026-03-02"}]
    for span in spans:
        found = answer_days(store.asker, one, replace(one.funnel, **span))
        assert found is not None
        numbers = (found.entered, found.converted, found.dropped, found.pending)
        assert numbers == (3, 1, 0, 2)
        assert [step.units for step in found.steps] == [3, 2, 1]
        assert [step.pending for step in found.steps] == [1, 1, 0]


def test_no_two_types_of_the_vocabulary_have_one_hash(store: Store) -> None:
    """They would be one step."""
    asked = (
        "SELECT uniqExact(bitAnd(cityHash64(arrayJoin({all:Array(String)})), 4194303))"
    )
    assert store.writer.query(asked, {"all": list(ALL)}).rows == [(len(ALL),)]
