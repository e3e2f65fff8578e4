"""Dead letters: listed, and their original bytes produced again after repair."""

import base64
import shlex
import subprocess
from collections.abc import Iterator, Sequence
from typing import Final

import msgspec

from insights.asker import Asker, ask_all
from parcours.producing.keys import strongest_identifier
from parcours.replays import Place, Replays, Watch
from parcours.sql import statement
from schemas.topics import RAW
from streams.seal import Sealer

PAGE_LETTERS: Final = 500
PAGE_PLACES: Final = 10_000
EDIT_SECONDS: Final = 60.0

Pair = tuple[bytes | None, bytes]


class _Letter(msgspec.Struct):
    log: str
    topic: str
    partition: int
    offset: int
    stage: str
    reason: str
    detail: str
    received_ms: int
    payload_bytes: int
    truncated: bool


class Letter(_Letter):
    """One dead letter, without what it holds.

    Attributes:
        replayed_ms: when it was last replayed from this data folder; None for never.
        came_back: whether what was replayed then is a dead letter again: which one is
            `again`, as `partition@offset`.
        replay_of: the dead letter of whose replay this one came, as `partition@offset`;
            empty where of none.
    """

    replayed_ms: int | None = None
    came_back: bool = False
    again: str = ""
    replay_of: str = ""


class _At(msgspec.Struct):
    log: str
    partition: int
    offset: int

    @property
    def place(self) -> Place:
        return self.log, self.partition, self.offset


class _Sealed(_At):
    payload: str
    truncated: bool


class Replay(msgspec.Struct):
    """What a replay did.

    Attributes:
        sent: produced again.
        truncated: not kept whole, so not sent; the original is at its coordinates, as
            long as the topic keeps it.
        left_out: the edit command refused them (exit status other than 0).
        too_large: the edit command made them larger than a record may be; not sent.
        repeated: came of a replay of others that are sent now, so not sent themselves:
            else each replay without a repair would double them.
    """

    sent: int = 0
    truncated: int = 0
    left_out: int = 0
    too_large: int = 0
    repeated: int = 0


def list_letters(
    asker: Asker, reason: str, limit: int, replays: Replays
) -> list[Letter]:
    """The newest dead letters.

    Args:
        asker: whom to ask.
        reason: only those; empty for all.
        limit: how many at most.
        replays: what was replayed.
    """
    asked = {"reason": reason, "limit": limit}
    found = ask_all(asker, statement("dead_letters"), asked, _Letter)
    last = (replays.last_of((one.log, one.partition, one.offset)) for one in found)
    back = _dead(asker, [one.again for one in last if one and one.again])
    return [_told(one, replays, back) for one in found]


def _told(one: _Letter, replays: Replays, back: set[Place]) -> Letter:
    letter = Letter(**msgspec.structs.asdict(one))
    if one.topic != RAW.name:
        return letter
    place = one.log, one.partition, one.offset
    if last := replays.last_of(place):
        letter.replayed_ms = last.at
        letter.came_back = last.again in back
        letter.again = _short(last.again)
    letter.replay_of = _short(replays.origin_of(place))
    return letter


def _short(place: Place | None) -> str:
    return f"{place[1]}@{place[2]}" if place else ""


def _dead(asker: Asker, places: list[Place]) -> set[Place]:
    """Which of these raw records are dead letters."""
    found: set[Place] = set()
    for first in range(0, len(places), PAGE_PLACES):
        page = places[first : first + PAGE_PLACES]
        logs, partitions, offsets = (list(part) for part in zip(*page, strict=True))
        asked = {"logs": logs, "partitions": partitions, "offsets": offsets}
        rows = ask_all(
            asker, statement("dead_letters_at"), {"topic": RAW.name, **asked}, _At
        )
        found.update(row.place for row in rows)
    return found


def originals(  # noqa: PLR0913, PLR0917 - what is sealed, what was sent, what is noted
    asker: Asker,
    sealer: Sealer,
    reason: str,
    edit: str,
    replays: Replays,
    watch: Watch,
    replay: Replay,
) -> Iterator[Pair]:
    """Key and original bytes of every refused raw record, in their order.

    Args:
        asker: whom to ask.
        sealer: opens the payloads.
        reason: only those; empty for all.
        edit: a command through which each goes, from its standard input to its
            standard output; empty for none.
        replays: what was replayed before.
        watch: told what is sent.
        replay: takes up the counts.

    Raises:
        SealError: the secret is not the one that they were sealed with.
    """
    asked = {"topic": RAW.name, "reason": reason}
    chosen = ask_all(asker, statement("dead_letters_places"), asked, _At)
    places = {one.place for one in chosen}
    for letter in _pages(asker, reason):
        if replays.origin_of(letter.place) in places:
            replay.repeated += 1
            continue
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
        watch.sent(letter.place, value)
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
