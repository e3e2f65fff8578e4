"""Roll-ups beside the sink, whatever becomes of one of them."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from prometheus_client import CollectorRegistry

from parcours.rolling import _run
from schemas.metrics import Metrics

if TYPE_CHECKING:
    import pytest


class Wrong:
    """Fails in a way that nobody thought of; the second time it is told to end."""

    def __init__(self, ended: threading.Event) -> None:
        self.ended = ended
        self.count = 0

    def roll(self, _now_ms: int) -> None:
        self.count += 1
        if self.count == 2:
            self.ended.set()
        raise KeyError


def test_an_error_of_ours_ends_no_roll_up_but_one(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """It is said, and the next one comes."""
    ended = threading.Event()
    wrong = Wrong(ended)
    _run(wrong.roll, ended, 0.001, Metrics(CollectorRegistry()))
    assert wrong.count == 2
    assert caplog.messages == ["rollup_failed error=KeyError"] * 2
