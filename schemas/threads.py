"""Threads: the carts, orders, returns and tickets inside a person's journey."""

from typing import Final

from msgspec import Struct

from schemas.journey import Cause

KINDS: Final = ("cart", "order", "return", "ticket")
"""What a thread can be; its id is that of the shop's own system."""

STATUSES: Final = (
    "open",
    "progressed",
    "abandoned",
    "completed",
    "cancelled",
    "returned",
    "resolved",
)
"""Where a thread can stand; docs/threads.md says which kind comes to what, and when."""

CART_TYPES: Final = frozenset(
    {
        "wishlist_product_added_to_cart",
        "cart_product_added",
        "cart_product_removed",
        "cart_viewed",
        "cart_shared",
        "cart_reopened",
        "coupon_entered",
        "coupon_applied",
        "coupon_denied",
        "coupon_removed",
        "checkout_started",
        "checkout_step_viewed",
        "checkout_step_completed",
        "payment_info_entered",
        "payment_failed",
        "order_completed",
    }
)
"""Touchpoints that belong to the cart whose `cart_id` they carry.

`cart_abandoned`, as another system tells it, is stored and belongs to none: that nothing
happened is for the thread itself to find."""

ORDER_TYPES: Final = frozenset(
    {
        "order_completed",
        "order_updated",
        "order_shipped",
        "order_delivered",
        "order_picked_up",
        "order_cancelled",
        "order_refunded",
        "product_returned",
    }
)
"""Touchpoints that belong to the order whose `order_id` they carry."""

RETURN_TYPES: Final = frozenset({"product_returned", "order_refunded"})
"""Touchpoints that belong to a return: `properties.return_id`, else that of the order."""

TICKET_TYPES: Final = frozenset({"support_contacted", "call_started", "call_ended"})
"""Touchpoints that belong to the ticket of their `ticket_id`."""


class Thread(Struct, omit_defaults=True):
    """One cart, order, return or ticket of one person, as readers get it.

    Rows of one tenant, person, kind and `thread_id` replace each other; the highest
    `revision` is true. Times are epoch milliseconds of the touchpoints themselves.

    Attributes:
        kind: one of `KINDS`.
        status: one of `STATUSES`.
        since: when the status became true.
        started_at: its earliest touchpoint.
        updated_at: its latest touchpoint.
        touchpoints: distinct touchpoints of it, counted up to 256.
        cause: the touchpoint that made the status true; of an abandoned cart its last.
        value_minor: what the newest touchpoint says a cart or order is worth; of a
            return, what was refunded.
        steps: what it has come to, in the order in which each came first.
        due_at: when the cart is given up if nothing happens, or was; 0 for never.
        deleted: true where the thread is no longer this person's.
    """

    tenant: str
    person_id: str
    kind: str
    thread_id: str
    revision: int
    status: str
    since: int
    started_at: int
    updated_at: int
    touchpoints: int
    cause: Cause
    value_minor: int = 0
    currency: str = ""
    steps: list[str] = []
    due_at: int = 0
    deleted: bool = False


class Touch(Struct, array_like=True, order=True, frozen=True, gc=False):
    """What a thread keeps of one touchpoint; the order of the fields is the wire format.

    Attributes:
        at, seq, source, id, type: as of a `Fact`; the total order of touchpoints.
        note: `resolved` or `handed_over` where it says more than its type does.
        value_minor: what it says the thread is worth, smallest unit.
        currency: ISO 4217; empty where it says nothing of worth.
    """

    at: int
    seq: int
    source: str
    id: str
    type: str
    note: str = ""
    value_minor: int = 0
    currency: str = ""


class ThreadState(Struct, array_like=True, gc=False):
    """A thread as the state holds it; the order of the fields is the wire format.

    Attributes:
        seen: identities of its touchpoints, 8 bytes each, sorted; the smallest 256.
        touches: those of its touchpoints that decide anything, in order: the earliest
            and the latest, the earliest of each step, and the newest statement of worth.
        then: those that came after a silence as long as a finished thread is kept, told
            alike; they belong to the thread unless it was finished before.
    """

    seen: bytes
    touches: list[Touch]
    then: "ThreadState | None" = None
