"""The made-up retailer: the same bytes everywhere, true to its truth, fit for the agents."""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from hashlib import sha256
from itertools import islice, pairwise
from zoneinfo import ZoneInfo

import msgspec
import pytest

from parcours.simulating.plan import Plan, PlanError, sizes
from parcours.simulating.run import simulate
from parcours.simulating.truth import CartTruth, PersonTruth, SharedDevice, Totals
from schemas.failure import Rejected
from schemas.touchpoint import RawTouchpoint, Touchpoint
from schemas.vocabulary import NAMESPACES
from streams.differing import difference
from streams.enrich.identify import Identifier
from streams.enrich.policy import IdentifyPolicy
from streams.fold import Folded, fold
from tests.factories.identified import rules

GOLDEN = "15c51878bbf541d711e6a4db862b765eb63eb8b8eb24d65e6a672b4db8484d3b"
RECEIVED_AT = 1_800_000_000_000
SMALL = Plan(1_000, 80, seed=1)
YEAR = Plan(20_000, 1_600, seed=3)

_raw = msgspec.json.Decoder(RawTouchpoint).decode
_truth = msgspec.json.Decoder(PersonTruth | SharedDevice | CartTruth | Totals).decode


def lines_of(plan: Plan, *, in_order: bool = False) -> list[bytes]:
    return list(simulate(plan, in_order=in_order)[0])


def digest(plan: Plan) -> str:
    return sha256(b"\n".join(lines_of(plan))).hexdigest()


def identifier() -> Identifier:
    return Identifier(IdentifyPolicy("a secret of sixteen and more"))


def identified(lines: list[bytes]) -> Iterator[Touchpoint | Rejected]:
    known = identifier()
    for offset, line in enumerate(lines):
        yield known.identify(
            line,
            received_at=RECEIVED_AT,
            raw_log="l",
            raw_partition=0,
            raw_offset=offset,
        )


def folded(lines: list[bytes]) -> Folded:
    return fold(lines, identifier(), rules(), received_at=RECEIVED_AT, close=True)


@pytest.fixture(scope="module")
def year() -> tuple[list[bytes], list[RawTouchpoint], list]:
    """A year's lines, its different touchpoints, and its truth."""
    lines, truth = simulate(YEAR)
    arrived = list(lines)
    different = [_raw(line) for line in dict.fromkeys(arrived)]
    return arrived, different, [_truth(line) for line in truth.lines()]


def told(truth: list, kind: type) -> list:
    return [one for one in truth if isinstance(one, kind)]


def test_the_bytes_are_these() -> None:
    """The same plan gives the same bytes on every machine and every Python."""
    assert digest(SMALL) == GOLDEN


def test_another_seed_is_another_retailer() -> None:
    """And the same seed again is the same one."""
    assert digest(SMALL) == digest(SMALL)
    assert digest(SMALL) != digest(replace(SMALL, seed=2))


def test_how_things_arrive_does_not_change_what_happened() -> None:
    """Lateness, duplicates and order leave the touchpoints themselves alone."""

    def happened(plan: Plan, *, in_order: bool = False) -> list[RawTouchpoint]:
        found = {one.id: one for one in map(_raw, lines_of(plan, in_order=in_order))}
        for one in found.values():
            one.sent_at = None
        return [found[name] for name in sorted(found)]

    other = replace(SMALL, late=0.5, duplicates=0.3)
    assert happened(SMALL) == happened(other)
    assert happened(SMALL) == happened(SMALL, in_order=True)


@pytest.mark.parametrize(
    "plan",
    [
        Plan(1, 1),
        Plan(7, 1_000),
        Plan(500, 1, days=1),
        Plan(500, 2, days=400, stores=1, shared_devices=30),
        Plan(3_000, 250, days=30, late=1, duplicates=1),
        Plan(800, 70, late=0, duplicates=0, shared_devices=0),
    ],
    ids=str,
)
def test_as_many_touchpoints_as_asked_for(plan: Plan) -> None:
    """Exactly, whatever the plan; those delivered twice come on top."""
    lines, truth = simulate(plan)
    arrived = list(lines)
    totals = truth.summed()
    assert len(set(arrived)) == totals.touchpoints == plan.touchpoints
    assert len(arrived) == totals.lines == plan.touchpoints + totals.duplicates


def test_no_touchpoint_is_a_dead_letter(year: tuple) -> None:
    """The first agent accepts every line, and the raw schema knows every field."""
    arrived, _, _ = year
    assert [one for one in identified(arrived) if isinstance(one, Rejected)] == []


