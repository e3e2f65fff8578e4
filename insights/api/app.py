"""The application: routes, entrance, errors, compression."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Final

from litestar import Litestar, Response
from litestar.config.compression import CompressionConfig
from litestar.datastructures import State
from litestar.exceptions import HTTPException
from litestar.types import ASGIApp

from insights.api import description, problem, reference
from insights.api.asking import Asking, NotModifiedError
from insights.api.entrance import Entrance, Outside
from insights.api.feed import PACE, Pace
from insights.api.library import Library
from insights.api.live import Feeds
from insights.api.objectives import Watch
from insights.api.parameters import KnownParameters
from insights.api.pool import BOUNDS, Bounds, GoneError, Pool
from insights.api.problem import ApiRequest, ProblemError
from insights.api.routes import ROUTERS, dependencies
from insights.api.token import Tokens
from insights.asker import Asker, AskError, QuestionError
from insights.cost import CostError
from schemas.metrics import Metrics
from sinks.clickhouse import DatabaseError

BODY_BYTES: Final = 256 << 10
CLIENT_HAS_GONE: Final = 499
"""Nobody reads it; it is what the count of requests shows."""

_BUILT_IN: Final = cache(Library)


@dataclass(frozen=True)
class Setup:
    """What an application is made of.

    Attributes:
        asker: whom to ask.
        metrics: what it counts into.
        clock: seconds since 1970.
        library: gives what files say now; called from several threads.
        tokens: who may ask; None for whoever reaches the loopback.
        hosts: names by which it may be asked; empty for the usual ones.
        per_minute: requests a minute without a token.
        bounds: how many questions at once.
        pace: how often live counts are looked at.
    """

    asker: Asker
    metrics: Metrics
    clock: Callable[[], float]
    library: Callable[[], Library] = _BUILT_IN
    tokens: Tokens | None = None
    hosts: tuple[str, ...] = ()
    per_minute: float = 600.0
    bounds: Bounds = BOUNDS
    pace: Pace = PACE


def make_app(setup: Setup) -> ASGIApp:
    """Make the application."""
    pool = Pool(setup.bounds, setup.metrics.gauge("parcours_api_questions"))
    feeds = Feeds(
        setup.asker,
        setup.clock,
        setup.metrics.gauge("parcours_api_listeners"),
        lambda: setup.library().phases,
        setup.pace,
    )
    watch = Watch(setup.asker, setup.library, setup.metrics)

    def provide_asking(request: ApiRequest) -> Asking:
        return Asking(request, setup.asker, pool)

    app = Litestar(
        [*ROUTERS, description.ROUTER, reference.ROUTER],
        dependencies=dependencies(provide_asking, setup.library, lambda: feeds),
        middleware=[
            Entrance(setup.tokens, setup.hosts, setup.per_minute, setup.clock),
            KnownParameters(),
        ],
        exception_handlers={
            ProblemError: problem.of_problem,
            CostError: problem.of_cost,
            QuestionError: problem.of_question,
            AskError: problem.of_database,
            DatabaseError: problem.of_database,
            HTTPException: problem.of_http,
            NotModifiedError: _not_modified,
            GoneError: _gone,
            Exception: problem.of_bug,
        },
        compression_config=CompressionConfig(
            backend="gzip", gzip_compress_level=5, exclude="/v1/live"
        ),
        request_max_body_size=BODY_BYTES,
        state=State({"asker": setup.asker, "pool": pool, "metrics": setup.metrics}),
        on_startup=[watch.start],
        on_shutdown=[watch.stop, feeds.close, pool.close],
        openapi_config=None,
        logging_config=None,
    )
    return Outside(app, setup.metrics)


def _not_modified(_request: ApiRequest, error: NotModifiedError) -> Response[None]:
    return Response(None, status_code=304, headers=error.validity.headers)


def _gone(_request: ApiRequest, _error: GoneError) -> Response[None]:
    return Response(None, status_code=CLIENT_HAS_GONE)
