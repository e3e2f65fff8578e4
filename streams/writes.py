"""Write, then commit: the order in which a batch's outcome leaves, one partition at a time."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final

from streams.kafka import Pair, Sends

QUEUED_BATCHES: Final = 2
"""Batches of one partition that may be computed before the first of them is durable."""


@dataclass(slots=True)
class Write:
    """What one batch wants written.

    Attributes:
        stages: each is sent when the one before it is durable.
        acknowledge: called when all of them are.
    """

    stages: tuple[Sends, ...]
    acknowledge: Callable[[], Awaitable[None]]


class PartitionWriter:
    """Sends the writes of one partition, in order, while the next batch is computed.

    Writes that wait together go together: stage by stage, so that no state of theirs is
    durable before every output that it stands for.

    Args:
        send: sends records and returns when the broker has them.
        crash: called with an error that nothing here can mend; does not return.
    """

    def __init__(
        self,
        send: Callable[[Sends], Awaitable[None]],
        crash: Callable[[BaseException], None],
    ) -> None:
        self._send = send
        self._queue: asyncio.Queue[Write] = asyncio.Queue(QUEUED_BATCHES)
        self._crash = crash
        self._task = asyncio.create_task(self._run())

    async def put(self, write: Write) -> None:
        """Hand over a write; waits while too many are under way."""
        await self._queue.put(write)

    async def settle(self) -> None:
        """Wait until everything handed over is durable and acknowledged."""
        await self._queue.join()

    def cancel(self) -> None:
        """Stop writing."""
        self._task.cancel()

    async def _run(self) -> None:
        try:
            while True:
                await self._write(await self._together())
        except asyncio.CancelledError:
            raise
        except BaseException as error:  # noqa: BLE001 the worker must not go on without it
            self._crash(error)

    async def _together(self) -> list[Write]:
        writes = [await self._queue.get()]
        while not self._queue.empty():
            writes.append(self._queue.get_nowait())
        return writes

    async def _write(self, writes: list[Write]) -> None:
        for stage in range(max(len(write.stages) for write in writes)):
            merged: dict[tuple[str, int], list[Pair]] = {}
            for write in writes:
                if stage < len(write.stages):
                    for target, pairs in write.stages[stage].items():
                        merged.setdefault(target, []).extend(pairs)
            await self._send({t: pairs for t, pairs in merged.items() if pairs})
        for write in writes:
            await write.acknowledge()
            self._queue.task_done()
