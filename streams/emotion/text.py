"""The mood of a review or comment, French or English, without any model or download."""

import re
from dataclasses import dataclass
from typing import Final

from vader import SentimentIntensityAnalyzer

from streams.emotion.french import FrenchAnalyzer
from streams.emotion.language import declared, guessed
from streams.emotion.lexicon import Phrases, lexicon, one_word

# The analyzer saturates on long texts, hence sentence by sentence (its own advice).
_SENTENCE: Final = re.compile(r"(?<=[.!?…])\s+|\n+")


@dataclass(frozen=True, slots=True)
class Mood:
    """What a text tells.

    Attributes:
        emotion: -2 to +2.
        language: `fr` or `en`, by whose words it was read.
    """

    emotion: float
    language: str


class Reader:
    """Scores texts; holds the two lexicons, so one is enough."""

    def __init__(self) -> None:
        retail = lexicon("lexicon_en_retail.tsv")
        self._english = SentimentIntensityAnalyzer(extra_lexicon=one_word(retail))
        self._joined = Phrases(retail, any_case=True).joined
        self._french = FrenchAnalyzer()

    def read(self, text: str, language: object = None) -> Mood | None:
        """Score one text.

        Args:
            text: what the customer wrote, as much of it as shall be read.
            language: the language as the source has it (`fr-FR`), if it has it.

        Returns:
            The mood; None where the text is in another language, or says nothing that
            the lexicons know: no word is no evidence, not a neutral mood.
        """
        known = declared(language) or guessed(text)
        if known == "other":
            return None
        if known == "fr":
            return _mood(self._in_french(text), "fr")
        english = self._in_english(text)
        if known == "en":
            return _mood(english, "en")
        # A word or two, such as `parfait` or `excellent`: the lexicon that knows more.
        french = self._in_french(text)
        if len(french) > len(english) or (french and not text.isascii()):
            return _mood(french, "fr")
        return _mood(english, "en")

    def _in_english(self, text: str) -> list[float]:
        score = self._english.polarity_scores
        sentences = _SENTENCE.split(self._joined(text))
        found = [score(sentence)["compound"] for sentence in sentences]
        return [compound for compound in found if compound]

    def _in_french(self, text: str) -> list[float]:
        compound = self._french.compound
        found = [compound(sentence) for sentence in _SENTENCE.split(text)]
        return [compound for compound in found if compound]


def _mood(compounds: list[float], language: str) -> Mood | None:
    if not compounds:
        return None
    return Mood(round(2 * sum(compounds) / len(compounds), 2) + 0.0, language)
