"""What customers answered and rated, as it is read: for emotions and for message rules."""

from collections.abc import Mapping
from typing import Final, TypeAlias

from streams.emotion.heard import Heard
from streams.emotion.scales import from_nps, from_range, number

Told: TypeAlias = tuple[float, str] | None
"""Emotion and evidence; None where the answer is not on its scale."""

_KINDS: Final = frozenset({"nps", "csat", "ces"})


def answer(told: Heard) -> tuple[str, Told]:
    """The kind of a survey, `survey` for one that is not known, and what was answered."""
    kind = told.kind.strip().lower() if isinstance(told.kind, str) else ""
    if kind not in _KINDS:
        return "survey", None
    if kind == "nps":
        return kind, from_nps(told.score, told.scale)
    return kind, from_range(kind, told.score, told.scale)


def stars(told: Heard) -> tuple[str, Told]:
    """How many stars a product was given."""
    return "stars", from_range("stars", told.rating, told.scale)


def read(type_: str, properties: Mapping[str, object]) -> dict[str, object]:
    """The properties of an answer as they are read here, where that may differ.

    Args:
        type_: type of the touchpoint.
        properties: its properties, as the source sent them.

    Returns:
        `kind` and `score` of a survey of a known kind, `rating` of a review: numbers
        however they are written, None for what is not on its scale.
    """
    if type_ not in ("survey_answered", "product_reviewed"):
        return {}
    names = ("kind", "score", "scale", "rating")
    told = Heard(**{name: properties.get(name) for name in names})
    if type_ == "product_reviewed":
        _, rated = stars(told)
        return {"rating": number(told.rating) if rated else None}
    kind, answered = answer(told)
    if kind not in _KINDS:
        return {}
    return {"kind": kind, "score": number(told.score) if answered else None}
