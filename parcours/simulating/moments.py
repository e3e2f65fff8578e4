"""Persons who pass through the phases, where three touchpoints change who moves on.

Everything else that happens to them says nothing of it, but for one trap: who is busy
has more touchpoints of every type, and moves on more often. Whoever compares those who
had a touchpoint with those who never had it, finds moments where there are none.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Final

from parcours.simulating import rhythm
from parcours.simulating.chance import Chance, Weighted
from parcours.simulating.person import Names
from parcours.simulating.plan import Plan
from parcours.simulating.rhythm import DAY_MS, HOUR_MS, MINUTE_MS
from parcours.simulating.scene import Event
from schemas.touchpoint import RawActor, RawTouchpoint
from schemas.vocabulary import TYPES

LIKELIER: Final = 8.0
UNLIKELIER: Final = 0.05
_MIX: Final = 0x9E3779B97F4A7C15
_MASK: Final = 0xFFFFFFFFFFFFFFFF


@dataclass(frozen=True, slots=True)
class Phase:
    """What happens in a phase of the built-in model, and what leads out of it.

    Attributes:
        noise: touchpoint types, the frequent ones first.
        onward: the type that leads on.
    """

    name: str
    noise: tuple[str, ...]
    onward: str


PHASES: Final = (
    Phase(
        "awareness",
        ("ad_impression", "email_delivered", "social_post_engaged", "social_mention",
         "mailing_delivered", "push_opened"),
        "page_viewed",
    ),
    Phase(
        "acquisition",
        ("product_viewed", "email_opened", "products_searched", "promotion_viewed",
         "wishlist_product_added", "store_visit_started", "assistance_given",
         "demo_attended", "coupon_applied", "support_contacted"),
        "order_completed",
    ),
    Phase(
        "onboarding",
        ("product_viewed", "email_delivered", "email_opened", "order_delivered",
         "onboarding_content_viewed", "loyalty_enrolled", "product_reviewed",
         "support_contacted", "call_ended", "product_returned"),
        "order_completed",
    ),
    Phase(
        "engagement",
        ("product_viewed", "email_opened", "screen_viewed", "store_visit_started",
         "demo_attended", "coupon_denied", "product_reviewed", "payment_failed",
         "product_tried", "call_ended"),
        "referral_sent",
    ),
)  # fmt: skip
"""The first four phases; of those who reach the fifth no more is told."""

_FIRST_PLANTED: Final = 1
_NEVER_PLANTED: Final = 2
"""Not in the first phase, and none of the two most frequent types of another; nor what
the retailer does, of which there is too little in a phase to compare it with."""


@dataclass(frozen=True, slots=True)
class Planted:
    """A moment of truth: how many times likelier moving on is after it, as odds."""

    phase: str
    type: str
    odds: float


def planted(plan: Plan) -> tuple[Planted, ...]:
    """The moments of a plan: one in each of three phases; the last one holds back."""
    if plan.scene != "moments":
        return ()
    chance = Chance(plan.seed ^ _MIX)
    odds = (LIKELIER, LIKELIER, UNLIKELIER)
    return tuple(
        Planted(phase.name, chance.pick(_plantable(phase)), times)
        for phase, times in zip(PHASES[_FIRST_PLANTED:], odds, strict=True)
    )


def _plantable(phase: Phase) -> list[str]:
    rare = phase.noise[_NEVER_PLANTED:]
    return [type_ for type_ in rare if TYPES[type_].direction == "in"]


def history(plan: Plan) -> Iterator[Event]:
    """Every touchpoint of the plan as it happened, in order of time.

    As many persons appear as there are touchpoints for.
    """
    crowd = _Crowd(plan)
    number = 0
    while len(crowd.events) < plan.touchpoints:
        crowd.live(number)
        number += 1
    return islice(iter(sorted(crowd.events)), plan.touchpoints)


class _Crowd:
    """Lets one person after the other live."""

    def __init__(self, plan: Plan) -> None:
        (first,) = islice(rhythm.days(plan.start, 1), 1)
        self.events: list[Event] = []
        self._plan = plan
        self._chance = Chance(plan.seed)
        self._names = Names(plan.seed)
        self._begins = first.starts
        self._ends = first.starts + plan.days * DAY_MS
        self._planted = {(one.phase, one.type): one.odds for one in planted(plan)}
        self._noise = {
            phase.name: Weighted(
                (3.0 if place < _NEVER_PLANTED else 1.0, type_)
                for place, type_ in enumerate(phase.noise)
            )
            for phase in PHASES
        }

    def live(self, number: int) -> None:
        """Somebody comes, and passes through phases until they move no more."""
        chance = self._chance
        busy = chance.share(0.5)
        actor = RawActor(customer_id=self._names.customer(number))
        span = max(1, self._plan.days * 3 // 5)
        at = self._begins + chance.below(span * DAY_MS)
        self._add(number, actor, "ad_impression", at)
        for phase in PHASES:
            moved = self._pass(number, actor, phase, at, busy=busy)
            if moved is None:
                return
            at = moved

    def _pass(
        self, number: int, actor: RawActor, phase: Phase, at: int, *, busy: bool
    ) -> int | None:
        """One phase; when it was left, or None where it never is."""
        chance = self._chance
        # Who is busy comes more often and moves on more often, whatever happens.
        odds = 0.12 if busy else 0.04
        gaps = (HOUR_MS, 30 * HOUR_MS, 4 * DAY_MS) if busy else (
            6 * HOUR_MS, 3 * DAY_MS, 9 * DAY_MS
        )  # fmt: skip
        had: set[str] = set()
        while not chance.share(0.06):
            at += chance.quantile(gaps)
            if at >= self._ends:
                return None
            type_ = chance.draw(self._noise[phase.name])
            self._add(number, actor, type_, at)
            if type_ not in had:
                had.add(type_)
                odds *= self._planted.get((phase.name, type_), 1.0)
            if chance.share(odds / (1 + odds)):
                at += chance.between(MINUTE_MS, 20 * HOUR_MS)
                if at >= self._ends:
                    return None
                self._add(number, actor, phase.onward, at)
                return at
        return None

    def _add(self, number: int, actor: RawActor, type_: str, at: int) -> None:
        made = len(self.events) + 1
        order = type_ == "order_completed"
        token = f"{made * _MIX + self._plan.seed & _MASK:016x}"
        raw = RawTouchpoint(
            id=token,
            source="shop",
            type=type_,
            time=at,
            actor=actor,
            channel=TYPES[type_].channel,
            order_id=f"O{token}" if order else None,
            value_minor=self._chance.between(1_000, 15_000) if order else None,
            currency="EUR" if order else None,
        )
        self.events.append(Event(at, made, number, raw, 0))
