"""Answers about paths: what customers do after, or before, something happens."""

from typing import Annotated, Literal

from litestar import Router, get
from litestar.params import QueryParameter

from insights.api.asked import AsOf, Part, TypedStep, closed
from insights.api.asking import Asks
from insights.api.entrance import needs
from insights.api.library import Books
from insights.api.personal import check_steps
from insights.api.told import PROBLEMS
from insights.funnels.steps import parse_steps
from insights.paths.answer import PathsAnswer, read_paths
from insights.paths.spec import Of, Paths
from insights.times import instant_ms

_Types = Annotated[
    list[str] | None, QueryParameter(description="Touchpoint types.", max_items=100)
]
_Count = Annotated[int, QueryParameter(ge=1, le=1000)]


@get("/paths", responses=PROBLEMS)
async def show_paths(  # noqa: PLR0913 - each is a parameter of the address
    part: Part,
    asking: Asks,
    library: Books,
    *,
    anchor: TypedStep = "",
    direction: Annotated[
        Literal["after", "before"],
        QueryParameter(description="What followed the anchor, or what led to it."),
    ] = "after",
    of: Annotated[Of, QueryParameter(description="What a path is made of.")] = "type",
    steps: Annotated[
        int, QueryParameter(description="Positions beside the anchor.", ge=1, le=20)
    ] = 5,
    window: Annotated[
        str,
        QueryParameter(
            description="Longest time from the anchor to a step.", max_length=32
        ),
    ] = "30d",
    anchors: Annotated[
        Literal["first", "every"],
        QueryParameter(description="From a person's first anchor, or from every one."),
    ] = "first",
    collapse: Annotated[
        bool, QueryParameter(description="The same in a row is one step.")
    ] = False,
    acts: Annotated[
        bool, QueryParameter(description="What the retailer does is no step.")
    ] = False,
    only: _Types = None,
    hide: _Types = None,
    top: _Count = 20,
    breadth: _Count = 12,
    as_of: AsOf = None,
) -> PathsAnswer:
    """The ways that customers take: whole paths, a Sankey diagram, a step matrix."""
    asked = Paths(
        anchor=parse_steps([anchor])[0] if anchor else None,
        direction=direction,
        of=of,
        steps=steps,
        window=window,
        anchors=anchors,
        collapse=collapse,
        acts=acts,
        only=tuple(only or ()),
        hide=tuple(hide or ()),
        top=top,
        breadth=breadth,
    )
    check_steps(asking.check(part.tenant), [asked.anchor] if asked.anchor else [])
    at = instant_ms(as_of, part.timezone)
    return await asking.ask(
        part.tenant,
        lambda asker: read_paths(
            asker, part, asked, as_of=at, personas=library.personas_of(part)
        ),
        closed(part, library, at, asked.settled_ms(part)),
    )


ROUTER = Router(
    "/v1", route_handlers=[show_paths], guards=[needs("answers:read")], tags=["paths"]
)
