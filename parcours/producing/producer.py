"""The worker's batch producer, for a command that ends: it disconnects."""

from types import TracebackType
from typing import Self

from streams.kafka import BatchProducer


class Producer(BatchProducer):
    """Sends records in whole batches for the time of an `async with`."""

    async def __aenter__(self) -> Self:
        """Connect."""
        await self.start()
        return self

    async def __aexit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        """Disconnect."""
        await self.stop()

    async def stop(self) -> None:
        """Disconnect; what is under way is finished first."""
        if self._client is not None:
            await self._client.stop()
