"""Money: how many digits the smallest unit of a currency has."""

from typing import Final

_DIGITS: Final = {"JPY": 0, "KRW": 0, "VND": 0, "XOF": 0, "XAF": 0, "TND": 3, "KWD": 3}
_USUAL: Final = 2


def digits(currency: str) -> int:
    """Digits behind the point, as ISO 4217 gives them; 2 where nothing else is known."""
    return _DIGITS.get(currency, _USUAL)
