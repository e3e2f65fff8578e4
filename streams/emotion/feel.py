"""The emotion of one touchpoint: observed where the customer said it, else inferred.

A type that is in none of the tables costs one look-up. What cannot be read, or is not on
its scale, gives no emotion and is marked `invalid:…`, never a dead letter.
"""

from collections.abc import Callable, Mapping
from typing import Final

from schemas.touchpoint import Touchpoint
from streams.emotion.answers import Told, answer, stars
from streams.emotion.friction import ALWAYS, SOMETIMES
from streams.emotion.heard import Heard, heard
from streams.emotion.policy import EmotionPolicy
from streams.emotion.scales import from_sentiment
from streams.emotion.text import Reader


def _mention(told: Heard) -> tuple[str, Told]:
    return "mention", from_sentiment(told.sentiment)


# Type → the property that holds the score, and how to read it.
_OBSERVED: Final[Mapping[str, tuple[str, Callable[[Heard], tuple[str, Told]]]]] = {
    "survey_answered": ("score", answer),
    "product_reviewed": ("rating", stars),
    "social_mention": ("sentiment", _mention),
}
CONCERNED: Final[Mapping[str, str]] = (
    dict.fromkeys(_OBSERVED, "")
    | dict.fromkeys(ALWAYS, "")
    | {type_: word for type_, (word, _) in SOMETIMES.items()}
)
"""The touchpoint types that may carry an emotion of their own; each with a text that its
properties then hold, so that nearly all page views need not be looked at."""
_MAX_ABOUT: Final = 256


class Feelings:
    """Finds the emotion of one touchpoint after another; the same for the same bytes."""

    def __init__(self, policy: EmotionPolicy | None = None) -> None:
        """Read the lexicons.

        Args:
            policy: what frictions weigh, and how much of a text is read.
        """
        self._policy = policy or EmotionPolicy()
        self._reader = Reader()

    def feel(self, touchpoint: Touchpoint) -> None:
        """Fill in the emotion and its evidence, in place.

        Args:
            touchpoint: of a type in `CONCERNED`; free of personal data in clear.
        """
        if touchpoint.bot or touchpoint.machine:
            return
        type_ = touchpoint.type
        if type_ in _OBSERVED:
            self._observe(touchpoint)
            return
        friction = ALWAYS.get(type_) or SOMETIMES[type_][1](touchpoint)
        if friction:
            touchpoint.emotion = self._policy.frictions[friction]
            touchpoint.emotion_evidence = f"friction:{friction}"

    def _observe(self, touchpoint: Touchpoint) -> None:
        told = heard(touchpoint)
        name, read = _OBSERVED[touchpoint.type]
        kind, found = read(told)
        if found is None:
            found = self._in_words(told)
        if found is not None:
            touchpoint.emotion, touchpoint.emotion_evidence = found
            touchpoint.emotion_observed = True
            about = told.about_event_id
            if isinstance(about, str) and 0 < len(about) <= _MAX_ABOUT:
                touchpoint.emotion_about = about
        elif getattr(told, name) is not None:
            touchpoint.emotion_evidence = f"invalid:{kind}"

    def _in_words(self, told: Heard) -> Told:
        parts = (told.title, told.text, told.comment)
        text = "\n".join(part for part in parts if isinstance(part, str) and part)
        if not text:
            return None
        mood = self._reader.read(text[: self._policy.max_text_chars], told.language)
        return None if mood is None else (mood.emotion, f"text:{mood.language}")