def test_the_truth_counts_what_is_in_the_file(year: tuple) -> None:
    """Types, channels, orders, money, persons, duplicates, crawlers, machine opens."""
    arrived, different, truth = year
    totals = truth[-1]
    orders = [one for one in different if one.type == "order_completed"]
    assert totals.by_type == Counter(one.type for one in different)
    assert totals.by_channel == Counter(one.channel or "" for one in different)
    assert totals.duplicates == len(arrived) - len(different)
    assert totals.orders == len(orders)
    assert totals.value_minor == sum(one.value_minor for one in orders)
    assert totals.persons == len(told(truth, PersonTruth))
    assert totals.blocked == sum(one.actor.customer_id == "guest" for one in different)
    accepted = [one for one in identified(arrived) if isinstance(one, Touchpoint)]
    seen = {one.id: one for one in accepted}.values()
    assert totals.bots == sum(one.bot for one in seen)
    assert totals.machine_opens == sum(one.machine for one in seen)


def test_every_identifier_is_of_the_person_the_truth_says(year: tuple) -> None:
    """And each touchpoint counted for it; shared ones stand with their devices."""
    _, different, truth = year
    owner = {
        (namespace, value): person.person
        for person in told(truth, PersonTruth)
        for namespace, values in person.identifiers.items()
        for value in values
    }
    shared = {(d.namespace, d.identifier): d.persons for d in told(truth, SharedDevice)}
    assert not owner.keys() & shared.keys()
    counted: Counter[int] = Counter()
    for one in different:
        named = {(n, getattr(one.actor, n)) for n in NAMESPACES}
        persons = {owner[name] for name in named & owner.keys()}
        assert len(persons) <= 1
        for name in named & shared.keys():
            assert persons <= set(shared[name])
        for person in persons:
            counted[person] += 1
    for person in told(truth, PersonTruth):
        if person.touchpoints != counted[person.person]:
            # Some of theirs carry nothing but the tablet of the family.
            assert any(person.person in users for users in shared.values())


def test_persons_have_several_identifiers_over_time(year: tuple) -> None:
    """Two browsers, an account, a card, a newsletter: a few people have them all."""
    _, _, truth = year
    spaces = [set(person.identifiers) for person in told(truth, PersonTruth)]
    known = {"customer_id", "loyalty_id", "email_hash", "anonymous_id"}
    assert any(known <= found for found in spaces)
    assert any(len(p.identifiers.get("anonymous_id", ())) > 1 for p in truth[:300])
    assert sum(found == {"anonymous_id"} for found in spaces) > len(spaces) / 2


def test_shared_devices_are_seen_with_many(year: tuple) -> None:
    """Tills, kiosks and tablets of families, each with its users."""
    _, _, truth = year
    found = told(truth, SharedDevice)
    assert {device.kind for device in found} == {"till", "kiosk", "tablet"}
    assert max(len(d.persons) for d in found if d.kind == "till") > 2
    assert max(len(d.persons) for d in found if d.kind == "tablet") > 1


def test_one_till_may_have_hundreds_of_customers() -> None:
    """One store, one till: all its customers carry the till's identifier."""
    lines, truth = simulate(Plan(30_000, 2_500, stores=1, shared_devices=1, seed=5))
    assert sum(1 for _ in lines) > 30_000
    devices = told([_truth(line) for line in truth.lines()], SharedDevice)
    assert [device.kind for device in devices] == ["till"]
    assert len(devices[0].persons) > 50


def test_carts_end_as_the_truth_says(year: tuple) -> None:
    """A cart is completed by the order that carries its id, and abandoned without one."""
    _, different, truth = year
    orders = {o.cart_id: o for o in different if o.type == "order_completed"}
    carts = told(truth, CartTruth)
    assert {one.cart_id for one in different if one.cart_id} == {
        cart.cart_id for cart in carts
    }
    for cart in carts:
        order = orders.get(cart.cart_id)
        assert cart.status == ("completed" if order else "abandoned")
        if order:
            assert (cart.order_id, cart.completed_at) == (order.order_id, order.time)
            assert cart.opened_at < order.time
    assert truth[-1].carts == Counter(cart.status for cart in carts)
    assert truth[-1].carts["abandoned"] > truth[-1].carts["completed"] > 0


@pytest.mark.parametrize("late", [0.05, 1.0])
def test_planted_lateness_stays_within_what_is_accepted(late: float) -> None:
    """Folded in order of arrival nothing is late, and it comes to what the year was."""
    plan = Plan(6_000, 500, days=60, late=late, seed=9)
    arrived = folded(lines_of(plan))
    in_order = folded(lines_of(plan, in_order=True))
    assert arrived.late == in_order.late == 0
    assert arrived.touchpoints == 6_000
    assert arrived.duplicates == simulate_duplicates(plan)
    assert difference(in_order, arrived) == ""


def simulate_duplicates(plan: Plan) -> int:
    lines, truth = simulate(plan)
    for _ in lines:
        pass
    return truth.totals.duplicates


