"""Carts and orders of a made-up year, held against what the simulation says of them."""

from collections import defaultdict

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import json

from parcours.simulating.plan import Plan
from parcours.simulating.run import simulate
from parcours.simulating.truth import CartTruth
from streams.enrich.identify import Identifier
from streams.enrich.policy import IdentifyPolicy
from streams.fold import fold
from tests.factories.identified import rules

RECEIVED_AT = 1_800_000_000_000
IDENTIFIER = Identifier(IdentifyPolicy("a secret of sixteen and more"))


@settings(max_examples=10)
@given(st.integers(0, 2**32), st.integers(20, 300))
def test_every_cart_stands_where_the_truth_says(seed: int, persons: int) -> None:
    """Completed or abandoned, and no cart and no order more or less, however persons
    were merged and parted; a cart of two persons is completed for one of them.
    """
    plan = Plan(touchpoints=3_000, persons=persons, seed=seed, late=0.3)
    lines, truth = simulate(plan)
    folded = fold(lines, IDENTIFIER, rules(), received_at=RECEIVED_AT, close=True)
    found: dict[str, set[str]] = defaultdict(set)
    for thread in folded.threads:
        if thread.kind == "cart":
            found[thread.thread_id].add(thread.status)
    wanted = {
        cart["cart_id"]: cart["status"]
        for cart in map(json.decode, truth.lines())
        if cart["record"] == CartTruth.__struct_config__.tag
    }
    orders = {t.thread_id for t in folded.threads if "order_completed" in t.steps}
    assert folded.late == 0
    assert len(orders - wanted.keys()) == truth.totals.orders
    assert found.keys() == wanted.keys()
    for cart, status in wanted.items():
        assert ("completed" in found[cart]) == (status == "completed")
        assert found[cart] <= {"completed", "abandoned"}
