"""Live counts as server-sent events: what arrives now, without whose it is."""

from collections.abc import AsyncIterator, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Annotated, Final

from litestar import Router, get
from litestar.di import NamedDependency
from litestar.params import HeaderParameter
from litestar.response import Stream
from prometheus_client import Gauge

from insights.api.asked import Tenant
from insights.api.asking import Asks
from insights.api.entrance import needs
from insights.api.feed import PACE, Feed, Pace
from insights.api.problem import BUSY, ProblemError
from insights.api.told import PROBLEMS
from insights.asker import Asker
from insights.sentences import say

MOST_LISTENERS: Final = 200
RETRY_SECONDS: Final = 10


class Feeds:
    """The feeds of all tenants, each made when somebody first listens to it."""

    def __init__(
        self,
        asker: Asker,
        clock: Callable[[], float],
        listeners: Gauge,
        phases: Callable[[], Sequence[str]],
        pace: Pace = PACE,
    ) -> None:
        """Make none yet.

        Args:
            asker: whom to ask.
            clock: seconds since 1970.
            listeners: shows how many there are.
            phases: gives those of the default model, in their order.
            pace: how often a feed looks.
        """
        self._asker = asker
        self._clock = clock
        self._gauge = listeners
        self._phases = phases
        self._pace = pace
        self._listeners = 0
        self._feeds: dict[str, Feed] = {}
        # One thread: looking never takes more than its share from those who ask.
        self._thread = ThreadPoolExecutor(1, "live")

    def listen(self, tenant: str, last_id: str) -> AsyncIterator[bytes]:
        """The events of a tenant.

        Args:
            tenant: whose data.
            last_id: of the last event that the client has; empty for none.

        Raises:
            ProblemError: too many listen already.
        """
        if self._listeners >= MOST_LISTENERS:
            raise ProblemError(BUSY, say("many_listen"), retry_seconds=RETRY_SECONDS)
        if tenant not in self._feeds:
            self._feeds[tenant] = Feed(
                self._asker,
                tenant,
                self._thread,
                self._clock,
                self._phases,
                self._pace,
            )
        return self._counted(self._feeds[tenant].listen(last_id))

    def close(self) -> None:
        """Look no more."""
        self._thread.shutdown(wait=False, cancel_futures=True)

    async def _counted(self, events: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
        self._count(1)
        try:
            async for event in events:
                yield event
        finally:
            self._count(-1)

    def _count(self, change: int) -> None:
        self._listeners += change
        self._gauge.set(self._listeners)


@get(
    "/live",
    responses=PROBLEMS,
    media_type="text/event-stream",
    guards=[needs("live:read")],
)
async def show_live(
    asking: Asks,
    feeds: NamedDependency[Feeds],
    tenant: Tenant = "default",
    last_event_id: Annotated[
        str, HeaderParameter(name="Last-Event-ID", max_length=64)
    ] = "",
) -> Stream:
    """Touchpoints a second, the newest of them, open sessions, persons by phase.

    Each event `live` has a JSON object as its data. A client that comes back with
    `Last-Event-ID` gets what it missed.
    """
    asking.check(tenant)
    return Stream(
        feeds.listen(tenant, last_event_id),
        media_type="text/event-stream",
        headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
    )


ROUTER = Router("/v1", route_handlers=[show_live], tags=["live"])