def test_arrival_is_out_of_order_and_in_order_is_not(year: tuple) -> None:
    """What is asked for in order is sorted by the times that the sources state."""
    arrived, _, _ = year
    ordered = [one.occurred_at for one in identified(lines_of(YEAR, in_order=True))]
    assert ordered == sorted(ordered)
    live = [one.occurred_at for one in identified(arrived)]
    backwards = sum(later < earlier for earlier, later in pairwise(live))
    assert backwards > len(live) * 0.03


def test_stores_have_opening_hours(year: tuple) -> None:
    """Nobody comes in at night, or on a Sunday outside December."""
    _, different, _ = year
    paris = ZoneInfo("Europe/Paris")
    came = [
        datetime.fromisoformat(one.time).astimezone(paris)
        for one in different
        if one.type == "order_completed" and one.channel == "pos"
    ]
    assert came
    for at in came:
        assert 10 <= at.hour < 21
        assert at.weekday() < 6 or at.month == 12


def test_a_year_lasts_a_year(year: tuple) -> None:
    """Activity goes on to its last day."""
    _, _, truth = year
    first, last = (
        datetime.fromtimestamp(at / 1000, UTC)
        for at in (truth[-1].first_at, truth[-1].last_at)
    )
    assert first.year == 2025
    assert (last - first).days >= 363


def test_no_personal_data_is_made_up(year: tuple) -> None:
    """Hashes and numbers only: no address, no name, nothing that looks like a phone."""
    arrived, different, _ = year
    assert not any(b"@" in line for line in arrived)
    hashes = {one.actor.email_hash for one in different} | {
        one.actor.phone_hash for one in different
    }
    assert all(re.fullmatch("[0-9a-f]{64}", digest) for digest in hashes - {None})
    assert not any(one.actor.email or one.actor.phone for one in different)


def test_most_never_buy_and_some_go_all_the_way(year: tuple) -> None:
    """Every phase of the built-in model is reached, each by fewer persons."""
    arrived, _, truth = year
    persons = told(truth, PersonTruth)
    assert sum(person.orders == 0 for person in persons) > len(persons) * 0.6
    phases = Counter(state.phase for state in folded(arrived).states)
    assert phases["acquisition"] > phases["onboarding"] > phases["engagement"] > 0
    assert phases["advocacy"] > 0


def test_the_stories_of_the_trade_are_there() -> None:
    """Deliveries late and in time, returns, refunds, reviews, surveys, friction, links."""
    lines, _ = simulate(Plan(60_000, 5_000, seed=2))
    types: Counter[str] = Counter()
    texts = set()
    late = scores = fruitless = 0
    for one in map(_raw, lines):
        types[one.type] += 1
        said = msgspec.json.decode(one.properties)
        if one.type == "order_delivered":
            late += said["delivered_at"] > said["promised_at"]
        if "text" in said:
            texts.add(said["language"])
        scores += "score" in said
        fruitless += said.get("results_count") == 0
    wanted = """order_shipped order_delivered order_picked_up product_returned
        order_refunded product_reviewed survey_answered coupon_denied payment_failed
        product_out_of_stock_seen store_visit_started assistance_given loyalty_enrolled
        referral_sent referral_converted consent_updated identity_linked email_opened
        email_link_clicked unsubscribed support_contacted call_ended signed_in
        account_created cart_reopened customer_updated"""
    assert [name for name in wanted.split() if not types[name]] == []
    assert 0 < late < types["order_delivered"] / 2
    assert texts == {"fr", "en"}
    assert scores
    assert fruitless


def test_lines_come_before_the_period_is_over() -> None:
    """Ten million touchpoints are begun, not made up before the first one."""
    lines, _ = simulate(Plan(10_000_000, 1_000, days=3_660))
    assert len(list(islice(lines, 500))) == 500


def test_sizes_follow_from_each_other() -> None:
    """Twelve touchpoints a person where one is not said; both are taken as they are."""
    assert sizes(None, None) == (100_000, 8_333)
    assert sizes(120, None) == (120, 10)
    assert sizes(None, 10) == (120, 10)
    assert sizes(5, 3) == (5, 3)


@pytest.mark.parametrize(
    ("plan", "said"),
    [
        (replace(SMALL, late=1.5), "late: 1.5"),
        (replace(SMALL, touchpoints=0), "touchpoints: 0"),
        (replace(SMALL, days=0), "days: 0"),
        (replace(SMALL, stores=0), "stores: 0"),
    ],
)
def test_what_cannot_be_is_refused(plan: Plan, said: str) -> None:
    """By the name of the number and its bounds."""
    with pytest.raises(PlanError, match=said):
        simulate(plan)
