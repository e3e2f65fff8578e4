"""The map's words and numbers in a language; the dictionary is the page's own."""

from datetime import datetime
from typing import Final, Literal

from insights.dictionary import dictionary
from insights.times import zone_of
from schemas.currencies import digits

Language = Literal["en", "fr"]
LANGUAGES: Final = ("en", "fr")

_THOUSANDS: Final = {"en": ",", "fr": "\u202f"}
_DECIMAL: Final = {"en": ".", "fr": ","}
_MINUS: Final = "\u2212"
_SMALL: Final = 10
"""Below this, a number is told to a place."""
_FEW: Final = 5
"""Below so many of a unit, a time span tells the next smaller unit too."""
_UNITS: Final = (
    ("days", 86_400_000.0),
    ("hours", 3_600_000.0),
    ("minutes", 60_000.0),
    ("seconds", 1_000.0),
)


class Words:
    """What things are called in one language.

    Args:
        language: `en` or `fr`.
    """

    def __init__(self, language: Language) -> None:
        self.language = language
        self._words = dictionary()[language]

    def __getitem__(self, key: str) -> str:
        """A word that the dictionary has."""
        return self._words[key]

    def names(self) -> set[str]:
        """Every word that there is."""
        return set(self._words)

    def __contains__(self, key: str) -> bool:
        """Whether the dictionary has a word."""
        return key in self._words

    def touchpoint(self, name: str) -> str:
        """A touchpoint type, or kind of friction; one that nobody knows as it is."""
        for kind in ("type", "friction", "evidence"):
            if f"{kind}.{name}" in self._words:
                return self._words[f"{kind}.{name}"]
        plain = name.removeprefix("custom_").replace("_", " ")
        return plain[:1].upper() + plain[1:]

    def channel(self, name: str) -> str:
        """A channel."""
        return self._words.get(f"channel.{name}", name)

    def definition(self, name: str, otherwise: str) -> str:
        """What a number means, in this language if the dictionary says it."""
        return self._words.get(f"define.{name}", otherwise)

    def number(self, value: float, places: int = 0) -> str:
        """A number, rounded to so many places."""
        text = f"{abs(value):,.{places}f}"
        whole, _, part = text.partition(".")
        sign = _MINUS if value < 0 and text.strip("0.,") else ""
        grouped = whole.replace(",", _THOUSANDS[self.language])
        return sign + grouped + (_DECIMAL[self.language] + part if part else "")

    def signed(self, value: float, places: int = 0) -> str:
        """A number that says which side of zero it is on."""
        text = self.number(value, places)
        return f"+{text}" if value > 0 and text.strip("0.,") else text

    def counted(self, name: str, value: float) -> str:
        """What so many of `persons`, `touchpoints`, `types` are called."""
        one = value == 1 or (value == 0 and self.language == "fr")
        return self[f"map.{name[:-1]}" if one else f"map.{name}"]

    def percent(self, share: float) -> str:
        """A share of 1; small ones to a place."""
        per_cent = share * 100
        places = 0 if per_cent == round(per_cent) or abs(per_cent) >= _SMALL else 1
        gap = "\u202f" if self.language == "fr" else ""
        return f"{self.number(per_cent, places)}{gap}%"

    def duration(self, milliseconds: float) -> str:
        """A time span in whole units: the greatest, and the next where that is few."""
        at = next((n for n, (_, size) in enumerate(_UNITS) if milliseconds >= size), -1)
        unit, size = _UNITS[at]
        last = at in (-1, len(_UNITS) - 1)
        if last or milliseconds / size >= _FEW:
            return self._of(round(milliseconds / size), unit)
        smaller, part = _UNITS[at + 1]
        count, rest = divmod(round(milliseconds / part), round(size / part))
        text = self._of(count, unit)
        return f"{text}\u00a0{self._of(rest, smaller)}" if rest else text

    def _of(self, count: int, unit: str) -> str:
        return f"{self.number(count)}\u00a0{self[f'unit.{unit}']}"

    def day(self, epoch_ms: int, zone: str) -> str:
        """A date in a time zone, as the standard writes it."""
        moment = datetime.fromtimestamp(epoch_ms / 1000, zone_of(zone))
        return moment.strftime("%Y-%m-%d")

    def money(self, minor: int, currency: str) -> str:
        """An amount in its currency, without the small change."""
        return f"{self.number(minor / 10 ** digits(currency))}\u00a0{currency}"
