"""The journey map: its numbers, its drawing, its table, and samples of a number."""

from collections.abc import Callable
from typing import Annotated, Final, Literal

from litestar import Router, get
from litestar.params import QueryParameter
from litestar.response import Response

from insights.api.asked import Part, Tenant
from insights.api.asking import Asking, Asks, Present
from insights.api.entrance import needs
from insights.api.library import Books, Library
from insights.api.personal import fewest
from insights.api.told import PROBLEMS
from insights.asker import Asker
from insights.map.answer import JourneyMap
from insights.map.beside import read_beside
from insights.map.choices import Choices, read_choices
from insights.map.reading import Sample, read_map, read_samples
from insights.map.svg import render
from insights.map.table import as_csv, as_html
from insights.map.words import Language
from insights.scope import Scope
from insights.trails.reading import prepared

SVG: Final = "image/svg+xml"
CSV: Final = "text/csv"
HTML: Final = "text/html"
_OWN_LOOKS: Final = "default-src 'none'; style-src 'unsafe-inline'"
"""A drawing brings its own looks, and no script."""

_In = Annotated[Language, QueryParameter(description="Language of the words.")]
_Name = Annotated[str, QueryParameter(max_length=256)]
_Planned = Annotated[
    Literal["yes", "no"],
    QueryParameter(description="Whether the journey is held to the planned one."),
]
_Found = Annotated[
    Literal["yes", "no"],
    QueryParameter(
        description="Whether moments of truth, pain points and opportunities are looked "
        "for: most of the time that a map takes."
    ),
]


@get("/map", responses=PROBLEMS)
async def show_map(
    part: Part,
    asking: Asks,
    library: Books,
    planned: _Planned = "yes",
    findings: _Found = "yes",
) -> JourneyMap:
    """Phases, channels, emotions, findings, and planned against actual."""
    read = _map_of(part, library, planned, findings)
    return await asking.ask(part.tenant, read, Present(library.digest))


@get("/map.svg", responses=PROBLEMS, media_type=SVG)
async def draw_map(  # noqa: PLR0913, PLR0917 - each is a parameter of the address
    part: Part,
    asking: Asks,
    library: Books,
    lang: _In = "en",
    planned: _Planned = "yes",
    findings: Annotated[
        Literal["yes", "no", "later"],
        QueryParameter(
            description="Whether moments of truth, pain points and opportunities are "
            "looked for: most of the time that a map takes. `later`: they are not, and "
            "the drawing keeps room for them."
        ),
    ] = "yes",
    only: Annotated[
        list[str] | None,
        QueryParameter(description="Phases to draw; all where none is named."),
    ] = None,
) -> Response[str]:
    """The map as a drawing."""
    later = findings == "later"
    drawn = await _written(
        asking,
        part,
        library,
        planned,
        lambda found: render(found, lang, only=only or (), later=later),
        findings,
    )
    headers = {"Content-Security-Policy": _OWN_LOOKS}
    return Response(drawn, media_type=SVG, headers=headers)


@get("/map.csv", responses=PROBLEMS, media_type=CSV)
async def list_map(
    part: Part,
    asking: Asks,
    library: Books,
    lang: _In = "en",
    planned: _Planned = "yes",
) -> Response[str]:
    """Every number of the map as a table."""
    table = await _written(
        asking, part, library, planned, lambda found: as_csv(found, lang)
    )
    return Response(table, media_type=CSV)


@get("/map.html", responses=PROBLEMS, media_type=HTML)
async def tabulate_map(
    part: Part,
    asking: Asks,
    library: Books,
    lang: _In = "en",
    planned: _Planned = "yes",
) -> Response[str]:
    """The drawing, and every number of it with what each means, as a page of its own."""
    table = await _written(
        asking, part, library, planned, lambda found: as_html(found, lang)
    )
    headers = {"Content-Security-Policy": _OWN_LOOKS}
    return Response(table, media_type=HTML, headers=headers)


@get("/map/choices", responses=PROBLEMS)
async def show_choices(
    asking: Asks, library: Books, tenant: Tenant = "default"
) -> Choices:
    """What the map may be narrowed to: channels, stores, personas, journey models."""
    return await asking.ask(
        tenant,
        lambda asker: read_choices(
            asker, tenant, library.desk.models, library.personas
        ),
        empty=True,
    )


@get("/map/samples", responses=PROBLEMS)
async def show_samples(  # noqa: PLR0913, PLR0917 - each is a parameter of the address
    part: Part,
    asking: Asks,
    library: Books,
    phase: _Name = "",
    type_: Annotated[str, QueryParameter(name="type", max_length=256)] = "",
    on: Annotated[
        str, QueryParameter(description="Channel of the number.", max_length=256)
    ] = "",
    felt: Annotated[
        Literal["", "yes", "observed", "inferred"],
        QueryParameter(description="Only touchpoints with an emotion, or such a one."),
    ] = "",
    pain: Annotated[
        str,
        QueryParameter(
            description="Only touchpoints of this pain point: a kind of friction "
            "(`out_of_stock`), or what tells that a customer was unhappy (`nps`).",
            max_length=256,
        ),
    ] = "",
    limit: Annotated[int, QueryParameter(ge=1, le=100)] = 10,
) -> list[Sample]:
    """Some touchpoints behind a number of the map, the newest first; without names.

    Those of fewer than 10 persons need the scope `persons:read`.
    """
    about = {"phase": phase, "channel": on, "type": type_, "felt": felt, "pain": pain}
    least = fewest(asking.check(part.tenant))
    return await asking.ask(
        part.tenant,
        lambda asker: read_samples(
            asker, part, about, limit, library.personas_of(part), least=least
        ),
    )


async def _written(  # noqa: PLR0913, PLR0917 - what is asked, and how it is told
    asking: Asking,
    part: Scope,
    library: Library,
    planned: str,
    write: Callable[[JourneyMap], str],
    findings: str = "yes",
) -> str:
    read = _map_of(part, library, planned, findings)
    present = Present(library.digest)
    return await asking.ask(part.tenant, lambda asker: write(read(asker)), present)


def _map_of(
    part: Scope, library: Library, planned: str, findings: str = "yes"
) -> Callable[[Asker], JourneyMap]:
    desk, personas = library.desk, library.personas_of(part)
    model = desk.model(part.model)
    plan = desk.plan_for(part.model) if planned == "yes" else None

    def read(asker: Asker) -> JourneyMap:
        trails = prepared(asker, part)
        beside = None
        if findings == "yes":
            beside = read_beside(asker, part, model, personas, library.owners, trails)
        return read_map(
            asker,
            part,
            model,
            plan=plan,
            beside=beside,
            personas=personas,
            trails=trails,
        )

    return read


ROUTER = Router(
    "/v1",
    route_handlers=[
        show_map,
        draw_map,
        list_map,
        tabulate_map,
        show_samples,
        show_choices,
    ],
    guards=[needs("answers:read")],
    tags=["map"],
)
