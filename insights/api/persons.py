"""Answers about one person: needs a scope of its own."""

from typing import Annotated, Final

from litestar import Router, get
from litestar.params import PathParameter, QueryParameter

from insights.api.asked import Tenant
from insights.api.asking import Asks
from insights.api.entrance import needs
from insights.api.library import Books
from insights.api.personas import PersonaModelName
from insights.api.problem import AMBIGUOUS, NOT_FOUND, ProblemError
from insights.api.told import AMBIGUOUS_TOLD, PROBLEMS
from insights.asker import Asker
from insights.in_clear import InClearError, in_clear, maybe_in_clear
from insights.journey import Journey, find_persons, read_journey
from insights.personas.spec import model_named
from insights.sentences import say
from insights.why import Why, read_why

Person = Annotated[
    str,
    PathParameter(
        description="Person id, `namespace:value`, or a value of any namespace; "
        "an e-mail address or telephone number as its pseudonym.",
        max_length=512,
    ),
]
Limit = Annotated[
    int,
    QueryParameter(ge=1, le=10_000, description="How many touchpoints and sessions."),
]
ONE: Final = PROBLEMS | AMBIGUOUS_TOLD


@get("/{person:str}", responses=PROBLEMS)
async def find(person: Person, asking: Asks, tenant: Tenant = "default") -> list[str]:
    """The persons that an identifier leads to; none where nobody is known by it."""
    return await asking.ask(tenant, lambda asker: _found(asker, person, tenant))


@get("/{person:str}/journey", responses=ONE)
async def show_journey(  # noqa: PLR0913, PLR0917 - each is a parameter of the address
    person: Person,
    asking: Asks,
    library: Books,
    tenant: Tenant = "default",
    limit: Limit = 50,
    personas_model: PersonaModelName = "",
) -> Journey:
    """Where a person stands, which persona they have, and what happened."""
    model = model_named(library.personas, personas_model)

    def read(asker: Asker) -> Journey:
        who = only(asker, person, tenant)
        found = read_journey(asker, who, tenant, limit, personas=model)
        if found is None:
            raise ProblemError(NOT_FOUND, say("nothing_stored"))
        return found

    return await asking.ask(tenant, read)


@get("/{person:str}/why", responses=ONE)
async def show_why(
    person: Person,
    asking: Asks,
    tenant: Tenant = "default",
    model: Annotated[str, QueryParameter(description="One journey model alone.")] = "",
) -> Why:
    """Every change of phase of a person: rule, model version, causing touchpoint."""
    return await asking.ask(
        tenant,
        lambda asker: read_why(asker, only(asker, person, tenant), tenant, model),
    )


def only(asker: Asker, identifier: str, tenant: str) -> str:
    """The one person that an identifier leads to.

    Raises:
        ProblemError: nobody is known by it, or it leads to several.
        InClearError: it is an address in clear.
    """
    found = _found(asker, identifier, tenant)
    if not found:
        raise ProblemError(NOT_FOUND, say("nobody"))
    if len(found) > 1:
        raise ProblemError(AMBIGUOUS, say("several", many=len(found)))
    return found[0]


def _found(asker: Asker, identifier: str, tenant: str) -> list[str]:
    if in_clear(identifier):
        raise InClearError
    found = find_persons(asker, identifier, tenant)
    if not found and maybe_in_clear(identifier):
        raise InClearError
    return found


ROUTER = Router(
    "/v1/persons",
    route_handlers=[find, show_journey, show_why],
    guards=[needs("persons:read")],
    tags=["persons"],
)
