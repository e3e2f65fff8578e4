"""Sealing: the original bytes of a dead letter, readable only with the secret."""

import hashlib
import hmac
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

_VERSION: Final = b"\x01"
_NONCE_BYTES: Final = 12
_TAG_BYTES: Final = 16
_KEY_BYTES: Final = 32


class SealError(ValueError):
    """A payload cannot be opened; says why, never what is in it."""


class Sealer:
    """Seals payloads with AES-256-GCM and opens them again.

    The form is one byte of version, the nonce, then ciphertext and tag. The nonce is a
    keyed hash of coordinates and payload: a replay gives the same bytes, and no nonce
    ever serves two payloads, not even where a log's coordinates were used again.
    The coordinates are associated data: a payload moved elsewhere does not open.
    """

    def __init__(self, secret: str) -> None:
        """Derive the keys (HKDF-SHA256) from a secret.

        Args:
            secret: what only the workers and the operator's tools know.
        """
        keys = HKDF(
            algorithm=SHA256(),
            length=2 * _KEY_BYTES,
            salt=None,
            info=b"parcours dead letter v1",
        ).derive(secret.encode())
        self._cipher = AESGCM(keys[:_KEY_BYTES])
        self._nonce_key = keys[_KEY_BYTES:]

    def seal(
        self, payload: bytes, *, log: str, topic: str, partition: int, offset: int
    ) -> bytes:
        """Encrypt the payload of the record at these coordinates."""
        where = _coordinates(log, topic, partition, offset)
        mac = hmac.new(self._nonce_key, where, hashlib.sha256)
        mac.update(payload)
        nonce = mac.digest()[:_NONCE_BYTES]
        return _VERSION + nonce + self._cipher.encrypt(nonce, payload, where)

    def open(
        self, sealed: bytes, *, log: str, topic: str, partition: int, offset: int
    ) -> bytes:
        """Decrypt what `seal` made for the same coordinates.

        Raises:
            SealError: the secret is another one, the coordinates are, or the bytes
                were changed.
        """
        start = len(_VERSION) + _NONCE_BYTES
        if sealed[:1] != _VERSION or len(sealed) < start + _TAG_BYTES:
            message = "not a sealed payload of a version that this release knows"
            raise SealError(message)
        where = _coordinates(log, topic, partition, offset)
        try:
            return self._cipher.decrypt(sealed[1:start], sealed[start:], where)
        except InvalidTag:
            message = (
                f"cannot open the payload of {topic}[{partition}]@{offset}: "
                "PARCOURS_PSEUDONYM_KEY is not the one it was sealed with, or the "
                "dead letter was changed"
            )
            raise SealError(message) from None


def _coordinates(log: str, topic: str, partition: int, offset: int) -> bytes:
    # Ended by a byte that no name can hold, so that no two coordinates read alike.
    return f"{log}\x00{topic}\x00{partition}\x00{offset}\x00".encode()
