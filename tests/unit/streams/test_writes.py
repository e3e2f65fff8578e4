"""The order in which a worker's writes become durable."""

import asyncio
from collections.abc import Awaitable, Callable

from faust.types import TP

from streams.kafka import Sends, Spans
from streams.store.states import Span
from streams.writes import QUEUED_BATCHES, Write, Writer

SOURCE = TP("source", 0)
OTHER = TP("source", 1)


class Broker:
    """Takes what is sent when it is let; remembers in which order."""

    def __init__(self) -> None:
        self.log: list[str] = []
        self.landings: list[tuple[int, list[str]]] = []
        self.free = asyncio.Event()
        self.free.set()

    async def send(self, sends: Sends) -> Spans:
        await self.free.wait()
        if sends:
            self.log.append("+".join(sorted(target for target, _ in sends)))
        return dict.fromkeys(sends, Span(7, 8))

    def landed(self, states: Sends, spans: Spans) -> None:
        assert set(spans.values()) == {Span(7, 8)}
        self.landings.append((len(self.log), sorted(name for name, _ in states)))


def write(log: list[str], name: str, tp: TP = SOURCE, *, folds: bool = True) -> Write:
    async def acknowledge() -> None:
        log.append(f"ack {name}")

    def one(kind: str) -> Sends:
        return {(f"{kind} {name}", 0): [(b"k", b"v")]}

    states, progress = (one("states"), one("progress")) if folds else ({}, {})
    return Write(tp, one("outputs"), acknowledge, states, progress)


def run(scenario: Callable[[Broker, Writer], Awaitable[None]]) -> list[str]:
    async def inside() -> list[str]:
        broker = Broker()

        def crash(error: BaseException) -> None:
            broker.log.append(f"crash {error}")

        await scenario(broker, Writer(broker.send, broker.landed, crash))
        return broker.log

    return asyncio.run(inside())


def test_outputs_then_states_then_progress_then_the_acknowledgement() -> None:
    """No state before its outputs, no progress before its state, no commit before all."""

    async def scenario(broker: Broker, writer: Writer) -> None:
        await writer.put(write(broker.log, "a"))
        await writer.settle([SOURCE])

    assert run(scenario) == ["outputs a", "states a", "progress a", "ack a"]


def test_states_are_stored_when_they_are_durable_and_before_their_progress() -> None:
    """A store ahead of the topic would know of outputs that nobody has."""

    async def scenario(broker: Broker, writer: Writer) -> None:
        await writer.put(write(broker.log, "a"))
        await writer.settle([SOURCE])
        assert broker.landings == [(2, ["states a"])]

    run(scenario)


def test_a_batch_without_states_is_acknowledged_after_its_outputs() -> None:
    """The first agent keeps nothing: its batches wait for no later round."""

    async def scenario(broker: Broker, writer: Writer) -> None:
        await writer.put(write(broker.log, "a", folds=False))
        await writer.settle([SOURCE])

    assert run(scenario) == ["outputs a", "ack a"]


def test_what_waits_together_goes_together() -> None:
    """While a round is under way the next gathers, over partitions; progress goes along."""

    async def scenario(broker: Broker, writer: Writer) -> None:
        broker.free.clear()
        await writer.put(write(broker.log, "a"))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        await writer.put(write(broker.log, "b"))
        await writer.put(write(broker.log, "c", OTHER))
        broker.free.set()
        await writer.settle([SOURCE, OTHER])

    assert run(scenario) == [
        "outputs a",
        "states a",
        "outputs b+outputs c+progress a",
        "ack a",
        "states b+states c",
        "progress b+progress c",
        "ack b",
        "ack c",
    ]


def test_a_partition_that_is_too_far_ahead_waits() -> None:
    """Memory is bounded: so many batches of a partition, and other partitions go on."""

    async def scenario(broker: Broker, writer: Writer) -> None:
        broker.free.clear()
        for number in range(QUEUED_BATCHES):
            await writer.put(write(broker.log, str(number)))
        one_more = asyncio.create_task(writer.put(write(broker.log, "x")))
        await writer.put(write(broker.log, "other", OTHER))
        assert not one_more.done()
        broker.free.set()
        await one_more
        await writer.settle([SOURCE, OTHER])

    assert "ack x" in run(scenario)


def test_a_failed_send_ends_the_worker() -> None:
    """Nothing may be acknowledged after a write that is not there."""

    async def scenario(broker: Broker, _: Writer) -> None:
        crashed = asyncio.Event()

        async def fail(_: Sends) -> Spans:
            raise ConnectionResetError

        def crash(error: BaseException) -> None:
            broker.log.append(f"crash {type(error).__name__}")
            crashed.set()

        await Writer(fail, broker.landed, crash).put(write(broker.log, "a"))
        await crashed.wait()

    assert run(scenario)[0] == "crash ConnectionResetError"
