"""Answers about what matters: moments of truth, pain points, opportunities."""

from typing import Annotated

from litestar import Router, get
from litestar.params import QueryParameter

from insights.api.asked import Part
from insights.api.asking import Asks, Present
from insights.api.entrance import needs
from insights.api.library import Books, Library
from insights.api.told import PROBLEMS
from insights.asker import Asker
from insights.moments.answer import (
    HORIZON,
    MIN_PERSONS,
    MomentsAnswer,
    Wanted,
    moments,
)
from insights.pains.answer import PainsAnswer, pains
from insights.pains.missing import AT_LEAST, WITHIN, MissingAnswer, missing_information
from insights.pains.opportunities import OpportunitiesAnswer, opportunities
from insights.scope import Scope
from insights.trails.reading import prepared

_Horizon = Annotated[
    str,
    QueryParameter(
        description="Time to reach a later phase in: 14d, 8w.", max_length=32
    ),
]
_Persons = Annotated[
    int,
    QueryParameter(
        description="Fewest persons with, and without, what is compared.",
        ge=1,
        le=1_000_000,
    ),
]
_Told = Annotated[
    int,
    QueryParameter(
        description="Fewest persons for a term or a page to be told.",
        ge=AT_LEAST,
        le=1_000_000,
    ),
]


@get("/moments", responses=PROBLEMS)
async def show_moments(
    part: Part,
    asking: Asks,
    library: Books,
    horizon: _Horizon = HORIZON,
    min_persons: _Persons = MIN_PERSONS,
) -> MomentsAnswer:
    """The touchpoints after which a later phase is reached more often, or less."""
    wanted = _wanted(part, library, horizon, min_persons)
    return await asking.ask(
        part.tenant,
        lambda asker: moments(
            asker, part, wanted, library.personas_of(part), prepared(asker, part)
        ),
        Present(library.digest),
    )


@get("/pains", responses=PROBLEMS)
async def show_pains(
    part: Part,
    asking: Asks,
    library: Books,
    horizon: _Horizon = HORIZON,
    min_persons: _Persons = MIN_PERSONS,
) -> PainsAnswer:
    """Where it hurts, by how bad, how many and how much is at stake."""
    wanted = _wanted(part, library, horizon, min_persons)
    return await asking.ask(
        part.tenant,
        lambda asker: pains(
            asker, part, wanted, library.personas_of(part), prepared(asker, part)
        ),
        Present(library.digest),
    )


@get("/opportunities", responses=PROBLEMS)
async def show_opportunities(
    part: Part,
    asking: Asks,
    library: Books,
    horizon: _Horizon = HORIZON,
    min_persons: _Persons = MIN_PERSONS,
) -> OpportunitiesAnswer:
    """What would be gained by more of what helps, and less of what hurts."""
    wanted = _wanted(part, library, horizon, min_persons)
    personas = library.personas_of(part)

    def read(asker: Asker) -> OpportunitiesAnswer:
        trails = prepared(asker, part)
        found = moments(asker, part, wanted, personas, trails)
        hurting = pains(asker, part, wanted, personas, trails)
        return opportunities(
            asker, part, found, hurting, wanted, personas, library.owners, trails
        )

    return await asking.ask(part.tenant, read, Present(library.digest))


@get("/missing", responses=PROBLEMS)
async def show_missing(
    part: Part,
    asking: Asks,
    library: Books,
    within: Annotated[
        str,
        QueryParameter(
            description="From a page of help to the call: 24h.", max_length=32
        ),
    ] = WITHIN,
    min_persons: _Told = AT_LEAST,
) -> MissingAnswer:
    """What customers looked for and did not find."""
    return await asking.ask(
        part.tenant,
        lambda asker: missing_information(
            asker,
            part,
            within=within,
            at_least=min_persons,
            personas=library.personas_of(part),
        ),
        Present(library.digest),
    )


def _wanted(part: Scope, library: Library, horizon: str, min_persons: int) -> Wanted:
    return Wanted(
        phases=library.order(part.model), horizon=horizon, min_persons=min_persons
    )


ROUTER = Router(
    "/v1",
    route_handlers=[show_moments, show_pains, show_opportunities, show_missing],
    guards=[needs("answers:read")],
    tags=["moments"],
)
