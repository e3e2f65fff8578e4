"""The twenty cases that funnels commonly get wrong, by their numbers in the reference."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from insights.asker import QuestionError
from insights.funnels.persons import Wanted, persons
from insights.funnels.spec import Breakdown
from insights.funnels.trend import trend
from schemas.tables import JOURNEY_STATES, TOUCHPOINTS
from tests.factories.lettered import BASE, asked, happened, reached, told
from tests.unit.insights.store import Store, open_store

if TYPE_CHECKING:
    from collections.abc import Iterator

DAY_MS = 86_400_000


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    with open_store(tmp_path_factory.mktemp("edges")) as store:
        yield store


@pytest.fixture
def store(opened: Store) -> Store:
    opened.clear(TOUCHPOINTS, JOURNEY_STATES)
    return opened


def test_01_touchpoints_of_one_moment_are_in_the_order_of_seq(store: Store) -> None:
    """Three touchpoints of one millisecond are three steps, if `seq` says so."""
    store.insert(TOUCHPOINTS, happened("A1 B1 C1"))
    assert reached(told(store, "A B C")) == 3
    assert reached(told(store, "C B A")) == 1


def test_02_one_touchpoint_is_one_step(store: Store) -> None:
    """Overlapping steps need a touchpoint each."""
    store.insert(TOUCHPOINTS, happened("A1"))
    assert reached(told(store, "A|B A")) == 1


def test_03_a_duplicate_delivery_is_no_second_step(store: Store) -> None:
    """The same touchpoint, landed twice, does a repeated step once."""
    store.insert(TOUCHPOINTS, happened("A1"))
    store.insert(TOUCHPOINTS, happened("A1"))
    assert reached(told(store, "A A")) == 1


def test_04_the_window_is_inclusive(store: Store) -> None:
    """Exactly the window is in; nobody's time exceeds it."""
    store.insert(TOUCHPOINTS, happened("A0 B10"))
    found = told(store, "A B", window="10s")
    assert found.converted == 1
    assert found.steps[1].seconds_from_first
    assert found.steps[1].seconds_from_first.p95 == 10
    assert told(store, "A B", window="9999ms").converted == 0


def test_05_a_later_entry_can_convert_and_a_progressed_attempt_keeps_its_own(
    store: Store,
) -> None:
    """A0 A8 B9 C15 converts within ten seconds, A0 B2 A8 C11 does not."""
    store.insert(TOUCHPOINTS, happened("A0 A8 B9 C15"))
    store.insert(TOUCHPOINTS, happened("A0 B2 A8 C11", "2"))
    assert [step.units for step in told(store, "A B C").steps] == [2, 2, 1]


def test_06_what_the_retailer_does_breaks_no_strict_funnel(store: Store) -> None:
    """A delivered mail comes between without harm, a search does not."""
    store.insert(TOUCHPOINTS, happened("A0 P1 B2"))
    store.insert(TOUCHPOINTS, happened("A0 X1 B2", "2"))
    assert told(store, "A B", order="strict").converted == 1
    mails = told(store, "A B", order="strict", eligible=("email_delivered",))
    assert [m.unit for m in _members(store, "A B", "converted", order="strict")] == [
        "customer_id:1"
    ]
    assert mails.converted == 1


def _members(store: Store, steps: str, state: str, **options: object):  # noqa: ANN202
    wanted = Wanted(state)  # type: ignore[arg-type]
    return persons(store.asker, asked(steps, **options), wanted, BASE + 10**12).members


@pytest.mark.parametrize(
    ("happens", "state"),
    [
        ("A0 B1 X2", "converted"),
        ("A0 X1 B2", "excluded"),
        ("A0 X1", "excluded"),
        ("X0 A1 B2", "converted"),
        ("A0 X0 B0", "excluded"),
        ("X0 A0 B0", "converted"),
        ("A0 X11", "dropped"),
    ],
)
def test_07_an_exclusion_counts_between_its_steps_only(
    store: Store, happens: str, state: str
) -> None:
    """After the conversion, before the entry, after the window it changes nothing."""
    store.insert(TOUCHPOINTS, happened(happens))
    (member,) = _members(store, "A B", "entered", without="X")
    assert member.state == state


