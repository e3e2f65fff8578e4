"""A worker that starts while a broker of three is away."""

from pathlib import Path

import pytest

from parcours.kafka_admin import KafkaAdmin
from schemas.settings import Settings, parse
from schemas.topics import TOPICS
from streams.worker import EXIT_RESTART, ask_topics, run
from tests.servers.kafka import Kafka
from tests.servers.ports import Ports

TIMES = 8
"""Whom a client asks is drawn: that all of these ask a broker that is there is unlikely."""


def settings(servers: str) -> Settings:
    """Those of three brokers."""
    told = {
        "KAFKA_SERVERS": servers,
        "CLICKHOUSE_URL": "http://localhost:8123",
        "PSEUDONYM_KEY": "a secret for tests only",
        "PARTITIONS": "1",
        "REPLICATION": "3",
    }
    return parse({f"PARCOURS_{name}": value for name, value in told.items()})


@pytest.mark.kafka
def test_topics_are_asked_of_the_brokers_that_are_there(tmp_path: Path) -> None:
    """One broker of three is down: whichever was asked first, the others tell."""
    with Kafka(tmp_path, brokers=3) as kafka:
        with KafkaAdmin(kafka.bootstrap) as admin:
            admin.create(TOPICS, settings(kafka.bootstrap))
        kafka.kill(0)
        for _ in range(TIMES):
            assert len(ask_topics(kafka.bootstrap)) == len(TOPICS)


def test_a_worker_that_finds_no_broker_is_to_be_started_again(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """It says whom it asked, and ends with the status for a restart."""
    monkeypatch.setattr("streams.worker.BROKER_SECONDS", 0.0)
    with Ports(1) as free:
        servers = f"127.0.0.1:{free.numbers[0]}"
        assert run(settings(servers)) == EXIT_RESTART
    assert f"no_broker_tells_of_topics servers={servers}" in caplog.text
