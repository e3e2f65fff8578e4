"""Answers about help in the store: comparable visits with it, and without."""

from typing import Annotated

from litestar import Router, get
from litestar.params import QueryParameter

from insights.api.asked import AsOf, Part, TypedStep, closed
from insights.api.asking import Asks
from insights.api.entrance import needs
from insights.api.library import Books
from insights.api.personal import check_steps
from insights.api.told import PROBLEMS
from insights.assistance.answer import read_assistance
from insights.assistance.result import AssistanceAnswer
from insights.assistance.spec import (
    ARRIVED,
    COVARIATES,
    HELPED,
    MIN_VISITS,
    WITHIN,
    Assistance,
)
from insights.funnels.steps import parse_steps
from insights.times import instant_ms


@get("/assistance", responses=PROBLEMS)
async def show_assistance(  # noqa: PLR0913 - each is a parameter of the address
    part: Part,
    asking: Asks,
    library: Books,
    *,
    helped: TypedStep = HELPED,
    arrived: TypedStep = ARRIVED,
    within: Annotated[
        str,
        QueryParameter(
            description="From the beginning of a visit to an order: 7d, 24h.",
            max_length=32,
        ),
    ] = WITHIN,
    match: Annotated[
        list[str] | None,
        QueryParameter(
            description="What compared visits have in common; all of "
            f"{', '.join(COVARIATES)} where nothing is said.",
            max_items=len(COVARIATES),
        ),
    ] = None,
    min_visits: Annotated[
        int,
        QueryParameter(
            description="Fewest visits with help, and without, that are compared.",
            ge=1,
            le=1_000_000,
        ),
    ] = MIN_VISITS,
    as_of: AsOf = None,
) -> AssistanceAnswer:
    """Visits with help of staff, and comparable ones without: how many bought."""
    asked = Assistance(
        helped=parse_steps([helped])[0],
        arrived=parse_steps([arrived])[0],
        within=within,
        match=tuple(match) if match else COVARIATES,
        min_visits=min_visits,
    )
    check_steps(asking.check(part.tenant), (asked.helped, asked.arrived))
    at = instant_ms(as_of, part.timezone)
    return await asking.ask(
        part.tenant,
        lambda asker: read_assistance(
            asker, part, asked, as_of=at, personas=library.personas_of(part)
        ),
        closed(part, library, at, asked.settled_ms(part)),
    )


ROUTER = Router(
    "/v1",
    route_handlers=[show_assistance],
    guards=[needs("answers:read")],
    tags=["moments"],
)
