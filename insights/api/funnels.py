"""Answers about funnels: numbers, trend, who it is, and why."""

from typing import Annotated

from litestar import Router, post
from litestar.params import JSONBody, QueryParameter

from insights.api.asked import AsOf
from insights.api.asking import Asks
from insights.api.entrance import needs
from insights.api.told import PROBLEMS
from insights.funnels.answer import FunnelAnswer, answer
from insights.funnels.explain import Explanation, explain
from insights.funnels.persons import Choice, Page, Wanted, persons
from insights.funnels.spec import Funnel
from insights.funnels.statement import Period
from insights.funnels.trend import Trend, trend
from insights.times import instant_ms


@post("/funnels", status_code=200, responses=PROBLEMS)
async def ask_funnel(
    data: JSONBody[Funnel], asking: Asks, as_of: AsOf = None
) -> FunnelAnswer:
    """How many get from one step to the next, and how long it takes them."""
    at = instant_ms(as_of, data.timezone)
    return await asking.ask(data.tenant, lambda asker: answer(asker, data, at))


@post("/funnels/trend", status_code=200, responses=PROBLEMS)
async def ask_trend(
    data: JSONBody[Funnel],
    asking: Asks,
    period: Annotated[
        Period, QueryParameter(description="Of entry; weeks begin on Monday (ISO).")
    ] = "day",
    as_of: AsOf = None,
) -> Trend:
    """The same numbers by day, week or month of entry."""
    at = instant_ms(as_of, data.timezone)
    return await asking.ask(data.tenant, lambda asker: trend(asker, data, period, at))


@post(
    "/funnels/persons",
    status_code=200,
    responses=PROBLEMS,
    guards=[needs("persons:read")],
)
async def ask_persons(  # noqa: PLR0913 - each is a parameter of the address
    data: JSONBody[Funnel],
    asking: Asks,
    *,
    what: Annotated[
        Choice,
        QueryParameter(
            name="state",
            description="Who entered, who reached a step, or what became of them.",
        ),
    ] = "entered",
    step: Annotated[
        int,
        QueryParameter(
            description="Which step they reached, or after which they dropped or wait; "
            "every one where 0.",
            ge=0,
            le=64,
        ),
    ] = 0,
    value: Annotated[
        str | None,
        QueryParameter(description="Of the breakdown's property.", max_length=1024),
    ] = None,
    limit: Annotated[int, QueryParameter(ge=1, le=10_000)] = 100,
    offset: Annotated[int, QueryParameter(ge=0, le=1_000_000_000)] = 0,
    as_of: AsOf = None,
) -> Page:
    """Who stands behind a number; needs the scope `persons:read` as well."""
    wanted = Wanted(
        state=what,
        step=step,
        kind=None if value is None else "value",
        value=value or "",
        limit=limit,
        offset=offset,
    )
    at = instant_ms(as_of, data.timezone)
    return await asking.ask(data.tenant, lambda asker: persons(asker, data, wanted, at))


@post(
    "/funnels/explain",
    status_code=200,
    responses=PROBLEMS,
    guards=[needs("persons:read")],
)
async def ask_why(
    data: JSONBody[Funnel],
    asking: Asks,
    unit: Annotated[
        str,
        QueryParameter(
            description="Id of the person, session, cart, order or ticket.",
            max_length=1024,
        ),
    ],
    as_of: AsOf = None,
) -> Explanation:
    """Which touchpoints of one unit were taken as which steps."""
    at = instant_ms(as_of, data.timezone)
    return await asking.ask(data.tenant, lambda asker: explain(asker, data, unit, at))


ROUTER = Router(
    "/v1",
    route_handlers=[ask_funnel, ask_trend, ask_persons, ask_why],
    guards=[needs("answers:read")],
    tags=["funnels"],
)