def test_08_a_clean_second_attempt_converts(store: Store) -> None:
    """Who is excluded once and then does it cleanly has converted."""
    store.insert(TOUCHPOINTS, happened("A0 X1 B2 A3 B4"))
    found = told(store, "A B", without="X")
    assert (found.converted, found.excluded) == (1, 0)
    twice = told(store, "A B", without="X", count="totals")
    assert (twice.entered, twice.converted, twice.excluded) == (2, 1, 1)


def test_09_a_breakdown_is_of_the_entry_never_of_each_touchpoint(store: Store) -> None:
    """A property that later steps do not have parts nobody; without one is a bucket."""
    store.insert(TOUCHPOINTS, happened("A0", store_id="367") + happened("B1"))
    store.insert(TOUCHPOINTS, happened("A0 B1", "2"))
    found = told(store, "A B", breakdown=Breakdown("store_id"))
    assert [(b.kind, b.value, b.converted) for b in found.breakdown] == [
        ("value", "367", 1),
        ("not_set", "(not set)", 1),
    ]


def test_10_buckets_of_a_step_may_overlap_and_that_is_said(store: Store) -> None:
    """Who did the step with two values is in two buckets, once in the whole."""
    store.insert(TOUCHPOINTS, happened("A0"))
    store.insert(TOUCHPOINTS, happened("B1", store_id="367"))
    store.insert(TOUCHPOINTS, happened("B2", store_id="401"))
    store.insert(TOUCHPOINTS, happened("A0", "2"))
    found = told(store, "A B", breakdown=Breakdown("store_id", "step:2"))
    assert {b.value: b.converted for b in found.breakdown} == {
        "367": 1,
        "401": 1,
        "(not reached)": 0,
    }
    assert (found.entered, found.converted) == (2, 1)
    assert any("overlap" in str(note) for note in found.notes)


def test_11_who_has_time_left_is_pending_not_dropped(store: Store) -> None:
    """In the answer and at the end of a trend."""
    store.insert(TOUCHPOINTS, happened("A0"))
    early = told(store, "A B", window="31d", as_of=BASE + 3 * DAY_MS)
    assert (early.pending, early.dropped) == (1, 0)
    funnel = asked("A B", window="31d")
    (point,) = trend(store.asker, funnel, "day", BASE + 3 * DAY_MS).points
    assert (point.pending, point.complete) == (1, False)
    (later,) = trend(store.asker, funnel, "day", BASE + 33 * DAY_MS).points
    assert (later.dropped, later.complete) == (1, True)


def test_12_over_time_every_period_has_its_own_attempt(store: Store) -> None:
    """One person, 100 % in all; the third day on which they entered has 0 %."""
    days = " ".join(
        f"{n}{d * 86_400}" for n, d in zip("ABABA", (0, 1, 4, 5, 19), strict=True)
    )
    store.insert(TOUCHPOINTS, happened(days))
    assert told(store, "A B", window="7d").converted == 1
    points = trend(store.asker, asked("A B", window="7d"), "day", BASE + 10**12).points
    assert [p.rate for p in points if p.entered] == [1, 1, 0]
    assert [p.rate for p in points if not p.entered] == [None] * 17


def test_13_the_unit_decides_and_is_printed(store: Store) -> None:
    """A session funnel does not see a purchase in another session."""
    store.insert(TOUCHPOINTS, happened("A0", session_id="s1"))
    store.insert(TOUCHPOINTS, happened("B1", session_id="s2"))
    person, session = (told(store, "A B", unit=unit) for unit in ("person", "session"))
    assert (person.unit, person.converted) == ("person", 1)
    assert (session.unit, session.converted) == ("session", 0)
    assert told(store, "A B", session=True).converted == 0


