"""Values of columns as text, numbers, times and money; pure and exact."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import (
    ROUND_DOWN,
    ROUND_HALF_EVEN,
    ROUND_HALF_UP,
    Context,
    Decimal,
    Inexact,
    InvalidOperation,
)
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

import msgspec

from parcours.producing.table import RowError

TIMES_REMEMBERED: Final = 4096
_ROUNDING: Final = {
    "half_up": ROUND_HALF_UP,
    "half_even": ROUND_HALF_EVEN,
    "down": ROUND_DOWN,
}
_EXACT: Final = Context(prec=60, traps=[InvalidOperation, Inexact])
_TRUE: Final = frozenset({"1", "true", "t", "yes", "y"})
_FALSE: Final = frozenset({"0", "false", "f", "no", "n"})


def text(value: object) -> str:  # noqa: PLR0911 - one for each kind of value
    """A value as text; empty for none. A whole float loses its point (`17850.0`)."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, bytes):
        return value.decode("utf-8", "surrogateescape")
    if isinstance(value, (datetime, date)):
        return value.isoformat()
    if isinstance(value, (dict, list)):
        return msgspec.json.encode(value).decode()
    return str(value)


def number(value: object, name: str) -> Decimal:
    """A value as an exact number.

    Raises:
        RowError: it is none.
    """
    try:
        found = Decimal(text(value).strip())
    except InvalidOperation:
        message = f"{name} is not a number"
        raise RowError(message) from None
    if not found.is_finite():
        message = f"{name} is not a finite number"
        raise RowError(message)
    return found


def integer(value: object, name: str) -> int:
    """A value as a whole number; `17850.0` is one.

    Raises:
        RowError: it is none.
    """
    found = number(value, name)
    if abs(found) >= 2**63 or found != int(found):
        message = f"{name} is not a whole number of 64 bits"
        raise RowError(message)
    return int(found)


def boolean(value: object, name: str) -> bool:
    """A value as yes or no.

    Raises:
        RowError: it is neither.
    """
    folded = text(value).strip().lower()
    if folded in _TRUE:
        return True
    if folded in _FALSE:
        return False
    message = f"{name} is neither true nor false"
    raise RowError(message)


def json(value: object, name: str) -> object:
    """A value as the JSON that it holds.

    Raises:
        RowError: it is no JSON.
    """
    if not isinstance(value, (str, bytes)):
        return value
    try:
        return msgspec.json.decode(value)
    except (msgspec.DecodeError, UnicodeEncodeError):
        message = f"{name} is not JSON"
        raise RowError(message) from None


def minor_units(amount: Decimal, digits: int, rounding: str, name: str) -> int:
    """An amount of the main unit in the smallest one.

    Args:
        amount: exact, in the main unit.
        digits: decimals of the currency.
        rounding: `never`, `half_up`, `half_even` or `down`.
        name: of the column, for messages.

    Raises:
        RowError: a fraction of the smallest unit is left, and `rounding` is `never`.
    """
    scaled = amount.scaleb(digits, _EXACT)
    if rounding != "never":
        return int(scaled.quantize(Decimal(1), _ROUNDING[rounding]))
    if scaled != int(scaled):
        message = f"{name} has more than {digits} decimals"
        raise RowError(message)
    return int(scaled)


def product(left: Decimal, right: Decimal, name: str) -> Decimal:
    """An exact product.

    Raises:
        RowError: it has more than sixty digits.
    """
    try:
        return _EXACT.multiply(left, right)
    except Inexact:
        message = f"{name} is too long a number"
        raise RowError(message) from None


def time_reader(style: str, zone: str) -> Callable[[object, str], int]:
    """A reader of times of one style; it returns epoch milliseconds.

    Of an hour that a clock shows twice, the earlier is meant.

    Args:
        style: `rfc3339`, `epoch_ms`, `epoch_s`, or a format of strptime.
        zone: IANA zone of times that say none.

    Raises:
        ValueError: there is no such zone.
    """
    tz = _zone(zone)
    if style in ("epoch_ms", "epoch_s"):
        factor = 1000 if style == "epoch_s" else 1
        return lambda value, name: int(number(value, name) * factor)

    # One till has many rows of one time.
    @lru_cache(TIMES_REMEMBERED)
    def parse(written: str) -> int:
        if style == "rfc3339":
            found = datetime.fromisoformat(written)
        else:
            found = datetime.strptime(written, style)  # noqa: DTZ007 - the zone follows
        return _epoch_ms(found, tz)

    def read(value: object, name: str) -> int:
        if isinstance(value, datetime):
            return _epoch_ms(value, tz)
        if isinstance(value, date):
            return _epoch_ms(
                datetime(value.year, value.month, value.day, tzinfo=tz), tz
            )
        try:
            return parse(text(value).strip())
        except (ValueError, OverflowError):
            message = f"{name} is not a time of the form {style}"
            raise RowError(message) from None

    return read


def _epoch_ms(found: datetime, zone: ZoneInfo) -> int:
    aware = found if found.tzinfo else found.replace(tzinfo=zone)
    since = aware - datetime(1970, 1, 1, tzinfo=UTC)
    return (since.days * 86_400 + since.seconds) * 1000 + since.microseconds // 1000


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError) as error:
        message = f"there is no time zone {name}"
        raise ValueError(message) from error
