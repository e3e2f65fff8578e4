"""Phases, cohorts and value, on the embedded engine."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import pytest

from insights.asker import QuestionError
from insights.funnels.spec import Step
from insights.scope import Scope
from insights.spread import Spread
from insights.stages.cohorts import read_cohorts
from insights.stages.phases import Stage, read_stages
from insights.stages.value import read_value
from schemas.tables import JOURNEY_STATES, TOUCHPOINTS, TRANSITIONS
from schemas.vocabulary import PHASES
from tests.unit.insights.store import OverJson, Row, Store, open_store

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.clickhouse
DAY = 86_400_000
BASE = 1_735_689_600_000  # 2025-01-01
END = BASE + 100 * DAY
PLACES = [*PHASES, "dormant"]


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """One store for the module."""
    with open_store(tmp_path_factory.mktemp("stages")) as store:
        yield store


@pytest.fixture
def store(opened: Store) -> Store:
    """The store, empty."""
    opened.clear(TOUCHPOINTS, TRANSITIONS, JOURNEY_STATES)
    return opened


def path(person: str, *stays: tuple[str, int]) -> list[Row]:
    """A person's transitions: phase and day."""
    return [
        {
            "person_id": person,
            "model": "default",
            "transition_no": number,
            "from_phase": stays[number - 2][0] if number > 1 else "",
            "to_phase": phase,
            "occurred_at": BASE + day * DAY,
            "cause_source": "shop",
            "cause_id": f"{person}-{number}",
            "cause_at": BASE + day * DAY,
            "revision": 1,
        }
        for number, (phase, day) in enumerate(stays, 1)
    ]


def numbers(stage: Stage) -> tuple[int, ...]:
    """The counts of a phase: there now, entered, moved on, lapsed, pending."""
    return (
        stage.persons, stage.entered, stage.moved_on, stage.lapsed, stage.pending
    )  # fmt: skip


def found_of(store: Store, scope: Scope | None = None, **more: object) -> list[Stage]:
    """The phases, as of day 100."""
    return read_stages(
        OverJson(store.asker), scope or Scope(), as_of=END, **more
    ).stages  # type: ignore[arg-type]


def test_every_stay_is_moved_on_lapsed_or_pending(store: Store) -> None:
    """Three persons, one of each; silence is left again, and counted beside the order."""
    store.insert(
        TRANSITIONS,
        [
            *path("a", ("awareness", 0), ("acquisition", 10), ("onboarding", 30)),
            *path("b", ("awareness", 0), ("acquisition", 20), ("dormant", 50)),
            *path("c", ("acquisition", 0), ("dormant", 40), ("acquisition", 60)),
        ],
    )
    stages = {stage.phase: stage for stage in found_of(store)}
    assert list(stages) == PLACES
    assert {phase: numbers(stage) for phase, stage in stages.items()} == {
        "awareness": (0, 2, 2, 0, 0),
        "acquisition": (1, 3, 1, 1, 1),
        "onboarding": (1, 1, 0, 0, 1),
        "engagement": (0, 0, 0, 0, 0),
        "advocacy": (0, 0, 0, 0, 0),
        "dormant": (1, 2, 1, 0, 1),
    }
    met = stages["acquisition"]
    assert (met.conversion, met.conversion_settled) == (pytest.approx(1 / 3), 0.5)
    assert (met.stays_over, met.stays_open) == (3, 1)
    # Stays of 20, 30 and 40 days; the open one, of 40, is in no quantile.
    assert met.dwell == Spread(30 * 86400, 35 * 86400, pytest.approx(39 * 86400))
    assert met.open_for == Spread(*[40 * 86400.0] * 3)
    assert met.time_to_move == Spread(*[20 * 86400.0] * 3)
    assert stages["engagement"].conversion is None
    assert stages["advocacy"].next_phase == ""


def test_moves_are_counted_by_stay(store: Store) -> None:
    """Who goes the same way twice is one person and two moves."""
    round_trip = [("acquisition", 0), ("dormant", 10), ("acquisition", 20)]
    store.insert(TRANSITIONS, path("a", *round_trip, ("dormant", 50)))
    moves = read_stages(store.asker, Scope(), as_of=END).moves
    told = [(m.from_phase, m.to_phase, m.moves, m.persons) for m in moves]
    assert told == [
        ("acquisition", "dormant", 2, 1),
        ("dormant", "acquisition", 1, 1),
    ]
    assert moves[0].dwell == Spread(20 * 86400, 25 * 86400, pytest.approx(29 * 86400))


