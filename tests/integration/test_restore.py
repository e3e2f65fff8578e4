"""What a worker that comes back finds: its folder and its topic together."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from parcours.kafka_admin import KafkaAdmin
from schemas.settings import Settings, parse
from schemas.topics import STATES, TOPICS
from streams.journey.encoded import revision_of
from streams.kafka import BatchProducer
from streams.restore import restore
from streams.store.states import StatesInMemory, StatesOnDisk
from tests.servers.kafka import Kafka
from tests.servers.tansu import Tansu

TO = (STATES.name, 0)


@pytest.fixture(
    scope="module",
    params=[
        pytest.param(Tansu, marks=pytest.mark.broker),
        pytest.param(Kafka, marks=pytest.mark.kafka),
    ],
)
def settings(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Settings]:
    with request.param(tmp_path_factory.mktemp("broker")) as broker:
        found = parse(
            {
                "PARCOURS_KAFKA_SERVERS": broker.bootstrap,
                "PARCOURS_CLICKHOUSE_URL": "chdb:///none",
                "PARCOURS_PSEUDONYM_KEY": "k" * 16,
                "PARCOURS_PARTITIONS": "1",
                "PARCOURS_IDEMPOTENCE": str(request.param is Kafka).lower(),
                "PARCOURS_COMPRESSION": "none",
            }
        )
        with KafkaAdmin(broker.bootstrap) as admin:
            admin.create(TOPICS, found)
        yield found


def states(first: int, count: int, revision: int = 2) -> list[tuple[bytes, bytes]]:
    """States of so many persons."""
    head = '{"due_at":7,"revision":%d,"tenant":"default","person_id":"%d"}'
    return [
        (b"default/%d" % n, (head % (revision, n)).encode())
        for n in range(first, first + count)
    ]


def found(settings: Settings, store: StatesInMemory | StatesOnDisk) -> int:
    """Restore a store; how many records were read."""
    servers = settings.kafka_servers
    return asyncio.run(restore(servers, {0: store}, revision_of))[0].read


def test_only_what_came_since_is_read(settings: Settings, tmp_path: Path) -> None:
    """After batches of several records, whose offsets the broker told."""

    async def send(store: StatesOnDisk) -> None:
        producer = BatchProducer(settings)
        await producer.start()
        for first, count, revision in ((0, 50, 2), (50, 30, 2), (0, 10, 4)):
            pairs = states(first, count, revision)
            spans = await producer.send({TO: list(pairs)})
            store.landed(pairs, spans[TO])
        await producer.send({TO: list(states(200, 5))})
        assert producer._client is not None
        await producer._client.stop()

    store = StatesOnDisk(tmp_path / "0")
    read = found(settings, store)
    asyncio.run(send(store))
    store.close()
    again = StatesOnDisk(tmp_path / "0")
    assert found(settings, again) < read + 10
    everything = StatesInMemory()
    assert found(settings, everything) >= 95
    assert dict(again.items()) == dict(everything)
    assert again.mark == everything.mark
    last = StatesOnDisk(tmp_path / "0")
    assert found(settings, last) == 0
    assert dict(last.items()) == dict(everything)


def test_a_topic_that_lost_its_end_is_read_from_its_start(
    settings: Settings, tmp_path: Path
) -> None:
    """What the folder is ahead by, nobody else has."""
    everything = StatesInMemory()
    found(settings, everything)
    ahead = StatesOnDisk(tmp_path / "0")
    ahead.restored([*everything.items(), *states(900, 9)], everything.mark + 9)
    assert found(settings, ahead) >= len(everything)
    assert dict(ahead.items()) == dict(everything)
    assert ahead.mark == everything.mark
