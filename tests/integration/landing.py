"""Touchpoints that stream to a sink, and what has become of them."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Self

from schemas.topics import (
    ENRICHED,
)
from tests.factories.records import (
    FEBRUARY_MS,
    JANUARY_MS,
    encode,
    spread,
    touchpoint,
)
from tests.servers.sink import (
    PARTITIONS,
    PATIENCE_SECONDS,
    POLL_SECONDS,
    Sink,
    produce,
)

if TYPE_CHECKING:
    from collections.abc import Callable

PAUSE_SECONDS = 0.1


class Stream:
    """Sends touchpoints of two months to all partitions, from entering to `end`."""

    def __init__(self, kafka: str) -> None:
        self._kafka = kafka
        self._total = 0
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._send)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.end()

    def end(self) -> int:
        """Send no more; how many there were."""
        self._stop.set()
        self._thread.join()
        return self._total

    def _send(self) -> None:
        # At full speed it would be many times ahead of a sink that starts again and again.
        while not self._stop.wait(PAUSE_SECONDS):
            values = two_months(self._total, self._total + 200)
            produce(self._kafka, ENRICHED.name, spread(values, PARTITIONS))
            self._total += 200


def two_months(start: int, stop: int) -> list[bytes]:
    """Touchpoints that fall into January and February by turns, in every partition."""
    return [
        encode(
            touchpoint(
                n, occurred_at=(JANUARY_MS, FEBRUARY_MS)[n // PARTITIONS % 2] + n
            )
        )
        for n in range(start, stop)
    ]


def landed(sink: Sink) -> int:
    return int(str(sink.ask("SELECT count() FROM touchpoints")[0][0]))


def balanced(sink: Sink) -> bool:
    """Whether what the sink has read equals what it says became of it."""
    return sink.metric("parcours_sink_unbalanced") == 0


def wait_for(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(POLL_SECONDS)
