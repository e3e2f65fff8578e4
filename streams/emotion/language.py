"""Which language a short text is in, from its little words: French, English, or neither."""

import re
from typing import Final

_WORD: Final = re.compile(r"[^\W\d_]+")
_READ_WORDS: Final = 80
_FRENCH_LETTERS: Final = re.compile("[çèêëîïôùûœ]")


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_LITTLE: Final[dict[str, frozenset[str]]] = {
    "fr": _words(
        """
        le la les un une des du de et est à au aux je tu il elle nous vous
        ils elles ce cette ces c j l d n s qu m t ne pas plus très trop mais
        ou où que qui dans pour par sur avec sans sont était été être ai
        avons avez ont mon ma mes votre notre son sa ses leur leurs bien
        tout tous toute rien jamais aussi comme chez on y en si suis fait
        merci jour jours service livraison commande produit colis client
        magasin vendeur article
        """
    ),
    "en": _words(
        """
        the a an and is are was were be been to of in on for with this that
        it its i you he she we they my your our their not no but very too so
        have has had do does did don t s ve m re would will could can from
        at as by all just what when which who there here never always after
        again than if me us thanks thank service delivery order ordered
        product item store shop staff customer
        """
    ),
    "es": _words(
        """
        el los las una y que es muy pero con por para lo no mi su del al se
        está fue todo más sin son
        """
    ),
    "de": _words(
        """
        der die das und ist nicht ein eine ich sie wir mit für sehr aber auf
        zu war den dem es im auch
        """
    ),
    "it": _words(
        """
        il lo gli e è di che non per con una molto ma sono ho del della
        questo più tutto alla
        """
    ),
    "nl": _words(
        """
        het een en is niet van ik de dat die zeer maar met voor op zijn was
        te ook geen
        """
    ),
    "pt": _words(
        """
        o os e é que não um uma muito mas com para por do da no na foi meu
        minha tudo mais
        """
    ),
}


def declared(language: object) -> str:
    """`fr` or `en` from a tag such as `fr-CA`; `other`; empty where nothing is said."""
    if not isinstance(language, str) or not language.strip():
        return ""
    primary = re.split(r"[-_]", language.strip().lower(), maxsplit=1)[0]
    named = {"fra": "fr", "fre": "fr", "french": "fr", "eng": "en", "english": "en"}
    primary = named.get(primary, primary)
    return primary if primary in {"fr", "en"} else "other"


def guessed(text: str) -> str:
    """The language of a text.

    Args:
        text: what a customer wrote.

    Returns:
        `fr` or `en`; `other` where the little words are those of another language;
        empty where too little is said to tell.
    """
    words = _WORD.findall(text.lower())[:_READ_WORDS]
    counts = {
        name: sum(word in little for word in words) for name, little in _LITTLE.items()
    }
    counts["fr"] += sum(_FRENCH_LETTERS.search(word) is not None for word in words)
    best = max(counts.values(), default=0)
    leading = [name for name, count in counts.items() if count == best]
    if not best or len(leading) > 1:
        return ""
    return leading[0] if leading[0] in {"fr", "en"} else "other"
