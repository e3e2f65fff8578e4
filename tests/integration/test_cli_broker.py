"""The commands that talk to Kafka, on a real embedded broker."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from msgspec import json, structs
from typer.testing import CliRunner, Result

from parcours import cli, kafka_admin
from parcours.draining import Drain, NotDrainedError, NotSettledError, Step
from parcours.kafka_admin import BrokerError, KafkaAdmin
from parcours.log_view import (
    SINK_GROUP,
    STAGES,
    WORKER_GROUP,
    deliveries,
    pending,
    view,
)
from parcours.producing.sending import Tally, send_all
from parcours.replays import Replays, Watch
from schemas.progress import Progress
from schemas.settings import parse
from schemas.topics import IDENTIFIED, PROGRESS, RAW, SESSIONS, TOPICS
from streams.partition import partition_of
from tests.servers.tansu import Tansu

pytestmark = pytest.mark.broker
PARTITIONS = 4
NOON = 1_700_000_000_000


@pytest.fixture(scope="module")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with Tansu(tmp_path_factory.mktemp("tansu")) as broker:
        yield broker.bootstrap


@pytest.fixture(autouse=True)
def environment(
    servers: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> dict[str, str]:
    named = {
        "PARCOURS_KAFKA_SERVERS": servers,
        "PARCOURS_CLICKHOUSE_URL": f"chdb://{tmp_path}/store",
        "PARCOURS_PSEUDONYM_KEY": "k" * 16,
        "PARCOURS_PARTITIONS": str(PARTITIONS),
        "PARCOURS_IDEMPOTENCE": "false",
        "PARCOURS_COMPRESSION": "none",
    }
    for name, value in named.items():
        monkeypatch.setenv(name, value)
    return named


@pytest.fixture
def admin(servers: str, environment: dict[str, str]) -> Iterator[KafkaAdmin]:
    with KafkaAdmin(servers) as connected:
        connected.create(TOPICS, parse(environment))
        yield connected


def parcours(*arguments: str) -> Result:
    return CliRunner().invoke(cli.app, arguments)


async def records(
    servers: str, after: dict[int, int]
) -> dict[int, list[tuple[bytes | None, bytes]]]:
    """Raw records by partition, from these offsets to the end."""
    consumer = AIOKafkaConsumer(bootstrap_servers=servers)
    await consumer.start()
    try:
        found: dict[int, list[tuple[bytes | None, bytes]]] = {}
        for number, start in after.items():
            at = TopicPartition(RAW.name, number)
            consumer.assign([at])
            consumer.seek(at, start)
            while fetched := await consumer.getmany(at, timeout_ms=500):
                pairs = [(r.key, r.value) for r in fetched[at]]
                found.setdefault(number, []).extend(pairs)
        return found
    finally:
        await consumer.stop()


def test_topics_are_created_once_and_verified(admin: KafkaAdmin) -> None:
    """All topics exist with their partitions; a second time there is nothing to do."""
    assert "nothing to do" in parcours("topics", "create").stdout
    layouts = admin.layouts()
    assert {name: known.partitions for name, known in layouts.items()} == {
        topic.name: PARTITIONS for topic in TOPICS
    }
    assert len({known.log for known in layouts.values()}) == len(TOPICS)
    found = parcours("topics", "verify", "--json")
    assert found.exit_code == 0
    assert json.decode(found.stdout) == []


def test_verify_fails_on_a_difference(
    admin: KafkaAdmin, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every topic has another partition count than the settings ask for."""
    assert admin.layouts()
    monkeypatch.setenv("PARCOURS_PARTITIONS", "5")
    found = parcours("topics", "verify", "--json")
    assert found.exit_code == 1
    wrong = [d for d in json.decode(found.stdout) if d["what"] == "partitions"]
    assert len(wrong) == len(TOPICS)
    assert (wrong[0]["expected"], wrong[0]["found"]) == ("5", "4")


def test_lines_are_produced_as_they_are_by_key_and_in_order(
    admin: KafkaAdmin, servers: str, tmp_path: Path
) -> None:
    """Every line once, at the partition of its key, in the order of the file."""
    lines = [
        b'{"id":"%d","actor":{"anonymous_id":"v%d"}}' % (n, n % 50)
        for n in range(12_000)
    ]
    lines[17] = b"broken \x00\xff"
    path = tmp_path / "a.ndjson"
    path.write_bytes(b"\n".join(lines) + b"\n")
    before = admin.ends(RAW.name)[RAW.name]
    done = parcours("produce", str(path), "--json")
    assert done.exit_code == 0, done.output
    assert json.decode(done.stdout)["sent"] == len(lines)
    found = asyncio.run(records(servers, before))
    assert sorted(v for pairs in found.values() for _, v in pairs) == sorted(lines)
    place = {line: n for n, line in enumerate(lines)}
    for partition, pairs in found.items():
        for key, _ in pairs:
            assert key is None or partition_of(key, PARTITIONS) == partition
        for visitor in {key for key, _ in pairs}:
            order = [place[value] for key, value in pairs if key == visitor]
            assert order == sorted(order)
    after = admin.ends(RAW.name)[RAW.name]
    assert sum(after.values()) - sum(before.values()) == len(lines)


