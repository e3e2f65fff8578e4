"""Personal data hidden in free fields: found and replaced by its pseudonym.

E-mail addresses are found in any text, at any depth, names of fields included. Phone
numbers look like any other number: they are found under names that end like those in
`_PHONE_KEY`.
"""

import re
from typing import Final

import msgspec
from msgspec import Raw, Struct

from schemas.touchpoint import Touchpoint
from streams.adapters.adapter import Adapted
from streams.identity.pseudonym import Pseudonyms, looks_like_phone

_members: Final = msgspec.json.Decoder(dict[str, Raw]).decode
_items: Final = msgspec.json.Decoder(list[Raw]).decode
_text: Final = msgspec.json.Decoder(str).decode
_encode: Final = msgspec.json.Encoder().encode

_FREE: Final = ("id", "source", "session_hint", "cart_id", "order_id")
_PHONE_NAME: Final = r"(?:phone|mobile|(?<!ho)(?<!mo)(?<!car)tel)(?:[ _-]?number)?"
_PHONE_KEY: Final = re.compile(_PHONE_NAME + "$")
_PHONE_KEY_QUOTED: Final = re.compile(_PHONE_NAME + r'"\s*:')
_EMAIL_KEY: Final = re.compile(r"(?:mail|courriel)(?:[ _-]?address)?$")
# An escape of an ASCII letter or sign: nobody needs it, so it may hide something.
_HIDING: Final = re.compile(r"\\u00[2-7]")
# No run is given back, and each is entered once, at its start: linear in any text. A
# lookahead and what it found stand for possessive repetitions, since those of groups
# miss addresses until Python 3.11.5 (python/cpython#106052). The exception is for
# pictures in two sizes, `shoe@2x.jpg`.
_EMAIL: Final = re.compile(
    r"(?:(?<![\w.+'-])(?!(?<=%)[0-9A-Fa-f]{2})|(?<=%40))"
    r"(?=((?:[\w.+'-]+|%(?!40)[0-9A-Fa-f]{2})+))\1(?:@|%40)(?!\dx\.)"
    r"(?=([\w-]+(?:\.[\w-]+)+))\2"
)


def scrub_touchpoint(
    touchpoint: Touchpoint, adapted: Adapted, pseudonyms: Pseudonyms
) -> None:
    """Replace e-mail addresses and phone numbers outside the actor, in place.

    An id or source that holds an address changes too, to the same text each time.
    """
    tenant = touchpoint.tenant
    if _suspicious(adapted.properties, plain=adapted.plain):
        scrubber = _Scrubber(tenant, pseudonyms)
        touchpoint.properties = scrubber.value(touchpoint.properties, "")
    if not adapted.plain:
        _scrub_fields(touchpoint, _Scrubber(tenant, pseudonyms))


def _scrub_fields(touchpoint: Touchpoint, scrubber: "_Scrubber") -> None:
    t = touchpoint
    # All in one text first: nearly always there is nothing to find.
    if _may_hold_email(f"{t.id} {t.source} {t.session_hint} {t.cart_id} {t.order_id}"):
        scrubber.fields(t, _FREE)
    for part in (t.place, t.campaign):
        if part is not None:
            scrubber.fields(part, part.__struct_fields__)
    if t.consent:
        t.consent = {scrubber.text(key): given for key, given in t.consent.items()}


def _may_hold_email(text: str) -> bool:
    return "@" in text or "%40" in text


def _suspicious(properties: str, *, plain: bool) -> bool:
    if not plain and (
        _may_hold_email(properties)
        or ("\\u00" in properties and _HIDING.search(properties))
    ):
        return True
    folded = properties.lower()
    # Four plain searches cost a tenth of one search for the pattern.
    return (
        'phone"' in folded
        or 'mobile"' in folded
        or 'tel"' in folded
        or 'number"' in folded
    ) and _names_phone(folded)


def _names_phone(folded: str) -> bool:
    """Whether one of the words ends a name: many a user agent ends with one as well."""
    for word in ('phone"', 'mobile"', 'tel"', 'number"'):
        at = folded.find(word)
        while at >= 0:
            at += len(word)
            if folded[at:].lstrip().startswith(":"):
                return _PHONE_KEY_QUOTED.search(folded) is not None
            at = folded.find(word, at)
    return False


class _Scrubber:
    """One walk through a JSON value; only texts that change are written anew."""

    def __init__(self, tenant: str, pseudonyms: Pseudonyms) -> None:
        self._tenant = tenant
        self._pseudonyms = pseudonyms

    def value(self, raw: Raw, key: str) -> Raw:
        first = bytes(raw)[:1]
        if first == b"{":
            members = _members(raw).items()
            return Raw(_encode({self.text(k): self.value(v, k) for k, v in members}))
        if first == b"[":
            return Raw(_encode([self.value(item, key) for item in _items(raw)]))
        if first == b'"':
            clear = _text(raw)
            hidden = self._member(clear, key.lower())
            return raw if hidden == clear else Raw(_encode(hidden))
        if looks_like_phone(number := str(raw, "ascii")) and self._is_phone(key):
            return Raw(_encode(self._phone(number)))
        return raw

    def text(self, text: str) -> str:
        return _EMAIL.sub(self._found, text) if _may_hold_email(text) else text

    def fields(self, struct: Struct, names: tuple[str, ...]) -> None:
        for name in names:
            clear = getattr(struct, name)
            if clear is not None and _may_hold_email(clear):
                setattr(struct, name, self.text(clear))

    def _member(self, text: str, key: str) -> str:
        if _may_hold_email(text) and _EMAIL_KEY.search(key):
            return self._email(text)
        if self._is_phone(key) and looks_like_phone(text):
            return self._phone(text)
        return self.text(text)

    def _is_phone(self, key: str) -> bool:
        return _PHONE_KEY.search(key.lower()) is not None

    def _found(self, match: re.Match[str]) -> str:
        return self._email(match[0])

    def _email(self, address: str) -> str:
        found = self._pseudonyms.email(self._tenant, address)
        return found or self._pseudonyms.opaque(self._tenant, address)

    def _phone(self, number: str) -> str:
        found = self._pseudonyms.phone(self._tenant, number)
        return found or self._pseudonyms.opaque(self._tenant, number)
