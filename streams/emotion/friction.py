"""Frictions that follow from one touchpoint alone: which there is, if any."""

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from types import MappingProxyType
from typing import Final, TypeAlias

from schemas.touchpoint import Touchpoint
from streams.emotion.heard import Heard, heard
from streams.emotion.scales import number
from streams.enrich.moment import epoch_ms

ALWAYS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "payment_failed": "payment_failed",
        "coupon_denied": "coupon_denied",
        "product_out_of_stock_seen": "out_of_stock",
        "product_returned": "return",
        "order_cancelled": "order_cancelled",
        "email_marked_as_spam": "marked_as_spam",
    }
)
"""Touchpoint type → friction that it is by itself."""

# A day is kept until it has ended everywhere on earth.
_DAY_ENDS: Final = timedelta(days=1, hours=12)
_SERVER_ERRORS: Final = range(500, 600)


def _found_nothing(touchpoint: Touchpoint) -> str:
    told = heard(touchpoint)
    count = told.results if told.results_count is None else told.results_count
    if isinstance(count, list):
        count = len(count)
    return "search_without_result" if number(count) == 0 else ""


def _came_late(touchpoint: Touchpoint) -> str:
    told = heard(touchpoint)
    promised = _promised(told)
    delivered = _moment(told.delivered_at)
    if delivered is None:
        delivered = touchpoint.occurred_at
    return "late_delivery" if promised is not None and delivered > promised else ""


def _left_unresolved(touchpoint: Touchpoint) -> str:
    return "unresolved_call" if heard(touchpoint).resolved is False else ""


def _failed_to_show(touchpoint: Touchpoint) -> str:
    told = heard(touchpoint)
    for status in (told.status, told.status_code):
        if number(status) in _SERVER_ERRORS:
            return "web_error"
    return ""


Rule: TypeAlias = Callable[[Touchpoint], str]
SOMETIMES: Final[Mapping[str, tuple[str, Rule]]] = MappingProxyType(
    {
        "products_searched": ('"result', _found_nothing),
        "order_delivered": ('"promised_at"', _came_late),
        "call_ended": ('"resolved"', _left_unresolved),
        "page_viewed": ('"status', _failed_to_show),
        "screen_viewed": ('"status', _failed_to_show),
    }
)
"""Touchpoint type → a text without which its properties need not be read, and the rule
that names the friction, or nothing."""


def _promised(told: Heard) -> int | None:
    """The last moment that keeps the promise, epoch milliseconds."""
    given = told.promised_at
    if isinstance(given, str):
        try:
            day = date.fromisoformat(given)
        except ValueError:
            return _moment(given)
        try:
            end = datetime(day.year, day.month, day.day, tzinfo=UTC) + _DAY_ENDS
        except OverflowError:
            return None
        return int(end.timestamp()) * 1000
    return _moment(given)


def _moment(given: object) -> int | None:
    if isinstance(given, str) or (
        isinstance(given, int) and not isinstance(given, bool)
    ):
        return epoch_ms(given)
    return None
