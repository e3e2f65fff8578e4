"""Sessions: gaps, borders, late touchpoints."""

from typing import TYPE_CHECKING

from schemas.journey import Session
from schemas.touchpoint import Campaign, Touchpoint
from tests.factories.identified import (
    DAY_MS,
    HOUR_MS,
    MINUTE_MS,
    START_MS,
    identified,
    newest,
    partition,
    records,
)

if TYPE_CHECKING:
    from streams.journey.partition import PartitionJourneys


def sessions_of(touchpoints: list, batch: int = 100) -> dict[str, Session]:
    journeys = partition()
    pairs = []
    made = records(touchpoints)
    for start in range(0, len(made), batch):
        pairs += journeys.apply(made[start : start + batch]).sessions
    return newest(pairs, Session, "session_id")


def alive(sessions: dict[str, Session]) -> list[tuple[int, int, int]]:
    return sorted(
        (s.started_at - START_MS, s.ended_at - START_MS, s.touchpoints)
        for s in sessions.values()
        if s.status != "superseded"
    )


def test_exactly_the_gap_keeps_a_session() -> None:
    """Thirty minutes of silence, to the millisecond, do not end a web session."""
    gap = 30 * MINUTE_MS
    found = sessions_of([identified("a"), identified("b", at=START_MS + gap)])
    assert alive(found) == [(0, gap, 2)]


def test_a_millisecond_more_closes_it() -> None:
    """Thirty minutes and a millisecond do."""
    gap = 30 * MINUTE_MS + 1
    found = sessions_of([identified("a"), identified("b", at=START_MS + gap)])
    assert alive(found) == [(0, 0, 1), (gap, gap, 1)]


def test_no_session_is_longer_than_a_day() -> None:
    """A touchpoint beyond 24 h from the start opens a new session, without any silence."""
    step = 20 * MINUTE_MS
    count = DAY_MS // step + 2
    found = sessions_of(
        [identified(f"e{n}", at=START_MS + n * step) for n in range(count)]
    )
    assert [s[0] for s in alive(found)] == [0, DAY_MS + step]


def test_devices_have_sessions_of_their_own() -> None:
    """One person on two devices at one time is in two sessions."""
    found = sessions_of(
        [identified("a", device="phone"), identified("b", device="laptop")]
    )
    assert alive(found) == [(0, 0, 1), (0, 0, 1)]


def test_a_till_receipt_joins_the_store_visit() -> None:
    """An order at the till of the same store within two hours belongs to the visit."""
    visit = identified("v", "store_visit_started", store="s1")
    order = identified(
        "o",
        "order_completed",
        at=START_MS + 90 * MINUTE_MS,
        store="s1",
        channel="pos",
        value_minor=500,
        currency="EUR",
    )
    (session,) = sessions_of([visit, order]).values()
    assert (session.kind, session.touchpoints, session.value_minor) == ("store", 2, 500)


def test_a_delivery_never_opens_or_keeps_a_session() -> None:
    """What the retailer sends out is a touch only."""
    found = sessions_of([identified("m", "mailing_delivered")])
    assert found == {}


def test_a_late_touchpoint_joins_two_sessions() -> None:
    """Between two sessions, within the gap of both: one session, the other superseded."""
    found = sessions_of(
        [
            identified("a"),
            identified("c", at=START_MS + 50 * MINUTE_MS),
            identified("b", at=START_MS + 25 * MINUTE_MS),
        ],
        batch=1,
    )
    assert alive(found) == [(0, 50 * MINUTE_MS, 3)]
    gone = [s for s in found.values() if s.status == "superseded"]
    kept = [s for s in found.values() if s.status != "superseded"]
    assert [s.superseded_by for s in gone] == [kept[0].session_id]


def test_an_earlier_touchpoint_renames_the_session() -> None:
    """The identity of a session is its earliest touchpoint, whenever that arrives."""
    late_first = sessions_of(
        [identified("b", at=START_MS + MINUTE_MS), identified("a")], batch=1
    )
    in_order = sessions_of([identified("a"), identified("b", at=START_MS + MINUTE_MS)])
    true = {s.session_id for s in late_first.values() if s.status != "superseded"}
    assert true == set(in_order)


def test_a_late_touchpoint_reopens_what_the_watermark_closed() -> None:
    """A closed session that a late touchpoint lengthens is emitted again, longer."""
    found = sessions_of(
        [
            identified("a"),
            identified("other", at=START_MS + 3 * HOUR_MS, person="customer_id:2"),
            identified("tick", at=START_MS + 3 * HOUR_MS + 1, person="customer_id:2"),
            identified("b", at=START_MS + 10 * MINUTE_MS),
        ],
        batch=1,
    )
    first = [s for s in found.values() if s.person_id == "customer_id:1"]
    assert [(s.touchpoints, s.ended_at - s.started_at) for s in first] == [
        (2, 10 * MINUTE_MS)
    ]


def test_time_closes_a_session() -> None:
    """A session is closed once the watermark is beyond its gap."""
    journeys: PartitionJourneys = partition()
    made = records(
        [identified("a")]
        + [
            identified(f"e{n}", at=START_MS + HOUR_MS + n, person="customer_id:2")
            for n in range(70)
        ]
    )
    found = newest(journeys.apply(made).sessions, Session, "session_id")
    first = [s for s in found.values() if s.person_id == "customer_id:1"]
    assert [s.status for s in first] == ["closed"]


def test_the_earliest_campaign_and_currency_are_the_sessions_own() -> None:
    """Whichever of the touchpoints inside a session arrives first."""
    spring = {"campaign": Campaign(name="spring")}
    summer = {"campaign": Campaign(name="summer")}
    arriving = [
        identified("a", at=START_MS),
        identified("e", at=START_MS + 9 * MINUTE_MS),
        order("d", 5, "USD", **summer),
        order("c", 4, "EUR", **spring),
    ]
    found = sessions_of(arriving, batch=1)
    (session,) = found.values()
    assert (session.campaign, session.currency) == ("spring", "EUR")


def order(id_: str, minute: int, currency: str, **more: object) -> Touchpoint:
    at = START_MS + minute * MINUTE_MS
    paid = {"value_minor": 100, "currency": currency}
    return identified(id_, "order_completed", at=at, **paid, **more)
