"""Where objectives stand: for who asks, and as gauges for who watches."""

import asyncio
import logging
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Final

from litestar import Router, get

from insights.api.asked import AsOf, Tenant
from insights.api.asking import Asks, Present
from insights.api.entrance import needs
from insights.api.library import Books, Library
from insights.api.told import PROBLEMS
from insights.asker import Asker
from insights.objectives.answer import Progress, objectives
from insights.objectives.gauges import export, forget
from insights.objectives.spec import Objective
from insights.times import instant_ms
from schemas.metrics import Metrics

REFRESH_SECONDS: Final = 60.0

logger = logging.getLogger(__name__)


@get("/objectives", responses=PROBLEMS)
async def show_objectives(
    asking: Asks, library: Books, tenant: Tenant = "default", as_of: AsOf = None
) -> list[Progress]:
    """Progress, what there should be by now, on track or not."""
    wanted = [one for one in library.objectives if one.tenant == tenant]
    at = instant_ms(as_of)
    return await asking.ask(
        tenant,
        lambda asker: measure(asker, wanted, library, at),
        Present(library.digest),
    )


def measure(
    asker: Asker, wanted: Sequence[Objective], library: Library, as_of: int | None
) -> list[Progress]:
    """Where these objectives stand.

    Args:
        asker: whom to ask.
        wanted: which.
        library: knows journey models and personas.
        as_of: the moment to answer for; the newest touchpoint where None.
    """
    models = {one.model for one in wanted}
    phases = {model: library.order(model) for model in models}
    return objectives(asker, wanted, library.personas, phases, as_of)


class Watch:
    """Keeps the gauges of objectives fresh, for alerts and dashboards."""

    def __init__(
        self, asker: Asker, library: Callable[[], Library], metrics: Metrics
    ) -> None:
        """Start nothing yet.

        Args:
            asker: whom to ask, for every tenant.
            library: gives what files say now, the objectives too.
            metrics: whose gauges.
        """
        self._asker = asker
        self._library = library
        self._metrics = metrics
        self._shown: set[str] = set()
        self._thread = ThreadPoolExecutor(1, "objectives")
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Measure now and every minute."""
        self._task = asyncio.create_task(self._watch())

    async def stop(self) -> None:
        """Measure no more."""
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task
        self._thread.shutdown(wait=False, cancel_futures=True)

    async def _watch(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            started = loop.time()
            try:
                await loop.run_in_executor(self._thread, self._measure)
            except Exception as error:  # noqa: BLE001 the boundary of a background task
                logger.warning("objectives_failed error=%s", type(error).__name__)
            took = loop.time() - started
            await asyncio.sleep(max(REFRESH_SECONDS, 9 * took))

    def _measure(self) -> None:
        library = self._library()
        names = {one.name for one in library.objectives}
        for gone in self._shown - names:
            forget(gone, self._metrics)
        self._shown = names
        for one in library.objectives:
            try:
                export(measure(self._asker, [one], library, None), self._metrics)
            except Exception as error:  # noqa: BLE001 one costs no other its gauges
                kind = type(error).__name__
                logger.warning("objective_failed name=%s error=%s", one.name, kind)


ROUTER = Router(
    "/v1",
    route_handlers=[show_objectives],
    guards=[needs("answers:read")],
    tags=["objectives"],
)
