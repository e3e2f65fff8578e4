"""Every route of the API, and what their handlers are given."""

from collections.abc import Callable, Mapping
from typing import Final

from litestar import Router
from litestar.di import Provide

from insights.api import (
    answers,
    assistance,
    funnels,
    impact,
    journey_map,
    live,
    moments,
    objectives,
    page,
    paths,
    personas,
    persons,
    service,
    stages,
)
from insights.api.asked import provide_part
from insights.api.asking import Asking
from insights.api.library import Library
from insights.api.live import Feeds
from insights.api.problem import ApiRequest

ROUTERS: Final[list[Router]] = [
    answers.ROUTER,
    funnels.ROUTER,
    stages.ROUTER,
    personas.ROUTER,
    paths.ROUTER,
    impact.ROUTER,
    objectives.ROUTER,
    moments.ROUTER,
    assistance.ROUTER,
    journey_map.ROUTER,
    persons.ROUTER,
    live.ROUTER,
    service.ROUTER,
    page.ROUTER,
]


def dependencies(
    asking: Callable[[ApiRequest], Asking],
    library: Callable[[], Library],
    feeds: Callable[[], Feeds],
) -> Mapping[str, Provide]:
    """What handlers are given by name.

    Args:
        asking: makes a request's way to the answers.
        library: gives what files say now.
        feeds: gives the live counts.
    """

    def provide_library() -> Library:
        return library()

    return {
        "feeds": Provide(feeds, sync_to_thread=False),
        "asking": Provide(asking, sync_to_thread=False),
        "library": Provide(provide_library, sync_to_thread=False),
        "part": Provide(provide_part, sync_to_thread=False),
    }
