"""What watches the API: does it live, can it answer, what has it done."""

import threading
import time
from functools import partial
from typing import TYPE_CHECKING, Final

from litestar import Router, get
from litestar.datastructures import State
from litestar.response import Response
from msgspec import Struct
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest

from insights.api.asking import gone
from insights.api.entrance import OPEN, needs, needs_every_tenant
from insights.api.problem import ApiRequest
from insights.api.told import PROBLEMS

if TYPE_CHECKING:
    from insights.api.pool import Pool
    from insights.asker import Asker

READY_SECONDS: Final = 2.0
"""How long a good answer is good for: whoever asks needs no token."""

_OPEN: Final = {OPEN: True}


class Health(Struct):
    """How the process is.

    Attributes:
        status: `ok`.
    """

    status: str


@get("/health", opt=_OPEN)
async def health() -> Health:
    """Tell that the process lives; the database is not asked."""
    return Health("ok")


@get("/ready", opt=_OPEN, responses=PROBLEMS)
async def ready(request: ApiRequest, state: State) -> Health:
    """Tell that questions can be answered: the database is asked one, now and then."""
    if time.monotonic() < state.get("ready_until", 0.0):
        return Health("ok")
    asker: Asker = state.asker
    pool: Pool = state.pool

    def ask(_given_up: threading.Event) -> Health:
        asker.ask("SELECT 1")
        return Health("ok")

    found = await pool.run(ask, partial(gone, request))
    state["ready_until"] = time.monotonic() + READY_SECONDS
    return found


@get(
    "/metrics",
    guards=[needs("metrics:read"), needs_every_tenant],
    media_type="text/plain",
    responses=PROBLEMS,
)
async def metrics(state: State) -> Response[bytes]:
    """Show the API's metrics in the text form of Prometheus."""
    text = generate_latest(state.metrics.registry)
    return Response(text, media_type=CONTENT_TYPE_LATEST)


ROUTER: Final = Router("/", route_handlers=[health, ready, metrics], tags=["service"])
