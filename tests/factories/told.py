"""A partition that is told of carts, orders and tickets, and what its threads come to."""

from collections.abc import Iterable
from itertools import permutations

from msgspec import json

from schemas.progress import Tick
from schemas.threads import Thread
from schemas.touchpoint import Touchpoint
from streams.journey.policy import SessionPolicy
from tests.factories.identified import (
    HOUR_MS,
    MINUTE_MS,
    START_MS,
    Record,
    identified,
    partition,
    records,
)


def cart(id_: str, type_: str, minutes: int = 0, cart_id: str = "c1", **more: object):  # noqa: ANN201
    """A touchpoint of a cart, so many minutes after the start."""
    at = START_MS + minutes * MINUTE_MS
    return identified(id_, type_, at=at, cart_id=cart_id, **more)


def order(id_: str, type_: str, hours: int = 0, **more: object) -> Touchpoint:
    """A touchpoint of an order, so many hours after the start."""
    return identified(id_, type_, at=START_MS + hours * HOUR_MS, order_id="o1", **more)


def contact(id_: str, type_: str, minutes: int = 0, **more: object) -> Touchpoint:
    """A contact about ticket t1."""
    at = START_MS + minutes * MINUTE_MS
    return identified(id_, type_, at=at, **{"ticket_id": "t1", **more})


def tick(offset: int, at: int) -> Record:
    """A record that says that time has come to `at`."""
    return Record(offset, None, json.encode(Tick("raw", at, {0: at}, {})), at)


class Told:
    """A partition, and the threads as a replacing table would hold them."""

    def __init__(self, policy: SessionPolicy | None = None) -> None:
        self.journeys = partition(policy)
        self.rows: dict[tuple[str, str], Thread] = {}
        self.history: list[Thread] = []
        self.states_written = 0

    def tell(self, *touchpoints: Touchpoint, until: int = 0) -> "Told":
        """One batch; then let time come to `until`."""
        made = records(touchpoints, self.journeys.next_offset)
        if until:
            made.append(tick(self.journeys.next_offset + len(made), until))
        outcome = self.journeys.apply(made)
        assert outcome.rejected == []
        self.states_written += len(outcome.states)
        for _, value in outcome.threads:
            row = json.decode(value, type=Thread)
            self.history.append(row)
            known = self.rows.get((row.kind, row.thread_id))
            if known is None or row.revision >= known.revision:
                self.rows[row.kind, row.thread_id] = row
        return self

    def status(self, kind: str, id_: str) -> str:
        return self.rows[kind, id_].status


def in_any_order(touchpoints: Iterable[Touchpoint]) -> list[Told]:
    """Every order of arrival, one touchpoint a batch."""
    return [one_by_one(arrived) for arrived in permutations(enumerate(touchpoints))]


def one_by_one(arrived: Iterable[tuple[int, Touchpoint]]) -> Told:
    """Touchpoints as they arrived, one a batch."""
    told = Told()
    for _, touchpoint in arrived:
        told.tell(touchpoint)
    return told
