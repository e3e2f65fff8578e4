"""Personal data hidden in free fields: found and replaced by its pseudonym.

E-mail addresses are found in any text, at any depth, names of fields included. Phone
numbers look like any other number: in properties they are found at and below names that
name a phone, in other fields by the plus sign that they begin with.
"""

import re
import unicodedata
from typing import Final

import msgspec
from msgspec import Raw, Struct

from schemas.touchpoint import Touchpoint
from streams.adapters.adapter import Adapted
from streams.identity.pseudonym import (
    Pseudonyms,
    has_number,
    holds_at,
    looks_like_phone,
)

_members: Final = msgspec.json.Decoder(dict[str, Raw]).decode
_items: Final = msgspec.json.Decoder(list[Raw]).decode
_text: Final = msgspec.json.Decoder(str).decode
_encode: Final = msgspec.json.Encoder().encode

_FREE: Final = ("id", "source", "session_hint", "cart_id", "order_id")
# A name that ends so holds a phone number, of whatever country and length.
_PHONE_KEY: Final = re.compile(
    r"(?:phone|mobile|(?<!ho)(?<!mo)(?<!car)tel|msisdn)(?:[ _-]?number)?$"
)
# One of these words in a name: what stands below is one where it can be.
_PHONE_WORDS: Final = frozenset(
    [
        "phone",
        "phones",
        "phonenumber",
        "phonenumbers",
        "telephone",
        "telephones",
        "tel",
        "tels",
        "mobile",
        "mobiles",
        "msisdn",
        "msisdns",
        "gsm",
        "portable",
        "portables",
        "cellphone",
        "smartphone",
        "whatsapp",
    ]
)
_WORD: Final = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")
# What a name with such a word, or with an ending of the above, holds in lower case. No name
# is longer than what may follow, so a text full of signs is searched in linear time, too.
_SIGNS: Final = [
    "phone",
    "tel",
    "tél",
    "mobile",
    "msisdn",
    "gsm",
    "portable",
    "whatsapp",
]
_SIGNS_IN_NAMES: Final = tuple(
    re.compile(sign + r'[^"]{0,64}"(?:(?<=\\")|\s*:)') for sign in _SIGNS
)
_EMAIL_KEY: Final = re.compile(r"(?:mail|courriel)(?:[ _-]?address)?$")
# An escape of an ASCII letter or sign: nobody needs it, so it may hide something; and the
# accent of a `tél`, which most serialisers write so.
_HIDING: Final = re.compile(r"\\u00[2-7]|t\\u00e9l", re.IGNORECASE)
# No run is given back, and each is entered once, at its start: linear in any text. A
# lookahead and what it found stand for possessive repetitions, since those of groups
# miss addresses until Python 3.11.5 (python/cpython#106052). The exception is for
# pictures in two sizes, `shoe@2x.jpg`.
_EMAIL: Final = re.compile(
    r"(?:(?<![\w.+'-])(?!(?<=%)[0-9A-Fa-f]{2})|(?<=%40))"
    r"(?=((?:[\w.+'-]+|%(?!(?:25)*40)[0-9A-Fa-f]{2})+))\1(?:@|%(?:25)*40)(?!\dx\.)"
    r"(?=([\w-]+(?:\.[\w-]+)+))\2"
)


def scrub_touchpoint(
    touchpoint: Touchpoint, adapted: Adapted, pseudonyms: Pseudonyms
) -> None:
    """Replace e-mail addresses and phone numbers outside the actor, in place.

    An id or source that holds one changes too, to the same text each time.
    """
    plain = adapted.plain
    if (not plain and _may_hide(adapted.properties)) or _has_phone(adapted.properties):
        scrubber = _Scrubber(touchpoint.tenant, pseudonyms)
        touchpoint.properties = scrubber.value(touchpoint.properties, "")
    if not plain:
        _scrub_fields(touchpoint, _Scrubber(touchpoint.tenant, pseudonyms))


def _scrub_fields(touchpoint: Touchpoint, scrubber: "_Scrubber") -> None:
    t = touchpoint
    # All in one text first: nearly always there is nothing to find.
    texts = f"{t.id} {t.source} {t.session_hint} {t.cart_id} {t.order_id}"
    if holds_at(texts) or "+" in texts:
        scrubber.fields(t, _FREE)
    for part in (t.place, t.campaign):
        if part is not None:
            scrubber.fields(part, part.__struct_fields__)
    if t.consent:
        t.consent = {scrubber.text(key): given for key, given in t.consent.items()}


