"""Answers about impact: which contacts sales are owed to, by seven models."""

from typing import Annotated, Literal

from litestar import Router, get
from litestar.params import QueryParameter

from insights.api.asked import AsOf, Part, TypedStep, closed
from insights.api.asking import Asks
from insights.api.entrance import needs
from insights.api.library import Books
from insights.api.personal import check_steps, fewest
from insights.api.told import PROBLEMS
from insights.funnels.steps import parse_steps
from insights.impact.answer import read_impact
from insights.impact.result import Impact
from insights.impact.samples import MAX_SAMPLES, Contact, Of, read_samples
from insights.impact.spec import CONTACTS, MAX_MINIMUM, MAX_REPLICATES, ImpactQuestion
from insights.times import instant_ms

_Net = Annotated[
    bool, QueryParameter(description="Without what was refunded or cancelled.")
]
_Duration = Annotated[str, QueryParameter(max_length=32)]
_By = Annotated[
    Literal["channel", "campaign", "type"],
    QueryParameter(description="What gets the credit."),
]
_Touches = Annotated[
    list[str] | None,
    QueryParameter(
        description="A contact, as a step of the command line; by default marketing, "
        "visits, help and calls.",
        max_items=30,
    ),
]


@get("/impact", responses=PROBLEMS)
async def show_impact(  # noqa: PLR0913 - each is a parameter of the address
    part: Part,
    asking: Asks,
    library: Books,
    *,
    by: _By = "channel",
    conversion: TypedStep = "order_completed",
    touch: _Touches = None,
    lookback: _Duration = "30d",
    half_life: _Duration = "7d",
    order: Annotated[
        int,
        QueryParameter(
            description="How many contacts the Markov chain remembers.", ge=1, le=3
        ),
    ] = 1,
    net: _Net = False,
    minimum: Annotated[
        int,
        QueryParameter(
            description="Conversions below which no share is told.",
            ge=1,
            le=MAX_MINIMUM,
        ),
    ] = 30,
    replicates: Annotated[
        int,
        QueryParameter(
            description="Of the bootstrap; 0 for no intervals.", ge=0, le=MAX_REPLICATES
        ),
    ] = 200,
    as_of: AsOf = None,
) -> Impact:
    """Conversions and revenue, shared out among the contacts that preceded them."""
    asked = ImpactQuestion(
        conversion=parse_steps([conversion])[0],
        touches=parse_steps(touch) if touch else (CONTACTS,),
        by=by,
        lookback=lookback,
        half_life=half_life,
        order=order,
        net=net,
        minimum=minimum,
        replicates=replicates,
    )
    check_steps(asking.check(part.tenant), (asked.conversion, *asked.touches))
    at = instant_ms(as_of, part.timezone)
    return await asking.ask(
        part.tenant,
        lambda asker: read_impact(
            asker,
            part,
            asked,
            as_of=at,
            personas=library.personas_of(part),
            costs=library.costs,
        ),
        closed(part, library, at),
    )


@get("/impact/samples", responses=PROBLEMS)
async def show_samples(  # noqa: PLR0913 - each is a parameter of the address
    part: Part,
    asking: Asks,
    library: Books,
    *,
    by: _By = "channel",
    name: Annotated[
        str,
        QueryParameter(
            description="Of the contacts; the conversions themselves, or contacts of all "
            "names, where none.",
            max_length=512,
        ),
    ] = "",
    of: Annotated[
        Of,
        QueryParameter(
            description="Of which paths: to a conversion, to one without contacts, to "
            "nothing, or that may still lead to something."
        ),
    ] = "conversions",
    conversion: TypedStep = "order_completed",
    touch: _Touches = None,
    lookback: _Duration = "30d",
    net: _Net = False,
    limit: Annotated[int, QueryParameter(ge=1, le=MAX_SAMPLES)] = 10,
    as_of: AsOf = None,
) -> list[Contact]:
    """Some touchpoints behind a number, the newest first; without whose they are.

    Conditions on columns that tell one person from another, steps of any type (`*`), and
    touchpoints of fewer than 10 persons need the scope `persons:read`.
    """
    asked = ImpactQuestion(
        conversion=parse_steps([conversion])[0],
        touches=parse_steps(touch) if touch else (CONTACTS,),
        by=by,
        lookback=lookback,
        net=net,
    )
    who = asking.check(part.tenant)
    check_steps(who, (asked.conversion, *asked.touches), samples=True)
    at = instant_ms(as_of, part.timezone)
    return await asking.ask(
        part.tenant,
        lambda asker: read_samples(
            asker,
            part,
            asked,
            name,
            limit,
            of=of,
            as_of=at,
            personas=library.personas_of(part),
            least=fewest(who),
        ),
    )


ROUTER = Router(
    "/v1",
    route_handlers=[show_impact, show_samples],
    guards=[needs("answers:read")],
    tags=["impact"],
)
