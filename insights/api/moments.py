"""Answers about what matters: the moments of truth."""

from typing import Annotated

from litestar import Router, get
from litestar.params import QueryParameter

from insights.api.asked import Part
from insights.api.asking import Asks
from insights.api.entrance import needs
from insights.api.library import Books
from insights.api.told import PROBLEMS
from insights.moments.answer import (
    HORIZON,
    MIN_PERSONS,
    MomentsAnswer,
    Wanted,
    moments,
)


@get("/moments", responses=PROBLEMS)
async def show_moments(
    part: Part,
    asking: Asks,
    library: Books,
    horizon: Annotated[
        str,
        QueryParameter(
            description="Time to reach a later phase in: 14d, 8w.", max_length=32
        ),
    ] = HORIZON,
    min_persons: Annotated[
        int,
        QueryParameter(
            description="Fewest persons with, and without, a touchpoint.",
            ge=1,
            le=1_000_000,
        ),
    ] = MIN_PERSONS,
) -> MomentsAnswer:
    """The touchpoints after which a later phase is reached more often, or less."""
    wanted = Wanted(
        phases=library.order(part.model), horizon=horizon, min_persons=min_persons
    )
    return await asking.ask(
        part.tenant,
        lambda asker: moments(asker, part, wanted, library.personas_of(part)),
    )


ROUTER = Router(
    "/v1",
    route_handlers=[show_moments],
    guards=[needs("answers:read")],
    tags=["moments"],
)
