"""Visits to a store: coming in, trying, being helped, the till, the loyalty card."""

from typing import Final

from parcours.simulating import orders
from parcours.simulating.catalogue import PRODUCTS, product
from parcours.simulating.person import Person
from parcours.simulating.rhythm import DAY_MS
from parcours.simulating.scene import Scene, Shop
from schemas.touchpoint import RawActor

_BUYS: Final = (0.0, 0.4, 0.55, 0.7)
_SATED: Final = 0.05
_RECENT_MS: Final = 7 * DAY_MS


def visit(shop: Shop, person: Person, at: int, _about: object = None) -> None:
    """Somebody comes in; the app or the card at the till says who it is."""
    chance = shop.chance
    number = person.home if chance.share(0.85) else chance.below(shop.plan.stores)
    at_door = _at_door(person)
    scene = Scene(
        shop, person, at, "stores", "store", at_door, place=shop.places[number]
    )
    seen = at_door.device_id is not None or at_door.loyalty_id is not None
    if seen:
        method = "beacon" if at_door.device_id else "badge"
        scene.add("store_visit_started", {"method": method})
        _look_around(scene, person, number)
    if chance.share(_inclined(person)):
        _buy(scene, person, number)
    if seen:
        scene.wait(20, 240)
        scene.add("store_visit_ended", {"dwell_ms": scene.at - at})
    person.free_at = scene.at


def welcome(person: Person) -> bool:
    """Whether a store would know this person at all, or can ask them to enrol."""
    return bool(person.app or person.loyalty or person.appetite)


def _at_door(person: Person) -> RawActor:
    if person.app and not person.skew_ms:
        return RawActor(device_id=person.app)
    return RawActor(loyalty_id=person.loyalty or None)


def _inclined(person: Person) -> float:
    return _SATED if person.appetite == 1 and person.orders else _BUYS[person.appetite]


def _look_around(scene: Scene, person: Person, store: int) -> None:
    chance = scene.chance
    kiosk = scene.shop.devices.kiosks.get(store)
    if kiosk and (person.customer or person.loyalty) and chance.share(0.3):
        _kiosk(scene, person, kiosk)
    if chance.share(0.4):
        scene.wait(60, 900)
        free: dict[str, object] = {"product_id": product(chance.below(PRODUCTS)).id}
        scene.add("product_tried", {**free, "fitting_room": chance.share(0.6)})
    if chance.share(0.3):
        scene.wait(30, 600)
        served: dict[str, object] = {"staff_id": f"A{chance.below(400):03d}"}
        scene.add("assistance_given", served)
        orders.struck(person, 80)
    if chance.share(0.02):
        scene.wait(30, 300)
        scene.add("demo_attended", {"demo_id": f"D{chance.below(30):02d}"})


def _kiosk(scene: Scene, person: Person, kiosk: str) -> None:
    """Everybody signs in on the same screen; it is nobody's."""
    scene.wait(30, 300)
    actor = RawActor(
        customer_id=person.customer or None,
        loyalty_id=person.loyalty or None,
        device_id=kiosk,
    )
    screen = Scene(
        scene.shop, person, scene.at, "kiosk", "kiosk", actor, place=scene.place
    )
    screen.add("signed_in", {"method": "card"})
    screen.wait(5, 40)
    found = product(scene.chance.below(PRODUCTS))
    screen.add("product_viewed", {"product_id": found.id})
    screen.wait(5, 20)
    screen.add("signed_out")
    scene.at = screen.at // 1000 * 1000


def _buy(scene: Scene, person: Person, store: int) -> None:
    shop, chance = scene.shop, scene.chance
    scene.wait(120, 1500)
    if not person.loyalty and not _enrol(scene, person, store):
        # A receipt without a card is nobody's touchpoint.
        return
    actor = RawActor(loyalty_id=person.loyalty, device_id=shop.devices.tills.get(store))
    till = Scene(shop, person, scene.at, "till", "pos", actor, place=scene.place)
    cart = person.cart
    if cart is not None and scene.at - cart.touched_at < _RECENT_MS:
        # What lay in the cart online is bought here: the cart itself stays behind.
        lines = tuple(cart.lines)
    else:
        lines = tuple(
            (product(chance.below(PRODUCTS)), 1) for _ in range(chance.between(1, 5))
        )
    value = sum(found.price_minor * count for found, count in lines)
    order = orders.Order(
        shop.token("O"), lines, value, RawActor(loyalty_id=person.loyalty)
    )
    if chance.share(0.1):
        till.add("coupon_redeemed", {"coupon_id": f"STORE{chance.below(9)}"})
    till.add(
        "order_completed", orders.bought(order), order=order.id, value=value, seq=1
    )
    earned: dict[str, object] = {"points": value // 100, "reason": "purchase"}
    till.add("loyalty_points_changed", earned, order=order.id, seq=2)
    person.orders += 1
    orders.struck(person, 60)
    orders.after(shop, person, till.at, order)
    scene.at = till.at


def _enrol(scene: Scene, person: Person, store: int) -> bool:
    """Offer the loyalty card at the till."""
    if not scene.chance.share(0.6):
        return False
    shop = scene.shop
    person.loyalty = shop.names.loyalty(person.number)
    told = scene.chance.share(0.7)
    if told:
        person.email = person.email or shop.names.email(person.number)
    actor = RawActor(
        loyalty_id=person.loyalty,
        email_hash=person.email if told else None,
        device_id=shop.devices.tills.get(store),
    )
    till = Scene(shop, person, scene.at, "till", "store", actor, place=scene.place)
    till.add("loyalty_enrolled", {"program_id": "club"})
    if person.customer and told:
        shop.later(till.at + DAY_MS, _linked, person)
    scene.at = till.at
    return True


def _linked(shop: Shop, person: Person, at: int, _about: object) -> None:
    """The customer database finds, overnight, that card and account belong together."""
    actor = RawActor(customer_id=person.customer, loyalty_id=person.loyalty)
    scene = Scene(shop, person, at, "crm", "", actor)
    scene.add("identity_linked")
    scene.wait(1, 2)
    facts: dict[str, object] = {"tier": "club", "language": person.language}
    scene.add("customer_updated", {"facts": facts})
