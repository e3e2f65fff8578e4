"""Topics, offsets and log identities, asked of the broker with kafka-python."""

import contextlib
import logging
import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final, Self

from kafka import KafkaAdminClient, KafkaConsumer, TopicPartition
from kafka.admin import ConfigResource, ConfigResourceType
from kafka.errors import KafkaError

from schemas.settings import Settings
from schemas.topics import TOPICS, Topic, log_id

BOOTSTRAP_MS: Final = 10_000
PROBE_MS: Final = 2_000
POLL_MS: Final = 500
# It logs every failed attempt; we say once that nobody answers.
logging.getLogger("kafka").setLevel(logging.CRITICAL)
FETCH_WAIT_MS: Final = 10
ENDS_SECONDS: Final = 20.0


class BrokerError(RuntimeError):
    """The broker does not answer, or refuses what it was asked."""


@dataclass(frozen=True)
class Layout:
    """What a topic is like on the broker.

    Attributes:
        log: identity of its log.
        partitions: how many.
        replication: replicas of its first partition.
        config: its settings that differ from the broker's defaults; None where the
            broker does not report them.
    """

    log: str
    partitions: int
    replication: int
    config: Mapping[str, str] | None


def answers(servers: str) -> bool:
    """Whether a broker answers there, asked once."""
    with contextlib.suppress(KafkaError, OSError):
        KafkaAdminClient(
            bootstrap_servers=servers.split(","), bootstrap_timeout_ms=PROBE_MS
        ).close()
        return True
    return False


