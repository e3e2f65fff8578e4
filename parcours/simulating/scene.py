"""The stage: the shop that remembers what is to come, and scenes that write touchpoints."""

from collections.abc import Callable
from typing import Final, NamedTuple

from msgspec import Raw, json

from parcours.simulating import person as people
from parcours.simulating.catalogue import store
from parcours.simulating.chance import Chance
from parcours.simulating.devices import devices
from parcours.simulating.person import Names, Person
from parcours.simulating.plan import Plan
from parcours.simulating.rhythm import DAY_MS, Day, rfc3339
from schemas.touchpoint import Campaign, Place, RawActor, RawTouchpoint

_encode = json.Encoder().encode
_MIX: Final = 0x9E3779B97F4A7C15
_MASK: Final = 0xFFFFFFFFFFFFFFFF
_WRITES_TEXT: Final = frozenset({"till", "carrier", "desk"})
"""Sources that send their times as text; the others send milliseconds."""

NOBODY: Final = -1
"""The person of a touchpoint that none has caused: a crawler's."""


class Event(NamedTuple):
    """One touchpoint as it happened.

    Attributes:
        at: when it really was, epoch milliseconds.
        number: order in which it was made up; settles ties.
        person: number of the natural person, or NOBODY.
        raw: as the source says it; its `time` is wrong by `skew`.
        skew: how wrong the source's clock is, milliseconds.
    """

    at: int
    number: int
    person: int
    raw: RawTouchpoint
    skew: int


Act = Callable[["Shop", Person, int, object], None]
"""Something that happens to somebody at a time, with what it is about."""


class Shop:
    """What is true of the shop on a day, and what is still to come.

    Attributes:
        plan: what is simulated.
        chance: of everything that happens.
        names: makes identifiers.
        places: its stores.
        day: today.
        subscribers: who gets the newsletter, in order of subscription.
        devices: what many persons use.
        made: touchpoints made up so far.
    """

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.chance = Chance(plan.seed)
        self.names = Names(plan.seed)
        self.places: list[Place] = [store(n) for n in range(plan.stores)]
        self.day = Day(0, 0, open=True, weekday=0, weight=1.0)
        self.subscribers: list[Person] = []
        self.devices = devices(plan)
        self.made = 0
        self.events: list[Event] = []
        self._persons: dict[int, Person] = {}
        self._agenda: dict[int, list[tuple[int, int, Act, Person, object]]] = {}
        self._planned = 0

    def begin(self, day: Day) -> list[tuple[int, int, Act, Person, object]]:
        """Turn to a day; what was planned for it is handed over, in no order."""
        self.day = day
        return self._agenda.pop(day.number, [])

    def person(self, number: int) -> Person:
        """The person of that number, made up at first sight."""
        one = self._persons.get(number)
        if one is None:
            one = people.person(number, self.names, self.chance, self.plan.stores)
            one.tablet = self.devices.tablets.get(number, "")
            self._persons[number] = one
            if one.subscribed:
                self.subscribers.append(one)
        return one

    def later(self, at: int, act: Act, person: Person, about: object = None) -> None:
        """Plan something for a later day; what is already due happens at once."""
        number = self.day.number + (at - self.day.starts) // DAY_MS
        if number <= self.day.number:
            act(self, person, at, about)
            return
        self._planned += 1
        entry = (at, self._planned, act, person, about)
        self._agenda.setdefault(number, []).append(entry)

    def token(self, what: str) -> str:
        """An identifier of a thing, unlike all others: a cart, an order, a ticket."""
        self._planned += 1
        return f"{what}{self._planned * _MIX + self.plan.seed & _MASK:016x}"

    def write(self, raw: RawTouchpoint, at: int, person: int, skew: int) -> None:
        """Take up a touchpoint."""
        self.made += 1
        self.events.append(Event(at, self.made, person, raw, skew))

    def touchpoint_id(self) -> str:
        """An identity that tells nothing of order."""
        return f"{(self.made + 1) * _MIX + self.plan.seed & _MASK:016x}"


class Scene:
    """One person doing something in one place: what its touchpoints have in common.

    Args:
        shop: where.
        person: who; None for a crawler.
        at: when it begins, epoch milliseconds.
        source: the system that reports it.
        channel: its channel; empty leaves it to the type.
        actor: the identifiers it knows.
        agent: user agent, for what happens in a browser.
        place: the store.
        hint: call or thread.
        campaign: what brought the person here.
        skew_ms: how wrong its clock is.
    """

    __slots__ = (
        "actor",
        "agent",
        "at",
        "campaign",
        "chance",
        "channel",
        "hint",
        "person",
        "place",
        "shop",
        "skew_ms",
        "source",
    )

    def __init__(  # noqa: PLR0913, PLR0917 - what touchpoints have in common
        self,
        shop: Shop,
        person: Person | None,
        at: int,
        source: str,
        channel: str,
        actor: RawActor,
        *,
        agent: str = "",
        place: Place | None = None,
        hint: str | None = None,
        campaign: Campaign | None = None,
        skew_ms: int = 0,
    ) -> None:
        self.shop = shop
        self.chance = shop.chance
        self.person = person
        # Systems of stores and carriers know no milliseconds: ties are for `seq`.
        self.at = at // 1000 * 1000 if source in _WRITES_TEXT else at
        self.source = source
        self.channel = channel or None
        self.actor = actor
        self.agent = agent
        self.place = place
        self.hint = hint
        self.campaign = campaign
        self.skew_ms = skew_ms

    def wait(self, shortest_s: int, longest_s: int) -> None:
        """Let time pass, seconds; often little of it."""
        points = (shortest_s, (3 * shortest_s + longest_s) // 4, longest_s)
        passed = self.chance.quantile(points) * 1000
        if self.source not in _WRITES_TEXT:
            passed += self.chance.below(1000)
        self.at += passed

    def add(  # noqa: PLR0913 - the fields of a touchpoint
        self,
        type_: str,
        free: dict[str, object] | None = None,
        *,
        cart: str | None = None,
        order: str | None = None,
        value: int | None = None,
        seq: int = 0,
        consent: dict[str, bool] | None = None,
    ) -> None:
        """Write a touchpoint, now.

        Args:
            type_: canonical type.
            free: its properties.
            cart: cart id.
            order: order id.
            value: money, cents.
            seq: order within the millisecond.
            consent: what was agreed to.
        """
        shop = self.shop
        stated = self.at + self.skew_ms
        properties = free or {}
        if self.agent:
            properties["user_agent"] = self.agent
        raw = RawTouchpoint(
            id=shop.touchpoint_id(),
            source=self.source,
            type=type_,
            time=rfc3339(stated) if self.source in _WRITES_TEXT else stated,
            actor=self.actor,
            seq=seq,
            channel=self.channel,
            place=self.place,
            campaign=self.campaign,
            session_hint=self.hint,
            cart_id=cart,
            order_id=order,
            value_minor=value,
            currency=None if value is None else "EUR",
            consent=consent,
            properties=Raw(_encode(properties)),
        )
        number = NOBODY if self.person is None else self.person.number
        shop.write(raw, self.at, number, self.skew_ms)
