"""A thread as a function of its touchpoints: what it keeps of them, where it stands."""

from hashlib import blake2b
from typing import Final, NamedTuple

from schemas.facts import Fact
from schemas.journey import Cause
from schemas.threads import Thread, ThreadState, Touch
from streams.journey.known import WIDTH
from streams.journey.policy import DAY_MS, ThreadPolicy

MAX_SEEN: Final = 256
RESOLVED: Final = "resolved"
MAX_REFUNDS: Final = 32
HANDED_OVER: Final = "handed_over"
"""Step of an order paid for at a till: the customer leaves with the goods."""
_AT_TILL: Final = frozenset({"pos", "store"})

_RULES: Final[dict[str, tuple[tuple[str, frozenset[str]], ...]]] = {
    "cart": (
        ("completed", frozenset({"order_completed"})),
        (
            "progressed",
            frozenset(
                {
                    "checkout_started",
                    "checkout_step_viewed",
                    "checkout_step_completed",
                    "payment_info_entered",
                    "payment_failed",
                }
            ),
        ),
    ),
    "order": (
        ("returned", frozenset({"product_returned"})),
        ("cancelled", frozenset({"order_cancelled"})),
        ("returned", frozenset({"order_refunded"})),
        ("completed", frozenset({"order_delivered", "order_picked_up", HANDED_OVER})),
        ("progressed", frozenset({"order_shipped", "order_updated"})),
    ),
    "return": (("completed", frozenset({"order_refunded"})),),
}
"""For each kind its statuses, the farthest first, and the steps that lead to each.

A ticket has none: it is as its latest touchpoint leaves it. Abandonment is no step."""

_STEPS: Final = {
    "cart": frozenset[str]().union(*(steps for _, steps in _RULES["cart"])),
    "order": frozenset({"order_completed"}).union(*(s for _, s in _RULES["order"])),
    "return": frozenset({"product_returned", "order_refunded"}),
    "ticket": frozenset({"support_contacted", "call_started", "call_ended", RESOLVED}),
}
"""For each kind the touchpoint types, and other steps, that a thread remembers."""


MOST_LATE_MS: Final = 30 * DAY_MS
"""No channel's touchpoints may be later than this, by any policy file."""

_ANY: Final = ThreadPolicy()
_FINISHED: Final = frozenset({"completed", "cancelled", "returned", "resolved"})


class Standing(NamedTuple):
    """Where a thread stands, since when, and by which touchpoint."""

    status: str
    since: int
    cause: Touch


def lifted(kind: str, fact: Fact) -> ThreadState:
    """The thread of which this fact is the only touchpoint.

    Args:
        kind: what the thread is.
        fact: a fact that belongs to it.
    """
    note = ""
    if kind == "ticket":
        note = RESOLVED if fact.detail.resolved else ""
    elif kind == "order" and fact.channel in _AT_TILL:
        note = HANDED_OVER if fact.type == "order_completed" else ""
    value, currency = fact.value_minor, fact.currency
    if not currency or (kind == "order" and fact.type == "order_refunded"):
        value, currency = 0, ""
    identity = f"{fact.source}\0{fact.id}".encode()
    return ThreadState(
        blake2b(identity, digest_size=8).digest(),
        [
            Touch(
                fact.at,
                fact.seq,
                fact.source,
                fact.id,
                fact.type,
                note,
                value,
                currency,
            )
        ],
    )


def merged(
    kind: str, one: ThreadState, other: ThreadState, policy: ThreadPolicy
) -> ThreadState:
    """The thread of the touchpoints of both; of what both have there is one.

    Associative, commutative and idempotent, since all that is kept is the first or the
    last of its sort, of each stretch without a long silence; neither argument is
    changed.

    Args:
        kind: what the thread is.
        one: a state of a thread.
        other: another state of the same thread.
        policy: which silence is a long one.
    """
    if (
        one.then is other.then is None
        and other.touches[0].at - one.touches[-1].at <= policy.keep_ms
        and one.touches[0].at - other.touches[-1].at <= policy.keep_ms
    ):
        return _joined(kind, one, other)
    stretches = sorted(
        [*_stretches(one), *_stretches(other)], key=lambda part: part.touches[0]
    )
    found = [stretches[0]]
    for part in stretches[1:]:
        if part.touches[0].at - found[-1].touches[-1].at <= policy.keep_ms:
            found[-1] = _joined(kind, found[-1], part)
        else:
            found.append(part)
    whole: ThreadState | None = None
    for part in reversed(found):
        whole = ThreadState(part.seen, part.touches, whole)
    assert whole is not None  # noqa: S101 there is at least one
    return whole


def counted(kind: str, thread: ThreadState) -> ThreadState:
    """What of a thread counts: up to the long silence after which it was finished.

    It is the touchpoints' own time that says so. When they came, and how far time had
    got by then, changes nothing.
    """
    while thread.then is not None:
        told = ThreadState(thread.seen, thread.touches)
        if finished(kind, told):
            return told
        later = thread.then
        whole = _joined(kind, told, later)
        thread = ThreadState(whole.seen, whole.touches, later.then)
    return thread


def due(kind: str, thread: ThreadState, policy: ThreadPolicy) -> int:
    """When a thread is given up for lack of touchpoints; 0 for never.

    Only a cart is: a millisecond after the silence that keeps it.
    """
    if kind != "cart":
        return 0
    thread = counted(kind, thread)
    for touch in thread.touches:
        if touch.type == "order_completed":
            return 0
    return thread.touches[-1].at + policy.cart_abandoned_ms + 1


