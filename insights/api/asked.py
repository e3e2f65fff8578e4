"""What most questions take from the address: a part of the data, and a moment."""

from typing import Annotated

from litestar.di import NamedDependency
from litestar.params import QueryParameter

from insights.api.asking import Period, Present
from insights.api.library import Library
from insights.scope import Scope, persona_named
from insights.times import END_OF_TIME_MS

Tenant = Annotated[str, QueryParameter(description="Whose data.", max_length=256)]
Moment = Annotated[
    str | None,
    QueryParameter(
        description="A date (its midnight in the question's time zone; UTC where it has "
        "none), or an RFC 3339 time.",
        max_length=64,
    ),
]
Since = Annotated[
    str | None,
    QueryParameter(
        name="from",
        description="First moment: a date (its midnight in the question's time zone) or "
        "RFC 3339.",
        max_length=64,
    ),
]
AsOf = Annotated[
    str | None,
    QueryParameter(
        description="Answer as at that moment: nothing later is known. A moment some "
        "days past gives an answer that does not change; one to GET has an ETag then.",
        max_length=64,
    ),
]


TypedStep = Annotated[
    str,
    QueryParameter(
        description="A step as the command line takes it: `[name=]type[|type][[key=value]]`.",
        max_length=1024,
    ),
]


def provide_part(  # noqa: PLR0913, PLR0917 - each is a parameter of the address
    tenant: Tenant = "default",
    since: Since = None,
    to: Annotated[
        str | None,
        QueryParameter(description="First moment that is out.", max_length=64),
    ] = None,
    timezone: Annotated[
        str,
        QueryParameter(description="Where days begin: an IANA name.", max_length=64),
    ] = "UTC",
    channel: Annotated[
        str, QueryParameter(description="Of this channel alone.", max_length=256)
    ] = "",
    store: Annotated[
        str, QueryParameter(description="Of this store alone.", max_length=256)
    ] = "",
    persona: Annotated[
        str,
        QueryParameter(
            description="Of this persona alone; `all` for everybody.", max_length=256
        ),
    ] = "",
    model: Annotated[
        str,
        QueryParameter(
            description="Journey model whose phases are meant.", max_length=256
        ),
    ] = "default",
) -> Scope:
    """The part of the data that a request names."""
    return Scope(
        tenant=tenant,
        from_=since,
        to=to,
        timezone=timezone,
        channel=channel,
        store=store,
        persona=persona_named(persona),
        model=model,
    )


Part = NamedDependency[Scope]
"""An argument of handlers; the framework has another use for the name `scope`."""


def closed(
    scope: Scope, library: Library, as_of: int | None, settled_ms: int = END_OF_TIME_MS
) -> Period | Present:
    """What an answer depends on: the time until a moment, or all that is stored.

    Who is of which persona depends on what comes later.

    Args:
        scope: what is asked about.
        library: what was read from files.
        as_of: the moment that was asked for, epoch milliseconds; it belongs to the
            answer.
        settled_ms: from when on nothing that happens changes the answer, whatever it is
            asked as of.
    """
    if scope.persona:
        return Present(library.digest)
    until = settled_ms if as_of is None else min(as_of + 1, settled_ms)
    return Period(until, library.digest)