class KafkaAdmin:
    """A connection to the brokers, for questions and for making topics.

    Raises:
        BrokerError: no broker answers.
    """

    def __init__(self, servers: str) -> None:
        """Connect to `servers` (host:port, comma-separated)."""
        self._servers = servers.split(",")
        try:
            self._client = KafkaAdminClient(
                bootstrap_servers=self._servers, bootstrap_timeout_ms=BOOTSTRAP_MS
            )
        except KafkaError as error:
            message = f"no Kafka broker answers on {servers}"
            raise BrokerError(message) from error

    def __enter__(self) -> Self:
        """Use it in a `with`."""
        return self

    def __exit__(self, *_exc: object) -> None:
        """Disconnect."""
        self._client.close()

    def create(self, topics: Iterable[Topic], settings: Settings) -> list[str]:
        """Create the topics that are not there; return their names."""
        known = self._layouts(t.name for t in topics)
        absent = [t for t in topics if t.name not in known]
        if absent:
            with _translated():
                self._client.create_topics(
                    {
                        t.name: {
                            "num_partitions": settings.partitions,
                            "replication_factor": settings.replication,
                            "configs": t.config(),
                        }
                        for t in absent
                    }
                )
                self._client.wait_for_topics([t.name for t in absent])
        return [t.name for t in absent]

    def layouts(self, topics: Iterable[Topic] = TOPICS) -> dict[str, Layout]:
        """What the topics are like, by name; without those that do not exist."""
        found = self._layouts(t.name for t in topics)
        configs = self._configs(found)
        return {
            name: Layout(
                log_id(str(topic["topic_id"])),
                len(topic["partitions"]),
                len(topic["partitions"][0]["replica_nodes"]),
                configs.get(name) or None,
            )
            for name, topic in found.items()
        }

    def ends(self, *topics: str) -> dict[str, dict[int, int]]:
        """End offset (the next one to be written) of every partition, by topic.

        It is the high watermark of a fetch: the embedded broker's answer to "list
        offsets" counts the last batch as one record, however many it holds.
        """
        at = [place for topic in topics for place in self._places(topic)]
        with _translated(), self._consumer() as consumer:
            consumer.assign(at)
            for place, end in consumer.end_offsets(at).items():
                consumer.seek(place, end)
            found: dict[TopicPartition, int] = {}
            deadline = time.monotonic() + ENDS_SECONDS
            while len(found) < len(at) and time.monotonic() < deadline:
                consumer.poll(timeout_ms=FETCH_WAIT_MS, max_records=1)
                known = {place: consumer.highwater(place) for place in at}
                found = {place: end for place, end in known.items() if end is not None}
        if len(found) < len(at):
            message = f"no end of {topics[0]} within {ENDS_SECONDS:g} s"
            raise BrokerError(message)
        return _by_topic(topics, found)

    def committed(self, group: str, topic: str) -> dict[int, int]:
        """Offsets that a consumer group has committed, by partition."""
        with _translated():
            known = self._client.list_group_offsets({group: None}).get(group, {})
        return {
            at.partition: offset.offset
            for at, offset in known.items()
            if at.topic == topic and offset.offset >= 0
        }

    def newest(self, topic: str) -> dict[int, bytes]:
        """Value of the last record of every partition that has any."""
        ends = self.ends(topic)[topic]
        left = {TopicPartition(topic, p): end for p, end in ends.items() if end}
        found: dict[int, bytes] = {}
        with _translated(), self._consumer() as consumer:
            consumer.assign(list(left))
            for at, end in left.items():
                consumer.seek(at, end - 1)
            deadline = time.monotonic() + ENDS_SECONDS
            while left and time.monotonic() < deadline:
                for at, batch in consumer.poll(timeout_ms=POLL_MS).items():
                    found[at.partition] = batch[-1].value
                left = {at: n for at, n in left.items() if consumer.position(at) < n}
        return found

    def read(
        self, topic: str, places: Iterable[tuple[int, int]]
    ) -> dict[tuple[int, int], bytes]:
        """Values of single records, by partition and offset; without those that are gone."""
        found: dict[tuple[int, int], bytes] = {}
        with _translated(), self._consumer() as consumer:
            for partition, offset in places:
                at = TopicPartition(topic, partition)
                consumer.assign([at])
                consumer.seek(at, offset)
                deadline = time.monotonic() + ENDS_SECONDS
                while time.monotonic() < deadline:
                    batch = consumer.poll(timeout_ms=POLL_MS).get(at)
                    if batch:
                        first = batch[0]
                        if first.offset == offset and first.value is not None:
                            found[partition, offset] = first.value
                        break
        return found

    def read_spans(
        self, topic: str, spans: Mapping[int, tuple[int, int]]
    ) -> Iterator[tuple[int, int, bytes]]:
        """Partition, offset and value of the records from an offset up to another one.

        Args:
            topic: of which they are.
            spans: first offset and the one after the last, by partition.

        Raises:
            BrokerError: the broker does not give them.
        """
        left = {
            TopicPartition(topic, partition): end
            for partition, (begin, end) in spans.items()
            if begin < end
        }
        with _translated(), self._consumer() as consumer:
            consumer.assign(list(left))
            for at in left:
                consumer.seek(at, spans[at.partition][0])
            deadline = time.monotonic() + ENDS_SECONDS
            while left:
                if time.monotonic() > deadline:
                    message = f"not all of {topic} within {ENDS_SECONDS:g} s"
                    raise BrokerError(message)
                for at, batch in consumer.poll(timeout_ms=POLL_MS).items():
                    deadline = time.monotonic() + ENDS_SECONDS
                    for one in batch:
                        if one.offset < left[at] and one.value is not None:
                            yield at.partition, one.offset, one.value
                over = [at for at, end in left.items() if consumer.position(at) >= end]
                # What else arrives there would never end.
                consumer.pause(*over)
                for at in over:
                    del left[at]

    def starts(self, *topics: str) -> dict[str, dict[int, int]]:
        """First offset that every partition still has, by topic."""
        at = [place for topic in topics for place in self._places(topic)]
        with _translated(), self._consumer() as consumer:
            found = consumer.beginning_offsets(at)
        return _by_topic(topics, found)

    def logs(self, *topics: str) -> dict[str, str]:
        """Identity of each topic's log."""
        return {t: log_id(str(self._described(t)["topic_id"])) for t in topics}

    @contextlib.contextmanager
    def _consumer(self) -> Iterator[KafkaConsumer]:
        consumer = KafkaConsumer(
            bootstrap_servers=self._servers,
            group_id=None,
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            fetch_max_wait_ms=FETCH_WAIT_MS,
        )
        try:
            yield consumer
        finally:
            consumer.close(autocommit=False)

    def _layouts(self, names: Iterable[str]) -> dict[str, dict]:  # type: ignore[type-arg]
        with _translated():
            described = self._client.describe_topics(list(names))
        return {topic["name"]: topic for topic in described if not topic["error_code"]}

    def _configs(self, names: Iterable[str]) -> dict[str, dict[str, str]]:
        wanted = [ConfigResource(ConfigResourceType.TOPIC, name) for name in names]
        if not wanted:
            return {}
        with _translated():
            answer = self._client.describe_configs(wanted, config_filter="all")
        return {
            name: {key: str(value["value"]) for key, value in config.items()}
            for name, config in answer.get("topic", {}).items()
        }

    def _places(self, topic: str) -> list[TopicPartition]:
        count = len(self._described(topic)["partitions"])
        return [TopicPartition(topic, p) for p in range(count)]

    def _described(self, topic: str) -> dict:  # type: ignore[type-arg]
        known = self._layouts([topic])
        if topic not in known:
            message = (
                f"there is no topic {topic}; make it with `parcours topics create`"
            )
            raise BrokerError(message)
        return known[topic]


def _by_topic(
    topics: Iterable[str], found: Mapping[TopicPartition, int]
) -> dict[str, dict[int, int]]:
    return {
        topic: {at.partition: n for at, n in found.items() if at.topic == topic}
        for topic in topics
    }


@contextlib.contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except KafkaError as error:
        message = f"the broker refused: {error}"
        raise BrokerError(message) from error
