"""Dead letters: listed, and their original bytes produced again after repair."""

import base64
import shlex
import subprocess
from collections.abc import Iterator, Sequence
from typing import Final

import msgspec

from insights.asker import Asker, ask_all
from parcours.producing.keys import strongest_identifier
from parcours.sql import statement
from schemas.topics import RAW
from streams.seal import Sealer

PAGE_LETTERS: Final = 500
EDIT_SECONDS: Final = 60.0

Pair = tuple[bytes | None, bytes]


class Letter(msgspec.Struct):
    """One dead letter, without what it holds."""

    topic: str
    partition: int
    offset: int
    stage: str
    reason: str
    detail: str
    received_ms: int
    payload_bytes: int
    truncated: bool


class _Sealed(msgspec.Struct):
    log: str
    partition: int
    offset: int
    payload: str
    truncated: bool


class Replay(msgspec.Struct):
    """What a replay did.

    Attributes:
        sent: produced again.
        truncated: not kept whole, so not sent; the original is at its coordinates, as
            long as the topic keeps it.
        left_out: the edit command refused them (exit status other than 0).
    """

    sent: int = 0
    truncated: int = 0
    left_out: int = 0


def list_letters(asker: Asker, reason: str, limit: int) -> list[Letter]:
    """The newest dead letters.

    Args:
        asker: whom to ask.
        reason: only those; empty for all.
        limit: how many at most.
    """
    asked = {"reason": reason, "limit": limit}
    return ask_all(asker, statement("dead_letters"), asked, Letter)


def originals(
    asker: Asker, sealer: Sealer, reason: str, edit: str, replay: Replay
) -> Iterator[Pair]:
    """Key and original bytes of every refused raw record, in their order.

    Args:
        asker: whom to ask.
        sealer: opens the payloads.
        reason: only those; empty for all.
        edit: a command through which each goes, from its standard input to its
            standard output; empty for none.
        replay: takes up the counts.

    Raises:
        SealError: the secret is not the one that they were sealed with.
    """
    for letter in _pages(asker, reason):
        if letter.truncated:
            replay.truncated += 1
            continue
        value: bytes | None = sealer.open(
            base64.b64decode(letter.payload),
            log=letter.log,
            topic=RAW.name,
            partition=letter.partition,
            offset=letter.offset,
        )
        if edit and value is not None:
            value = _edited(shlex.split(edit), value)
        if value is None:
            replay.left_out += 1
            continue
        replay.sent += 1
        yield strongest_identifier(value), value


def _pages(asker: Asker, reason: str) -> Iterator[_Sealed]:
    after: dict[str, object] = {"log": "", "partition": 0, "offset": 0}
    fixed = {"topic": RAW.name, "reason": reason, "page": PAGE_LETTERS}
    text = statement("dead_letters_to_replay")
    while page := ask_all(asker, text, fixed | after, _Sealed):
        yield from page
        last = page[-1]
        after = {
            "log": last.log,
            "partition": last.partition,
            "offset": last.offset,
        }


def _edited(command: Sequence[str], value: bytes) -> bytes | None:
    done = subprocess.run(  # noqa: S603 - the operator's own command
        command, input=value, capture_output=True, timeout=EDIT_SECONDS, check=False
    )
    return None if done.returncode else done.stdout.rstrip(b"\n")
