"""What replays of dead letters sent: noted in the data folder, coordinates alone."""

import contextlib
import hashlib
import os
from collections import defaultdict, deque
from pathlib import Path
from typing import Final

import msgspec

from parcours.kafka_admin import BrokerError, KafkaAdmin
from schemas.topics import RAW

REPLAYS_FILE: Final = "replays.ndjson"

Place = tuple[str, int, int]
"""Log, partition and offset of a record of the raw topic."""


class Replayed(msgspec.Struct, frozen=True, array_like=True):
    """One dead letter that was produced again.

    Attributes:
        letter: where the refused record was.
        again: where it is now; None where that could not be read back.
        at: when, epoch milliseconds.
    """

    letter: Place
    again: Place | None
    at: int


class Replays:
    """All replays of a data folder.

    Args:
        noted: in their order.
    """

    def __init__(self, noted: list[Replayed]) -> None:
        self._noted = noted
        self._last = {one.letter: one for one in noted}
        self._first = {one.again: one.letter for one in noted if one.again}

    @classmethod
    def read(cls, data_dir: Path) -> "Replays":
        """Those that are noted; none where the folder knows of none.

        A line that a killed process left half written is passed over.
        """
        try:
            text = (data_dir / REPLAYS_FILE).read_bytes()
        except (FileNotFoundError, NotADirectoryError):
            return cls([])
        noted = []
        for line in text.splitlines():
            with contextlib.suppress(msgspec.MsgspecError):
                noted.append(msgspec.json.decode(line, type=Replayed))
        return cls(noted)

    def last_of(self, letter: Place) -> Replayed | None:
        """The last replay of a dead letter."""
        return self._last.get(letter)

    def origin_of(self, letter: Place) -> Place | None:
        """Of which dead letter this record is a replay; None where it is of none."""
        return self._first.get(letter)


class Watch:
    """Finds out where replayed records are: reads back what came during a replay.

    Args:
        broker: to which they are produced.
        now_ms: noted as the time of the replay, epoch milliseconds.
    """

    def __init__(self, broker: KafkaAdmin, now_ms: int) -> None:
        self._broker = broker
        self._at = now_ms
        self._log = broker.logs(RAW.name)[RAW.name]
        self._before = broker.ends(RAW.name)[RAW.name]
        self._sent: dict[bytes, deque[Place]] = defaultdict(deque)

    def sent(self, letter: Place, value: bytes) -> None:
        """Remember that this is produced again, now."""
        self._sent[hashlib.sha256(value).digest()].append(letter)

    def note(self, data_dir: Path, *, all_sent: bool) -> None:
        """Write down where each is.

        Args:
            data_dir: the system's folder.
            all_sent: the broker has them all; else only those that it is found to have
                were replayed.

        Raises:
            BrokerError: it cannot be read back where they are.
        """
        if not self._sent:
            return
        found, failure = self._found()
        if all_sent and failure is not None:
            left = (one for letters in self._sent.values() for one in letters)
            found += [Replayed(letter, None, self._at) for letter in left]
        self._write(data_dir, found)
        if failure is not None:
            message = f"where they are now could not be read back: {failure}"
            raise BrokerError(message) from failure

    @staticmethod
    def _write(data_dir: Path, found: list[Replayed]) -> None:
        data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
        file = os.open(
            data_dir / REPLAYS_FILE, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600
        )
        with os.fdopen(file, "ab") as out:
            out.write(b"\n")  # what was left half written stays alone
            for one in found:
                out.write(msgspec.json.encode(one) + b"\n")

    def _found(self) -> tuple[list[Replayed], BrokerError | None]:
        """Those that are in the log; with what kept the rest of it from being read."""
        found: list[Replayed] = []
        try:
            after = self._broker.ends(RAW.name)[RAW.name]
            spans = {p: (self._before.get(p, 0), end) for p, end in after.items()}
            for partition, offset, value in self._broker.read_spans(RAW.name, spans):
                letters = self._sent.get(hashlib.sha256(value).digest())
                if letters:
                    again = (self._log, partition, offset)
                    found.append(Replayed(letters.popleft(), again, self._at))
        except BrokerError as error:
            return found, error
        return found, None
