"""Where the database is: the URL, taken apart; pure."""

from dataclasses import dataclass, field
from typing import Final
from urllib.parse import parse_qsl, unquote, urlsplit

from sinks.failures import DatabaseError

_LOCAL_HOSTS: Final = frozenset({"localhost", "127.0.0.1", "::1"})


@dataclass(frozen=True, slots=True)
class Address:
    """A parsed URL: a folder for the embedded engine, or a server."""

    folder: str = ""
    host: str = ""
    port: int = 0
    user: str = "default"
    password: str = field(default="", repr=False)
    database: str = "default"
    secure: bool = False
    compression: str = ""

    @property
    def embedded(self) -> bool:
        """Whether the engine runs in this process."""
        return bool(self.folder)


def parse(url: str) -> Address:
    """Read a database URL.

    Raises:
        DatabaseError: it is malformed; the message does not quote it.
    """
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        # The parser's own message may quote the password.
        parts, port = urlsplit(""), None
    if parts.scheme == "chdb" and not parts.netloc and parts.path.strip("/"):
        return Address(folder=unquote(parts.path))
    if parts.scheme not in ("clickhouse", "clickhouses") or not parts.hostname:
        message = (
            "the database URL must be clickhouse://user:password@host:8123/database, "
            "clickhouses://… or chdb:///folder"
        )
        raise DatabaseError(message, kind="fatal")
    secure = parts.scheme == "clickhouses"
    default = "" if parts.hostname in _LOCAL_HOSTS else "lz4"
    return Address(
        host=parts.hostname,
        port=port or (8443 if secure else 8123),
        user=unquote(parts.username or "default"),
        password=unquote(parts.password or ""),
        database=unquote(parts.path.strip("/")) or "default",
        secure=secure,
        compression=dict(parse_qsl(parts.query)).get("compression", default),
    )
