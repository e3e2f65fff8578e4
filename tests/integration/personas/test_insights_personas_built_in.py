"""The built-in personas, on the embedded engine: buyers, and who has gone quiet."""

from __future__ import annotations

import pytest

from insights.personas.answer import personas
from insights.personas.spec import built_in
from insights.scope import Scope
from schemas.tables import JOURNEY_STATES, TOUCHPOINTS
from tests.factories.personas import BASE, DAY, counted, declared, state, touch
from tests.unit.insights.store import OverJson, Store

pytest.importorskip("chdb")
pytestmark = pytest.mark.clickhouse


def test_buyers_go_by_where_they_bought(store: Store) -> None:
    """At the till alone is no purchase online, however much of the rest is: what counts
    is the channel of each order, where it was told first. Who calls buys nowhere of both.
    """
    bought = {
        "ann": ["pos"],
        "bob": ["web", "pos"],
        "cleo": ["app", "web", "pos"],
        "dan": ["phone"],
    }
    reads = [touch(who, n, channel="web") for who in bought for n in range(3)]
    orders = [
        touch(who, 10 + n, "order_completed", channel=channel, order_id=f"{who}{n}")
        for who, channels in bought.items()
        for n, channel in enumerate(channels)
    ]
    again = touch("ann", 20, "order_completed", channel="web", order_id="ann0")
    store.insert(TOUCHPOINTS, [*reads, *orders, again])
    known = {"touchpoints": 6, "channels": {"web": 4}, "last_at": BASE + 20 * DAY}
    store.insert(
        JOURNEY_STATES,
        [
            state(who, orders=len(channels) + (who == "ann"), **known)
            for who, channels in bought.items()
        ],
    )
    for at in (None, BASE + 30 * DAY):
        found = personas(OverJson(store.asker), Scope(), built_in(), at)
        told = {"store_buyer": 2, "online_buyer": 1, "others": 1}
        assert counted(found) == told, at
    mine = declared("""
kind: rules
name: mine
personas: [{name: tills, where: {orders.pos: 1, share_orders_store: {le: 0.5}}}]
""")
    assert counted(personas(store.asker, Scope(), mine))["tills"] == 2


def test_gone_quiet_is_who_is_dormant(store: Store) -> None:
    """A mailing keeps nobody from going quiet, nor does an advertisement of long ago make
    somebody quiet who was never heard; who is in no phase goes by the last touchpoint.
    """
    mailed = {"channels": {"email": 9}, "phase": "dormant"}
    store.insert(
        JOURNEY_STATES,
        [
            state("here"),
            state("mailed", **mailed),
            state("long", phase="", last_at=BASE + 9 * DAY),
            state("shown", phase="awareness", last_at=BASE + 9 * DAY),
        ],
    )
    assert counted(personas(store.asker, Scope(), built_in()))["dormant"] == 2
