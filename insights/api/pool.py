"""Where questions are answered: few threads, a short queue, and nobody waits in vain."""

import asyncio
import threading
from collections.abc import Awaitable, Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import Final, TypeVar

from prometheus_client import Gauge

from insights.api.problem import BUSY, RETRY_SECONDS, ProblemError
from insights.sentences import say

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Bounds:
    """How much the pool takes on.

    Attributes:
        threads: questions answered at the same time.
        queue: questions that may wait for their turn; one more is refused.
        seconds: how long a question may take, waiting included.
    """

    threads: int = 3
    queue: int = 32
    seconds: float = 120.0


BOUNDS: Final = Bounds()


class GoneError(Exception):
    """The client has gone: nobody reads the answer."""


class Pool:
    """Runs questions, which block, in threads."""

    def __init__(self, bounds: Bounds, questions: Gauge) -> None:
        """Start no thread before the first question.

        Args:
            bounds: how much it takes on.
            questions: shows how many are inside.
        """
        self._bounds = bounds
        self._questions = questions
        self._inside = 0
        self._threads = ThreadPoolExecutor(bounds.threads, "answers")

    async def run(
        self, work: Callable[[threading.Event], _T], gone: Callable[[], Awaitable[None]]
    ) -> _T:
        """Have a thread do the work.

        Args:
            work: told by the event that nobody waits for it any more.
            gone: returns when the client has gone.

        Raises:
            ProblemError: too much is inside already, or it takes too long.
            GoneError: the client has gone.
        """
        if self._inside >= self._bounds.threads + self._bounds.queue:
            raise ProblemError(BUSY, say("many_wait"), retry_seconds=RETRY_SECONDS)
        self._count(1)
        given_up = threading.Event()
        future = self._threads.submit(work, given_up)
        loop = asyncio.get_running_loop()
        # A thread goes on until its statement ends, whoever waits: it counts until then.
        future.add_done_callback(partial(self._left, loop))
        try:
            return await self._result(future, gone)
        finally:
            given_up.set()
            future.cancel()

    def close(self) -> None:
        """Take on nothing more; what waits is dropped."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def _result(
        self, future: Future[_T], gone: Callable[[], Awaitable[None]]
    ) -> _T:
        answered = asyncio.wrap_future(future)
        left = asyncio.ensure_future(gone())
        try:
            done, _ = await asyncio.wait(
                (answered, left),
                timeout=self._bounds.seconds,
                return_when=asyncio.FIRST_COMPLETED,
            )
        finally:
            left.cancel()
            answered.cancel()
        if answered in done:
            return answered.result()
        if left in done:
            raise GoneError
        said = say("slow", seconds=self._bounds.seconds)
        raise ProblemError(BUSY, said, retry_seconds=RETRY_SECONDS)

    def _left(self, loop: asyncio.AbstractEventLoop, _future: Future[_T]) -> None:
        if not loop.is_closed():
            loop.call_soon_threadsafe(self._count, -1)

    def _count(self, change: int) -> None:
        self._inside += change
        self._questions.set(self._inside)