def standing(
    kind: str, thread: ThreadState, policy: ThreadPolicy, now: int
) -> Standing:
    """Where a thread stands.

    Args:
        kind: what the thread is.
        thread: what is known of it.
        policy: says how long a cart may rest.
        now: event time, epoch milliseconds.
    """
    thread = counted(kind, thread)
    last = thread.touches[-1]
    if kind == "ticket":
        status = "progressed" if last.type == "call_ended" else "open"
        return Standing(last.note or status, last.at, last)
    end = due(kind, thread, policy) if kind == "cart" else 0
    if end and now >= end:
        return Standing("abandoned", end, last)
    touches = thread.touches
    for status, steps in _RULES[kind]:
        for touch in touches:
            if touch.type in steps or touch.note in steps:
                return Standing(status, touch.at, touch)
    first = touches[0]
    return Standing("open", first.at, first)


def finished(kind: str, thread: ThreadState) -> bool:
    """Whether a thread has come to an end; that a cart was given up is none."""
    return standing(kind, thread, _ANY, 0).status in _FINISHED


def left(thread: ThreadState, policy: ThreadPolicy, now: int) -> bool:
    """Whether a finished thread has been at rest for so long that it leaves the state.

    Whatever comes by then is of a time after which it no longer counts. A thread that
    is not finished stays: a cart may be taken up again after months.

    Args:
        thread: what `counted` says of it.
        policy: how long a finished thread is kept.
        now: event time, epoch milliseconds.
    """
    return thread.touches[-1].at + policy.keep_ms + MOST_LATE_MS < now


def published(
    state: tuple[str, str, int],
    name: tuple[str, str],
    thread: ThreadState,
    policy: ThreadPolicy,
    now: int,
) -> Thread:
    """The thread as readers get it.

    Args:
        state: tenant, person and revision of the state that holds it; what time has
            changed takes the revision after it.
        name: kind and id of the thread.
        thread: what is known of it.
        policy: says how long a cart may rest.
        now: event time, epoch milliseconds.
    """
    tenant, person_id, revision = state
    kind, id_ = name
    thread = counted(kind, thread)
    status, since, cause = standing(kind, thread, policy, now)
    value, currency = _worth(kind, thread.touches)
    return Thread(
        tenant,
        person_id,
        kind,
        id_,
        revision + (status == "abandoned"),
        status,
        since,
        thread.touches[0].at,
        thread.touches[-1].at,
        len(thread.seen) // 8,
        Cause(cause.source, cause.id, cause.type, cause.at, cause.seq),
        value,
        currency,
        _reached(kind, thread.touches),
        due(kind, thread, policy),
    )


def _stretches(thread: ThreadState | None) -> list[ThreadState]:
    found = []
    while thread is not None:
        found.append(thread)
        thread = thread.then
    return found


def _joined(kind: str, one: ThreadState, other: ThreadState) -> ThreadState:
    """The touchpoints of both, whatever comes after them."""
    if len(other.touches) == 1 and other.touches[0] > one.touches[-1]:
        touches = [*one.touches, *other.touches]
    else:
        touches = sorted({*one.touches, *other.touches})
    return ThreadState(
        smallest(one.seen, other.seen, MAX_SEEN), _decisive(kind, touches)
    )


def _decisive(kind: str, touches: list[Touch]) -> list[Touch]:
    """Of touches in order those that can ever decide anything."""
    if len(touches) == 1:
        return touches
    keep = {0, len(touches) - 1}
    reached: set[str] = set()
    for number, touch in enumerate(touches):
        for step in (touch.type, touch.note):
            if step in _STEPS[kind] and step not in reached:
                reached.add(step)
                keep.add(number)
    valued = [number for number, touch in enumerate(touches) if touch.currency]
    keep.update(valued[-(MAX_REFUNDS if kind == "return" else 1) :])
    return [touch for number, touch in enumerate(touches) if number in keep]


def _reached(kind: str, touches: list[Touch]) -> list[str]:
    """The steps of a thread, in the order in which each came first."""
    steps = _STEPS[kind]
    reached: list[str] = []
    for touch in touches:
        for step in (touch.type, touch.note):
            if step in steps and step not in reached:
                reached.append(step)
    return reached


def _worth(kind: str, touches: list[Touch]) -> tuple[int, str]:
    """What the newest statement says; of a return, the sum in the newest currency."""
    valued = [touch for touch in touches if touch.currency]
    if not valued:
        return 0, ""
    currency = valued[-1].currency
    if kind != "return":
        return valued[-1].value_minor, currency
    return sum(t.value_minor for t in valued if t.currency == currency), currency


def smallest(one: bytes, other: bytes, limit: int) -> bytes:
    """Of two sets of identities, 8 bytes each and sorted, the smallest of the union."""
    if len(other) == WIDTH and len(one) < WIDTH * limit:
        return _with_one_more(one, other)
    both = {one[at : at + 8] for at in range(0, len(one), 8)}
    both |= {other[at : at + 8] for at in range(0, len(other), 8)}
    return b"".join(sorted(both)[:limit])


def _with_one_more(known: bytes, new: bytes) -> bytes:
    """Identities, sorted, with one among them: mostly it is new, and there is room."""
    low, high = 0, len(known) // WIDTH
    while low < high:
        middle = (low + high) // 2
        if known[middle * WIDTH : (middle + 1) * WIDTH] < new:
            low = middle + 1
        else:
            high = middle
    at = low * WIDTH
    if known[at : at + WIDTH] == new:
        return known
    return known[:at] + new + known[at:]
