"""Pseudonyms: keyed hashes that stand for e-mail addresses and phone numbers."""

import hashlib
import hmac
import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Final
from urllib.parse import unquote

import phonenumbers

_KEY_CONTEXT: Final = b"parcours pseudonym v1\x00"
_SHA256: Final = re.compile(r"[0-9a-f]{64}")
_DIGITS: Final = 32
_LONGEST_PHONE: Final = 40
_PHONE_LIKE: Final = re.compile(r"\s*\+?(?:[\s().\-/]*[0-9]){6,}[\s().\-/]*")
_LONGEST_NAMED: Final = 200
_LEAST_DIGITS: Final = 6
# With letters around it (`tel:+33…`, `… ext. 4`) a number has to begin as one.
_PHONE_INSIDE: Final = re.compile(r"(?:\+|\b00|tel:)(?:[^\w]*[0-9]){8}")
_ESCAPED_AT: Final = re.compile("%(?:25)*40")
_ADDRESSES: Final = 65_536
_TENANTS: Final = 1_024


class Pseudonyms:
    """Makes pseudonyms: the same for the same person and tenant, on every worker.

    A pseudonym is HMAC-SHA256, keyed by the secret and the tenant, of the SHA-256 of
    the normalised address: so a source that sends that SHA-256 itself and one that
    sends the clear address speak of the same person. 32 hexadecimal digits are kept.
    Two tenants never share a pseudonym.
    """

    def __init__(
        self, secret: str, default_country: str, countries: Mapping[str, str]
    ) -> None:
        """Derive from a secret.

        Args:
            secret: what only the workers know.
            default_country: ISO 3166-1 code by which national phone numbers are read.
            countries: the same by tenant, where it differs.
        """
        self._secret = secret.encode()
        self._default_country = default_country
        self._countries = dict(countries)
        # Addresses repeat, hashing is slow, parsing a phone number slower by far.
        self._key = lru_cache(_TENANTS)(self._derive_key)
        self.email = lru_cache(_ADDRESSES)(self._email)
        self.phone = lru_cache(_ADDRESSES)(self._phone)
        self.email_hash = lru_cache(_ADDRESSES)(self._email_hash)
        self.phone_hash = lru_cache(_ADDRESSES)(self._phone_hash)

    def opaque(self, tenant: str, text: str) -> str:
        """The pseudonym of a text that has to be hidden, whatever it is."""
        return self._keyed(tenant, hashlib.sha256(text.encode()).hexdigest())

    def _email(self, tenant: str, address: str) -> str | None:
        """The pseudonym of a clear e-mail address; None where it is not one."""
        normal = normal_email(address)
        return None if normal is None else self.opaque(tenant, normal)

    def _phone(self, tenant: str, number: str) -> str | None:
        """The pseudonym of a clear phone number; None where it is not one."""
        country = self._countries.get(tenant, self._default_country)
        normal = normal_phone(number, country)
        return None if normal is None else self.opaque(tenant, normal)

    def _email_hash(self, tenant: str, digest: str) -> str | None:
        """The pseudonym of a source's own hash, or of an address put in its place."""
        return self._email(tenant, digest) or self._digest(tenant, digest)

    def _phone_hash(self, tenant: str, digest: str) -> str | None:
        """The pseudonym of a source's own hash, or of a number put in its place."""
        number = self._phone(tenant, digest) if looks_like_phone(digest) else None
        return number or self._digest(tenant, digest)

    def _digest(self, tenant: str, digest: str) -> str:
        folded = digest.strip().lower()
        if _SHA256.fullmatch(folded):
            return self._keyed(tenant, folded)
        # Some other hash: good for recognising its own kind only.
        return self.opaque(tenant, folded)

    def _keyed(self, tenant: str, digest: str) -> str:
        mac = hmac.digest(self._key(tenant), digest.encode(), "sha256")
        return mac.hex()[:_DIGITS]

    def _derive_key(self, tenant: str) -> bytes:
        return hmac.digest(self._secret, _KEY_CONTEXT + tenant.encode(), "sha256")


def normal_email(address: str) -> str | None:
    """An e-mail address without surrounding space, in lower case; None if it is none."""
    while "@" not in address and holds_at(address):
        address = unquote(address)
    normal = address.strip().lower()
    local, at, domain = normal.rpartition("@")
    return normal if at and local and domain else None


def holds_at(text: str) -> bool:
    """Whether a text has an `@`, also one escaped for a URL that is part of another URL."""
    # Single characters are searched for several times faster than longer texts.
    return "@" in text or ("%" in text and _ESCAPED_AT.search(text) is not None)


def has_number(text: str) -> bool:
    """Whether a text under a name such as `phone` has a number: several, too, or signs.

    Whatever has six digits and no letter, or begins a number between letters.
    """
    if len(text) > _LONGEST_NAMED or sum(map(str.isdigit, text)) < _LEAST_DIGITS:
        return False
    return not any(map(str.isalpha, text)) or _PHONE_INSIDE.search(text) is not None


def looks_like_phone(text: str) -> bool:
    """Whether a text has the characters of a phone number and nothing else."""
    return len(text) <= _LONGEST_PHONE and _PHONE_LIKE.fullmatch(text) is not None


def normal_phone(number: str, country: str) -> str | None:
    """A phone number in E.164 (`+33612345678`); None where it cannot be one.

    Args:
        number: as people write it, national or international.
        country: ISO 3166-1 code by which a national number is read.
    """
    if len(number) > _LONGEST_PHONE:
        return None
    try:
        parsed = phonenumbers.parse(number, country)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_possible_number(parsed):
        return None
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)
