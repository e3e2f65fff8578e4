"""Objectives as gauges, for whoever watches the metrics."""

import contextlib
from collections.abc import Iterable

from prometheus_client import Gauge

from insights.objectives.answer import Progress
from schemas.metrics import Metrics


def export(progress: Iterable[Progress], metrics: Metrics) -> None:
    """Set the gauges of objectives; what nobody can say has none.

    Args:
        progress: of every objective; call it again whenever it may have changed.
        metrics: of the process that is asked for them.
    """
    for one in progress:
        on_track = None if one.on_track is None else float(one.on_track)
        for name, value in (
            ("parcours_objective_target", one.target),
            ("parcours_objective_value", one.value),
            ("parcours_objective_expected", one.expected),
            ("parcours_objective_progress_ratio", one.progress),
            ("parcours_objective_on_track", on_track),
        ):
            _set(metrics.gauge(name), one.name, value)


def _set(gauge: Gauge, objective: str, value: float | None) -> None:
    if value is not None:
        gauge.labels(objective).set(value)
        return
    with contextlib.suppress(KeyError):
        gauge.remove(objective)
