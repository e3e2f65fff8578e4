"""From the cart to the order: coupons, payments that fail, carts left behind."""

from typing import Final

from parcours.simulating import accounts, orders
from parcours.simulating.catalogue import DENIALS, FAILURES, Product
from parcours.simulating.person import Cart, Person
from parcours.simulating.scene import Scene
from schemas.touchpoint import RawActor

_CONVINCED: Final = (0.0, 0.45, 0.62, 0.72)
"""How likely somebody goes on to pay, by appetite."""

_SATED: Final = 0.05
"""What remains of it for those who buy once, when they have."""


def put(scene: Scene, cart: Cart, product: Product) -> None:
    """Put a product into the cart."""
    count = 2 if scene.chance.share(0.12) else 1
    cart.lines.append((product, count))
    cart.touched_at = scene.at
    free: dict[str, object] = {
        "product_id": product.id,
        "quantity": count,
        "price_minor": product.price_minor,
    }
    scene.add("cart_product_added", free, cart=cart.id)


def carry_on(scene: Scene, person: Person, cart: Cart) -> None:
    """Look at the cart; perhaps take something out, perhaps buy."""
    chance = scene.chance
    scene.wait(5, 60)
    cart.touched_at = scene.at
    scene.add("cart_viewed", {"items": len(cart.lines)}, cart=cart.id)
    if len(cart.lines) > 1 and chance.share(0.15):
        product, count = cart.lines.pop()
        scene.wait(3, 30)
        free: dict[str, object] = {"product_id": product.id, "quantity": count}
        scene.add("cart_product_removed", free, cart=cart.id)
    if chance.share(0.1):
        _coupon(scene, cart)
    convinced = _CONVINCED[person.appetite]
    if person.appetite == 1 and person.orders:
        convinced = _SATED
    if chance.share(0.5 + convinced / 2):
        _check_out(scene, person, cart, convinced)
    cart.touched_at = scene.at


def _coupon(scene: Scene, cart: Cart) -> None:
    free: dict[str, object] = {"coupon_id": f"WELCOME{scene.chance.below(20):02d}"}
    scene.wait(8, 40)
    scene.add("coupon_entered", dict(free), cart=cart.id)
    scene.wait(1, 2)
    if scene.chance.share(0.4):
        reason = scene.chance.pick(DENIALS)
        scene.add("coupon_denied", {**free, "reason": reason}, cart=cart.id)
    else:
        scene.add("coupon_applied", free, cart=cart.id)


def _check_out(scene: Scene, person: Person, cart: Cart, convinced: float) -> None:
    chance = scene.chance
    scene.wait(5, 60)
    scene.add("checkout_started", cart=cart.id, value=cart.value_minor)
    if not chance.share(0.25 + 0.75 * convinced):
        return
    _name(scene, person)
    scene.wait(15, 120)
    step: dict[str, object] = {"step": 1, "shipping_method": "home"}
    scene.add("checkout_step_completed", step, cart=cart.id)
    if not chance.share(convinced):
        return
    scene.wait(10, 90)
    method = chance.pick(("card", "card", "paypal"))
    scene.add("payment_info_entered", {"method": method}, cart=cart.id)
    attempt = 1
    while chance.share(0.07):
        scene.wait(3, 20)
        free: dict[str, object] = {
            "method": method,
            "reason": chance.pick(FAILURES),
            "attempt": attempt,
        }
        scene.add("payment_failed", free, cart=cart.id)
        orders.struck(person, -80)
        attempt += 1
        if chance.share(0.4):
            return
    scene.wait(2, 15)
    orders.complete(scene, person, cart)


def _name(scene: Scene, person: Person) -> None:
    """Say who is buying: the account, a new one, or an address only."""
    actor = scene.actor
    if actor.customer_id is not None and actor.customer_id == person.customer:
        return
    if not person.customer and scene.chance.share(0.3):
        person.email = person.email or scene.shop.names.email(person.number)
        scene.actor = RawActor(
            anonymous_id=actor.anonymous_id,
            device_id=actor.device_id,
            email_hash=person.email,
            phone_hash=person.phone or None,
        )
        return
    accounts.sign_in(scene, person)
