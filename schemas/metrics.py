"""Every Prometheus metric: name, kind, labels, meaning. `Metrics(registry)` makes them."""

from dataclasses import dataclass
from typing import Final, Literal, TypeVar

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

_T = TypeVar("_T")

LATENCY_SECONDS: Final = (
    0.005,
    0.01,
    0.025,
    0.05,
    0.1,
    0.15,
    0.25,
    0.5,
    1.0,
    1.5,
    2.5,
    5.0,
    15.0,
    60.0,
)
BATCH_RECORDS: Final = (1, 10, 50, 100, 500, 1_000, 5_000, 10_000, 50_000, 100_000)


@dataclass(frozen=True, slots=True)
class Metric:
    """One metric's promise; `labels` are bounded sets, never a person, session or URL."""

    name: str
    kind: Literal["counter", "gauge", "histogram"]
    labels: tuple[str, ...]
    help: str
    buckets: tuple[float, ...] = ()


CATALOGUE: Final = (
    # worker: what came in and how it left
    Metric(
        "parcours_touchpoints_received_total",
        "counter",
        (),
        "Raw records read by identify_and_enrich, re-reads after a restart included.",
    ),
    Metric(
        "parcours_touchpoints_emitted_total",
        "counter",
        ("stage",),
        "Touchpoints sent on, by stage (identify, journey).",
    ),
    Metric(
        "parcours_touchpoints_rejected_total",
        "counter",
        ("stage", "reason"),
        "Records sent to the dead letters, by stage and reason.",
    ),
    Metric(
        "parcours_touchpoints_duplicate_total",
        "counter",
        (),
        "Touchpoints whose source and id had been received before.",
    ),
    Metric(
        "parcours_touchpoints_dropped_total",
        "counter",
        ("cause",),
        "Records passed over on purpose: replay (already applied before a restart).",
    ),
    Metric(
        "parcours_touchpoints_late_total",
        "counter",
        (),
        "Touchpoints that came after their channel's lateness: stored, not folded.",
    ),
    Metric(
        "parcours_touchpoints_forwarded_total",
        "counter",
        (),
        "Touchpoints sent on to the partition of the person that theirs turned out to be.",
    ),
    Metric(
        "parcours_identities_changed_total",
        "counter",
        (),
        "Identifiers of which something new is known: linked, implied, shared, unlinked.",
    ),
    Metric(
        "parcours_touchpoints_unbalanced",
        "gauge",
        (),
        "Conservation law inside this process: received minus every counted exit; 0 is right.",
    ),
    Metric(
        "parcours_emotions_total",
        "counter",
        ("evidence",),
        "Emotions found, by evidence (nps, stars, text:fr, friction:return, …); "
        "`invalid:…` for scores off their scale, which give none.",
    ),
    Metric("parcours_sessions_opened_total", "counter", ("kind",), "Sessions opened."),
    Metric(
        "parcours_sessions_closed_total",
        "counter",
        ("kind",),
        "Sessions closed by the watermark.",
    ),
    Metric("parcours_sessions_open", "gauge", (), "Persons with a session open."),
    Metric(
        "parcours_transitions_total",
        "counter",
        ("from_phase", "to_phase"),
        "Phase transitions in the default model.",
    ),
    Metric(
        "parcours_threads_moved_total",
        "counter",
        ("kind", "status"),
        "Carts, orders, returns and tickets that came to a status, by kind and status.",
    ),
    Metric(
        "parcours_threads_dropped_total",
        "counter",
        (),
        "Threads that had to leave a journey state for lack of room.",
    ),
    Metric(
        "parcours_messages_due_total",
        "counter",
        ("rule",),
        "Messages that became due, by rule of the rules file.",
    ),
    Metric(
        "parcours_messages_held_out_total",
        "counter",
        ("rule",),
        "Messages kept back on purpose, to compare with.",
    ),
    Metric(
        "parcours_messages_cancelled_total",
        "counter",
        ("rule", "reason"),
        "Messages called off after they had been emitted, by what happened instead.",
    ),
    Metric(
        "parcours_messages_suppressed_total",
        "counter",
        ("rule", "reason"),
        "Occasions of which no message came: consent, cap, once, stale, backfill, "
        "or the type of what happened instead.",
    ),
    Metric(
        "parcours_messages_moved_total",
        "counter",
        ("rule",),
        "Messages that quiet hours made due later.",
    ),
    Metric(
        "parcours_messages_forgotten_total",
        "counter",
        ("rule",),
        "Occasions that a state gave up to stay within its bounds.",
    ),
    Metric("parcours_persons", "gauge", (), "Journey states held by this worker."),
    Metric(
        "parcours_batch_records",
        "histogram",
        ("stage",),
        "Records in one batch, by stage (identify, journey, sink).",
        BATCH_RECORDS,
    ),
    Metric(
        "parcours_stage_seconds",
        "histogram",
        ("stage",),
        "From taking a batch to its acknowledgement, by stage.",
        LATENCY_SECONDS,
    ),
    Metric(
        "parcours_end_to_end_seconds",
        "histogram",
        ("stage",),
        "From the raw record's broker time to its output being durable, by stage.",
        LATENCY_SECONDS,
    ),
    Metric(
        "parcours_consumer_lag_records",
        "gauge",
        ("topic", "partition"),
        "Records not yet acknowledged, by topic and partition.",
    ),
    Metric(
        "parcours_watermark_lag_seconds",
        "gauge",
        ("partition",),
        "Newest event time seen minus the watermark, by journey partition.",
    ),
    Metric(
        "parcours_restore_seconds",
        "gauge",
        (),
        "How long the last restore of journey states took.",
    ),
    Metric(
        "parcours_rebalances_total", "counter", (), "Partition assignments received."
    ),
    Metric(
        "parcours_errors_total",
        "counter",
        ("stage", "error_type"),
        "Errors of ours or of the world, by stage and exception type.",
    ),
    # sink
    Metric(
        "parcours_sink_records_received_total",
        "counter",
        ("topic",),
        "Records read by the sink.",
    ),
    Metric("parcours_sink_rows_total", "counter", ("table",), "Rows landed, by table."),
    Metric(
        "parcours_sink_rows_replaced_total",
        "counter",
        ("table",),
        "Rows not written because a newer version of them was in the same batch.",
    ),
    Metric(
        "parcours_sink_rows_skipped_total",
        "counter",
        ("table",),
        "Rows not written because the table had their offset already.",
    ),
    Metric(
        "parcours_sink_records_erased_total",
        "counter",
        ("table",),
        "Records without a value, which say that a key is no more: nothing lands of them.",
    ),
    Metric(
        "parcours_sink_rows_rejected_total",
        "counter",
        ("table", "reason"),
        "Rows sent to the dead letters by the sink.",
    ),
    Metric(
        "parcours_sink_insert_seconds",
        "histogram",
        ("table",),
        "Duration of one insert.",
        LATENCY_SECONDS,
    ),
    Metric(
        "parcours_sink_retries_total",
        "counter",
        ("error_class",),
        "Inserts tried again, by class of error.",
    ),
    Metric(
        "parcours_sink_paused_seconds_total",
        "counter",
        (),
        "Time spent paused because the database did not take rows.",
    ),
    Metric(
        "parcours_sink_landed_at_seconds",
        "gauge",
        ("table",),
        "Unix time of the newest record landed, by table.",
    ),
    Metric(
        "parcours_sink_unbalanced",
        "gauge",
        (),
        "Conservation law of the sink: read minus landed, replaced, skipped, erased, "
        "rejected and pending; 0 is right.",
    ),
    Metric("parcours_sink_pending_rows", "gauge", (), "Rows read and not yet landed."),
    Metric(
        "parcours_rollup_age_seconds",
        "gauge",
        (),
        "Time since the sink brought the roll-ups up to date; of an embedded store "
        "alone, since with a server `parcours rollups --every` does it.",
    ),
    Metric(
        "parcours_query_seconds",
        "histogram",
        ("kind",),
        "Duration of answers, by kind of question.",
        LATENCY_SECONDS,
    ),
    # API
    Metric(
        "parcours_api_requests_total",
        "counter",
        ("route", "status"),
        "Requests to the API, by route (as declared, without values) and HTTP status.",
    ),
    Metric(
        "parcours_api_seconds",
        "histogram",
        ("route",),
        "From a request to the API until its response begins, by route.",
        LATENCY_SECONDS,
    ),
    Metric(
        "parcours_api_questions",
        "gauge",
        (),
        "Questions that the API is answering or that wait for their turn.",
    ),
    Metric(
        "parcours_api_listeners",
        "gauge",
        (),
        "Clients that listen to the live counts.",
    ),
    # objectives (docs/objectives.md), by name: a file has at most 100
    Metric(
        "parcours_objective_target",
        "gauge",
        ("objective",),
        "What an objective's number is to come to; money in the smallest unit.",
    ),
    Metric(
        "parcours_objective_value",
        "gauge",
        ("objective",),
        "What an objective's number is now; absent where nothing tells it.",
    ),
    Metric(
        "parcours_objective_expected",
        "gauge",
        ("objective",),
        "What an objective's number is to be by now; absent before its period.",
    ),
    Metric(
        "parcours_objective_progress_ratio",
        "gauge",
        ("objective",),
        "Value by target; absent where there is no value.",
    ),
    Metric(
        "parcours_objective_on_track",
        "gauge",
        ("objective",),
        "1 where an objective is on track or reached, 0 where it is behind or missed; "
        "absent where nobody can say yet.",
    ),
)


