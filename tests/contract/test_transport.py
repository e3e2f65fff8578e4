"""What streams/transport.py overrides in faust-streaming is still there, and as it was."""

import inspect
from importlib.metadata import version

import faust
import pytest
from aiokafka import AIOKafkaConsumer
from faust.transport.consumer import Consumer
from faust.transport.drivers import aiokafka as driver
from faust.transport.utils import DefaultSchedulingStrategy

OVERRIDDEN = [
    (DefaultSchedulingStrategy, "iterate", ["self", "records"]),
    (driver.AIOKafkaConsumerThread, "seek_to_committed", ["self"]),
    (driver.AIOKafkaConsumerThread, "on_start", ["self"]),
    (driver.AIOKafkaConsumerThread, "_create_worker_consumer", ["self", "transport"]),
    (driver.Consumer, "_new_consumer_thread", ["self"]),
    (driver.Consumer, "_to_message", ["self", "tp", "record"]),
    (Consumer, "_getmany", ["self", "active_partitions", "timeout"]),
    (Consumer, "_add_gap", ["self", "tp", "offset_from", "offset_to"]),
    (Consumer, "_new_offset", ["self", "tp"]),
    (Consumer, "on_partitions_revoked", ["self", "revoked"]),
    (faust.App, "_create_directories", ["self"]),
]


@pytest.mark.parametrize(
    ("package", "pinned"),
    [
        ("faust-streaming", "0.15.3"),
        ("mode-streaming", "0.7.1"),
        ("aiokafka", "0.14.0"),
    ],
)
def test_the_pins_hold(package: str, pinned: str) -> None:
    """Another version needs this file, and the chaos suite, looked at again."""
    assert version(package) == pinned


@pytest.mark.parametrize(("owner", "name", "parameters"), OVERRIDDEN)
def test_the_overridden_method_is_as_it_was(
    owner: type, name: str, parameters: list[str]
) -> None:
    """An override of something that is gone would silently do nothing."""
    assert list(inspect.signature(getattr(owner, name)).parameters) == parameters


def test_the_wait_of_a_fetch_is_still_where_we_set_it() -> None:
    """A renamed attribute would silently bring 1.5 s of latency back."""
    source = inspect.getsource(AIOKafkaConsumer)
    assert "self._fetch_max_wait_ms" in source
