"""Records of the topics that the sink reads, valid by default; and their bytes."""

from collections.abc import Sequence
from typing import NamedTuple

import msgspec

from schemas.failure import DeadLetter, Reason
from schemas.identity import IdentityLink
from schemas.journey import Cause, JourneyState, PhaseState, Session, Transition
from schemas.messages import Message, MessageCause
from schemas.threads import Thread
from schemas.touchpoint import Actor, Campaign, Duplicate, Place, Touchpoint

JANUARY_MS = 1_704_067_200_000
"""2024-01-01T00:00:00Z."""

FEBRUARY_MS = 1_706_745_600_000
MINUTE_MS = 60_000
LOG = "0123456789ab"

encode = msgspec.json.encode


class Record(NamedTuple):
    """A Kafka record as the sink sees it."""

    offset: int
    value: bytes | None
    timestamp: int = JANUARY_MS


def records(*values: object, first: int = 0) -> list[Record]:
    """Records of one partition, in order; bytes stay as they are, all else is encoded."""
    return [
        Record(offset, value if isinstance(value, bytes | None) else encode(value))
        for offset, value in enumerate(values, first)
    ]


def touchpoint(number: int = 0, **fields: object) -> Touchpoint:
    """A page view; each number is another event of another raw record."""
    whole: dict[str, object] = {
        "tenant": "default",
        "person_id": f"customer_id:{number % 97}",
        "source": "shop-web",
        "id": f"e-{number}",
        "type": "page_viewed",
        "occurred_at": JANUARY_MS + number,
        "received_at": JANUARY_MS + number + 500,
        "channel": "web",
        "direction": "in",
        "raw_log": LOG,
        "raw_partition": 0,
        "raw_offset": number,
        "actor": Actor(customer_id=str(number % 97)),
        "session_id": f"s-{number % 97}",
        "phase": "acquisition",
    }
    return Touchpoint(**(whole | fields))  # type: ignore[arg-type]


def full_touchpoint() -> Touchpoint:
    """A touchpoint with a value in every field."""
    return touchpoint(
        7,
        tenant="brand-a",
        seq=3,
        sent_at=JANUARY_MS - 1,
        actor=Actor("42", "L1", "e" * 64, "p" * 64, "d-1", "a-1"),
        place=Place(store_id="S1", country="FR", city="Besançon"),
        campaign=Campaign("google", "cpc", "janvier", "b", "t", "c-1"),
        session_hint="h",
        cart_id="cart",
        order_id="order",
        ticket_id="ticket",
        value_minor=-1_299,
        currency="EUR",
        consent={"analytics": True, "messaging": False},
        device_class="mobile",
        bot=True,
        machine=True,
        referrer="example.org",
        properties=msgspec.Raw(b'{"price": 1.10, "big":12345678901234567890123}'),
        late=True,
        emotion=-1.5,
        emotion_observed=True,
        emotion_evidence="stars",
        emotion_about="e-3",
    )


def duplicate(number: int = 0, **fields: object) -> Duplicate:
    """A second delivery of touchpoint `number`."""
    whole: dict[str, object] = {
        "tenant": "default",
        "person_id": f"customer_id:{number % 97}",
        "source": "shop-web",
        "id": f"e-{number}",
        "occurred_at": JANUARY_MS + number,
        "received_at": JANUARY_MS + number + 900,
        "raw_log": LOG,
        "raw_partition": 0,
        "raw_offset": 1_000_000 + number,
    }
    return Duplicate(**(whole | fields))  # type: ignore[arg-type]


def message(number: int = 0, revision: int = 1, **fields: object) -> Message:
    """One version of message `number`."""
    whole: dict[str, object] = {
        "tenant": "default",
        "person_id": f"customer_id:{number % 97}",
        "message_id": f"{number:016x}",
        "revision": revision,
        "status": "due",
        "rule": "abandoned_cart",
        "rule_version": 1,
        "purpose": "messaging",
        "channels": ["email", "push"],
        "cause": MessageCause(
            "shop-web", f"e-{number}", "cart_product_added", JANUARY_MS + number
        ),
        "due_at": JANUARY_MS + number + 240 * MINUTE_MS,
    }
    return Message(**(whole | fields))  # type: ignore[arg-type]


