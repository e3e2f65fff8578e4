"""A made-up retailer's time, folded by the worker's own rules and landed as the sink does."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from parcours.simulating.plan import Plan, sizes
from parcours.simulating.run import simulate
from schemas import topics
from schemas.progress import Tick
from schemas.topics import record_key
from schemas.touchpoint import Touchpoint
from sinks.rows import LANDINGS, framed
from streams.enrich.identify import Identifier
from streams.enrich.policy import IdentifyPolicy
from streams.fold import BATCH, _Partition
from tests.factories.identified import rules
from tests.factories.records import encode

if TYPE_CHECKING:
    from collections.abc import Iterable

    from streams.journey.partition import Outcome
    from tests.unit.insights.store import Store

RECEIVED_AT = 1_800_000_000_000


class _Landed(_Partition):
    """The offline fold, with all that it sends out."""

    def __init__(self) -> None:
        super().__init__(rules(), RECEIVED_AT, 1)
        self.outcomes: list[Outcome] = []
        apply = self.journeys.apply

        def noted(records: object) -> Outcome:
            outcome = apply(records)  # type: ignore[arg-type]
            self.outcomes.append(outcome)
            return outcome

        self.journeys.apply = noted  # type: ignore[method-assign, assignment]


def land_simulated(store: Store, touchpoints: int, days: int, seed: int = 1) -> None:
    """Make up so many touchpoints in so many days; put all that follows into the tables."""
    plan = Plan(
        *sizes(touchpoints, None), days, date(2025, 1, 1), seed, 5, 0.05, 0.02, 3
    )
    lines, _ = simulate(plan, in_order=True)
    land_lines(store, lines)


def land_lines(store: Store, lines: Iterable[bytes]) -> None:
    """Fold raw touchpoints and put all that follows into the tables."""
    identifier = Identifier(IdentifyPolicy(pseudonym_key="a secret for tests only"))
    partition = _Landed()
    for offset, line in enumerate(lines):
        one = identifier.identify(
            line,
            received_at=RECEIVED_AT,
            raw_log="raw",
            raw_partition=0,
            raw_offset=offset,
        )
        if not isinstance(one, Touchpoint):
            continue
        key = record_key(one.tenant, one.person_id)
        partition.put(key, encode(one))
        if partition.waiting >= BATCH or partition.may_send(key, one.actor):
            partition.finish()
    partition.finish()
    front = partition.journeys.watermark.newest
    later = front + rules().policy.longest_gap_ms
    partition.put(b"", encode(Tick("fold", RECEIVED_AT, {0: later}, {})))
    partition.finish()
    for topic, name in (
        (topics.ENRICHED, "touchpoints"),
        (topics.TRANSITIONS, "transitions"),
        (topics.STATES, "states"),
        (topics.THREADS, "threads"),
    ):
        values = [v for one in partition.outcomes for _, v in getattr(one, name)]
        landing = LANDINGS[topic.name]
        body = b"".join(framed(0, at, value) for at, value in enumerate(values))
        store.writer.load(landing.table, landing.select, body, {"kafka_log": "log"})
