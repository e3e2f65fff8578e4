"""The scales on which customers answer, mapped to -2…+2; see docs/emotion.md."""

import re
from typing import Final

_NUMBER: Final = re.compile(r"-?[0-9]{1,4}(?:[.,][0-9]{1,4})?")
_RANGE: Final = re.compile(r"([01])\s*(?:-|\u2013|\.\.)\s*([0-9]{1,3})")
_LARGEST: Final = 10_000
_TOPS: Final = frozenset({3, 4, 5, 6, 7, 10, 20, 100})
# Index is the answer: to 6 detractors, 7 and 8 passives, then promoters.
_NPS: Final = (-2.0, -2.0, -2.0, -1.5, -1.5, -1.0, -1.0, 0.0, 0.5, 1.5, 2.0)
_USUAL: Final = {"csat": (1, 5), "ces": (1, 7), "stars": (1, 5)}
_SAID: Final = {"positive": 0.5, "neutral": 0.0, "negative": -0.5}


def number(value: object) -> float | None:
    """A number as sources write them: also as a text, also with a decimal comma."""
    if isinstance(value, str) and _NUMBER.fullmatch(value):
        return float(value.replace(",", "."))
    if isinstance(value, int | float) and not isinstance(value, bool):
        return float(value) if abs(value) < _LARGEST else None
    return None


def from_nps(score: object, scale: object) -> tuple[float, str] | None:
    """An answer to `would you recommend us`, 0 to 10, whole numbers only.

    Returns:
        Emotion and evidence; None where the answer is not on that scale.
    """
    given = number(score)
    if given is None or not 0 <= given <= 10 or given % 1:  # noqa: PLR2004 the scale
        return None
    if scale is not None and number(scale) != 10 and _ends(scale) != (0, 10):  # noqa: PLR2004
        return None
    return _NPS[int(given)], "nps"


def from_range(kind: str, score: object, scale: object) -> tuple[float, str] | None:
    """A score between two ends, the high one being good, laid evenly over -2…+2.

    Args:
        kind: `csat`, `ces` or `stars`.
        score: the answer.
        scale: its ends, `0-10`, or only the higher one, `10`; None for the usual scale.

    Returns:
        Emotion and evidence; None where the answer is not on the scale, or the scale
        is none that is known.
    """
    given, usual = number(score), _USUAL[kind]
    ends = usual if scale is None else _ends(scale)
    if given is None or ends is None or not ends[0] <= given <= ends[1]:
        return None
    low, high = ends
    emotion = round((given - low) / (high - low) * 4 - 2, 2)
    return emotion, kind if ends == usual else f"{kind}:{low}-{high}"


def from_sentiment(value: object) -> tuple[float, str] | None:
    """A sentiment between -1 and +1, or its name, as listening tools report it."""
    said = _SAID.get(value.strip().lower()) if isinstance(value, str) else None
    given = number(value) if said is None else said
    if given is None or not -1 <= given <= 1:
        return None
    return round(2 * given, 2), "mention"


def _ends(scale: object) -> tuple[int, int] | None:
    if isinstance(scale, str) and (found := _RANGE.fullmatch(scale.strip())):
        low, high = int(found[1]), int(found[2])
    else:
        top = number(scale)
        if top is None or top % 1:
            return None
        # Out of a hundred one counts from zero, on shorter scales from one.
        low, high = (0 if top == 100 else 1), int(top)  # noqa: PLR2004
    return (low, high) if high in _TOPS else None