def _may_hide(properties: str) -> bool:
    """Whether there may be an address, or a name behind an escape."""
    return holds_at(properties) or (
        "\\u00" in properties and _HIDING.search(properties) is not None
    )


def _has_phone(properties: str) -> bool:
    """Whether a name speaks of phones, escapes apart."""
    # A user agent is the longest text by far, and full of words as phones have them.
    head, _, rest = properties.rpartition('"user_agent":"')
    text = head + rest[rest.find('"') :]
    folded = text.lower()
    # Plain searches cost a tenth of one search for a pattern.
    return (
        "phone" in folded
        or "mobile" in folded
        or "tel" in folded
        or "msisdn" in folded
        or "gsm" in folded
        or "portable" in folded
        or "whatsapp" in folded
        or (not folded.isascii() and "tél" in folded)
    ) and _has_phone_key(text, folded)


def _has_phone_key(text: str, folded: str) -> bool:
    """Whether a name that holds a sign has a word of phones: `hotel` has none.

    Where that is hard to tell, it may be: the walk tells.
    """
    if len(text) != len(folded):
        return True
    for sign in _SIGNS_IN_NAMES:
        for found in sign.finditer(folded):
            key = text[folded.rfind('"', 0, found.start()) + 1 : found.end()]
            key = key.rstrip(": \t\r\n")[:-1]
            if "\\" in key or _names_phone(key):
                return True
    return False


def _names_phone(key: str) -> bool:
    """Whether a name speaks of phones: `tel_bureau`, `homePhone`, `téléphones`."""
    if not key.isascii():
        key = unicodedata.normalize("NFKD", key).encode("ascii", "ignore").decode()
    return _PHONE_KEY.search(key.lower()) is not None or any(
        word.lower() in _PHONE_WORDS for word in _WORD.findall(key)
    )


class _Scrubber:
    """One walk through a JSON value; only texts that change are written anew."""

    def __init__(self, tenant: str, pseudonyms: Pseudonyms) -> None:
        self._tenant = tenant
        self._pseudonyms = pseudonyms

    def value(self, raw: Raw, key: str, *, phones: bool = False) -> Raw:
        """A value and all below it.

        Args:
            raw: the value.
            key: the name that it, or the list that it is in, has.
            phones: whether that name or one above speaks of phones.
        """
        first = bytes(raw)[:1]
        if first == b"{":
            return Raw(
                _encode(
                    {
                        self.text(name): self.value(
                            inner, name, phones=phones or _names_phone(name)
                        )
                        for name, inner in _members(raw).items()
                    }
                )
            )
        if first == b"[":
            return Raw(
                _encode([self.value(item, key, phones=phones) for item in _items(raw)])
            )
        if first == b'"':
            clear = _text(raw)
            hidden = self._member(clear, key.lower(), phones=phones)
            return raw if hidden == clear else Raw(_encode(hidden))
        number = str(raw, "ascii")
        if phones and (found := self._number(number, key.lower())):
            return Raw(_encode(found))
        return raw

    def text(self, text: str) -> str:
        return _EMAIL.sub(self._found, text) if holds_at(text) else text

    def fields(self, struct: Struct, names: tuple[str, ...]) -> None:
        for name in names:
            clear = getattr(struct, name)
            if clear and (holds_at(clear) or clear[0] == "+"):
                setattr(struct, name, self._field(clear))

    def _field(self, text: str) -> str:
        if text[0] == "+" and looks_like_phone(text):
            return self._phone(text)
        return self.text(text)

    def _member(self, text: str, key: str, *, phones: bool) -> str:
        if holds_at(text) and _EMAIL_KEY.search(key):
            return self._email(text)
        if phones and (found := self._number(text, key)):
            return found
        return self.text(text)

    def _number(self, text: str, key: str) -> str | None:
        """The pseudonym of a number at or below a name that speaks of phones."""
        if has_number(text) and _PHONE_KEY.search(key):
            return self._phone(text)
        if not looks_like_phone(text):
            return None
        if text.lstrip()[0] == "+":
            return self._phone(text)
        # Such names have dates, prices and ids around them.
        return self._pseudonyms.phone(self._tenant, text)

    def _found(self, match: re.Match[str]) -> str:
        return self._email(match[0])

    def _email(self, address: str) -> str:
        found = self._pseudonyms.email(self._tenant, address)
        return found or self._pseudonyms.opaque(self._tenant, address)

    def _phone(self, number: str) -> str:
        found = self._pseudonyms.phone(self._tenant, number)
        return found or self._pseudonyms.opaque(self._tenant, number)
