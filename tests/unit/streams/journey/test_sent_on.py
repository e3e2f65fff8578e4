"""Touchpoints that are sent on to the person that their identifier turned out to be."""

from msgspec import json

from schemas.touchpoint import Actor, Touchpoint
from streams.journey.live import decode_state
from streams.journey.outcome import Outcome
from streams.journey.partition import PartitionJourneys
from tests.factories.identified import (
    HOUR_MS,
    START_MS,
    Record,
    identified,
    partition,
    records,
)

DAY_MS = 24 * HOUR_MS
VISITOR, CUSTOMER = "anonymous_id:a", "customer_id:1"


def signed_in() -> Touchpoint:
    both = Actor(customer_id="1", anonymous_id="a", device_id=None)
    return identified("s", "signed_in", person=CUSTOMER, actor=both)


def visit(id_: str, at: int) -> Touchpoint:
    return identified(id_, at=at, person=VISITOR, actor=Actor(anonymous_id="a"))


def worked(journeys: PartitionJourneys, batch: list[Record]) -> list[Outcome]:
    """Fold a batch, then what it sends, behind all of it, until nothing is sent."""
    outcomes = []
    while batch:
        outcome = journeys.apply(batch)
        outcomes.append(outcome)
        batch = [
            Record(journeys.next_offset + number, key, value, START_MS)
            for number, (key, value) in enumerate(outcome.sent)
        ]
    return outcomes


def late_in(outcomes: list[Outcome]) -> list[str]:
    found = [
        json.decode(v, type=Touchpoint) for o in outcomes for _, v in o.touchpoints
    ]
    return [one.id for one in found if one.late]


def test_time_that_passes_on_the_way_makes_nothing_late() -> None:
    """In a backlog it is read behind months of other touchpoints, and was there in time."""
    journeys = partition()
    worked(journeys, records([signed_in()]))
    offset = journeys.next_offset
    months = [
        identified(f"o{day}", at=START_MS + day * DAY_MS, person="customer_id:2")
        for day in range(1, 200)
    ]
    backlog = records([visit("v", START_MS + HOUR_MS), *months], offset)
    assert late_in(worked(journeys, backlog)) == []
    state = decode_state(journeys.states[b"default/" + CUSTOMER.encode()])
    assert state.counts == {"signed_in": 1, "page_viewed": 1}


def test_what_arrives_late_stays_late_on_its_way() -> None:
    """The verdict of the partition where it arrived goes along."""
    journeys = partition()
    worked(journeys, records([signed_in()]))
    later = records(
        [identified(f"o{n}", at=START_MS + 90 * DAY_MS) for n in range(130)],
        journeys.next_offset,
    )
    worked(journeys, later)
    late = records([visit("v", START_MS + HOUR_MS)], journeys.next_offset)
    assert late_in(worked(journeys, late)) == ["v"]
