"""What follows an order: parcels, returns, refunds, reviews, surveys, calls."""

from dataclasses import dataclass
from typing import Final

from parcours.simulating import care
from parcours.simulating.catalogue import RETURN_REASONS, Product
from parcours.simulating.person import FAN, ONCE, REGULAR, Cart, Person
from parcours.simulating.rhythm import DAY_MS, HOUR_MS, MINUTE_MS, rfc3339
from parcours.simulating.scene import Scene, Shop
from parcours.simulating.words import opinion
from schemas.touchpoint import RawActor

LATE_PARCELS: Final = 0.1
RETURNED: Final = 0.09
_ONBOARDED: Final = 0.25


@dataclass(frozen=True, slots=True)
class Order:
    """An order, as the shop's systems go on with it."""

    id: str
    lines: tuple[tuple[Product, int], ...]
    value_minor: int
    actor: RawActor


def struck(person: Person, hundredths: int) -> None:
    """An experience, good or bad; older ones fade."""
    person.pleased = (3 * person.pleased + hundredths) // 4


def complete(scene: Scene, person: Person, cart: Cart) -> None:
    """Pay the cart online: it will be sent, unless it is picked up in the store."""
    value = cart.value_minor
    order = Order(scene.shop.token("O"), tuple(cart.lines), value, _buyer(scene))
    scene.add(
        "order_completed", bought(order), cart=cart.id, order=order.id, value=value
    )
    person.cart = None
    person.orders += 1
    struck(person, 60)
    chance = scene.chance
    if chance.share(0.12):
        at = scene.at + chance.between(1, 4) * DAY_MS
        scene.shop.later(at, _picked_up, person, order)
    else:
        at = scene.at + chance.between(10, 40) * HOUR_MS
        scene.shop.later(at, _shipped, person, order)
    if person.orders == 1 and chance.share(_ONBOARDED):
        at = scene.at + chance.between(1, 5) * DAY_MS
        scene.shop.later(at, _onboarded, person, order)


def bought(order: Order) -> dict[str, object]:
    """The properties of `order_completed`."""
    lines = [
        {
            "product_id": product.id,
            "quantity": count,
            "value_minor": product.price_minor * count,
        }
        for product, count in order.lines
    ]
    return {"lines": lines}


def after(shop: Shop, person: Person, at: int, order: Order) -> None:
    """What somebody does once the things are at home."""
    chance = shop.chance
    if chance.share(RETURNED + (0.15 if person.pleased < 0 else 0)):
        shop.later(at + chance.between(2, 14) * DAY_MS, _returned, person, order)
    if chance.share(0.08 if person.appetite <= ONCE else 0.2):
        shop.later(at + chance.between(3, 15) * DAY_MS, _reviewed, person, order)
    if chance.share(0.5):
        shop.later(at + chance.between(20, 72) * HOUR_MS, care.ask, person, order.id)


def _buyer(scene: Scene) -> RawActor:
    """What the systems behind the shop know of the buyer."""
    actor = scene.actor
    return RawActor(
        customer_id=actor.customer_id,
        loyalty_id=actor.loyalty_id,
        email_hash=actor.email_hash,
    )


def _order(about: object) -> Order:
    if not isinstance(about, Order):
        raise TypeError
    return about


def _onboarded(shop: Shop, person: Person, at: int, about: object) -> None:
    order = _order(about)
    free: dict[str, object] = {"product_id": order.lines[0][0].id, "content_id": "care"}
    scene = Scene(shop, person, at, "shop", "web", order.actor)
    scene.add("onboarding_content_viewed", free)


def _shipped(shop: Shop, person: Person, at: int, about: object) -> None:
    order, chance = _order(about), shop.chance
    promised = at + 2 * DAY_MS
    late = chance.share(LATE_PARCELS)
    delivered = promised + (
        chance.between(8 * HOUR_MS, 5 * DAY_MS)
        if late
        else -chance.between(HOUR_MS, 30 * HOUR_MS)
    )
    free: dict[str, object] = {"promised_at": rfc3339(promised)}
    scene = Scene(shop, person, at, "carrier", "carrier", order.actor)
    scene.add("order_shipped", free, order=order.id)
    shop.later(delivered, _delivered, person, (order, promised))
    if late and chance.share(0.45):
        shop.later(promised + 6 * HOUR_MS, care.contact, person, "delivery")


def _delivered(shop: Shop, person: Person, at: int, about: object) -> None:
    order, promised = about if isinstance(about, tuple) else (about, at)
    order = _order(order)
    free: dict[str, object] = {
        "promised_at": rfc3339(promised),
        "delivered_at": rfc3339(at // 1000 * 1000),
    }
    scene = Scene(shop, person, at, "carrier", "carrier", order.actor)
    scene.add("order_delivered", free, order=order.id)
    struck(person, -150 if at > promised else 80)
    after(shop, person, at, order)


def _picked_up(shop: Shop, person: Person, at: int, about: object) -> None:
    order = _order(about)
    at += shop.chance.between(0, 30) * MINUTE_MS
    place = shop.places[person.home]
    scene = Scene(shop, person, at, "till", "store", order.actor, place=place)
    scene.add("order_picked_up", order=order.id)
    struck(person, 60)
    after(shop, person, at, order)


def _returned(shop: Shop, person: Person, at: int, about: object) -> None:
    order, chance = _order(about), shop.chance
    product, count = order.lines[0]
    reason = chance.pick(RETURN_REASONS)
    free: dict[str, object] = {
        "product_id": product.id,
        "quantity": count,
        "reason": reason,
    }
    place = shop.places[person.home]
    value = product.price_minor * count
    till = Scene(shop, person, at, "till", "store", order.actor, place=place)
    till.add("product_returned", free, order=order.id)
    struck(person, -60)
    shop.later(
        at + chance.between(1, 5) * DAY_MS,
        _refunded,
        person,
        (order, min(value, order.value_minor)),
    )


def _refunded(shop: Shop, person: Person, at: int, about: object) -> None:
    order, value = about if isinstance(about, tuple) else (about, 0)
    order = _order(order)
    scene = Scene(shop, person, at, "backoffice", "web", order.actor)
    scene.add("order_refunded", order=order.id, value=value)


def _reviewed(shop: Shop, person: Person, at: int, about: object) -> None:
    order, chance = _order(about), shop.chance
    stars = min(5, max(1, 3 + person.pleased // 40 + chance.between(-1, 2)))
    product = chance.pick(order.lines)[0]
    free: dict[str, object] = {
        "product_id": product.id,
        "review_id": shop.token("R"),
        "order_id": order.id,
        "rating": stars,
        "text": opinion(chance, person.language, stars),
        "language": person.language,
    }
    scene = Scene(shop, person, at, "shop", "web", order.actor)
    scene.add("product_reviewed", free)
    if stars == 5 and person.appetite >= REGULAR and chance.share(0.2):  # noqa: PLR2004
        scene.wait(20, 90)
        type_ = "referral_sent" if person.appetite == FAN else "product_shared"
        scene.add(type_, {"product_id": product.id})