def test_refused_rows_are_told_and_the_others_sent(
    admin: KafkaAdmin, tmp_path: Path
) -> None:
    """Exit status 1, with number and reason of each."""
    assert admin
    path = tmp_path / "a.csv"
    path.write_text(
        "id,source,type,time,actor.customer_id\n"
        "1,s,page_viewed,2024-01-01T00:00:00Z,c\n"
        "2,s,page_viewed,soon,c\n"
    )
    done = parcours("produce", str(path), "--json")
    tally = json.decode(done.stdout)
    assert (done.exit_code, tally["sent"], tally["refused"]) == (1, 1, 1)
    assert tally["refusals"] == [
        {"row": 2, "rows": 1, "reason": "time is not a time of the form rfc3339"}
    ]


def test_the_rate_is_kept(admin: KafkaAdmin, tmp_path: Path) -> None:
    """A hundred touchpoints at two hundred a second are not sent at once."""
    assert admin
    path = tmp_path / "a.ndjson"
    path.write_bytes(b'{"actor":{"customer_id":"c"}}\n' * 100)
    done = parcours("produce", str(path), "--rate", "200", "--json")
    assert json.decode(done.stdout)["seconds"] > 0.4


def test_a_record_larger_than_the_topic_takes_is_refused(
    admin: KafkaAdmin, tmp_path: Path
) -> None:
    """It is told; the others are sent."""
    assert admin
    path = tmp_path / "a.ndjson"
    large = b'{"actor":{"customer_id":"%s"}}\n' % (b"c" * (9 << 20))
    path.write_bytes(large + b'{"actor":{"customer_id":"c"}}\n')
    done = parcours("produce", str(path), "--json")
    tally = json.decode(done.stdout)
    assert (tally["sent"], tally["refused"]) == (1, 1)


def test_ends_count_every_record_of_a_batch(admin: KafkaAdmin, servers: str) -> None:
    """The broker's own answer would count the last batch as one record."""
    before = admin.ends(SESSIONS.name)[SESSIONS.name][3]
    asyncio.run(send_batch(servers, SESSIONS.name, 3, [b"{}"] * 50))
    assert admin.ends(SESSIONS.name)[SESSIONS.name][3] == before + 50


