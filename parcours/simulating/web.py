"""Visits to the shop's pages and its app, from the first view to the cart."""

from collections.abc import Callable
from typing import Final

from parcours.simulating import accounts, cart, devices, words
from parcours.simulating.catalogue import (
    ADS,
    CRAWLERS,
    HOST,
    PAGES,
    PHONES,
    PRODUCTS,
    REFERRERS,
    TABLET,
    product,
)
from parcours.simulating.chance import Weighted
from parcours.simulating.person import NEVER, REGULAR, Cart, Person
from parcours.simulating.rhythm import DAY_MS
from parcours.simulating.scene import Scene, Shop
from schemas.touchpoint import Campaign, RawActor

LENGTH: Final = (0, 0, 1, 2, 3, 5, 7, 14)
_BASKET: Final = (0.04, 0.20, 0.26, 0.30)
_FRIENDS: Final = (0, 0, 0.04, 0.12)
GUEST: Final = "guest"
"""What a careless page says of everybody: it names nobody."""


def visit(shop: Shop, person: Person, at: int, about: object = None) -> None:
    """Somebody comes to the site or opens the app.

    Args:
        shop: the shop.
        person: who.
        at: when.
        about: the campaign whose link was followed, if any.
    """
    chance = shop.chance
    if person.app and about is None and chance.share(0.45):
        scene = _app(shop, person, at)
    else:
        scene = _browser(shop, person, at, about)
    _land(scene)
    for _ in range(chance.quantile(LENGTH)):
        scene.wait(3, 140)
        chance.draw(_STEPS)(scene)
    # What is done with a wrong clock stays with looking, so that the truth about carts
    # and orders has one time.
    if not person.skew_ms or scene.source != "app":
        _decide(scene, person)
    person.free_at = scene.at


def crawl(shop: Shop, at: int) -> None:
    """A crawler reads a few pages; it keeps no cookie."""
    chance = shop.chance
    actor = RawActor(anonymous_id=shop.token("v"))
    agent = chance.pick(CRAWLERS)
    scene = Scene(shop, None, at, "shop", "web", actor, agent=agent)
    for _ in range(chance.between(3, 15)):
        page_viewed(scene)
        scene.wait(1, 4)


def page_viewed(scene: Scene, referrer: str = "", landing: str = "") -> None:
    """A page of the site, or a screen of the app."""
    if scene.channel == "app":
        screen = scene.chance.pick(("home", "offers", "account", "stores"))
        scene.add("screen_viewed", {"screen": screen})
        return
    url = HOST + (landing or scene.chance.pick(PAGES))
    free: dict[str, object] = {"url": url}
    if referrer:
        free["referrer"] = referrer
    scene.add("page_viewed", free)


def _app(shop: Shop, person: Person, at: int) -> Scene:
    actor = RawActor(device_id=person.app, customer_id=person.customer or None)
    skew = person.skew_ms
    return Scene(shop, person, at, "app", "app", actor, agent=PHONES[0], skew_ms=skew)


def _browser(shop: Shop, person: Person, at: int, about: object) -> Scene:
    chance = shop.chance
    # A link in a mail is followed where the mail is read.
    which = 0 if about is not None else chance.below(len(person.cookies))
    cookie, agent = person.cookies[which]
    device = None
    if person.tablet and about is None and chance.share(0.4):
        device = person.tablet
        cookie, agent = devices.cookie(device), TABLET
    customer = person.customer if cookie in person.signed_in else None
    if customer is None and chance.share(0.01):
        customer = GUEST
    actor = RawActor(anonymous_id=cookie, customer_id=customer, device_id=device)
    campaign = about if isinstance(about, Campaign) else None
    if campaign is None and chance.share(0.15):
        campaign = chance.pick(ADS)
    return Scene(shop, person, at, "shop", "web", actor, agent=agent, campaign=campaign)


def _land(scene: Scene) -> None:
    chance, person = scene.chance, scene.person
    campaign = scene.campaign
    if campaign in ADS and campaign is not None:
        ad = Scene(
            scene.shop, person, scene.at, "ads", "", scene.actor, campaign=campaign
        )
        ad.add("ad_clicked", {"network": campaign.source, "landing_url": HOST})
        scene.wait(1, 3)
    if campaign is not None:
        source, medium, name = campaign.source, campaign.medium, campaign.name
        query = f"?utm_source={source}&utm_medium={medium}&utm_campaign={name}"
        page_viewed(scene, landing=query)
    else:
        page_viewed(scene, chance.pick(REFERRERS) if chance.share(0.4) else "")
    # Its own pages say it by the address; only the landing carries the campaign.
    scene.campaign = None
    if chance.share(0.04):
        scene.wait(2, 9)
        agreed = chance.share(0.7)
        scene.add("consent_updated", consent={"analytics": agreed})
    if chance.share(0.3) and person is not None and person.customer:
        accounts.sign_in(scene, person)


