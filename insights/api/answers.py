"""Answers about everything: what is stored, and what was sent."""

from litestar import Router, get

from insights.api.asked import Moment, Tenant
from insights.api.asking import Asks
from insights.api.entrance import needs
from insights.api.library import Books
from insights.api.told import PROBLEMS
from insights.messages import FOR_EVER_MS, RuleMessages, by_rule
from insights.summary import Summary, summarise
from insights.times import instant_ms


@get("/summary", responses=PROBLEMS)
async def show_summary(
    asking: Asks, library: Books, tenant: Tenant = "default"
) -> Summary:
    """What is stored, in numbers."""
    return await asking.ask(
        tenant, lambda asker: summarise(asker, tenant, library.phases), empty=True
    )


@get("/messages", responses=PROBLEMS)
async def count_messages(
    asking: Asks,
    tenant: Tenant = "default",
    since: Moment = None,
    until: Moment = None,
) -> list[RuleMessages]:
    """Messages by rule: due, held out, cancelled, and what came of them."""
    first = instant_ms(since) or 0
    last = instant_ms(until) or FOR_EVER_MS
    return await asking.ask(tenant, lambda asker: by_rule(asker, tenant, first, last))


ROUTER = Router(
    "/v1",
    route_handlers=[show_summary, count_messages],
    guards=[needs("answers:read")],
    tags=["answers"],
)
