"""The worker's metrics, counted once a batch, after its writes are durable."""

from collections import Counter
from collections.abc import Mapping

from schemas.messages import REASONS
from schemas.metrics import Metrics
from streams.identifying import Identified
from streams.journey.outcome import Outcome
from streams.journey.partition import PartitionJourneys


class Sensors:
    """Turns what batches came to into metrics.

    Args:
        metrics: the process's metrics.
    """

    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics
        self._balance = 0

    def identified(self, out: Identified, started: float, now: float) -> None:
        """A raw batch is durable."""
        counter = self._metrics.counter
        counter("parcours_touchpoints_received_total").inc(out.received)
        emitted = counter("parcours_touchpoints_emitted_total")
        emitted.labels("identify").inc(out.emitted)
        self._rejected("identify", out.rejected)
        self._felt(out.emotions)
        left = out.emitted + out.rejected.total()
        self._batch("identify", out.received, left, started, now)
        self._end_to_end("identify", out.oldest_received_at, now)

    def journeyed(self, outcome: Outcome, started: float, now: float) -> None:
        """A batch of touchpoints is folded and durable."""
        counter = self._metrics.counter
        emitted = len(outcome.touchpoints)
        counter("parcours_touchpoints_emitted_total").labels("journey").inc(emitted)
        duplicates = len(outcome.duplicates)
        counter("parcours_touchpoints_duplicate_total").inc(duplicates)
        dropped = counter("parcours_touchpoints_dropped_total")
        dropped.labels("replay").inc(outcome.replayed)
        counter("parcours_touchpoints_late_total").inc(outcome.late)
        rejected = Counter(str(why.reason) for _, why, _ in outcome.rejected)
        self._rejected("journey", rejected)
        for name, kinds in (("opened", outcome.opened), ("closed", outcome.closed)):
            for kind, count in Counter(kinds).items():
                counter(f"parcours_sessions_{name}_total").labels(kind).inc(count)
        for (before, after), count in Counter(outcome.moves).items():
            counter("parcours_transitions_total").labels(before, after).inc(count)
        for (kind, status), count in Counter(outcome.thread_moves).items():
            counter("parcours_threads_moved_total").labels(kind, status).inc(count)
        counter("parcours_threads_dropped_total").inc(outcome.threads_dropped)
        self._felt(Counter(outcome.felt))
        counter("parcours_touchpoints_forwarded_total").inc(outcome.forwarded)
        counter("parcours_identities_changed_total").inc(len(outcome.links))
        self._messaged(outcome)
        left = emitted + duplicates + outcome.replayed + rejected.total()
        left += outcome.forwarded
        received = outcome.received - outcome.ticks - outcome.letters
        self._batch("journey", received, left, started, now)
        if outcome.oldest_received_at:
            self._end_to_end("journey", outcome.oldest_received_at, now)

    def restored(
        self, seconds: float, partitions: Mapping[int, PartitionJourneys]
    ) -> None:
        """Partitions were taken over."""
        self._metrics.counter("parcours_rebalances_total").inc()
        self._metrics.gauge("parcours_restore_seconds").set(seconds)
        watermark = self._metrics.gauge("parcours_watermark_lag_seconds")
        watermark.clear()
        self._metrics.gauge("parcours_consumer_lag_records").clear()
        self.holdings(partitions)

    def holdings(self, partitions: Mapping[int, PartitionJourneys]) -> None:
        """How many journeys are held, and how far their time lags."""
        persons = sum(len(journeys.states) for journeys in partitions.values())
        self._metrics.gauge("parcours_persons").set(persons)
        opened = sum(journeys.open for journeys in partitions.values())
        self._metrics.gauge("parcours_sessions_open").set(opened)
        lag = self._metrics.gauge("parcours_watermark_lag_seconds")
        for number, journeys in partitions.items():
            watermark = journeys.watermark
            behind = max(0, watermark.newest - watermark.now) if watermark.now else 0
            lag.labels(str(number)).set(behind / 1000)

    def lag(self, topic: str, partition: int, records: int) -> None:
        """How many records of a partition are not yet acknowledged."""
        gauge = self._metrics.gauge("parcours_consumer_lag_records")
        gauge.labels(topic, str(partition)).set(records)

    def error(self, stage: str, error: BaseException) -> None:
        """An error ended the process or is about to."""
        errors = self._metrics.counter("parcours_errors_total")
        errors.labels(stage, type(error).__name__).inc()

    def _messaged(self, outcome: Outcome) -> None:
        for (what, rule, reason), count in outcome.messaged.items():
            counter = self._metrics.counter(f"parcours_messages_{what}_total")
            if what in ("cancelled", "suppressed"):
                label = reason if reason in REASONS else "other"
                counter.labels(rule, label).inc(count)
            else:
                counter.labels(rule).inc(count)

    def _rejected(self, stage: str, reasons: Mapping[str, int]) -> None:
        rejected = self._metrics.counter("parcours_touchpoints_rejected_total")
        for reason, count in reasons.items():
            rejected.labels(stage, reason).inc(count)

    def _felt(self, evidence: Mapping[str, int]) -> None:
        felt = self._metrics.counter("parcours_emotions_total")
        for name, count in evidence.items():
            felt.labels(name).inc(count)

    def _batch(
        self, stage: str, received: int, left: int, started: float, now: float
    ) -> None:
        self._metrics.histogram("parcours_batch_records").labels(stage).observe(
            received
        )
        seconds = self._metrics.histogram("parcours_stage_seconds").labels(stage)
        seconds.observe(now - started)
        self._balance += received - left
        self._metrics.gauge("parcours_touchpoints_unbalanced").set(self._balance)

    def _end_to_end(self, stage: str, received_at: int, now: float) -> None:
        seconds = self._metrics.histogram("parcours_end_to_end_seconds")
        seconds.labels(stage).observe(max(0.0, now - received_at / 1000))
