"""What customers write: reviews, comments and searches, in French and in English."""

from typing import Final

from parcours.simulating.chance import Chance

FRENCH: Final = "fr"
ENGLISH: Final = "en"

# By mood: unhappy, in between, happy. Two of one mood make a text.
_FRENCH: Final = (
    (
        "Très déçu, la couture a lâché au bout de deux jours.",
        "Le colis est arrivé abîmé et en retard.",
        "Qualité médiocre, je ne recommande pas du tout.",
        "Service client injoignable, c'est inadmissible.",
        "La taille ne correspond pas au guide, quelle perte de temps.",
        "Produit cassé à l'ouverture, remboursement toujours en attente.",
    ),
    (
        "Correct pour le prix, sans plus.",
        "La couleur est un peu différente de la photo.",
        "Livraison dans les temps, produit moyen.",
        "Ça fait l'affaire.",
        "Pas mal mais la coupe est étroite.",
    ),
    (
        "Excellent produit, je suis ravie de mon achat !",
        "Livraison rapide et emballage soigné, merci.",
        "Très belle matière, confortable et bien coupée.",
        "La vendeuse a été adorable et de bon conseil.",
        "Je recommande les yeux fermés.",
        "Parfait, exactement comme sur la photo.",
    ),
)
_ENGLISH: Final = (
    (
        "Very disappointed, the seam broke after two days.",
        "The parcel arrived damaged and late.",
        "Poor quality, I would not recommend it.",
        "Nobody answers the phone, this is unacceptable.",
        "The size chart is wrong, what a waste of time.",
        "Broken when I opened it, still waiting for my refund.",
    ),
    (
        "Fine for the price, nothing more.",
        "The colour differs a little from the picture.",
        "Delivered on time, average product.",
        "It does the job.",
        "Not bad, but rather tight.",
    ),
    (
        "Excellent product, I am delighted with it!",
        "Fast delivery and careful packaging, thank you.",
        "Lovely fabric, comfortable and well cut.",
        "The shop assistant was kind and gave great advice.",
        "I recommend it without hesitation.",
        "Perfect, exactly as in the picture.",
    ),
)
_SEARCHES: Final = {
    FRENCH: (
        "robe lin",
        "manteau",
        "baskets blanches",
        "pull laine",
        "sac",
        "ceinture",
    ),
    ENGLISH: ("linen dress", "coat", "white trainers", "wool jumper", "bag", "belt"),
}
_FRUITLESS: Final = {
    FRENCH: ("chaussure velo pointure 52", "parapluie transparant", "qsdf"),
    ENGLISH: ("cycling shoe size 17", "see trough umbrella", "asdf"),
}
LOWEST_HAPPY: Final = 4
HIGHEST_UNHAPPY: Final = 2


def opinion(chance: Chance, language: str, stars: int) -> str:
    """What somebody writes who gives that many stars, of five."""
    mood = 0 if stars <= HIGHEST_UNHAPPY else 2 if stars >= LOWEST_HAPPY else 1
    said = (_FRENCH if language == FRENCH else _ENGLISH)[mood]
    first = chance.below(len(said))
    if chance.share(0.5):
        return said[first]
    second = (first + 1 + chance.below(len(said) - 1)) % len(said)
    return f"{said[first]} {said[second]}"


def query(chance: Chance, language: str, *, fruitless: bool) -> str:
    """What somebody types into the search field; `fruitless` finds nothing."""
    return chance.pick((_FRUITLESS if fruitless else _SEARCHES)[language])
