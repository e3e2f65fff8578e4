"""Answers about everybody: one thin handler each."""

from litestar import Router, get, post
from litestar.params import JSONBody

from insights.api.asked import Moment, Tenant
from insights.api.asking import Asks
from insights.api.entrance import needs
from insights.api.told import PROBLEMS
from insights.funnels.answer import FunnelAnswer, answer
from insights.funnels.spec import Funnel
from insights.messages import FOR_EVER_MS, RuleMessages, by_rule
from insights.summary import Summary, summarise
from insights.times import instant_ms


@post("/funnels", status_code=200, responses=PROBLEMS)
async def ask_funnel(data: JSONBody[Funnel], asking: Asks) -> FunnelAnswer:
    """Answer a funnel: how many get from one step to the next, and how long it takes."""
    return await asking.ask(data.tenant, lambda asker: answer(asker, data))


@get("/summary", responses=PROBLEMS)
async def show_summary(asking: Asks, tenant: Tenant = "default") -> Summary:
    """What is stored, in numbers."""
    return await asking.ask(tenant, lambda asker: summarise(asker, tenant))


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
    route_handlers=[ask_funnel, show_summary, count_messages],
    guards=[needs("answers:read")],
    tags=["answers"],
)
