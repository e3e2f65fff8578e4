"""(f) How old a touchpoint is when its state, and its row, can be read; at a fixed rate."""

import asyncio
import threading
import time
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator
from typing import Final

import msgspec
from aiokafka import AIOKafkaConsumer, TopicPartition
from kafka import KafkaConsumer
from kafka import TopicPartition as KafkaPartition

from bench import landing
from bench.broker import Broker, Ends
from bench.processes import PartError, wait_for
from bench.produce import Sent, fill
from bench.run import Producer, Project, Run
from bench.worker import left
from clients.fetching import pace
from parcours.asking import HttpAsker
from schemas import tables, topics

WARM_RECORDS: Final = 2_000
WARM_SECONDS: Final = 60.0
SETTLE_SECONDS: Final = 60.0
QUERY_SECONDS: Final = 0.05
PACE_SECONDS: Final = 0.02
_APPLIED: Final = b'"applied":'


class Latency(msgspec.Struct):
    """Milliseconds from the time a record was due to the time it could be read.

    Attributes:
        state_p50_ms, state_p99_ms: the journey state that contains it, by a consumer.
        query_p50_ms, query_p99_ms: its row, by a query that was answered.
        records: how many were measured.
        rate: at how many a second they were produced.
        behind_ms: at most this long after its time a record was handed to the broker.
    """

    state_p50_ms: float
    state_p99_ms: float
    query_p50_ms: float
    query_p99_ms: float
    records: int
    rate: int
    behind_ms: float


class _Record(msgspec.Struct):
    received_at: int
    raw_log: str
    raw_partition: int
    raw_offset: int


class _Applied(msgspec.Struct):
    log: str
    offset: int


class Times:
    """When an offset, and all before it, were readable."""

    def __init__(self) -> None:
        """Begin with none."""
        self._offsets: list[int] = []
        self._times: list[float] = []

    def add(self, offset: int, at: float) -> None:
        """Everything up to this offset was readable at this time, if not before."""
        if not self._offsets or offset > self._offsets[-1]:
            self._offsets.append(offset)
            self._times.append(at)

    def covers(self, offset: int) -> bool:
        """Whether this offset was ever readable."""
        return bool(self._offsets) and self._offsets[-1] >= offset

    def at(self, offset: int) -> float:
        """The first time at which this offset was readable."""
        return self._times[bisect_left(self._offsets, offset)]


class _States:
    """When which state became readable: consumes their topic in a thread."""

    def __init__(self, broker: Broker) -> None:
        self._servers = broker.servers
        self._partitions = [
            TopicPartition(topics.STATES.name, number)
            for number in range(broker.partitions)
        ]
        self._over = threading.Event()
        self._seen: list[tuple[float, int, bytes, bytes]] = []
        self._thread = threading.Thread(
            target=lambda: asyncio.run(self._run()), daemon=True
        )
        self._thread.start()

    def complete(self, ends: Ends) -> bool:
        """Whether every state that there is has been read."""
        return len(self._seen) >= ends.of(topics.STATES.name)

    def stop(self) -> dict[tuple[int, bytes], Times]:
        """(partition, key) → offset applied → when that state was readable."""
        self._over.set()
        self._thread.join()
        found: dict[tuple[int, bytes], Times] = defaultdict(Times)
        for at, partition, key, applied in self._seen:
            offset = msgspec.json.decode(applied, type=_Applied).offset
            found[partition, key].add(offset, at)
        return found

    async def _run(self) -> None:
        consumer = AIOKafkaConsumer(
            bootstrap_servers=self._servers, fetch_max_wait_ms=10
        )
        await consumer.start()
        pace(consumer, PACE_SECONDS)
        consumer.assign(self._partitions)
        await consumer.seek_to_beginning()
        while not self._over.is_set():
            batches = await consumer.getmany(timeout_ms=20)
            now = time.time()
            for partition, records in batches.items():
                for record in records:
                    applied = record.value[record.value.rindex(_APPLIED) + 10 : -1]
                    self._seen.append((now, partition.partition, record.key, applied))
        await consumer.stop()