def test_the_range_bounds_the_entry_and_what_follows_counts(store: Store) -> None:
    """Entered inside, moved on after; who entered before is only there."""
    scope = Scope(from_=BASE + 5 * DAY, to=BASE + 15 * DAY)
    store.insert(
        TRANSITIONS,
        [
            *path("a", ("awareness", 10), ("acquisition", 40)),
            *path("b", ("awareness", 0)),
        ],
    )
    met = found_of(store, scope)[0]
    assert numbers(met) == (1, 1, 1, 0, 0)


def test_what_was_taken_back_and_other_models_do_not_count(store: Store) -> None:
    """Deleted transitions (a merge, a correction), and those of another model."""
    rows = path("a", ("awareness", 0), ("acquisition", 1))
    store.writer.command("SYSTEM STOP MERGES transitions")
    store.insert(TRANSITIONS, rows)
    store.insert(TRANSITIONS, [row | {"revision": 2, "deleted": 1} for row in rows[1:]])
    store.insert(TRANSITIONS, [row | {"model": "shoes"} for row in rows])
    stages = found_of(store)
    assert [numbers(stage) for stage in stages[:2]] == [(1, 1, 0, 0, 1), (0,) * 5]
    asked = read_stages(
        store.asker, Scope(model="shoes"), order=("awareness", "acquisition")
    )
    assert [stage.persons for stage in asked.stages] == [0, 1]
    with pytest.raises(QuestionError, match="order"):
        read_stages(store.asker, Scope(model="shoes"))


def test_entries_are_of_the_place_of_their_cause(store: Store) -> None:
    """By channel and store; a cause without a store is not set; the sum is the whole."""
    store.insert(
        TRANSITIONS,
        [
            *path("a", ("awareness", 0), ("acquisition", 10)),
            *path("b", ("awareness", 0)),
        ],
    )
    causes = [
        ("a-1", 0, "web", ""),
        ("a-2", 10, "store", "7"),
        ("b-1", 0, "store", "7"),
    ]
    store.insert(
        TOUCHPOINTS,
        [
            {
                "person_id": name[0],
                "source": "shop",
                "id": name,
                "occurred_at": BASE + day * DAY,
                "channel": channel,
                "store_id": place,
            }
            for name, day, channel, place in causes
        ],
    )
    found = found_of(store, by="store")
    entered = {(s.value, s.phase): s.entered for s in found if s.entered}
    assert entered == {
        ("(not set)", "awareness"): 1,
        ("7", "awareness"): 1,
        ("7", "acquisition"): 1,
    }
    alone = found_of(store, Scope(channel="web"))
    assert [numbers(stage)[:3] for stage in alone[:2]] == [(0, 1, 1), (0, 0, 0)]


def test_the_place_of_a_cause_is_that_of_its_newest_row(store: Store) -> None:
    """A touchpoint that landed again, with another store, is one with that store."""
    store.insert(TRANSITIONS, path("a", ("awareness", 0)))
    for received, place in ((1, "old"), (9, "new"), (5, "older")):
        row = {
            "person_id": "a",
            "source": "shop",
            "id": "a-1",
            "occurred_at": BASE,
            "received_at": BASE + received,
            "store_id": place,
        }
        store.insert(TOUCHPOINTS, [row])
    found = found_of(store, by="store")
    assert {s.value: s.entered for s in found if s.entered} == {"new": 1}


def test_generated_paths_equal_counting_by_hand(store: Store) -> None:
    """300 persons with random stays, against a program that looks at each."""
    draw = random.Random(1)
    paths = {
        f"p{n}": [
            (draw.choice(PLACES), day)
            for day in sorted(draw.sample(range(90), draw.randrange(1, 7)))
        ]
        for n in range(300)
    }
    store.insert(
        TRANSITIONS, [r for p, stays in paths.items() for r in path(p, *stays)]
    )
    scope = Scope(from_=BASE + 20 * DAY, to=BASE + 60 * DAY)
    rank = {phase: place for place, phase in enumerate(PHASES, 1)}
    for stage in found_of(store, scope):
        here, outcomes = 0, []
        for stays in paths.values():
            here += stays[-1][0] == stage.phase
            entries = [
                n
                for n, (phase, day) in enumerate(stays)
                if phase == stage.phase and 20 <= day < 60
            ]
            if entries:
                mine = rank.get(stage.phase, 0)
                later = [rank.get(phase, 0) for phase, _ in stays[entries[0] + 1 :]]
                beyond = any(one > mine for one in later)
                stays_on = stays[-1][0] == stage.phase
                outcomes.append("moved" if beyond else "in" if stays_on else "out")
        wanted = (
            here, len(outcomes), *(outcomes.count(o) for o in ("moved", "out", "in"))
        )  # fmt: skip
        assert numbers(stage) == wanted


