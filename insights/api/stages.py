"""Answers about phases: who is where, who comes again, who is worth what."""

from typing import Annotated

from litestar import Router, get
from litestar.params import QueryParameter

from insights.api.asked import AsOf, Part, TypedStep, closed
from insights.api.asking import Asks, Present
from insights.api.entrance import needs
from insights.api.library import Books
from insights.api.personal import check_steps
from insights.api.told import PROBLEMS
from insights.funnels.spec import Step
from insights.funnels.steps import parse_steps
from insights.stages.cohorts import ANYTHING, Cohorts, read_cohorts, settled_ms
from insights.stages.phases import By, Stages, read_stages
from insights.stages.value import ValueTables, read_value
from insights.times import instant_ms


@get("/stages", responses=PROBLEMS)
async def show_stages(
    part: Part,
    asking: Asks,
    library: Books,
    by: Annotated[
        By,
        QueryParameter(
            description="Break down by where a phase was entered, or by persona."
        ),
    ] = "",
    as_of: AsOf = None,
) -> Stages:
    """Who is in which phase of a journey model, for how long, and who moved on."""
    at = instant_ms(as_of, part.timezone)
    return await asking.ask(
        part.tenant,
        lambda asker: read_stages(
            asker,
            part,
            by=by,
            order=library.order(part.model),
            as_of=at,
            personas=library.personas_of(part),
            persona_model=library.personas[0],
        ),
        Present(library.digest) if by == "persona" else closed(part, library, at),
    )


@get("/cohorts", responses=PROBLEMS)
async def show_cohorts(  # noqa: PLR0913, PLR0917 - each is a parameter of the address
    part: Part,
    asking: Asks,
    library: Books,
    acquired: TypedStep = "",
    returned: TypedStep = "",
    months: Annotated[int, QueryParameter(ge=1, le=120)] = 12,
    as_of: AsOf = None,
) -> Cohorts:
    """Who came again, by month of acquisition."""
    first, again = _step(acquired), _step(returned)
    check_steps(asking.check(part.tenant), (first, again))
    at = instant_ms(as_of, part.timezone)
    return await asking.ask(
        part.tenant,
        lambda asker: read_cohorts(
            asker,
            part,
            acquired=first,
            returned=again,
            months=months,
            as_of=at,
            personas=library.personas_of(part),
        ),
        closed(part, library, at, settled_ms(part, months)),
    )


@get("/value", responses=PROBLEMS)
async def show_value(
    part: Part, asking: Asks, library: Books, as_of: AsOf = None
) -> ValueTables:
    """Who buys, by how recently, how often and for how much."""
    at = instant_ms(as_of, part.timezone)
    return await asking.ask(
        part.tenant,
        lambda asker: read_value(
            asker, part, as_of=at, personas=library.personas_of(part)
        ),
        closed(part, library, at),
    )


def _step(text: str) -> Step:
    return parse_steps([text])[0] if text else ANYTHING


ROUTER = Router(
    "/v1",
    route_handlers=[show_stages, show_cohorts, show_value],
    guards=[needs("answers:read")],
    tags=["stages"],
)
