"""How long an answer holds: a strong validator, for closed periods and for the present."""

import hashlib
from dataclasses import dataclass
from typing import Final

from msgspec import Struct

from insights.asker import Asker, ask_all, question
from insights.newest import newest_ms
from insights.times import UNITS_MS

VALIDITY: Final = "validity"
"""Where a request's state has the validity of its answer."""

LATENESS_MS: Final = 3 * UNITS_MS["d"]
"""How long after a day its last facts come: a till's file at night, a closed week-end."""

CLOSED_SECONDS: Final = 300
"""How long a client may keep an answer about a closed period without asking again."""


class _Landed(Struct):
    landed: str


class _Stored(Struct):
    stored: str


@dataclass(frozen=True, slots=True)
class Validity:
    """What tells one state of an answer from another.

    Attributes:
        tag: as in `ETag`, without quotes.
        keep: how a client may keep it, as in `Cache-Control`.
    """

    tag: str
    keep: str

    @property
    def headers(self) -> dict[str, str]:
        """What goes with the answer."""
        return {
            "ETag": f'"{self.tag}"',
            "Cache-Control": self.keep,
        }

    def matches(self, known: str) -> bool:
        """Whether a client that sent `If-None-Match` has this answer."""
        tags = [one.strip().removeprefix("W/") for one in known.split(",")]
        return f'"{self.tag}"' in tags or "*" in tags


def validity_of(
    asker: Asker, tenant: str, until: int, asked: str, *, packed: bool
) -> Validity | None:
    """How long an answer about the time before a moment holds.

    Whatever can change it changes the tag: a touchpoint of that time that lands later,
    two identities that turn out to be one person, a phase that is corrected.

    Args:
        asker: whom to ask.
        tenant: whose data.
        until: first moment, epoch milliseconds, that the answer does not depend on.
        asked: the question, as the client wrote it, and the files that it depends on.
        packed: whether the client takes gzip: another representation, another tag.

    Returns:
        None where the time is not over yet, or facts about it may still be on their way.
    """
    if until > newest_ms(asker, tenant) - LATENESS_MS:
        return None
    values = {"tenant": tenant, "until": until}
    landed = ask_all(asker, question("landed"), values, _Landed)[0].landed
    keep = f"private, max-age={CLOSED_SECONDS}"
    return Validity(_tag(tenant, asked, landed, packed), keep)


def validity_now(asker: Asker, question_asked: str, *, counted: bool) -> Validity:
    """How long an answer about the present holds: until anything lands.

    Args:
        asker: whom to ask.
        question_asked: all that tells one answer from another on the same data.
        counted: whether it depends on when days or timelines were counted, too.
    """
    found = ask_all(asker, question("present"), {"counted": counted}, _Stored)
    return Validity(_tag(question_asked, found[0].stored), "private, no-cache")


def _tag(*parts: object) -> str:
    text = "\n".join(map(str, parts))
    return hashlib.sha256(text.encode()).hexdigest()[:32]
