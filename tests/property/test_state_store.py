"""A store of states and the topic that it stands for, against a plain dictionary."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from unittest.mock import patch

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
)

from streams.journey.encoded import times_of
from streams.store import log, states
from streams.store.states import Span, StatesOnDisk

KEYS = st.sampled_from([b"default/customer_id:%d" % number for number in range(6)])
SIZES = st.integers(1, 400)


@contextmanager
def small() -> Iterator[None]:
    """Files and portions so small that a few states fill them."""
    with (
        patch.object(log, "SEGMENT_BYTES", 1_500),
        patch.object(states, "SLACK_BYTES", 1_000),
        patch.object(states, "CLEAN_BYTES", 200),
    ):
        yield


class Worker(RuleBasedStateMachine):
    """Folds, sends, is killed, starts again; now and then somebody else owns the partition.

    The store and what its topic has behind the mark together must always tell what the
    topic tells by itself, and the store alone what its worker last said.
    """

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.topic: list[tuple[bytes, bytes | None]] = []
        self.said: dict[bytes, bytes] = {}
        self.sent: list[list[tuple[bytes, bytes]]] = []
        self.serial = 0

    @initialize()
    def start(self) -> None:
        self.open()

    def open(self) -> None:
        with small():
            self.store = StatesOnDisk(Path(self.folder.name) / "0")
            assert self.store.mark <= len(self.topic)
            tail = dict(self.topic[self.store.mark :])
            self.store.restored(tail.items(), len(self.topic))
        self.said = self.told()
        told = {key: times_of(value) for key, value in self.said.items()}
        assert dict(self.store.times()) == told
        self.sent = []

    def told(self) -> dict[bytes, bytes]:
        """What the topic tells."""
        last = dict(self.topic)
        return {key: value for key, value in last.items() if value is not None}

    def value(self, size: int) -> bytes:
        self.serial += 1
        head = b'{"due_at":7,"revision":%d,"tenant":"t","person_id":"p","silence_at":%d,"phase":"'
        return head % (self.serial, self.serial) + b"x" * size + b'"}'

    @rule(batch=st.lists(st.tuples(KEYS, SIZES), min_size=1, max_size=5))
    def fold(self, batch: list[tuple[bytes, int]]) -> None:
        written = {key: self.value(size) for key, size in batch}
        for key, value in written.items():
            self.store[key] = self.said[key] = value
        self.sent.append(list(written.items()))

    @rule(known=st.booleans())
    def land(self, *, known: bool) -> None:
        if self.sent:
            pairs = self.sent.pop(0)
            span = Span(len(self.topic), len(self.topic) + len(pairs))
            self.topic += pairs
            with small():
                self.store.landed(pairs, span if known else None)

    @rule(cut=st.integers(0, 30))
    def be_killed(self, cut: int) -> None:
        """In the middle of a write, perhaps of one that was not acknowledged."""
        if self.sent:
            self.topic += self.sent[0][: cut % 3]
            files = sorted(Path(self.folder.name, "0").glob("*.log"))
            if files:
                with files[-1].open("ab") as file:
                    file.write(b"PJS1 half a block"[:cut])
        self.store.close()
        self.open()

    @rule(key=KEYS, size=SIZES, erased=st.booleans())
    def lose_the_partition_and_get_it_back(
        self, key: bytes, size: int, *, erased: bool
    ) -> None:
        self.store.close()
        self.topic.append((key, None if erased else self.value(size)))
        self.open()

    @rule(key=KEYS, size=SIZES)
    def share_the_topic_with_a_sleeper(self, key: bytes, size: int) -> None:
        """Somebody who does not know yet that he lost the partition."""
        self.topic.append((key, self.value(size)))

    @invariant()
    def nothing_is_lost(self) -> None:
        if hasattr(self, "store"):
            assert dict(self.store.items()) == self.said
            assert len(self.store) == len(self.said)
            for key, value in self.said.items():
                assert self.store.get(key) == value

    def teardown(self) -> None:
        self.store.close()
        self.folder.cleanup()


TestWorker = Worker.TestCase
TestWorker.settings = settings(max_examples=150, stateful_step_count=40)
