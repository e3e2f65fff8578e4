"""The sentiment rules of the library `vader`, told French."""

import re
from typing import Final

from vader import SentimentIntensityAnalyzer

from streams.emotion.lexicon import Phrases, lexicon, one_word

# Valence of a word whose polarity is 1; those of weak polarity say next to nothing.
_STRENGTH: Final = 3.0
_WEAKEST: Final = 0.2
# The mean of mildly positive words that any longer French text holds: found on the
# first third of the reviews that docs/emotion.md measures with, not on the rest.
_HABIT: Final = 0.1

_MORE: Final = 0.293
_LESS: Final = -0.293
_BOOSTERS: Final = {
    word: by
    for by, words in (
        (
            _MORE,
            """
            très tres trop vraiment extrêmement extremement hyper ultra tellement si
            totalement complètement absolument particulièrement plus fort entièrement
            carrément franchement réellement tout toute
            """,
        ),
        (_LESS, "peu assez plutôt presque moins légèrement guère parfois"),
    )
    for word in words.split()
}
_NEGATIONS: Final = frozenset(
    {"ne", "n", "pas", "jamais", "sans", "aucun", "aucune", "ni", "rien", "non"}
)
# `ne … pas` negates once: without its second half, so that it is not taken for two.
_NE_PAS: Final = re.compile(
    r"\bne?\b((?:\s+\S+){0,3}?)\s+(?:pas|plus|jamais|rien|aucune?|guère)\b(?:\s+du\s+tout\b)?"
)
# A phrase that negates by itself (`pas_mal`, `plus_jamais`) needs no `ne` before it.
_NE_PHRASE: Final = re.compile(
    r"\bne?\b((?:\s+\S+){0,3}?\s+(?:\w+_)?(?:pas|plus|jamais|rien)_)"
)
_BUT: Final = re.compile(r"\b(?:mais|cependant|pourtant)\b")
_JOINED: Final = re.compile(r"[\u2019'…]|(?<=\w)[.,;:!?()«»\"/]+(?=\w)|\ufe0f")
_PICTURE: Final = re.compile("([\U0001f300-\U0001faff\u2600-\u27bf])")


class FrenchAnalyzer:
    """Scores French sentences; the lexicons are read when it is made."""

    def __init__(self) -> None:
        entries = {
            word: round(value * _STRENGTH, 2)
            for word, value in lexicon("lexicon_fr.tsv").items()
            if abs(value) >= _WEAKEST
        } | lexicon("lexicon_fr_retail.tsv")
        self._joined = Phrases(entries).joined
        self._score = SentimentIntensityAnalyzer(
            one_word(entries),
            booster=_BOOSTERS,
            negations=_NEGATIONS,
            special_cases={},
            idioms={},
            multiword={},
            emoji={},
        ).polarity_scores

    def compound(self, sentence: str) -> float:
        """The mood of a sentence, -1 to +1; 0 where nothing is told."""
        found = self._score(self._prepared(sentence))["compound"]
        return max(-1.0, found - _HABIT) if found else 0.0

    def _prepared(self, sentence: str) -> str:
        """The sentence as the library's English rules can follow it.

        Elisions are taken apart (`n'est` → `n est`), a negation in two parts becomes
        one in front, and the contrast of `mais` is called `but`, the one word that the
        library does not let us name.
        """
        text = _PICTURE.sub(r" \1 ", _JOINED.sub(" ", sentence.lower()))
        text = _NE_PHRASE.sub(r"\1", self._joined(text))
        return _BUT.sub("but", _NE_PAS.sub(r"ne\1", text))