class Metrics:
    """The metrics of one process, made in one registry.

    Args:
        registry: where they are registered; a process has one, a test its own.
    """

    def __init__(self, registry: CollectorRegistry) -> None:
        self.registry = registry
        self._made: dict[str, Counter | Gauge | Histogram] = {}
        for metric in CATALOGUE:
            self._made[metric.name] = _make(metric, registry)

    def counter(self, name: str) -> Counter:
        """The counter of that name; KeyError or TypeError where the catalogue has none."""
        return _expect(self._made[name], Counter)

    def gauge(self, name: str) -> Gauge:
        """The gauge of that name; KeyError or TypeError where the catalogue has none."""
        return _expect(self._made[name], Gauge)

    def histogram(self, name: str) -> Histogram:
        """The histogram of that name; KeyError or TypeError where the catalogue has none."""
        return _expect(self._made[name], Histogram)


def _make(metric: Metric, registry: CollectorRegistry) -> Counter | Gauge | Histogram:
    if metric.kind == "counter":
        return Counter(metric.name, metric.help, metric.labels, registry=registry)
    if metric.kind == "gauge":
        return Gauge(metric.name, metric.help, metric.labels, registry=registry)
    return Histogram(
        metric.name,
        metric.help,
        metric.labels,
        buckets=metric.buckets,
        registry=registry,
    )


def _expect(made: object, kind: type[_T]) -> _T:
    if not isinstance(made, kind):
        message = f"metric is a {type(made).__name__}, not a {kind.__name__}"
        raise TypeError(message)
    return made
