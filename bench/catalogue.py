"""What the generated touchpoints are made of: persons, visits, types, products."""

from dataclasses import dataclass
from typing import Final

import msgspec
from msgspec import Raw

from schemas.touchpoint import Campaign, RawActor


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of visit: how common it is, and where it happens."""

    share: float
    channel: str
    source: str
    known_only: bool = False


KINDS: Final = (
    Kind(0.50, "web", "shop"),
    Kind(0.17, "app", "shop-app"),
    Kind(0.13, "email", "mailer", known_only=True),
    Kind(0.06, "ads", "ads"),
    Kind(0.10, "store", "till", known_only=True),
    Kind(0.04, "phone", "desk", known_only=True),
)


@dataclass(frozen=True, slots=True)
class Find:
    """One touchpoint type, and which fields come with it."""

    type: str
    cart: bool = False
    order: bool = False

    @property
    def money(self) -> bool:
        """Whether a sum of money belongs to it."""
        return self.order and self.type != "order_shipped"


def _often(*weighted: tuple[int, Find]) -> tuple[Find, ...]:
    return tuple(find for weight, find in weighted for _ in range(weight))


FINDS: Final = (
    _often(
        (28, Find("page_viewed")),
        (6, Find("products_searched")),
        (14, Find("product_list_viewed")),
        (10, Find("product_clicked")),
        (18, Find("product_viewed")),
        (2, Find("wishlist_product_added")),
        (7, Find("cart_product_added", cart=True)),
        (2, Find("cart_product_removed", cart=True)),
        (4, Find("cart_viewed", cart=True)),
        (1, Find("coupon_applied", cart=True)),
        (3, Find("checkout_started", cart=True)),
        (2, Find("payment_info_entered", cart=True)),
        (2, Find("order_completed", cart=True, order=True)),
        (1, Find("signed_in")),
    ),
    _often(
        (16, Find("screen_viewed")),
        (6, Find("product_viewed")),
        (3, Find("cart_product_added", cart=True)),
        (1, Find("checkout_started", cart=True)),
        (1, Find("order_completed", cart=True, order=True)),
        (1, Find("store_locator_searched")),
        (2, Find("push_opened")),
    ),
    _often(
        (10, Find("email_delivered")),
        (5, Find("email_opened")),
        (2, Find("email_link_clicked")),
        (1, Find("survey_answered")),
    ),
    _often((12, Find("ad_impression")), (1, Find("ad_clicked"))),
    _often(
        (4, Find("store_visit_started")),
        (2, Find("product_tried")),
        (2, Find("assistance_given")),
        (4, Find("order_completed", order=True)),
        (3, Find("loyalty_points_changed")),
        (1, Find("product_returned", order=True)),
    ),
    _often(
        (2, Find("support_contacted")),
        (3, Find("order_shipped", order=True)),
    ),
)
"""By kind of visit; 30 types in all, the frequent ones more than once."""

PATHS: Final = (
    "home",
    "women/dresses",
    "men/shirts",
    "sale",
    "new-in",
    "shoes/trainers",
)
MAKERS: Final = ("Maison Arbel", "Northlane", "Ostrea", "Vela Sport", "Petit Quai")
PRODUCTS: Final = 5_000
MAILINGS: Final = 60
STORES: Final = 120
_WEBKIT: Final = "AppleWebKit/605.1.15 (KHTML, like Gecko)"
_BLINK: Final = "AppleWebKit/537.36 (KHTML, like Gecko)"
USER_AGENTS: Final = (
    f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) {_BLINK} Chrome/126.0.0.0 Safari/537.36",
    f"Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) {_WEBKIT} Mobile/15E148",
    f"Mozilla/5.0 (Linux; Android 14; Pixel 8) {_BLINK} Chrome/125.0.0.0 Mobile",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10.15; rv:127.0) Gecko/20100101 Firefox/127.0",
    f"Mozilla/5.0 (iPad; CPU OS 16_7 like Mac OS X) {_WEBKIT} Version/16.6 Safari/604.1",
)


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who appears; `key` is the partition key of all their records."""

    number: int
    known: bool

    @property
    def key(self) -> bytes:
        """The identifier that every touchpoint of this person carries."""
        return self.identifier.encode()

    @property
    def identifier(self) -> str:
        """Customer number, or the cookie of a visitor who never signed in."""
        if self.known:
            return f"C{self.number:08d}"
        return f"v-{_mixed(self.number):016x}"


@dataclass(frozen=True, slots=True)
class Scene:
    """What the touchpoints of one visit share."""

    kind: int
    source: str
    channel: str
    actor: RawActor
    campaign: Campaign | None
    store: str
    cart: str
    user_agent: str

    def properties(self, find: Find, choice: int) -> Raw:
        """The free part of a payload, encoded."""
        number = choice % PRODUCTS
        path = PATHS[choice % len(PATHS)]
        maker = MAKERS[number % len(MAKERS)]
        free = {
            "url": f"https://www.shop.example/{path}?p={choice % 999}",
            "product": {
                "sku": f"SKU-{number:06d}",
                "name": f"{maker} {path.rpartition('/')[2]} {number}",
                "price_minor": 990 + number * 7 % 20_000,
                "quantity": 1 + choice % 3,
            },
        }
        if self.user_agent:
            free["user_agent"] = self.user_agent
        else:
            free["register"] = f"{self.store or self.source}-{choice % 12:02d}"
            free["note"] = (
                f"{find.type} {maker}: handled at the desk by agent {choice % 400:03d}"
            )
        return Raw(_encode(free))


_encode = msgspec.json.Encoder().encode


def person_of(number: int) -> Person:
    """The person of that number; seven in ten have told who they are."""
    return Person(number, known=number % 10 < 7)


def scene_of(person: Person, kind_number: int, visit: int) -> Scene:
    """The visit of that number: kinds that need a name turn to the web without one."""
    if KINDS[kind_number].known_only and not person.known:
        kind_number = 0
    kind = KINDS[kind_number]
    mixed = _mixed(visit)
    digital = kind.channel in ("web", "app", "email", "ads")
    mailed = kind.channel in ("email", "ads") or mixed % 4 == 0
    return Scene(
        kind=kind_number,
        source=kind.source,
        channel=kind.channel,
        actor=_actor(person, kind),
        campaign=_campaign(kind, mixed) if mailed and digital else None,
        store=f"S{mixed % STORES:03d}" if kind.channel == "store" else "",
        cart=f"K-{visit:08x}",
        user_agent=USER_AGENTS[person.number % len(USER_AGENTS)] if digital else "",
    )


def _actor(person: Person, kind: Kind) -> RawActor:
    cookie = f"v-{_mixed(person.number):016x}"
    if not person.known:
        return RawActor(anonymous_id=person.identifier)
    email = f"person{person.number}@mail.example" if kind.channel == "email" else None
    return RawActor(
        customer_id=person.identifier,
        email=email,
        anonymous_id=cookie if kind.channel in ("web", "ads") else None,
        device_id=cookie[2:] if kind.channel == "app" else None,
        loyalty_id=f"L{person.number:09d}" if kind.channel == "store" else None,
    )


def _campaign(kind: Kind, mixed: int) -> Campaign:
    number = mixed % MAILINGS
    return Campaign(
        source="newsletter" if kind.channel == "email" else "search",
        medium="email" if kind.channel == "email" else "cpc",
        name=f"spring-{number:02d}",
    )


def _mixed(number: int) -> int:
    """A number that looks random, always the same (Knuth's multiplicative hash)."""
    return (number + 1) * 0x9E3779B97F4A7C15 & 0xFFFFFFFFFFFFFFFF
