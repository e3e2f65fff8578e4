"""Reading French and English comments: negation, emphasis, language, accuracy."""

from pathlib import Path

import pytest

from streams.emotion.text import Reader

READER = Reader()
DATA = Path(__file__).parents[3] / "data"


def emotion(text: str, language: object = None) -> float:
    mood = READER.read(text, language)
    assert mood is not None, text
    return mood.emotion


@pytest.mark.parametrize(
    ("better", "worse"),
    [
        ("Je recommande ce magasin.", "Je ne recommande pas ce magasin."),
        ("C'est un bon produit.", "Ce n'est pas un bon produit."),
        ("Ce n'est pas mal.", "C'est mal."),
        ("Le vendeur est très aimable.", "Le vendeur est aimable."),
        ("Le vendeur est nul.", "Le vendeur est vraiment nul."),
        ("Un peu lent mais excellent.", "Excellent mais un peu lent."),
        ("Aucun problème avec la commande.", "Un problème avec la commande."),
        ("Je reviendrai, tout est parfait.", "Je ne reviendrai plus jamais chez vous."),
        ("I recommend it to all of you.", "I would not recommend it to you."),
        ("It was a very good service.", "It was a very bad service."),
        ("It works as it should.", "It does not work as it should."),
    ],
)
def test_which_is_better(better: str, worse: str) -> None:
    """Negation turns, emphasis strengthens, and what follows a `but` weighs more."""
    assert emotion(better) > emotion(worse)


@pytest.mark.parametrize(
    ("text", "language", "read_as"),
    [
        ("Parfait", None, "fr"),
        ("Great!", None, "en"),
        ("Super produit", "fr-FR", "fr"),
        ("Excellent", "en", "en"),
        ("excellent", "FRA", "fr"),
        ("Je suis très content", None, "fr"),
        ("I am very happy with it", None, "en"),
        ("Très déçu 😡", None, "fr"),
    ],
)
def test_the_language(text: str, language: object, read_as: str) -> None:
    """As the source states it, else by the little words, else by the known ones."""
    mood = READER.read(text, language)
    assert mood is not None
    assert mood.language == read_as


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Das ist nicht gut und sehr teuer", None),
        ("El servicio es muy malo y no lo recomiendo", None),
        ("perfect", "de-DE"),
        ("", None),
        ("...", None),
        ("12 345", None),
        ("Le colis est arrivé le mardi.", None),
        ("\x00\ud7ff", None),
    ],
)
def test_what_is_not_read(text: str, language: object) -> None:
    """Another language, and words without any mood, give nothing rather than zero."""
    assert READER.read(text, language) is None


def test_typography_changes_nothing() -> None:
    """Curly apostrophes, capitals and missing blanks are how people write."""
    plain = emotion("Ce n'est pas bon.")
    assert emotion("Ce n’est pas bon.") == plain  # noqa: RUF001
    assert emotion("CE N'EST PAS BON.") == plain
    assert emotion("Bon produit.Je suis content.") > 0


@pytest.mark.parametrize(("language", "least"), [("fr", 0.85), ("en", 0.85)])
def test_accuracy_on_our_own_comments(language: str, least: float) -> None:
    """Of 64 made-up comments each, so many come out on their side of zero.

    They were written for this test by the author of the retail lexicons: they guard
    against a relapse and measure nothing. docs/emotion.md says what was measured.
    """
    lines = (DATA / f"comments_{language}.tsv").read_text("utf-8").splitlines()
    right = 0
    for sign, text in (line.split("\t") for line in lines):
        mood = READER.read(text)
        right += mood is not None and (mood.emotion > 0) == (sign == "+")
    assert len(lines) == 64
    assert right / len(lines) >= least
