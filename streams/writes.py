"""Write, then commit: in which order what batches came to leaves the worker."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from typing import Final

from faust.types import TP

from streams.kafka import Pair, Sends, Spans

QUEUED_BATCHES: Final = 2
"""Batches of one partition that may be computed before the first of them is durable."""


@dataclass(slots=True)
class Write:
    """What one batch wants written.

    Attributes:
        tp: the partition it was read from.
        outputs: go first.
        states: go when the outputs are durable.
        progress: goes when the states are durable.
        acknowledge: called when all of it is.
    """

    tp: TP
    outputs: Sends
    acknowledge: Callable[[], Awaitable[None]]
    states: Sends = field(default_factory=dict)
    progress: Sends = field(default_factory=dict)


class Writer:
    """Writes the batches of one agent in rounds, while the next ones are computed.

    A round takes every batch that waits, of any partition: outputs, then states. Its
    progress travels with the outputs of the next round, or alone when there is none. So
    no state is durable before every output it stands for and no progress before every
    state, and many small batches cost two requests a round, not three each.

    Args:
        send: sends records and returns when the broker has them, and where.
        landed: told of states when they are durable, before anything else is.
        crash: called with an error that nothing here can mend; does not return.
    """

    def __init__(
        self,
        send: Callable[[Sends], Awaitable[Spans]],
        landed: Callable[[Sends, Spans], None],
        crash: Callable[[BaseException], None],
    ) -> None:
        self._send = send
        self._landed = landed
        self._crash = crash
        self._waiting: list[Write] = []
        self._under_way: Counter[TP] = Counter()
        self._changed = asyncio.Condition()
        self._task = asyncio.create_task(self._run())

    async def put(self, write: Write) -> None:
        """Hand over a write; waits while too many of its partition are under way."""
        async with self._changed:
            await self._changed.wait_for(
                lambda: self._under_way[write.tp] < QUEUED_BATCHES
            )
            self._under_way[write.tp] += 1
            self._waiting.append(write)
            self._changed.notify_all()

    async def settle(self, tps: Iterable[TP]) -> None:
        """Wait until everything of these partitions is durable and acknowledged."""
        wanted = list(tps)
        async with self._changed:
            await self._changed.wait_for(
                lambda: not any(self._under_way[tp] for tp in wanted)
            )

    async def _run(self) -> None:
        try:
            folded: list[Write] = []
            while True:
                folded = await self._round(folded)
        except asyncio.CancelledError:
            raise
        except BaseException as error:  # noqa: BLE001 the worker must not go on without it
            self._crash(error)

    async def _round(self, folded: list[Write]) -> list[Write]:
        """Write what waits, and the progress of the round before.

        Returns:
            The batches whose progress is still to be written.
        """
        taken = await self._take(wait=not folded)
        await self._send(
            _merged([*(w.outputs for w in taken), *(w.progress for w in folded)])
        )
        await self._acknowledge(folded)
        states = _merged(w.states for w in taken)
        if states:
            self._landed(states, await self._send(states))
        await self._acknowledge([w for w in taken if not w.progress])
        return [w for w in taken if w.progress]

    async def _take(self, *, wait: bool) -> list[Write]:
        async with self._changed:
            if wait:
                await self._changed.wait_for(lambda: bool(self._waiting))
            taken, self._waiting = self._waiting, []
            return taken

    async def _acknowledge(self, writes: list[Write]) -> None:
        if not writes:
            return
        for write in writes:
            await write.acknowledge()
        async with self._changed:
            self._under_way.subtract(write.tp for write in writes)
            self._changed.notify_all()


def _merged(all_sends: Iterable[Sends]) -> dict[tuple[str, int], list[Pair]]:
    merged: dict[tuple[str, int], list[Pair]] = {}
    for sends in all_sends:
        for target, pairs in sends.items():
            if pairs:
                merged.setdefault(target, []).extend(pairs)
    return merged
