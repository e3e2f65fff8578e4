"""A sink in a process of its own, to kill and start again; and what lies around it."""

from __future__ import annotations

import json
import logging
import os
import sys
import time
import urllib.error
import urllib.request
from typing import TYPE_CHECKING, Self

from kafka import KafkaAdminClient, KafkaProducer

from schemas.settings import parse
from schemas.topics import TOPICS
from tests.servers.kafka import Child
from tests.servers.ports import LOOPBACK, Ports, listening

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

PARTITIONS = 4
PATIENCE_SECONDS = 90.0
POLL_SECONDS = 0.05
TOKEN = "a token of the tests"
SETTINGS = {
    "PARCOURS_PSEUDONYM_KEY": "a key of the tests only",
    "PARCOURS_IDEMPOTENCE": "false",
    "PARCOURS_COMPRESSION": "none",
    # A killed member's partitions move after this.
    "PARCOURS_GROUP_SESSION_SECONDS": "2",
    "PARCOURS_SINK_BATCH_SECONDS": "0.1",
}


class Sink:
    """One sink, its data and log under `folder`; the same ports over its restarts."""

    def __init__(
        self, folder: Path, kafka: str, database: str = "", **settings: object
    ) -> None:
        """Choose; nothing runs before it is entered.

        Args:
            folder: of the log, and of the embedded store.
            kafka: bootstrap servers.
            database: URL; the embedded store by default.
            settings: other settings, in lower case without the prefix.
        """
        self._folder = folder
        self._ports = Ports(2)
        self._answers, self._metrics = self._ports.numbers
        self._running: Child | None = None
        self._settings = SETTINGS | {
            "PARCOURS_KAFKA_SERVERS": kafka,
            "PARCOURS_CLICKHOUSE_URL": database or f"chdb://{folder}/store",
            "PARCOURS_ANSWERS_PORT": str(self._answers),
            "PARCOURS_ANSWERS_TOKEN": TOKEN,
            "PARCOURS_SINK_METRICS_PORT": str(self._metrics),
            **{f"PARCOURS_{name.upper()}": str(v) for name, v in settings.items()},
        }

    def __enter__(self) -> Self:
        """Start it."""
        self._folder.mkdir(parents=True, exist_ok=True)
        self.start()
        return self

    def __exit__(self, *exc_info: object) -> None:
        """End it."""
        self.kill()
        self._ports.close()

    @property
    def answers(self) -> str:
        """Where it answers questions."""
        return f"http://{LOOPBACK}:{self._answers}"

    def start(self) -> None:
        """Start it; `ask` waits until it answers."""
        command = [
            "env",
            *(f"{name}={value}" for name, value in self._settings.items()),
        ]
        command += [sys.executable, "-m", "tests.servers.sink"]
        self._running = Child(command, self._folder / "sink.log")

    def kill(self) -> None:
        """End it as a crash would (SIGKILL)."""
        if self._running is not None:
            self._running.kill()
            self._running = None

    def stop(self) -> None:
        """Ask it to end (SIGTERM), and wait."""
        if self._running is not None:
            self._running.stop()
            self._running = None

    def ended(self) -> int:
        """Wait until it ends by itself; its exit status."""
        assert self._running is not None
        return int(self._running._process.wait(PATIENCE_SECONDS))

    def said(self) -> str:
        """Its log."""
        return (self._folder / "sink.log").read_text()

    def ask(self, sql: str, **parameters: object) -> list[list[object]]:
        """The rows of an answer; waits for a sink that is starting."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while True:
            try:
                return self.question(sql, parameters)["rows"]
            except urllib.error.HTTPError as error:
                if time.monotonic() > deadline or error.code != 503:
                    raise AssertionError(error.read()) from error
            except OSError as error:
                if time.monotonic() > deadline:
                    raise AssertionError(self.said()[-4000:]) from error
            time.sleep(POLL_SECONDS)

    def question(
        self, sql: str, parameters: Mapping[str, object], token: str = TOKEN
    ) -> dict:
        """One question, put once."""
        body = json.dumps({"sql": sql, "parameters": parameters}).encode()
        headers = {"Authorization": f"Bearer {token}"}
        request = urllib.request.Request(f"{self.answers}/query", body, headers)
        with urllib.request.urlopen(request, timeout=PATIENCE_SECONDS) as answer:
            return dict(json.loads(answer.read()))

    def metric(self, series: str) -> float:
        """The value of a series, written as /metrics shows it; 0 where it is not there."""
        self.wait_serving()
        address = f"http://{LOOPBACK}:{self._metrics}/metrics"
        with urllib.request.urlopen(address, timeout=PATIENCE_SECONDS) as answer:
            lines = answer.read().decode().splitlines()
        found = (line for line in lines if line.startswith(f"{series} "))
        return float(next(found, " 0").rpartition(" ")[2])

    def wait_serving(self) -> None:
        """Wait until it serves; its metrics are there before its answers."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not listening(self._answers):
            assert time.monotonic() < deadline, self.said()[-4000:]
            time.sleep(POLL_SECONDS)

    def wait(self, sql: str, wanted: Callable[[list[list[object]]], bool]) -> None:
        """Wait until the answer is as wanted; fail with the sink's log."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not wanted(rows := self.ask(sql)):
            if time.monotonic() > deadline:
                message = f"{sql}: {rows}\n{self.said()[-4000:]}"
                raise AssertionError(message)
            time.sleep(POLL_SECONDS)


def make_topics(bootstrap: str) -> None:
    """Make every topic."""
    admin = KafkaAdminClient(bootstrap_servers=bootstrap)
    admin.create_topics(
        {
            topic.name: {
                "num_partitions": PARTITIONS,
                "replication_factor": 1,
                "configs": topic.config(),
            }
            for topic in TOPICS
        }
    )
    admin.wait_for_topics([topic.name for topic in TOPICS])
    admin.close()


def produce(
    bootstrap: str, topic: str, values: Mapping[int, Sequence[bytes | None]]
) -> None:
    """Send values to the partitions they are listed under; return when they are there."""
    producer = KafkaProducer(
        bootstrap_servers=bootstrap, enable_idempotence=False, acks=1, linger_ms=5
    )
    sent = [
        producer.send(topic, value, key=b"k", partition=partition)
        for partition, listed in values.items()
        for value in listed
    ]
    producer.flush()
    for one in sent:
        one.get(timeout=PATIENCE_SECONDS)
    producer.close()


if __name__ == "__main__":
    from sinks.run import run

    logging.basicConfig(
        level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s"
    )
    logging.getLogger("aiokafka").setLevel(logging.WARNING)
    logging.getLogger("kafka").setLevel(logging.WARNING)
    sys.exit(run(parse(os.environ)))
