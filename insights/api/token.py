"""Who asks, and what they may: tokens, of which only hashes are kept."""

import hashlib
import hmac
import secrets
from collections.abc import Sequence
from pathlib import Path
from re import fullmatch
from typing import Final, Literal

import msgspec
from msgspec import Struct

from insights.times import written_ms
from schemas.settings import SettingsError

Scope = Literal["answers:read", "persons:read", "live:read", "metrics:read"]

SCOPES: Final[tuple[Scope, ...]] = (
    "answers:read",
    "persons:read",
    "live:read",
    "metrics:read",
)
EVERY_TENANT: Final = "*"
_PREFIX: Final = "parcours_"
_BYTES: Final = 32


class Entry(Struct, forbid_unknown_fields=True, omit_defaults=True, frozen=True):
    """A token as the tokens file has it.

    Attributes:
        name: for people and logs; not secret.
        sha256: hash of the token, hexadecimal.
        tenants: whose data it opens; `*` for everybody's.
        scopes: what it may ask.
        expires: first moment at which it is worth nothing: a date (its midnight, UTC)
            or an RFC 3339 time; empty for never.
        per_minute: requests a minute; 0 for what the settings say.
    """

    name: str
    sha256: str
    tenants: tuple[str, ...]
    scopes: tuple[Scope, ...]
    expires: str = ""
    per_minute: int = 0


class TokensFile(Struct, forbid_unknown_fields=True, frozen=True):
    """The whole file."""

    tokens: tuple[Entry, ...]


class Principal(Struct, frozen=True):
    """Whoever asks.

    Attributes:
        name: of the token's entry.
        tenants: whose data they may see.
        scopes: what they may ask.
        per_minute: requests a minute.
    """

    name: str
    tenants: tuple[str, ...]
    scopes: tuple[Scope, ...]
    per_minute: float

    def may_see(self, tenant: str) -> bool:
        """Whether this tenant's data is theirs to see."""
        return EVERY_TENANT in self.tenants or tenant in self.tenants


class Tokens:
    """The tokens that open the API."""

    def __init__(self, entries: Sequence[Entry], per_minute: float) -> None:
        """Hold them.

        Args:
            entries: of the tokens file.
            per_minute: requests a minute where an entry says nothing.
        """
        self._known = [
            (
                bytes.fromhex(entry.sha256),
                _expires(entry),
                Principal(
                    entry.name,
                    entry.tenants,
                    entry.scopes,
                    entry.per_minute or per_minute,
                ),
            )
            for entry in entries
        ]

    def principal(self, token: str, now: float) -> Principal | None:
        """Whose token it is; None where it is nobody's, or has expired.

        Every entry is compared, in constant time: how long it takes tells nothing.

        Args:
            token: as the client sent it.
            now: seconds since 1970.
        """
        given = hashlib.sha256(token.encode(errors="replace")).digest()
        found = None
        for known, expires, principal in self._known:
            if hmac.compare_digest(given, known) and now < expires:
                found = principal
        return found


def read_tokens(file: Path, per_minute: float) -> Tokens:
    """Read a tokens file.

    Raises:
        SettingsError: it is not there, or not a tokens file; says where.
    """
    try:
        loaded = msgspec.yaml.decode(file.read_bytes())
        # YAML makes dates of what looks like one; an entry has text.
        content = msgspec.convert(msgspec.to_builtins(loaded), TokensFile)
        return Tokens([_checked(entry) for entry in content.tokens], per_minute)
    except OSError as error:
        message = f"the tokens file {file} cannot be read: {error.strerror}"
        raise SettingsError(message) from error
    except (msgspec.MsgspecError, ValueError) as error:
        message = f"{file} is not a tokens file: {error}"
        raise SettingsError(message) from error


def make_token(
    name: str,
    tenants: Sequence[str],
    scopes: Sequence[Scope],
    expires: str = "",
) -> tuple[str, Entry]:
    """Make a token.

    Returns:
        The token, to be shown once and given to its owner, and its entry.
    """
    token = _PREFIX + secrets.token_urlsafe(_BYTES)
    digest = hashlib.sha256(token.encode()).hexdigest()
    return token, Entry(name, digest, tuple(tenants), tuple(scopes), expires)


def _expires(entry: Entry) -> float:
    return written_ms(entry.expires) / 1000 if entry.expires else float("inf")


def _checked(entry: Entry) -> Entry:
    if fullmatch(r"[0-9a-fA-F]{64}", entry.sha256) is None:
        message = f"{entry.name}: sha256 must be 64 hexadecimal digits"
        raise SettingsError(message)
    if not entry.tenants or not entry.scopes:
        message = f"{entry.name} opens nothing: give it tenants and scopes"
        raise SettingsError(message)
    return entry
