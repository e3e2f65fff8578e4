"""What the API promises: its OpenAPI document, made of the handlers."""

from functools import cache
from typing import Final

import msgspec
from litestar import Litestar, Router, get
from litestar.openapi.config import OpenAPIConfig
from litestar.openapi.spec import Components, SecurityScheme

from insights.api.asking import Asking
from insights.api.entrance import OPEN
from insights.api.library import Library
from insights.api.live import Feeds
from insights.api.problem import ApiRequest
from insights.api.routes import ROUTERS, dependencies

VERSION: Final = "1"
_ABOUT: Final = (
    "Funnels, paths, impact, the journey map and single journeys, read-only. Times are "
    "epoch milliseconds, money is in the currency's smallest unit, shares lie between 0 "
    "and 1 and are null where nothing is there to divide by."
)


@cache
def document() -> dict[str, object]:
    """The OpenAPI document."""
    config = OpenAPIConfig(
        title="Parcours",
        version=VERSION,
        description=_ABOUT,
        components=Components(
            security_schemes={
                "token": SecurityScheme(
                    type="http",
                    scheme="bearer",
                    description="Made by `parcours api token`; none on the loopback.",
                )
            }
        ),
        security=[{"token": []}],
        use_handler_docstrings=True,
    )
    app = Litestar(
        ROUTERS,
        dependencies=dependencies(_asks_nobody, Library, _no_feeds),
        openapi_config=config,
    )
    made: dict[str, object] = msgspec.json.decode(
        msgspec.json.encode(app.openapi_schema.to_schema())
    )
    return made


@get("/openapi.json", opt={OPEN: True}, include_in_schema=False)
async def show_description() -> dict[str, object]:
    """The API's own description."""
    return document()


ROUTER: Final = Router("/", route_handlers=[show_description])


def _asks_nobody(request: ApiRequest) -> Asking:
    del request  # by this name the framework hands it over
    message = "the description asks nothing"
    raise AssertionError(message)


def _no_feeds() -> Feeds:
    message = "the description listens to nothing"
    raise AssertionError(message)