def session(number: int = 0, revision: int = 1, **fields: object) -> Session:
    """One version of session `number`."""
    whole: dict[str, object] = {
        "tenant": "default",
        "person_id": f"customer_id:{number % 97}",
        "session_id": f"s-{number}",
        "revision": revision,
        "status": "open",
        "kind": "web",
        "place": "d-1",
        "channel": "web",
        "started_at": JANUARY_MS + number,
        "ended_at": JANUARY_MS + number + revision * MINUTE_MS,
        "touchpoints": revision,
        "entry_type": "page_viewed",
        "exit_type": "page_viewed",
    }
    return Session(**(whole | fields))  # type: ignore[arg-type]


def transition(number: int = 0, revision: int = 1, **fields: object) -> Transition:
    """One version of a first phase."""
    whole: dict[str, object] = {
        "tenant": "default",
        "person_id": f"customer_id:{number}",
        "model": "default",
        "model_version": 1,
        "transition_no": 1,
        "from_phase": "",
        "to_phase": "awareness",
        "occurred_at": JANUARY_MS + number,
        "rule": "first_contact",
        "cause": Cause("shop-web", f"e-{number}", "page_viewed", JANUARY_MS + number),
        "revision": revision,
    }
    return Transition(**(whole | fields))  # type: ignore[arg-type]


def thread(number: int = 0, revision: int = 1, **fields: object) -> Thread:
    """One version of a cart."""
    whole: dict[str, object] = {
        "tenant": "default",
        "person_id": f"customer_id:{number}",
        "kind": "cart",
        "thread_id": f"c-{number}",
        "revision": revision,
        "status": "open",
        "since": JANUARY_MS + number,
        "started_at": JANUARY_MS + number,
        "updated_at": JANUARY_MS + number + revision,
        "touchpoints": revision,
        "cause": Cause("shop-web", f"e-{number}", "cart_viewed", JANUARY_MS + number),
    }
    return Thread(**(whole | fields))  # type: ignore[arg-type]


def journey_state(number: int = 0, revision: int = 1, **fields: object) -> JourneyState:
    """One version of a person's state."""
    whole: dict[str, object] = {
        "due_at": 0,
        "revision": revision,
        "tenant": "default",
        "person_id": f"customer_id:{number}",
        "phase": "awareness",
        "phase_since": JANUARY_MS + number,
        "touchpoints": revision,
        "first_at": JANUARY_MS + number,
        "last_at": JANUARY_MS + number + revision,
        "counts": {"page_viewed": revision},
        "channels": {"web": revision},
        "value_minor": {"EUR": 1_299},
        "facts": {"household": "2 adults"},
        "consent": {"analytics": True},
        "models": {"default": PhaseState(1, "awareness", JANUARY_MS + number, 1)},
    }
    return JourneyState(**(whole | fields))  # type: ignore[arg-type]


def identity_link(number: int = 0, revision: int = 1) -> IdentityLink:
    """One version of what is known of an identifier."""
    name, person = f"anonymous_id:{number}", f"customer_id:{number}"
    seen_with = {person: JANUARY_MS}
    return IdentityLink("default", name, revision, person, seen_with=seen_with)


def dead_letter(number: int = 0, **fields: object) -> DeadLetter:
    """The dead letter of raw record `number`."""
    whole: dict[str, object] = {
        "log": LOG,
        "topic": "parcours.touchpoints.raw.v1",
        "partition": 0,
        "offset": 2_000_000 + number,
        "stage": "identify",
        "reason": Reason.INVALID_JSON.value,
        "detail": "$",
        "received_at": JANUARY_MS + number,
        "payload": b"\x00\xff",
        "payload_bytes": 2,
    }
    return DeadLetter(**(whole | fields))  # type: ignore[arg-type]


def spread(values: Sequence[bytes], partitions: int) -> dict[int, list[bytes]]:
    """Deal values out to partitions, one after the other."""
    return {number: list(values[number::partitions]) for number in range(partitions)}
