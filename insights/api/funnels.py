"""Answers about funnels: numbers, trend, who it is, and why."""

from collections.abc import Sequence
from typing import Annotated

from litestar import Router, get, post
from litestar.params import JSONBody, PathParameter, QueryParameter
from msgspec import structs

from insights.api.asked import AsOf, Moment, Since, Tenant
from insights.api.asking import Asking, Asks, Present
from insights.api.entrance import needs
from insights.api.library import Books, Library
from insights.api.personal import check_steps
from insights.api.persons import ONE, only
from insights.api.told import PROBLEMS
from insights.asker import Asker
from insights.funnels.answer import FunnelAnswer, answer
from insights.funnels.explain import Explanation, explain
from insights.funnels.numbers import Kind
from insights.funnels.persons import Choice, Page, Wanted, persons
from insights.funnels.plans import Terms
from insights.funnels.spec import Funnel
from insights.funnels.statement import Period
from insights.funnels.trend import Trend, trend
from insights.personas.assign import KnownPersonas
from insights.rollups.read import answer_days
from insights.rollups.registered import Registered, RegisteredError, named
from insights.scope import Scope
from insights.sentences import say
from insights.times import instant_ms

Name = Annotated[
    str, PathParameter(description="Of a registered funnel.", max_length=256)
]
PeriodOfEntry = Annotated[
    Period, QueryParameter(description="Of entry; weeks begin on Monday (ISO).")
]


@post("/funnels", status_code=200, responses=PROBLEMS)
async def ask_funnel(  # noqa: PLR0913 - each is a parameter of the address
    data: JSONBody[Funnel],
    asking: Asks,
    library: Books,
    *,
    live: Annotated[
        bool,
        QueryParameter(description="Count what came after the last roll-up, too."),
    ] = False,
    preview: Annotated[
        int,
        QueryParameter(
            description="Look at one of so many; 1 for all, exactly.", ge=1, le=1000
        ),
    ] = 1,
    as_of: AsOf = None,
) -> FunnelAnswer:
    """How many get from one step to the next, and how long it takes them."""
    _check(data, asking)
    at = instant_ms(as_of, data.timezone)
    terms = Terms(live=live, preview=preview)
    known = _known(library, data)
    return await asking.ask(
        data.tenant,
        lambda asker: answer(asker, data, at, terms, **known),
    )


@post("/funnels/trend", status_code=200, responses=PROBLEMS)
async def ask_trend(
    data: JSONBody[Funnel],
    asking: Asks,
    library: Books,
    period: PeriodOfEntry = "day",
    as_of: AsOf = None,
) -> Trend:
    """The same numbers by day, week or month of entry."""
    _check(data, asking)
    at = instant_ms(as_of, data.timezone)
    known = _known(library, data)
    return await asking.ask(
        data.tenant,
        lambda asker: trend(asker, data, period, at, **known),
    )


@post(
    "/funnels/persons",
    status_code=200,
    responses=PROBLEMS,
    guards=[needs("persons:read")],
)
async def ask_persons(  # noqa: PLR0913 - each is a parameter of the address
    data: JSONBody[Funnel],
    asking: Asks,
    library: Books,
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
    kind: Annotated[
        Kind | None,
        QueryParameter(
            description="Which bucket of the breakdown: of a `value` (as where one is "
            "given), or one without; all of them where left out. Refused without a "
            "breakdown."
        ),
    ] = None,
    limit: Annotated[int, QueryParameter(ge=1, le=10_000)] = 100,
    offset: Annotated[int, QueryParameter(ge=0, le=1_000_000_000)] = 0,
    as_of: AsOf = None,
) -> Page:
    """Who stands behind a number; needs the scope `persons:read` as well."""
    wanted = Wanted(
        state=what,
        step=step,
        kind=kind or (None if value is None else "value"),
        value=value or "",
        limit=limit,
        offset=offset,
    )
    at = instant_ms(as_of, data.timezone)
    known = _known(library, data)
    return await asking.ask(
        data.tenant,
        lambda asker: persons(asker, data, wanted, at, **known),
    )


@post(
    "/funnels/explain",
    status_code=200,
    responses=ONE,
    guards=[needs("persons:read")],
)
async def ask_why(
    data: JSONBody[Funnel],
    asking: Asks,
    library: Books,
    unit: Annotated[
        str,
        QueryParameter(
            description="Id of the session, cart, order or ticket; a person by any identifier.",
            max_length=1024,
        ),
    ],
    as_of: AsOf = None,
) -> Explanation:
    """Which touchpoints of one unit were taken as which steps."""
    at = instant_ms(as_of, data.timezone)
    known = _known(library, data)

    def read(asker: Asker) -> Explanation:
        person = data.unit == "person"
        found = only(asker, unit, data.tenant) if person else unit
        return explain(asker, data, found, at, **known)

    return await asking.ask(data.tenant, read)


@get("/funnels", responses=PROBLEMS)
async def list_funnels(library: Books) -> Sequence[Registered]:
    """The registered funnels: those that are counted beforehand."""
    return library.registered


@get("/funnels/{name:str}", responses=PROBLEMS)
async def show_funnel(  # noqa: PLR0913 - each is a parameter of the address
    name: Name,
    asking: Asks,
    library: Books,
    *,
    tenant: Tenant = "default",
    since: Since = None,
    to: Moment = None,
) -> FunnelAnswer:
    """A registered funnel by whole days: from what is counted beforehand, at once."""
    one = named(name, library.registered)
    asked = structs.replace(one.funnel, tenant=tenant, from_=since, to=to)

    def read(asker: Asker) -> FunnelAnswer:
        found = answer_days(asker, one, asked)
        return found or answer(asker, _of_touchpoints(one, asked))

    return await asking.ask(tenant, read, Present(one.definition, counted=True))


@get("/funnels/{name:str}/trend", responses=PROBLEMS)
async def show_trend(  # noqa: PLR0913 - each is a parameter of the address
    name: Name,
    asking: Asks,
    library: Books,
    *,
    period: PeriodOfEntry = "day",
    tenant: Tenant = "default",
    since: Since = None,
    to: Moment = None,
) -> Trend:
    """A registered funnel by day, week or month of entry."""
    one = named(name, library.registered)
    asked = structs.replace(one.funnel, tenant=tenant, from_=since, to=to)
    return await asking.ask(
        tenant,
        lambda asker: trend(asker, _of_touchpoints(one, asked), period),
        Present(one.definition, counted=True),
    )


def _known(library: Library, asked: Funnel) -> KnownPersonas:
    return {
        "personas": library.personas_of(Scope(persona=asked.persona)),
        "persona_model": library.personas[0],
    }


def _check(asked: Funnel, asking: Asking) -> None:
    by = asked.breakdown.property_ if asked.breakdown else ""
    steps = (*asked.steps, *asked.exclude)
    check_steps(asking.check(asked.tenant), steps, told_apart_by=by)


def _of_touchpoints(one: Registered, asked: Funnel) -> Funnel:
    """The funnel to be computed where the days counted beforehand cannot tell."""
    if one.model:
        raise RegisteredError(say("phase_funnel"))
    return asked


ROUTER = Router(
    "/v1",
    route_handlers=[
        ask_funnel,
        ask_trend,
        ask_persons,
        ask_why,
        list_funnels,
        show_funnel,
        show_trend,
    ],
    guards=[needs("answers:read")],
    tags=["funnels"],
)
