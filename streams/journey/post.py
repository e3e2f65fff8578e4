"""What identifiers write: letters to each other, touchpoints sent on, public links."""

from dataclasses import dataclass, field
from typing import Final

from msgspec import json

from schemas.identity import Letter, Origin, Route
from schemas.topics import record_key
from streams.journey.record import Seen

Pair = tuple[bytes, bytes]
_encode: Final = json.Encoder().encode
_VIA: Final = b',"via":['


@dataclass(slots=True)
class Post:
    """What the records of a batch make identifiers write.

    Attributes:
        partition: where the records were read.
        offset: offset of the record at hand.
        sent: letters and touchpoints for the identified topic, by key.
        links: records for the links topic.
    """

    partition: int
    offset: int = 0
    sent: list[Pair] = field(default_factory=list)
    links: list[Pair] = field(default_factory=list)
    _count: int = 0

    def open(self, offset: int) -> None:
        """Begin with another record."""
        self.offset = offset
        self._count = 0

    def origin(self) -> Origin:
        """Origin of the next thing to be sent."""
        self._count += 1
        return (self.partition, self.offset, self._count)

    def send(self, letter: Letter) -> None:
        """Send a letter to the identifier that it names."""
        key = record_key(letter.tenant, letter.identifier)
        self.sent.append((key, _encode(letter)))

    def redirect(self, seen: Seen, value: bytes, to: str, route: Route) -> None:
        """Send a touchpoint on.

        Args:
            seen: the touchpoint.
            value: its JSON.
            to: the identifier at which it goes on.
            route: the way by which it comes there.
        """
        overdue = b',"overdue":true' if seen.overdue else b""
        way = (_encode(route), _encode(self.origin()), overdue)
        tail = b',"via":%b,"sent":%b%b}' % way
        self.sent.append((record_key(seen.tenant, to), plain(seen, value)[:-1] + tail))


def plain(seen: Seen, value: bytes) -> bytes:
    """A touchpoint's JSON as the first agent wrote it, without the way that it came."""
    at = value.rfind(_VIA) if seen.via is not None else -1
    return value if at < 0 else value[:at] + b"}"
