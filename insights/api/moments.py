"""Answers about what matters: moments of truth, pain points, opportunities."""

from typing import Annotated

from litestar import Router, get
from litestar.params import QueryParameter
from msgspec import structs

from insights.api.asked import Part
from insights.api.asking import Asks, Present
from insights.api.entrance import needs
from insights.api.library import Books, Library
from insights.api.told import PROBLEMS
from insights.asker import Asker
from insights.moments.answer import (
    HORIZON,
    MIN_PERSONS,
    STEPS_OF_ORDERING,
    MomentsAnswer,
    Wanted,
    moments,
)
from insights.pains.answer import PainsAnswer, first, pains
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

_Limit = Annotated[
    int | None,
    QueryParameter(description="How many at most; all where left out.", ge=1),
]


@get("/moments", responses=PROBLEMS)
async def show_moments(  # noqa: PLR0913 - each is a parameter of the address
    part: Part,
    asking: Asks,
    library: Books,
    *,
    horizon: _Horizon = HORIZON,
    min_persons: _Persons = MIN_PERSONS,
    steps: Annotated[
        bool, QueryParameter(description="Look at steps of ordering as well.")
    ] = False,
    one_in: Annotated[
        int,
        QueryParameter(
            description="Of so many persons look at one: for large data.", ge=1, le=1000
        ),
    ] = 1,
) -> MomentsAnswer:
    """The touchpoints after which a later phase is reached more often, or less."""
    wanted = structs.replace(
        _wanted(part, library, horizon, min_persons),
        ignore=() if steps else STEPS_OF_ORDERING,
        one_in=one_in,
    )
    return await asking.ask(
        part.tenant,
        lambda asker: moments(
            asker, part, wanted, library.personas_of(part), prepared(asker, part)
        ),
        Present(library.digest),
    )


@get("/pains", responses=PROBLEMS)
async def show_pains(  # noqa: PLR0913, PLR0917 - each is a parameter of the address
    part: Part,
    asking: Asks,
    library: Books,
    horizon: _Horizon = HORIZON,
    min_persons: _Persons = MIN_PERSONS,
    limit: _Limit = None,
) -> PainsAnswer:
    """Where it hurts, by how bad, how many and how much is at stake."""
    wanted = _wanted(part, library, horizon, min_persons)
    personas = library.personas_of(part)

    def read(asker: Asker) -> PainsAnswer:
        found = pains(asker, part, wanted, personas, prepared(asker, part))
        found.pains, found.more = first(found.pains, limit)
        return found

    return await asking.ask(part.tenant, read, Present(library.digest))


@get("/opportunities", responses=PROBLEMS)
async def show_opportunities(  # noqa: PLR0913, PLR0917 - each is a parameter of the address
    part: Part,
    asking: Asks,
    library: Books,
    horizon: _Horizon = HORIZON,
    min_persons: _Persons = MIN_PERSONS,
    limit: _Limit = None,
) -> OpportunitiesAnswer:
    """What would be gained by more of what helps, and less of what hurts."""
    wanted = _wanted(part, library, horizon, min_persons)
    personas = library.personas_of(part)

    def read(asker: Asker) -> OpportunitiesAnswer:
        trails = prepared(asker, part)
        found = moments(asker, part, wanted, personas, trails)
        hurting = pains(asker, part, wanted, personas, trails)
        gains = opportunities(
            asker, part, found, hurting, wanted, personas, library.owners, trails
        )
        gains.opportunities, gains.more = first(gains.opportunities, limit)
        return gains

    return await asking.ask(part.tenant, read, Present(library.digest))


@get("/missing", responses=PROBLEMS)
async def show_missing(  # noqa: PLR0913, PLR0917 - each is a parameter of the address
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
    limit: _Limit = None,
) -> MissingAnswer:
    """What customers looked for and did not find; `limit` is of the searches."""
    personas = library.personas_of(part)

    def read(asker: Asker) -> MissingAnswer:
        found = missing_information(
            asker, part, within=within, at_least=min_persons, personas=personas
        )
        found.searches, found.more = first(found.searches, limit)
        return found

    return await asking.ask(part.tenant, read, Present(library.digest))


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