def _decide(scene: Scene, person: Person) -> None:
    chance = scene.chance
    if person.cart is not None:
        old = scene.at - person.cart.touched_at > DAY_MS
        if old and chance.share(0.3):
            scene.wait(5, 60)
            scene.add("cart_reopened", cart=person.cart.id)
        if not old or chance.share(0.5):
            cart.carry_on(scene, person, person.cart)
    if chance.share(_FRIENDS[person.appetite]) and person.orders and person.customer:
        scene.wait(10, 60)
        if chance.share(0.5):
            scene.add("product_shared", {"share_via": "link"})
        else:
            _refer(scene, person)


def _refer(scene: Scene, person: Person) -> None:
    code = scene.shop.names.token(person.number, "referral", 10)
    scene.add("referral_sent", {"referral_code": code})
    if person.appetite >= REGULAR and scene.chance.share(0.3):
        at = scene.at + scene.chance.between(1, 12) * DAY_MS
        scene.shop.later(at, _referred, person, code)


def _referred(shop: Shop, person: Person, at: int, about: object) -> None:
    actor = RawActor(customer_id=person.customer)
    Scene(shop, person, at, "crm", "", actor).add(
        "referral_converted", {"referral_code": about}
    )


def _listed(scene: Scene) -> None:
    shelf = product(scene.chance.below(PRODUCTS)).shelf
    scene.add("product_list_viewed", {"category": shelf, "url": HOST + shelf})


def _viewed(scene: Scene) -> None:
    chance, person = scene.chance, scene.person
    found = product(chance.below(PRODUCTS))
    free: dict[str, object] = {
        "product_id": found.id,
        "price_minor": found.price_minor,
        "url": f"{HOST}{found.shelf}/{found.id}",
    }
    scene.add("product_viewed", free)
    if chance.share(0.02):
        scene.wait(1, 5)
        scene.add("product_out_of_stock_seen", {"product_id": found.id})
    elif person is not None and not (person.skew_ms and scene.source == "app"):
        if chance.share(_BASKET[person.appetite]):
            scene.wait(4, 60)
            if person.cart is None:
                person.cart = Cart(scene.shop.token("K"), [], scene.at)
            cart.put(scene, person.cart, found)
        elif person.appetite > NEVER and chance.share(0.04):
            scene.wait(1, 9)
            scene.add("wishlist_product_added", {"product_id": found.id})


def _searched(scene: Scene) -> None:
    chance = scene.chance
    language = scene.person.language if scene.person else words.ENGLISH
    fruitless = chance.share(0.12)
    said = words.query(chance, language, fruitless=fruitless)
    results = 0 if fruitless else chance.between(1, 120)
    scene.add("products_searched", {"query": said, "results_count": results})


def _filtered(scene: Scene) -> None:
    scene.add("product_list_filtered", {"filter": scene.chance.pick(("size", "price"))})


def _located(scene: Scene) -> None:
    scene.add("store_locator_searched", {"results_count": scene.chance.between(1, 9)})


def _promoted(scene: Scene) -> None:
    free: dict[str, object] = {"promotion_id": f"B{scene.chance.below(40):02d}"}
    scene.add("promotion_viewed", free)
    if scene.chance.share(0.1):
        scene.wait(1, 9)
        scene.add("promotion_clicked", free)


def _came_back(scene: Scene) -> None:
    """Left, saw an ad somewhere, came back: a second campaign within one session."""
    campaign = scene.chance.pick(ADS)
    scene.campaign = campaign
    page_viewed(scene, landing=f"?utm_source={campaign.source}&utm_campaign=back")
    scene.campaign = None


_STEPS: Final[Weighted[Callable[[Scene], None]]] = Weighted(
    (
        (20, page_viewed),
        (22, _listed),
        (38, _viewed),
        (9, _searched),
        (4, _filtered),
        (2, _located),
        (5, _promoted),
        (1, _came_back),
    )
)
