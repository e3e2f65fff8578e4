"""The numbers of emotion: what each friction weighs, and how far apart things belong."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

MINUTE_MS: Final = 60_000
HOUR_MS: Final = 60 * MINUTE_MS
DAY_MS: Final = 24 * HOUR_MS

FRICTIONS: Final[Mapping[str, float]] = {
    "payment_failed": -2.0,
    "late_delivery": -1.5,
    "call_after_error": -1.5,
    "repeat_contact": -1.5,
    "unresolved_call": -1.5,
    "marked_as_spam": -1.5,
    "coupon_denied": -1.0,
    "out_of_stock": -1.0,
    "return": -1.0,
    "order_cancelled": -1.0,
    "web_error": -1.0,
    "search_without_result": -0.5,
}
"""Friction → emotion inferred from it (docs/emotion.md). A choice, not a measurement."""


@dataclass(frozen=True, slots=True)
class EmotionPolicy:
    """Numbers of the emotion rules.

    Attributes:
        frictions: friction → inferred emotion, -2 to 0.
        max_text_chars: characters of a text that are read.
        repeat_within_ms: a contact this long after another one is a repeat.
        same_contact_ms: contacts nearer than this to each other are one contact.
        error_within_ms: a call this long after a web error is due to it.
        max_traces: contacts and errors that a state remembers.
    """

    frictions: Mapping[str, float] = field(default_factory=lambda: FRICTIONS)
    max_text_chars: int = 2_000
    repeat_within_ms: int = 7 * DAY_MS
    same_contact_ms: int = 30 * MINUTE_MS
    error_within_ms: int = DAY_MS
    max_traces: int = 64

    @property
    def reach_ms(self) -> int:
        """How far back a contact looks."""
        return max(self.repeat_within_ms, self.error_within_ms)
