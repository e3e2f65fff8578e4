"""Generated histories of persons who may turn out to be one, and states folded of them."""

from collections.abc import Iterable
from typing import NamedTuple

from hypothesis import strategies as st
from msgspec import Raw, json

from schemas.journey import JourneyState
from schemas.threads import CART_TYPES, ORDER_TYPES, TICKET_TYPES
from schemas.touchpoint import Touchpoint
from streams.journey.forgetting import forget
from streams.journey.live import Journey, Rules
from streams.journey.record import Seen, decode_seen
from tests.factories.identified import HOUR_MS, MINUTE_MS, START_MS, identified

NAMES = ("customer_id:1", "email_hash:e", "anonymous_id:a", "anonymous_id:b")
TYPES = (
    "page_viewed",
    "product_viewed",
    "order_completed",
    "mailing_delivered",
    "store_visit_started",
    "call_started",
    "payment_failed",
    "product_reviewed",
    "referral_sent",
    "account_created",
    "customer_updated",
    "consent_updated",
    "unsubscribed",
    "email_opened",
    "cart_product_added",
    "checkout_started",
    "order_delivered",
    "product_returned",
    "call_ended",
)
DEVICES = ("d1", "d2")
FELT = {"payment_failed": -1.5, "product_reviewed": 1.0}


class Event(NamedTuple):
    """What is left to chance of a touchpoint."""

    minute: int
    type: str
    person: str
    device: str
    told: int


def events(
    names: Iterable[str] = NAMES, hours: int = 20, size: int = 25
) -> st.SearchStrategy[list[Event]]:
    """Histories within so many hours."""
    minutes = st.integers(0, hours * 60)
    return st.lists(
        st.builds(
            Event,
            # Often exactly at a border of a session, or a millisecond's worth beside it.
            st.one_of(minutes, minutes.map(lambda minute: minute // 30 * 30)),
            st.sampled_from(TYPES),
            st.sampled_from(tuple(names)),
            st.sampled_from(DEVICES),
            st.integers(0, 2),
        ),
        max_size=size,
    )


def seen_of(history: Iterable[Event], prefix: str = "e") -> list[Seen]:
    """The touchpoints of a history, as the journey reads them."""
    return [
        decode_seen(json.encode(_touchpoint(f"{prefix}{number}", event)))
        for number, event in enumerate(history)
    ]


def _touchpoint(id_: str, event: Event) -> Touchpoint:
    ordered = event.type == "order_completed"
    properties = {"facts": {"city": f"c{event.told}", f"f{event.told}": event.minute}}
    return identified(
        id_,
        event.type,
        at=START_MS + event.minute * MINUTE_MS + event.told // 2,
        person=event.person,
        device=event.device,
        store="s1" if event.type.startswith("store") else None,
        session_hint="h" if event.type == "call_started" else "",
        value_minor=100 * event.told if ordered else None,
        currency=("EUR", "USD", "EUR")[event.told] if ordered else None,
        consent={"email": event.told > 0} if event.type == "consent_updated" else None,
        emotion=FELT.get(event.type),
        emotion_observed=event.type == "product_reviewed",
        properties=Raw(
            json.encode(properties) if event.type == "customer_updated" else b"{}"
        ),
        cart_id=f"c{event.told}" if event.type in CART_TYPES else None,
        order_id=f"o{event.told}" if event.type in ORDER_TYPES else None,
        ticket_id="h" if event.type in TICKET_TYPES else "",
    )


def opened(name: str, rules: Rules) -> Journey:
    """The journey of a person of whom nothing is known yet."""
    return Journey(JourneyState(0, 0, "default", name), rules, 0)


def folded(
    name: str, touchpoints: Iterable[Seen], rules: Rules, *, until: int = 0
) -> JourneyState:
    """The state of a person after these touchpoints.

    With `until`, time moves there, and what became final by then is forgotten.
    """
    journey = opened(name, rules)
    for seen in touchpoints:
        journey.fold(seen, 0)
    journey.settle(0)
    if until:
        journey.settle(until)
        forget(journey.state, rules.policy, rules.models, rules.emotion, until)
    return journey.state


def days_later(days: float) -> int:
    """A watermark this long after the start of every history."""
    return START_MS + round(days * 24 * HOUR_MS)
