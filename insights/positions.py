"""Where Kafka stands: the logs and how far each of their readers is.

The door fills it (`parcours/log_view.py`); the audit compares it with the tables.
"""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Span:
    """One partition of a log, and its reader's position in it.

    Attributes:
        start: first offset that the log still has.
        end: first offset that it does not have yet.
        done: first offset that the reader has not finished; 0 where it never did any.
    """

    start: int
    end: int
    done: int

    @property
    def reached(self) -> int:
        """First offset that the reader may still come to."""
        return min(max(self.start, self.done), self.end)

    @property
    def pending(self) -> int:
        """Records that the reader will still come to."""
        return self.end - self.reached

    @property
    def expired(self) -> int:
        """Records that were removed before the reader came to them."""
        return self.reached - min(self.done, self.end)


@dataclass(frozen=True, slots=True)
class LogPositions:
    """One topic: the identity of its log, and a span for each partition, in order."""

    log: str
    spans: tuple[Span, ...]

    @property
    def received(self) -> int:
        """Records ever written to the log."""
        return sum(span.end for span in self.spans)

    @property
    def pending(self) -> int:
        """Records that the reader will still come to."""
        return sum(span.pending for span in self.spans)

    @property
    def expired(self) -> int:
        """Records that were removed before the reader came to them."""
        return sum(span.expired for span in self.spans)


@dataclass(frozen=True, slots=True)
class LogView:
    """All logs from the source to the sink, read in this order.

    Each reader's position must be read before the ends of the logs that it writes to,
    and all of it before the tables: then a record on its way is always seen somewhere,
    pending at worst, and never taken for lost.

    Attributes:
        raw: read by the agent identify_and_enrich.
        identified: read by the agent journey; control records included.
        landing: topic → a log that the sink reads.
    """

    raw: LogPositions
    identified: LogPositions
    landing: Mapping[str, LogPositions]
