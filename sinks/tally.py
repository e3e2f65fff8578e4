"""What the sink counts: its metrics, and the conservation law over them."""

from __future__ import annotations

import threading
import time
from operator import attrgetter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from schemas.metrics import Metrics
    from sinks.batch import Batch, Lot, Refused


class Tally:
    """The sink's numbers; each is counted once a batch."""

    def __init__(self, metrics: Metrics) -> None:
        """Count into these metrics."""
        self._metrics = metrics
        self._unexplained = 0

    def received(self, topic: str, records: int) -> None:
        """Count records read."""
        self._unexplained += records
        self._metrics.counter("parcours_sink_records_received_total").labels(topic).inc(
            records
        )

    def skipped(self, table: str, rows: int) -> None:
        """Count rows that the table had already."""
        self._unexplained -= rows
        self._metrics.counter("parcours_sink_rows_skipped_total").labels(table).inc(
            rows
        )

    def erased(self, table: str, records: int) -> None:
        """Count records that say that a key is no more."""
        self._unexplained -= records
        self._metrics.counter("parcours_sink_records_erased_total").labels(table).inc(
            records
        )

    def replaced(self, table: str, rows: int) -> None:
        """Count rows that newer ones of the same batch made needless."""
        self._unexplained -= rows
        self._metrics.counter("parcours_sink_rows_replaced_total").labels(table).inc(
            rows
        )

    def rejected(self, refused: Refused) -> None:
        """Count one record sent to the dead letters."""
        self._unexplained -= 1
        self._metrics.counter("parcours_sink_rows_rejected_total").labels(
            refused.landing.table.name, refused.why.reason.value
        ).inc()
        self._metrics.counter("parcours_touchpoints_rejected_total").labels(
            "sink", refused.why.reason.value
        ).inc()

    def landed(self, lot: Lot, seconds: float) -> None:
        """Count rows landed by one insert."""
        table = lot.landing.table.name
        self._unexplained -= len(lot.rows)
        self._metrics.counter("parcours_sink_rows_total").labels(table).inc(
            len(lot.rows)
        )
        self._metrics.histogram("parcours_sink_insert_seconds").labels(table).observe(
            seconds
        )
        newest = max(map(attrgetter("timestamp"), lot.rows)) / 1000
        self._metrics.gauge("parcours_sink_landed_at_seconds").labels(table).set(newest)

    def written(self, batch: Batch, seconds: float) -> None:
        """Count a batch that is done: all landed, all committed."""
        records = sum(batch.received.values())
        self._metrics.histogram("parcours_batch_records").labels("sink").observe(
            records
        )
        self._metrics.histogram("parcours_stage_seconds").labels("sink").observe(
            seconds
        )

    def end_to_end(self, received_ms: int) -> None:
        """Measure from a raw record's time until now, when its row has landed."""
        seconds = max(0.0, time.time_ns() / 1e9 - received_ms / 1000)
        self._metrics.histogram("parcours_end_to_end_seconds").labels("sink").observe(
            seconds
        )

    def retried(self, error_class: str) -> None:
        """Count an insert tried again."""
        self._metrics.counter("parcours_sink_retries_total").labels(error_class).inc()

    def failed(self, error: BaseException) -> None:
        """Count an error."""
        self._metrics.counter("parcours_errors_total").labels(
            "sink", type(error).__name__
        ).inc()

    def paused(self, seconds: float) -> None:
        """Count time spent paused."""
        self._metrics.counter("parcours_sink_paused_seconds_total").inc(seconds)

    def rebalanced(self) -> None:
        """Count an assignment."""
        self._metrics.counter("parcours_rebalances_total").inc()

    def pending(self, rows: int) -> None:
        """Show rows read and not landed, and whether the law holds with them."""
        self._metrics.gauge("parcours_sink_pending_rows").set(rows)
        self._metrics.gauge("parcours_sink_unbalanced").set(self._unexplained - rows)

    def dropped(self, rows: int) -> None:
        """Forget rows that another owner of their partitions reads again."""
        self._unexplained -= rows

    def lag(self, topic: str, partition: int, records: int) -> None:
        """Show what of a partition is not acknowledged."""
        self._metrics.gauge("parcours_consumer_lag_records").labels(
            topic, str(partition)
        ).set(records)

    def not_ours(self, topic: str, partition: int) -> None:
        """Show nothing any more of a partition that is not ours."""
        gauge = self._metrics.gauge("parcours_consumer_lag_records")
        if (topic, str(partition)) in gauge._metrics:  # noqa: SLF001
            gauge.remove(topic, str(partition))


class Pulse:
    """Whether the sink gets on: read by the watchdog's thread."""

    def __init__(self) -> None:
        """Begin alive, with nothing to do."""
        self._lock = threading.Lock()
        self._beaten = time.monotonic()
        self._waiting = 0

    def beat(self) -> None:
        """Note a sign of life: rows landed, or an attempt that has come to its end."""
        with self._lock:
            self._beaten = time.monotonic()

    def expect(self, waiting: int) -> None:
        """Note how many records are known and not yet landed."""
        with self._lock:
            if not self._waiting:
                self._beaten = time.monotonic()
            self._waiting = waiting

    def silent_seconds(self) -> float:
        """How long nothing has moved although something waits; 0 while nothing does."""
        with self._lock:
            return time.monotonic() - self._beaten if self._waiting else 0.0