def test_records_that_the_broker_does_not_give_are_an_error(
    admin: KafkaAdmin, servers: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of a span that is not there to its end, rather than silence; of another, all."""
    before = admin.ends(SESSIONS.name)[SESSIONS.name][0]
    asyncio.run(send_batch(servers, SESSIONS.name, 0, [b"{}"] * 3))
    spans = {0: (before, before + 3), 1: (0, 0)}
    assert len(list(admin.read_spans(SESSIONS.name, spans))) == 3
    monkeypatch.setattr(kafka_admin, "ENDS_SECONDS", 0.5)
    with pytest.raises(BrokerError, match="not all of"):
        list(admin.read_spans(SESSIONS.name, {0: (before, before + 4)}))


def test_only_what_was_sent_is_noted_as_replayed(
    admin: KafkaAdmin, environment: dict[str, str], tmp_path: Path
) -> None:
    """A replay that broke off after the first of two."""
    watch = Watch(admin, NOON)
    watch.sent(("log", 0, 1), b"sent")
    watch.sent(("log", 0, 2), b"not sent")
    pairs = iter([(b"key", b"sent")])
    asyncio.run(send_all(parse(environment), pairs, Tally()))
    watch.note(tmp_path, all_sent=False)
    noted = Replays.read(tmp_path)
    one, other = noted.last_of(("log", 0, 1)), noted.last_of(("log", 0, 2))
    assert one is not None
    assert noted.origin_of(one.again or ("", 0, 0)) == ("log", 0, 1)
    assert other is None


def test_raw_records_say_what_they_deliver(admin: KafkaAdmin, tmp_path: Path) -> None:
    """Read one by one, from the middle of a batch too; what is none is left out."""
    file = tmp_path / "told.ndjson"
    told = [
        {
            "id": f"told-{n}",
            "source": "shop",
            "type": "page_viewed",
            "time": 1_793_858_867_800 + n,
            "actor": {"customer_id": "told"},
        }
        for n in range(4)
    ]
    file.write_bytes(b"\n".join(map(json.encode, [*told, {"id": "no touchpoint"}])))
    before = admin.ends(RAW.name)[RAW.name]
    assert parcours("produce", str(file)).exit_code == 0
    ends = admin.ends(RAW.name)[RAW.name]
    places = [(p, n) for p, end in ends.items() for n in range(before[p], end)]
    assert len(places) == 5
    found = deliveries(admin, places)
    assert {(one.partition, one.offset) for one in found} < set(places)
    assert sorted((one.tenant, one.source, one.id) for one in found) == [
        ("default", "shop", f"told-{n}") for n in range(4)
    ]


def test_a_missing_topic_is_said_by_name(admin: KafkaAdmin) -> None:
    """With the command that makes it."""
    with pytest.raises(BrokerError, match="no topic nowhere; make it with"):
        admin.ends("nowhere")


def test_a_drain_waits_for_stage_after_stage(admin: KafkaAdmin, servers: str) -> None:
    """Raw to identify, identified to journey's own progress, topics to the sink."""
    asyncio.run(send_batch(servers, RAW.name, 0, [b"{}"] * 7))
    asyncio.run(send_batch(servers, IDENTIFIED.name, 1, [b"{}"] * 5))
    stuck: list[Step] = []

    def land(seconds: float = 0.0) -> None:
        Drain(admin, seconds, stuck.append).land()

    with pytest.raises(NotDrainedError, match=r"identify has before it [\d,]+ of"):
        land()
    assert stuck[-1].stage == "identify"
    asyncio.run(commit(servers, WORKER_GROUP, admin.ends(RAW.name)))
    with pytest.raises(NotDrainedError, match="journey has before it 5 of"):
        land()
    log = admin.logs(IDENTIFIED.name)[IDENTIFIED.name]
    other = Progress("gone", 99, "", 0)
    asyncio.run(send_batch(servers, PROGRESS.name, 1, [json.encode(other)]))
    with pytest.raises(NotDrainedError, match="journey has before it 5 of"):
        land()
    asyncio.run(send_progress(servers, 1, Progress(log, 5, "", 0)))
    asyncio.run(commit(servers, SINK_GROUP, admin.ends(*STAGES["sink"])))
    land(30.0)
    assert {step.stage for step in stuck} == set(STAGES)
    assert sum(one.records for one in pending(admin)) == 0
    taken = view(admin)
    assert taken.raw.spans[0].done == taken.raw.spans[0].end
    assert taken.identified.spans[1].end == 5


def test_a_drain_waits_until_time_has_settled(admin: KafkaAdmin, servers: str) -> None:
    """All has landed; then ticks, time, and what it brings about are waited for."""
    log = admin.logs(IDENTIFIED.name)[IDENTIFIED.name]
    asyncio.run(commit(servers, WORKER_GROUP, admin.ends(RAW.name)))

    def stand(**more: int | dict[int, int]) -> None:
        for number, end in admin.ends(IDENTIFIED.name)[IDENTIFIED.name].items():
            told = structs.replace(Progress(log, end, "", 0, received=NOON), **more)
            asyncio.run(send_progress(servers, number, told))
        asyncio.run(commit(servers, SINK_GROUP, admin.ends(*STAGES["sink"])))

    def settle(seconds: float = 0.0) -> None:
        Drain(admin, seconds, lambda _: None).settle()

    stand()
    with pytest.raises(NotSettledError, match="have not heard of every raw partition"):
        settle()
    Drain(admin, 30.0, lambda _: None).land()
    heard = dict.fromkeys(range(PARTITIONS), NOON)
    stand(confirmed=heard, arrived=NOON, watermark=NOON - 20_000)
    with pytest.raises(NotSettledError, match="journey time is 20 s behind"):
        settle()
    stand(confirmed=heard, arrived=NOON, watermark=NOON)
    asyncio.run(send_batch(servers, SESSIONS.name, 0, [b"{}"] * 3))
    with pytest.raises(NotDrainedError, match="sink has before it 3 of"):
        settle()
    asyncio.run(commit(servers, SINK_GROUP, admin.ends(*STAGES["sink"])))
    settle(30.0)


async def send_progress(servers: str, partition: int, progress: Progress) -> None:
    await send_batch(servers, PROGRESS.name, partition, [json.encode(progress)])


async def send_batch(
    servers: str, topic: str, partition: int, values: list[bytes]
) -> None:
    producer = AIOKafkaProducer(bootstrap_servers=servers)
    await producer.start()
    try:
        batch = producer.create_batch()
        for value in values:
            batch.append(key=None, value=value, timestamp=None)
        await (await producer.send_batch(batch, topic, partition=partition))
    finally:
        await producer.stop()


async def commit(servers: str, group: str, ends: dict[str, dict[int, int]]) -> None:
    consumer = AIOKafkaConsumer(
        bootstrap_servers=servers, group_id=group, enable_auto_commit=False
    )
    await consumer.start()
    try:
        offsets = {
            TopicPartition(topic, p): end
            for topic, at in ends.items()
            for p, end in at.items()
        }
        consumer.assign(list(offsets))
        await consumer.commit(offsets)
    finally:
        await consumer.stop()
