"""`produce` while the embedded broker is killed, hangs, and comes back."""

import asyncio
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition

from parcours.kafka_admin import BrokerError, KafkaAdmin
from schemas.topics import RAW
from tests.servers.sink import PARTITIONS, make_topics
from tests.servers.tansu import Tansu

pytestmark = pytest.mark.broker
REPO = Path(__file__).parents[2]
LINES = [
    json.dumps({"id": str(n), "actor": {"customer_id": f"c{n % 50}"}}).encode()
    for n in range(20_000)
]
INTERRUPTIBLE = ("env", "--default-signal=INT")
CHUNK = 200
"""Records at once: a twentieth of the rate."""


class Production:
    """One `produce` of all lines, slow enough to be disturbed."""

    def __init__(self, folder: Path, servers: str, *arguments: str) -> None:
        file = folder / "lines.ndjson"
        file.write_bytes(b"\n".join(LINES) + b"\n")
        self._said = folder / "said"
        settings = {
            "PARCOURS_KAFKA_SERVERS": servers,
            "PARCOURS_CLICKHOUSE_URL": f"chdb://{folder}/store",
            "PARCOURS_IDEMPOTENCE": "false",
            "PARCOURS_COMPRESSION": "none",
        }
        own = {k: v for k, v in os.environ.items() if not k.startswith("PARCOURS_")}
        command = ("produce", str(file), "--rate", str(20 * CHUNK), *arguments)
        with self._said.open("wb") as said:
            self._process = subprocess.Popen(
                # Whoever runs tests in the background ignores Ctrl-C, and so would it.
                [*INTERRUPTIBLE, sys.executable, "-m", "parcours", *command],
                cwd=REPO,
                env=own | settings | {"PARCOURS_DATA_DIR": str(folder / "data")},
                stdout=said,
                stderr=said,
            )

    def says(self, words: str) -> bool:
        """Whether it has said this, on one line or more."""
        return words in " ".join(self.said().split())

    def said(self) -> str:
        return self._said.read_text()

    def interrupt(self) -> None:
        """Ctrl-C."""
        self._process.send_signal(signal.SIGINT)

    @property
    def ended(self) -> bool:
        return self._process.poll() is not None

    def end(self) -> int:
        """Its exit status."""
        return self._process.wait(120)

    def kill(self) -> None:
        self._process.kill()
        self._process.wait()


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Tansu]:
    with Tansu(tmp_path / "tansu") as server:
        make_topics(server.bootstrap)
        yield server


@pytest.fixture
def produce(tmp_path: Path, broker: Tansu) -> Iterator[Callable[..., Production]]:
    """Starts `produce`, and comes back when the broker has the first touchpoints."""
    begun: list[Production] = []

    def begin(*arguments: str) -> Production:
        begun.append(Production(tmp_path, broker.bootstrap, *arguments))
        until(lambda: bool(produced(broker)) or begun[0].ended)
        assert not begun[0].ended, begun[0].said()
        return begun[0]

    yield begin
    for one in begun:
        one.kill()


def until(holds: Callable[[], bool], seconds: float = 90.0) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, "it never came to hold"
        time.sleep(0.05)


def produced(broker: Tansu) -> int:
    """Raw records that the broker has."""
    try:
        with KafkaAdmin(broker.bootstrap) as admin:
            return sum(admin.ends(RAW.name)[RAW.name].values())
    except BrokerError:
        return 0


def there(broker: Tansu) -> Counter[bytes]:
    """Raw records that the broker has, by value."""
    return asyncio.run(_read(broker.bootstrap))


async def _read(servers: str) -> Counter[bytes]:
    consumer = AIOKafkaConsumer(bootstrap_servers=servers)
    await consumer.start()
    try:
        places = [TopicPartition(RAW.name, n) for n in range(PARTITIONS)]
        consumer.assign(places)
        await consumer.seek_to_beginning(*places)
        found: Counter[bytes] = Counter()
        while fetched := await consumer.getmany(timeout_ms=1000):
            found.update(r.value for records in fetched.values() for r in records)
        return found
    finally:
        await consumer.stop()


def test_a_killed_broker_is_waited_for(
    broker: Tansu, produce: Callable[..., Production]
) -> None:
    """It says since when; with the broker back it goes on where it was, none left out."""
    going = produce("--json")
    broker.kill()
    until(lambda: going.says("has taken nothing since"))
    assert re.search(r"since \d\d:\d\d:\d\d UTC; waiting for it, 300 s", going.said())
    broker.start()
    make_topics(broker.bootstrap)
    assert going.end() == 0, going.said()
    assert going.says("the broker is back after")
    assert json.loads(going.said().partition("{")[2].join("{ "))["sent"] == len(LINES)
    # What the broker held when it was killed is gone with it; nothing after that.
    found = there(broker)
    assert set(found) == set(LINES[-len(found) :])
    assert sum(found.values()) - len(found) <= CHUNK


def test_what_a_hanging_broker_holds_is_not_lost(
    broker: Tansu, produce: Callable[..., Production]
) -> None:
    """Every line is there, and twice at most those of the chunk under way."""
    going = produce()
    broker.pause()
    until(lambda: going.says("has taken nothing since"))
    broker.resume()
    assert going.end() == 0, going.said()
    found = there(broker)
    assert set(found) == set(LINES)
    assert sum(found.values()) - len(found) <= CHUNK


def test_a_broker_that_stays_away_ends_it(
    broker: Tansu, produce: Callable[..., Production]
) -> None:
    """With what is there already, and how to go on."""
    going = produce("--wait", "1")
    broker.kill()
    assert going.end() == 1
    assert going.says(f"the broker on {broker.bootstrap} has taken nothing for 1 s")
    assert going.says("produce the same again to go on: what has arrived counts once")
    assert "Traceback" not in going.said()


def test_ctrl_c_ends_the_waiting(
    broker: Tansu, produce: Callable[..., Production]
) -> None:
    """With a sentence, and the exit status of an interrupted command."""
    going = produce()
    broker.kill()
    until(lambda: going.says("has taken nothing since"))
    going.interrupt()
    assert going.end() == 130
    assert going.says("ended; the broker has")
    assert "Traceback" not in going.said()
