"""Who goes shopping: natural persons, the identifiers they collect, and their habits."""

from dataclasses import dataclass, field
from hashlib import sha256
from typing import Final

from parcours.simulating.catalogue import DESKTOPS, PHONES, Product
from parcours.simulating.chance import Chance, Weighted
from parcours.simulating.rhythm import HOUR_MS
from parcours.simulating.words import ENGLISH, FRENCH

NEVER, ONCE, REGULAR, FAN = 0, 1, 2, 3
"""How much somebody likes to buy here; most never do."""

SKEW_SHARE: Final = 0.05
SKEWS_MS: Final = (-2 * HOUR_MS, -HOUR_MS, HOUR_MS, 2 * HOUR_MS)
MAX_SKEW_MS: Final = 2 * HOUR_MS
"""No planted clock is wrong by more."""

_APPETITES: Final = Weighted(((62, NEVER), (22, ONCE), (12, REGULAR), (4, FAN)))
_SPREAD: Final = 387_420_489
_CUSTOMERS: Final = 10**9
_VETERANS: Final = (0.03, 0.3, 0.6, 0.75)


@dataclass(slots=True)
class Cart:
    """What somebody has put aside to buy."""

    id: str
    lines: list[tuple[Product, int]]
    touched_at: int

    @property
    def value_minor(self) -> int:
        """What it comes to."""
        return sum(product.price_minor * count for product, count in self.lines)


@dataclass(slots=True)
class Person:
    """One natural person.

    Identifiers that somebody does not have yet are empty.

    Attributes:
        number: rank in activity, and the name in the truth.
        appetite: NEVER, ONCE, REGULAR or FAN.
        home: number of the store around the corner.
        cookies: browsers, each with the user agent behind it.
        tablet: shared tablet of the family, which takes part in the browsing.
        app: device with the shop's app; its clock is wrong by `skew_ms`.
        proxied: the mail provider opens every mail.
        signed_in: browsers that have stayed signed in.
        subscribed: gets the newsletter.
        cart: the cart under way.
        orders: how many so far.
        pleased: mean of what was experienced, from -2 to 2, times 100.
        free_at: until then busy shopping.
    """

    number: int
    appetite: int
    language: str
    home: int
    cookies: list[tuple[str, str]]
    tablet: str = ""
    app: str = ""
    skew_ms: int = 0
    customer: str = ""
    loyalty: str = ""
    email: str = ""
    phone: str = ""
    proxied: bool = False
    signed_in: set[str] = field(default_factory=set)
    subscribed: bool = False
    cart: Cart | None = None
    orders: int = 0
    pleased: int = 0
    free_at: int = 0


@dataclass(frozen=True, slots=True)
class Names:
    """Identifiers as this seed has them: pseudonyms, of nobody."""

    seed: int

    def token(self, number: int, what: str, digits: int = 24) -> str:
        """A hexadecimal token, unlike all others."""
        return sha256(f"{self.seed}:{number}:{what}".encode()).hexdigest()[:digits]

    def customer(self, number: int) -> str:
        """A customer number."""
        return f"C{(number + 1) * _SPREAD % _CUSTOMERS:09d}"

    def loyalty(self, number: int) -> str:
        """The number of a loyalty card."""
        return f"2980{(number + 1) * _SPREAD % _CUSTOMERS:09d}"

    def email(self, number: int) -> str:
        """What the SHA-256 of an address looks like."""
        return self.token(number, "email", 64)

    def phone(self, number: int) -> str:
        """What the SHA-256 of a phone number looks like."""
        return self.token(number, "phone", 64)


def person(number: int, names: Names, chance: Chance, stores: int) -> Person:
    """Somebody who has not been here before; a veteran has, under another system."""
    appetite = chance.draw(_APPETITES)
    browsers = 2 if chance.share(0.35) else 1
    agents = (chance.pick(PHONES), chance.pick(DESKTOPS))
    one = Person(
        number,
        appetite,
        FRENCH if chance.share(0.75) else ENGLISH,
        chance.below(stores),
        [(names.token(number, f"cookie{n}"), agents[n]) for n in range(browsers)],
        proxied=chance.share(0.3),
    )
    if chance.share(_VETERANS[appetite]):
        one.customer = names.customer(number)
        one.email = names.email(number)
        one.subscribed = chance.share(0.6)
        if chance.share(0.5):
            one.loyalty = names.loyalty(number)
    if appetite != NEVER and chance.share(0.4):
        one.app = names.token(number, "app")
        if chance.share(SKEW_SHARE):
            one.skew_ms = chance.pick(SKEWS_MS)
    if chance.share(0.2):
        one.phone = names.phone(number)
    return one
