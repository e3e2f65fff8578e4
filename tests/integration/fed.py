"""A whole system that is fed with everything bad, and what it was given."""

import asyncio
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from parcours import running
from parcours.kafka_admin import KafkaAdmin
from schemas.topics import RAW
from tests.factories.bad_input import (
    BAD,
    HIDDEN,
    ODD,
    given_up,
    hidden_record,
    odd_record,
    with_facts,
)
from tests.factories.raw import raw_bytes
from tests.integration.test_cli_system import System

PARTITIONS = 4
RUN = 150
TWICE = 300


@dataclass
class Fed:
    """A system that has been given everything, and what it was given.

    Attributes:
        system: it runs.
        before: its processes before.
        at: coordinates of each bad record.
        stored: ids that must be in `touchpoints`.
        received: how many records there were.
        refused: originals of all that must be dead letters.
    """

    system: System
    before: dict[str, int]
    at: dict[str, tuple[int, int]] = field(default_factory=dict)
    stored: Counter[str] = field(default_factory=Counter)
    received: int = 0
    refused: list[bytes] = field(default_factory=list)


def feed(system: System, folder: Path) -> Fed:
    fed = Fed(system, system.pids())
    asyncio.run(send(fed, servers(system)))
    lines = [raw_bytes(id=f"twice-{n}") for n in range(TWICE)]
    lines[100:100] = [with_facts(b"[1]", id=f"run-{n}") for n in range(RUN)]
    file = folder / "twice.ndjson"
    file.write_bytes(b"\n".join(lines) + b"\n")
    # The same file twice; all of it has one key, so it is one partition.
    tally = system.json("produce", str(file), str(file))
    assert tally["sent"] == 2 * len(lines)
    fed.received += tally["sent"]
    fed.stored.update(f"twice-{n}" for n in range(TWICE))
    fed.refused += 2 * lines[100 : 100 + RUN]
    asyncio.run(let_time_pass(fed, servers(system)))
    # Nothing else will come: the cart that was given up is told of.
    system.run("drain", "--final", "--timeout", "150")
    return fed


async def send(fed: Fed, brokers: str) -> None:
    """Every bad record between two good ones, in one partition."""
    producer = AIOKafkaProducer(bootstrap_servers=brokers, max_request_size=16 << 20)
    await producer.start()
    try:
        for number, (name, bad) in enumerate(BAD.items()):
            place = {"topic": RAW.name, "partition": number % PARTITIONS}
            around = [
                (f"{side} {name}", neighbour(f"{side} {name}", number))
                for side in ("before", "after")
            ]
            await producer.send(value=around[0][1], **place)
            found = await producer.send(
                value=bad.value,
                key=b"\xff\0",
                timestamp_ms=bad.sent_ms,
                **place,
            )
            await producer.send(value=around[1][1], **place)
            made = await found
            fed.at[name] = (made.partition, made.offset)
            fed.stored.update(id_ for id_, _ in around)
            fed.refused.append(bad.value or b"")
            fed.received += 3
        good = {name: odd_record(name) for name in ODD}
        good |= {name: hidden_record(name) for name in HIDDEN}
        for number, (name, value) in enumerate(good.items()):
            await producer.send(RAW.name, value, partition=number % PARTITIONS)
            fed.stored[name] += 1
            fed.received += 1
    finally:
        await producer.stop()


async def let_time_pass(fed: Fed, brokers: str) -> None:
    """A cart given up this morning, and in every partition something of just now."""
    now = int(time.time() * 1000)
    records = [(0, name, value) for name, value in given_up(now).items()]
    for number in range(PARTITIONS):
        name = f"just now {number}"
        records.append((number, name, raw_bytes(id=name, time=now)))
    producer = AIOKafkaProducer(bootstrap_servers=brokers)
    await producer.start()
    try:
        for number, name, value in records:
            await producer.send_and_wait(RAW.name, value, partition=number)
            fed.stored[name] += 1
            fed.received += 1
    finally:
        await producer.stop()


def neighbour(id_: str, number: int) -> bytes:
    return raw_bytes(id=id_, actor={"customer_id": f"neighbour-{number % 9}"})


def servers(system: System) -> str:
    run = running.find(system.folder)
    assert run
    return run.environment["PARCOURS_KAFKA_SERVERS"]


async def values(brokers: str, names: Sequence[str]) -> dict[tuple[str, int, int], Any]:
    """Every record of some topics: (topic, partition, offset) → value."""
    with KafkaAdmin(brokers) as admin:
        ends = {
            TopicPartition(topic, number): end
            for topic, found in admin.ends(*names).items()
            for number, end in found.items()
            if end
        }
    consumer = AIOKafkaConsumer(
        bootstrap_servers=brokers, max_partition_fetch_bytes=16 << 20
    )
    await consumer.start()
    try:
        consumer.assign(list(ends))
        await consumer.seek_to_beginning(*ends)
        found: dict[tuple[str, int, int], Any] = {}
        while ends:
            for at, records in (await consumer.getmany(*ends, timeout_ms=500)).items():
                found |= {(at.topic, at.partition, r.offset): r.value for r in records}
                if records[-1].offset + 1 >= ends[at]:
                    del ends[at]
        return found
    finally:
        await consumer.stop()
