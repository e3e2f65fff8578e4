"""The commands that talk to Kafka, on a real Apache Kafka with the settings of one."""

import json
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from kafka.admin import ConfigResource, ConfigResourceType, KafkaAdminClient
from typer.testing import CliRunner, Result

from parcours import cli
from parcours.kafka_admin import KafkaAdmin
from schemas.topics import RAW, TOPICS
from tests.servers.kafka import Kafka

pytestmark = pytest.mark.broker


@pytest.fixture(scope="module")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with Kafka(tmp_path_factory.mktemp("kafka")) as cluster:
        yield cluster.bootstrap


@pytest.fixture(autouse=True)
def environment(servers: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PARCOURS_KAFKA_SERVERS", servers)
    monkeypatch.setenv("PARCOURS_PARTITIONS", "3")
    assert parcours("topics", "create").exit_code == 0


def parcours(*arguments: str) -> Result:
    return CliRunner().invoke(cli.app, arguments)


def test_created_topics_are_as_promised() -> None:
    """Partitions, compaction and retention, as the broker itself reports them."""
    assert parcours("topics", "verify").stdout == f"{len(TOPICS)} topics as promised\n"


def test_a_setting_that_somebody_changed_is_found(servers: str) -> None:
    """The exact difference, and exit status 1; then it is put right again."""
    client = KafkaAdminClient(bootstrap_servers=servers)

    def retain(milliseconds: str) -> None:
        wanted = {"retention.ms": milliseconds}
        client.alter_configs(
            [ConfigResource(ConfigResourceType.TOPIC, RAW.name, wanted)]
        )

    retain("1000")
    # The broker that is asked may hear of the change a moment after the one that took it.
    deadline = time.monotonic() + 60
    while True:
        found = parcours("topics", "verify", "--json")
        if found.exit_code or time.monotonic() > deadline:
            break
    retain(RAW.config()["retention.ms"])
    client.close()
    assert found.exit_code == 1
    assert json.loads(found.stdout) == [
        {
            "topic": RAW.name,
            "what": "retention.ms",
            "expected": RAW.config()["retention.ms"],
            "found": "1000",
        }
    ]


def test_touchpoints_are_produced_compressed_and_idempotently(
    servers: str, tmp_path: Path
) -> None:
    """With the default settings; every one arrives once."""
    path = tmp_path / "a.ndjson"
    lines = [
        b'{"id":"%d","actor":{"customer_id":"%d"}}' % (n, n % 9) for n in range(9_000)
    ]
    path.write_bytes(b"\n".join(lines))
    with KafkaAdmin(servers) as admin:
        before = sum(admin.ends(RAW.name)[RAW.name].values())
        done = parcours("produce", str(path), "--json")
        assert json.loads(done.stdout)["sent"] == 9_000
        assert sum(admin.ends(RAW.name)[RAW.name].values()) - before == 9_000
