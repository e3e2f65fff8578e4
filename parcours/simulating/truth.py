"""What really happened: persons with their identifiers, carts, shared devices, counts."""

from collections import Counter
from collections.abc import Iterable, Iterator

from msgspec import UNSET, Struct, UnsetType, json

from parcours.simulating.devices import Shared
from parcours.simulating.moments import Planted
from parcours.simulating.scene import NOBODY, Event
from parcours.simulating.web import GUEST
from schemas.vocabulary import NAMESPACES

_encode = json.Encoder().encode


class PersonTruth(Struct, tag_field="record", tag="person"):
    """A natural person.

    Attributes:
        person: number.
        identifiers: by namespace, in the order in which they appeared, as the source
            sent them; shared ones stand with their devices.
        first_at, last_at: epoch milliseconds.
        orders: completed.
        value_minor: of them, cents.
        skew_ms: how wrong the clock of the person's app is, milliseconds.
    """

    person: int
    identifiers: dict[str, list[str]]
    first_at: int
    last_at: int
    touchpoints: int = 0
    orders: int = 0
    value_minor: int = 0
    skew_ms: int = 0


class SharedDevice(Struct, tag_field="record", tag="shared_device"):
    """An identifier of a device that many use: whose touchpoints carried it."""

    identifier: str
    namespace: str
    kind: str
    persons: list[int]


class CartTruth(Struct, tag_field="record", tag="cart"):
    """A cart: `completed_at` and `order_id` where it became an order, else abandoned."""

    cart_id: str
    person: int
    status: str
    opened_at: int
    last_at: int
    completed_at: int | UnsetType = UNSET
    order_id: str | UnsetType = UNSET


class MomentTruth(Struct, tag_field="record", tag="moment"):
    """A moment of truth, planted.

    Attributes:
        odds: after it, those of moving on are so many times what they were.
    """

    phase: str
    type: str
    odds: float


class Totals(Struct, tag_field="record", tag="totals"):
    """Counts of everything planted; the last line.

    Attributes:
        touchpoints: different ones.
        lines: records, those delivered twice included.
        duplicates: delivered twice.
        late: reported late on purpose, within their channel's lateness.
        skewed: by a clock that is wrong.
        bots: of crawlers.
        machine_opens: mails opened by a proxy.
        blocked: carrying a customer number that names nobody.
        persons: natural persons seen.
        orders, value_minor: completed, cents.
        carts: by status.
        first_at, last_at: of all, epoch milliseconds.
        by_type: touchpoints by type.
        by_channel: touchpoints by the channel that was said; empty for none.
    """

    touchpoints: int = 0
    lines: int = 0
    duplicates: int = 0
    late: int = 0
    skewed: int = 0
    bots: int = 0
    machine_opens: int = 0
    blocked: int = 0
    persons: int = 0
    orders: int = 0
    value_minor: int = 0
    first_at: int = 0
    last_at: int = 0
    carts: dict[str, int] = {}
    by_type: dict[str, int] = {}
    by_channel: dict[str, int] = {}


class Truth:
    """Takes note of every touchpoint as it really happened.

    Args:
        shared: what each identifier is that stands for nobody.
        moments: what is planted of them.
    """

    def __init__(
        self, shared: dict[str, Shared], moments: Iterable[Planted] = ()
    ) -> None:
        self.totals = Totals()
        self._moments = [MomentTruth(m.phase, m.type, m.odds) for m in moments]
        self._shared = shared
        self._users: dict[str, dict[int, None]] = {}
        self._persons: dict[int, PersonTruth] = {}
        self._carts: dict[str, CartTruth] = {}
        self._types: Counter[str] = Counter()
        self._channels: Counter[str] = Counter()

    def note(self, event: Event) -> None:
        """Take note of one touchpoint, in order of time."""
        raw, totals = event.raw, self.totals
        self._types[raw.type] += 1
        self._channels[raw.channel or ""] += 1
        totals.touchpoints += 1
        totals.first_at = totals.first_at or event.at
        totals.last_at = event.at
        totals.skewed += event.skew != 0
        totals.blocked += raw.actor.customer_id == GUEST
        if event.person == NOBODY:
            totals.bots += 1
            return
        if raw.type == "email_opened":
            totals.machine_opens += b'"machine":true' in bytes(raw.properties)
        person = self._person(event)
        if raw.type == "order_completed":
            person.orders += 1
            person.value_minor += raw.value_minor or 0
            totals.orders += 1
            totals.value_minor += raw.value_minor or 0
        if raw.cart_id is not None:
            self._cart(event, raw.cart_id)

    def summed(self) -> Totals:
        """The totals, once everything has been noted."""
        totals = self.totals
        totals.persons = len(self._persons)
        totals.by_type = dict(sorted(self._types.items()))
        totals.by_channel = dict(sorted(self._channels.items()))
        statuses = Counter(cart.status for cart in self._carts.values())
        totals.carts = dict(sorted(statuses.items()))
        return totals

    def lines(self) -> Iterator[bytes]:
        """All of it, one JSON object a line: persons, devices, carts, moments, totals."""
        for number in sorted(self._persons):
            yield _encode(self._persons[number])
        for device in sorted(self._users):
            users = sorted(self._users[device])
            yield _encode(SharedDevice(device, *self._shared[device], users))
        for cart in self._carts.values():
            yield _encode(cart)
        for moment in self._moments:
            yield _encode(moment)
        yield _encode(self.summed())

    def _person(self, event: Event) -> PersonTruth:
        known = self._persons.get(event.person)
        if known is None:
            known = PersonTruth(event.person, {}, event.at, event.at)
            self._persons[event.person] = known
        known.touchpoints += 1
        known.last_at = event.at
        known.skew_ms = event.skew or known.skew_ms
        for namespace in NAMESPACES:
            value = getattr(event.raw.actor, namespace)
            if value is not None:
                self._identifier(known, namespace, value)
        return known

    def _identifier(self, person: PersonTruth, namespace: str, value: str) -> None:
        if value in self._shared:
            self._users.setdefault(value, {})[person.person] = None
        elif value != GUEST:
            known = person.identifiers.setdefault(namespace, [])
            if value not in known:
                known.append(value)

    def _cart(self, event: Event, cart_id: str) -> None:
        cart = self._carts.get(cart_id)
        if cart is None:
            cart = CartTruth(cart_id, event.person, "abandoned", event.at, event.at)
            self._carts[cart_id] = cart
        cart.last_at = event.at
        if event.raw.type == "order_completed":
            cart.status = "completed"
            cart.completed_at = event.at
            cart.order_id = event.raw.order_id or UNSET
