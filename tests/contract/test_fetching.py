"""What clients/fetching.py changes inside aiokafka is still there, and as it was."""

import inspect

import pytest
from aiokafka import AIOKafkaConsumer
from aiokafka.consumer import fetcher


@pytest.mark.parametrize(
    ("owner", "name", "parameters"),
    [
        (fetcher.PartitionRecords, "_consumer_record", ["self", "tp", "record"]),
        (
            fetcher.Fetcher,
            "_proc_fetch_request",
            ["self", "assignment", "node_id", "request"],
        ),
    ],
)
def test_the_changed_method_is_as_it_was(
    owner: type, name: str, parameters: list[str]
) -> None:
    """A change of something that is gone would silently do nothing."""
    assert list(inspect.signature(getattr(owner, name)).parameters) == parameters


def test_a_fetch_is_still_sent_through_the_paced_method() -> None:
    """A client that calls something else would silently fetch record by record again."""
    assert "self._proc_fetch_request(" in inspect.getsource(fetcher.Fetcher)
    assert "self._fetcher = " in inspect.getsource(AIOKafkaConsumer)