def bought(person: str, day: float, minor: int = 1000, **more: object) -> Row:
    """An order."""
    return {
        "person_id": person,
        "occurred_at": BASE + int(day * DAY),
        "source": "shop",
        "id": f"{person}-{day}-{more.get('order_id')}",
        "type": "order_completed",
        "direction": "in",
        "value_minor": minor,
        "currency": "EUR",
        **more,
    }


def test_cohorts_are_of_the_first_time_ever(store: Store) -> None:
    """January's three, of whom two came in February and one in March; once a month."""
    days = {"a": (0, 31, 32, 60), "b": (5, 40), "c": (20,), "d": (35,), "e": (61, 62)}
    rows = [bought(person, day) for person, all_ in days.items() for day in all_]
    store.insert(TOUCHPOINTS, rows)
    buys = Step(type="order_completed")
    found = read_cohorts(OverJson(store.asker), Scope(), acquired=buys, returned=buys)
    told = [
        (c.month, c.persons, [(x.month, x.persons, x.pending) for x in c.cells])
        for c in found.cohorts
    ]
    assert told == [
        ("2025-01", 3, [("2025-02", 2, False), ("2025-03", 1, True)]),
        ("2025-02", 1, [("2025-03", 0, True)]),
        ("2025-03", 1, []),
    ]
    assert [c.pending for c in found.cohorts] == [False, False, True]
    later = read_cohorts(store.asker, Scope(from_="2025-02-01"), acquired=buys)
    assert [c.month for c in later.cohorts] == ["2025-02", "2025-03"]


def test_months_begin_in_the_zone(store: Store) -> None:
    """Half past eleven at night in London is next month in Paris."""
    store.insert(TOUCHPOINTS, [bought("a", 31 - 0.5 / 24)])
    for zone, month in (("UTC", "2025-01"), ("Europe/Paris", "2025-02")):
        found = read_cohorts(store.asker, Scope(timezone=zone))
        assert [cohort.month for cohort in found.cohorts] == [month]
    with pytest.raises(QuestionError, match="Europe/Paris"):
        read_cohorts(store.asker, Scope(timezone="Lutetia"))


def test_value_is_scored_in_fifths_by_currency(store: Store) -> None:
    """Five persons, one in each fifth; equal ones alike; an order counts once."""
    rows = [bought(f"p{n}", n, 1000 * n) for n in range(1, 6)]
    rows += [bought("p5", 5.5, 5000, order_id="o1", id=one) for one in "xy"]
    rows += [bought("u", 1, 7, currency="USD"), bought("v", 1, 7, currency="USD")]
    store.insert(TOUCHPOINTS, rows)
    euros, dollars = read_value(OverJson(store.asker), Scope()).tables
    assert (euros.persons, euros.orders, euros.value_minor) == (5, 6, 20_000)
    assert [(c.recency, c.frequency, c.value, c.persons) for c in euros.cells] == [
        (5, 5, 5, 1),
        (4, 1, 4, 1),
        (3, 1, 3, 1),
        (2, 1, 2, 1),
        (1, 1, 1, 1),
    ]
    assert euros.value_cuts == pytest.approx([1800, 2600, 3400, 5200])
    assert [(c.recency, c.value, c.persons) for c in dollars.cells] == [(1, 1, 2)]


def test_nothing_is_known_of_a_range_that_begins_later(store: Store) -> None:
    """Not even an order of its first moment."""
    store.insert(TOUCHPOINTS, [bought("p", 5, 1000)])
    from_ms = BASE + 5 * DAY
    asked = Scope(from_=from_ms)
    assert read_value(store.asker, asked).tables
    assert read_value(store.asker, asked, as_of=from_ms - DAY).tables == []


def test_what_came_late_is_told_until_the_moment(store: Store) -> None:
    """Of what happened after it nothing is known, nor that it came too late."""
    state = {"person_id": "p", "revision": 1, "late": 1}
    store.insert(JOURNEY_STATES, [state])
    rows = [bought("p", day, late=True) for day in (5, 50)]
    store.insert(TOUCHPOINTS, rows)
    for day, many in ((4, []), (5, [1]), (49, [1]), (50, [2])):
        told = read_stages(store.asker, Scope(), as_of=BASE + day * DAY).notes
        assert [one.values["many"] for one in told if one.code == "late"] == many
    later = Scope(from_=BASE + 6 * DAY)
    told = read_stages(store.asker, later, as_of=BASE + 5 * DAY).notes
    assert "late" not in [one.code for one in told]


def test_nothing_stored_is_nobody(store: Store) -> None:
    """Zeros and nulls, and no error."""
    found = read_stages(store.asker, Scope())
    assert [stage.phase for stage in found.stages] == list(PHASES)
    assert {stage.conversion for stage in found.stages} == {None}
    assert read_cohorts(store.asker, Scope()).cohorts == []
    assert read_value(store.asker, Scope()).tables == []
