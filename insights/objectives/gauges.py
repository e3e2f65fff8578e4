"""Objectives as gauges, for whoever watches the metrics."""

import contextlib
from collections.abc import Iterable
from typing import Final

from prometheus_client import Gauge

from insights.objectives.answer import Progress
from schemas.metrics import Metrics

_NAMES: Final = (
    "parcours_objective_target",
    "parcours_objective_value",
    "parcours_objective_expected",
    "parcours_objective_progress_ratio",
    "parcours_objective_on_track",
)


def export(progress: Iterable[Progress], metrics: Metrics) -> None:
    """Set the gauges of objectives; what nobody can say has none.

    Args:
        progress: of every objective; call it again whenever it may have changed.
        metrics: of the process that is asked for them.
    """
    for one in progress:
        on_track = None if one.on_track is None else float(one.on_track)
        values = (one.target, one.value, one.expected, one.progress, on_track)
        for name, value in zip(_NAMES, values, strict=True):
            _set(metrics.gauge(name), one.name, value)


def forget(objective: str, metrics: Metrics) -> None:
    """Take away the gauges of an objective that there is no more.

    Args:
        objective: its name.
        metrics: of the process that is asked for them.
    """
    for name in _NAMES:
        _set(metrics.gauge(name), objective, None)


def _set(gauge: Gauge, objective: str, value: float | None) -> None:
    if value is not None:
        gauge.labels(objective).set(value)
        return
    with contextlib.suppress(KeyError):
        gauge.remove(objective)