class _Rows:
    """When which row was in an answer: asks in a thread."""

    def __init__(self, asker: HttpAsker) -> None:
        self._asker = asker
        self._over = threading.Event()
        self._seen: dict[int, Times] = defaultdict(Times)
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def complete(self, ends: Ends) -> bool:
        """Whether every row that there will be was in an answer."""
        last = ends.each(topics.ENRICHED.name)
        return all(self._seen[p].covers(end - 1) for p, end in last.items() if end)

    def stop(self) -> dict[int, Times]:
        """Partition → offset in the enriched topic → when its row was in an answer."""
        self._over.set()
        self._thread.join()
        return self._seen

    def _run(self) -> None:
        while not self._over.wait(QUERY_SECONDS):
            landed = landing.marks(self._asker, tables.TOUCHPOINTS.name)
            now = time.time()
            for partition, offset in landed.items():
                self._seen[partition].add(offset, now)


def latency(run: Run) -> Latency:
    """Measure at the run's rate, after a warm-up half as long as the measurement."""
    project = Project(run, "latency")
    project.prepare()
    warm = run.rate * run.rate_seconds // 2
    count = min(warm + run.rate * run.rate_seconds, run.plan.records - WARM_RECORDS)
    with (
        run.broker.ends() as ends,
        project.sink() as sink,
        project.worker() as worker,
    ):
        fill(run.load(topics.RAW.name, count=WARM_RECORDS))
        wait_for(
            "the first records land",
            lambda: landing.count(project.asker) >= WARM_RECORDS,
            WARM_SECONDS,
            sink,
            worker,
        )
        load = run.load(topics.RAW.name, skip=WARM_RECORDS, count=count, rate=run.rate)
        producer = Producer(run, load)
        states, rows = _States(run.broker), _Rows(project.asker)
        try:
            sent = producer.sent(2 * count / run.rate + SETTLE_SECONDS)
            wait_for(
                "the last records land",
                lambda: (
                    left(ends) >= WARM_RECORDS + count
                    and states.complete(ends)
                    and rows.complete(ends)
                ),
                SETTLE_SECONDS,
                sink,
                worker,
            )
        finally:
            producer.stop()
            seen, answered = states.stop(), rows.stop()
        return _evaluate(run, ends, sent, seen, answered)


def _evaluate(
    run: Run,
    ends: Ends,
    sent: Sent,
    seen: dict[tuple[int, bytes], Times],
    answered: dict[int, Times],
) -> Latency:
    warm = min(run.rate_seconds // 2, sent.records / run.rate / 3)
    since = (sent.started_at + warm) * 1000
    twice = {
        (record.raw_partition, record.raw_offset)
        for _, _, _, record in _all(run.broker, ends, topics.DUPLICATES.name)
    }
    state_ms = []
    for partition, offset, key, record in _all(
        run.broker, ends, topics.IDENTIFIED.name
    ):
        again = (record.raw_partition, record.raw_offset) in twice
        if record.received_at < since or again:
            continue
        at = seen[partition, key].at(offset)
        state_ms.append(at * 1000 - record.received_at)
    query_ms = []
    for partition, offset, _, record in _all(run.broker, ends, topics.ENRICHED.name):
        if record.received_at >= since:
            at = answered[partition].at(offset)
            query_ms.append(at * 1000 - record.received_at)
    if not state_ms or not query_ms:
        message = "no record was measured: the load was too short"
        raise PartError(message)
    return Latency(
        *_quantiles(state_ms),
        *_quantiles(query_ms),
        records=len(state_ms),
        rate=run.rate,
        behind_ms=round(sent.behind_seconds * 1000, 1),
    )


def _quantiles(values: list[float]) -> tuple[float, float]:
    values.sort()
    return round(values[len(values) // 2], 1), round(values[len(values) * 99 // 100], 1)


def _all(
    broker: Broker, ends: Ends, topic: str
) -> Iterator[tuple[int, int, bytes, _Record]]:
    """Every touchpoint of a topic: partition, offset, key and what is needed of it."""
    left = {p: end for p, end in ends.each(topic).items() if end}
    wanted = [KafkaPartition(topic, partition) for partition in left]
    decode = msgspec.json.Decoder(_Record).decode
    consumer = KafkaConsumer(bootstrap_servers=broker.servers, group_id=None)
    consumer.assign(wanted)
    consumer.seek_to_beginning()
    while left:
        for records in consumer.poll(timeout_ms=1000).values():
            for record in records:
                if not record.value.startswith(b'{"control"'):
                    key, value = record.key, decode(record.value)
                    yield record.partition, record.offset, key, value
            if records[-1].offset + 1 >= left[records[-1].partition]:
                left.pop(records[-1].partition)
                consumer.pause(KafkaPartition(topic, records[-1].partition))
    consumer.close()