def test_14_merged_identifiers_join_and_parted_ones_part(store: Store) -> None:
    """Anonymous steps and known steps are one person's as long as they are linked."""
    store.insert(TOUCHPOINTS, happened("A0", person_id="anonymous_id:7"))
    store.insert(TOUCHPOINTS, happened("B1"))
    assert told(store, "A B").converted == 0
    state = {"person_id": "customer_id:1", "revision": 1}
    store.insert(JOURNEY_STATES, [state | {"members": ["anonymous_id:7"]}])
    assert told(store, "A B").converted == 1
    store.insert(JOURNEY_STATES, [state | {"revision": 2, "members": []}])
    assert told(store, "A B").converted == 0


def test_15_windows_are_durations_and_periods_are_local_days(store: Store) -> None:
    """The night in which clocks change: the day has 25 hours, the window 24."""
    midnight = 1_698_530_400_000  # 2023-10-29 in Paris, summer time
    hour = 3_600_000
    for person, at in (("1", 0), ("2", 24 * hour), ("3", 25 * hour)):
        store.insert(TOUCHPOINTS, happened("A0", person, occurred_at=midnight + at))
    funnel = asked("A", timezone="Europe/Paris")
    points = trend(store.asker, funnel, "day", midnight + 10**10).points
    assert [(p.period, p.entered) for p in points] == [
        ("2023-10-29", 2),
        ("2023-10-30", 1),
    ]
    assert points[0].ends_at - points[0].begins_at == 25 * hour


def test_16_what_counts_is_the_order_in_which_it_happened(store: Store) -> None:
    """Landed the other way round, the answer is the same."""
    for row in reversed(happened("A1 B1 C2")):
        store.insert(TOUCHPOINTS, [row])
    assert reached(told(store, "A B C")) == 3


def test_17_orders_revoked_later_can_be_left_out(store: Store) -> None:
    """With `net` a cancelled order is no conversion."""
    store.insert(TOUCHPOINTS, happened("A0 C1 R5", order_id="o1"))
    assert told(store, "A C").converted == 1
    assert told(store, "A C", net=True).converted == 0
    assert told(store, "A C", net=True, as_of=BASE + 4000).converted == 1


def test_18_rates_without_entrants_are_null(store: Store) -> None:
    """Nobody entered: no rate, neither 0 nor an error."""
    found = told(store, "A B")
    assert found.rate is None
    assert [(s.from_first, s.from_previous) for s in found.steps] == [(None, None)] * 2


def test_19_the_list_is_the_count(store: Store) -> None:
    """Every number's persons are exactly as many, page by page."""
    for person in range(7):
        store.insert(
            TOUCHPOINTS, happened("A0 B1" if person % 2 else "A0", str(person))
        )
    found = told(store, "A B")
    for state, step, count in (
        ("reached", 1, found.steps[0].units),
        ("reached", 2, found.steps[1].units),
        ("dropped", 1, found.steps[0].dropped),
        ("converted", 0, found.converted),
    ):
        units: list[str] = []
        for offset in range(0, 10, 3):
            wanted = Wanted(state, step, limit=3, offset=offset)  # type: ignore[arg-type]
            page = persons(store.asker, asked("A B"), wanted, BASE + 10**12)
            units += [member.unit for member in page.members]
            assert page.more == (offset + 3 < count)
        assert len(set(units)) == len(units) == count


@pytest.mark.parametrize(
    ("wanted", "says"),
    [
        (Wanted(kind="value", value="web"), "breakdown"),
        (Wanted(kind="not_set"), "breakdown"),
        (Wanted(kind="all", value="web"), "kind all"),
        (Wanted(value="web"), "kind all"),
        (Wanted(kind="other", value="web"), "kind other"),
    ],
)
def test_a_bucket_that_is_none_is_refused(
    store: Store, wanted: Wanted, says: str
) -> None:
    """And not answered with everybody, or with nobody."""
    with pytest.raises(QuestionError, match=says):
        persons(store.asker, asked("A B"), wanted)


def test_20_a_store_visit_that_lands_later_comes_first(store: Store) -> None:
    """The till's file of yesterday joins the purchase of today."""
    store.insert(TOUCHPOINTS, happened("C5"))
    assert told(store, "B C").entered == 0
    store.insert(TOUCHPOINTS, happened("B0", late=True))
    assert told(store, "B C").converted == 1
