"""Answers about personas: how many there are of each, and how that changes."""

from typing import Annotated

from litestar import Router, get
from litestar.params import QueryParameter

from insights.api.asked import AsOf, Moment, Part
from insights.api.asking import Asks, Present
from insights.api.entrance import needs
from insights.api.library import Books
from insights.api.told import PROBLEMS
from insights.personas.answer import DriftAnswer, PersonasAnswer, drift, personas
from insights.personas.members import MAX_PAGE, PersonaPage, persons_in
from insights.personas.spec import find_persona, model_named
from insights.scope import Scope

PersonaModelName = Annotated[
    str,
    QueryParameter(description="Persona model; the first where empty.", max_length=256),
]


@get("/personas", responses=PROBLEMS)
async def show_personas(
    part: Part,
    asking: Asks,
    library: Books,
    personas_model: PersonaModelName = "",
    as_of: AsOf = None,
) -> PersonasAnswer:
    """How many persons each persona has, with their orders and their value."""
    return await asking.ask(
        part.tenant,
        lambda asker: personas(
            asker, part, model_named(library.personas, personas_model), as_of
        ),
        Present(library.digest),
    )


@get("/personas/persons", responses=PROBLEMS, guards=[needs("persons:read")])
async def list_persons(  # noqa: PLR0913, PLR0917 - each is a parameter of the address
    part: Part,
    asking: Asks,
    library: Books,
    as_of: AsOf = None,
    limit: Annotated[int, QueryParameter(ge=1, le=MAX_PAGE)] = 100,
    offset: Annotated[int, QueryParameter(ge=0, le=1_000_000_000)] = 0,
) -> PersonaPage:
    """Who is of the `persona` that is named; needs the scope `persons:read` as well."""
    model, name = find_persona(library.personas, part.persona)
    return await asking.ask(
        part.tenant,
        lambda asker: persons_in(
            asker, part, model, name, at=as_of, limit=limit, offset=offset
        ),
        Present(library.digest),
    )


@get("/personas/drift", responses=PROBLEMS)
async def show_drift(  # noqa: PLR0913, PLR0917 - each is a parameter of the address
    part: Part,
    asking: Asks,
    library: Books,
    before_from: Moment = None,
    before_to: Moment = None,
    personas_model: PersonaModelName = "",
) -> DriftAnswer:
    """How the personas of those active changed between two periods."""
    before = Scope(
        tenant=part.tenant,
        from_=before_from,
        to=before_to,
        timezone=part.timezone,
        channel=part.channel,
        store=part.store,
    )
    return await asking.ask(
        part.tenant,
        lambda asker: drift(
            asker, model_named(library.personas, personas_model), before, part
        ),
        Present(library.digest),
    )


ROUTER = Router(
    "/v1",
    route_handlers=[show_personas, show_drift, list_persons],
    guards=[needs("answers:read")],
    tags=["personas"],
)
