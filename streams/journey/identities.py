"""Identity across partitions: what an identifier does on a letter, and whom it writes to.

An identifier lives in the partition of its key. It knows the evidence about itself; from
that follows its parent, the stronger identifier that it is one with (identity/links.py).
What was folded under it moves to the parent, and whatever still arrives follows; the one
without a parent is the person. When a parent changes, what went there comes back the same
way. Letters between two partitions keep their order and are read once (`Origin`); what
happens when letters overtake each other on different ways is in
docs/decisions/0008-identity-protocol.md.
"""

from dataclasses import dataclass, field
from typing import Final

from msgspec import Raw, json

from schemas.identity import (
    MAX_LEFT,
    MAX_LINKS,
    Identity,
    IdentityLink,
    Implied,
    Letter,
    Linked,
    Move,
    Origin,
    Route,
    Split,
)
from schemas.journey import JourneyState
from schemas.topics import record_key
from streams.identity.links import LinkPolicy, derive, hear, see
from streams.journey.live import Journey, decode_state
from streams.journey.record import Seen

Pair = tuple[bytes, bytes]
_encode: Final = json.Encoder().encode
_VIA: Final = b',"via":['


@dataclass(slots=True)
class Post:
    """What one record makes identifiers write.

    Attributes:
        partition: where the record was read.
        offset: its offset.
        sent: letters and touchpoints for the identified topic, by key.
        links: records for the links topic.
    """

    partition: int
    offset: int = 0
    sent: list[Pair] = field(default_factory=list)
    links: list[Pair] = field(default_factory=list)
    _count: int = 0

    def open(self, offset: int) -> None:
        """Begin with another record."""
        self.offset = offset
        self._count = 0

    def origin(self) -> Origin:
        """Origin of the next thing to be sent."""
        self._count += 1
        return (self.partition, self.offset, self._count)

    def send(self, letter: Letter) -> None:
        """Send a letter to the identifier that it names."""
        key = record_key(letter.tenant, letter.identifier)
        self.sent.append((key, _encode(letter)))


class Identities:
    """Reads letters and directs touchpoints, for the identifiers of one partition.

    Args:
        policy: limits of linking.
    """

    def __init__(self, policy: LinkPolicy) -> None:
        self._policy = policy

    def read(self, letter: Letter, journey: Journey, post: Post) -> None:
        """Do what a letter asks for.

        Args:
            letter: addressed to this journey's identifier.
            journey: changed in place.
            post: what is to be sent because of it.
        """
        identity = _identity(journey)
        if isinstance(letter, Linked):
            marks = (letter.linked_at, letter.unlinked_at)
            if see(identity, letter.stronger, *marks):
                self._conclude(journey, identity, post)
        elif isinstance(letter, Implied):
            if hear(identity, letter.by, letter.stronger, letter.revision):
                self._conclude(journey, identity, post)
        elif isinstance(letter, Move):
            _place(journey, identity, letter, post)
        else:
            _let_go(journey, identity, letter, post)

    def _conclude(self, journey: Journey, identity: Identity, post: Post) -> None:
        """Draw the conclusions of new evidence: tell others, follow another parent."""
        state = journey.state
        name, tenant = state.person_id, state.tenant
        found = derive(name, identity, self._policy)
        for other in sorted({*identity.implies, *found.implies}):
            now = found.implies.get(other, "")
            if now != identity.implies.get(other, ""):
                origin, revision = post.origin(), identity.revision
                post.send(Implied(tenant, other, origin, name, revision, now))
        identity.implies = dict(found.implies)
        identity.shared = found.shared
        if found.parent != identity.parent:
            _follow(journey, identity, found.parent, post)
        link = link_of(tenant, name, identity)
        post.links.append((record_key(tenant, name), _encode(link)))

    def direct(self, seen: Seen, value: bytes, journey: Journey, post: Post) -> bool:
        """Send a touchpoint on to where its person is now, if that is elsewhere.

        Args:
            seen: the touchpoint.
            value: its JSON.
            journey: of the identifier at which it arrived.
            post: what is to be sent.

        Returns:
            Whether it was sent on; if not it is to be folded here.
        """
        identity = journey.state.identity
        route = seen.via or []
        if identity is None and not route:
            return False
        if identity is None:
            identity = _identity(journey)
        state = journey.state
        for number, (hop, epoch) in enumerate(route):
            if epoch <= identity.left.get(hop, 0):
                _redirect(state.tenant, hop, route[:number], value, seen, post)
                return True
        if identity.parent:
            if not identity.followed:
                identity.followed = journey.changed = True
            onward = [*route, (state.person_id, identity.epoch)]
            _redirect(state.tenant, identity.parent, onward, value, seen, post)
            return True
        if route:
            _remember(identity, seen.person_id, route)
        return False


def link_of(tenant: str, name: str, identity: Identity) -> IdentityLink:
    """The public record of an identifier."""
    return IdentityLink(
        tenant,
        name,
        identity.revision,
        identity.parent,
        identity.shared,
        {other: on for other, (on, off) in sorted(identity.direct.items()) if on > off},
        {by: other for by, (other, _) in sorted(identity.implied.items()) if other},
    )


def plain(seen: Seen, value: bytes) -> bytes:
    """A touchpoint's JSON as the first agent wrote it, without the way that it came."""
    at = value.rfind(_VIA) if seen.via is not None else -1
    return value if at < 0 else value[:at] + b"}"


def note_links(seen: Seen, others: list[str], journey: Journey, post: Post) -> None:
    """Tell the other identifiers of an event that they were seen with the strongest.

    Only what may change something is told: the first event that links two, and what
    lies beyond an unlinking. The newest times are remembered, so that an unlinking that
    comes late, between two events, is weighed against both.

    Args:
        seen: a touchpoint addressed to this journey's identifier.
        others: its other identifiers.
        journey: changed in place.
        post: what is to be sent.
    """
    state = journey.state
    at = seen.occurred_at
    unlinking = seen.type == "identity_unlinked"
    unlinks = state.identity.unlinks if state.identity is not None else {}
    for other in others:
        linked, unlinked = state.links.get(other, 0), unlinks.get(other, 0)
        if unlinking:
            if at <= unlinked:
                continue
            _unlink(_identity(journey), other, at)
            unlinked = at
        else:
            if at <= linked:
                continue
            state.links[other] = at
            journey.changed = True
            if linked > unlinked or (at <= unlinked):
                continue
            linked = at
        journey.changed = True
        post.send(
            Linked(
                state.tenant,
                other,
                post.origin(),
                state.person_id,
                linked,
                unlinked,
            )
        )
    _bound_links(state)


def _unlink(identity: Identity, other: str, at: int) -> None:
    identity.unlinks.pop(other, None)  # to its end: the oldest is forgotten first
    identity.unlinks[other] = at
    if len(identity.unlinks) > MAX_LINKS:
        del identity.unlinks[next(iter(identity.unlinks))]


def _bound_links(state: JourneyState) -> None:
    if len(state.links) > MAX_LINKS:
        # Forgotten ones are told again when they are seen again: that changes nothing.
        oldest = sorted(state.links, key=lambda name: (state.links[name], name))
        for name in oldest[: len(oldest) - MAX_LINKS * 3 // 4]:
            del state.links[name]


def _identity(journey: Journey) -> Identity:
    state = journey.state
    if state.identity is None:
        state.identity = Identity()
    journey.changed = True
    return state.identity


def _follow(journey: Journey, identity: Identity, parent: str, post: Post) -> None:
    """Leave the former parent, if any, and belong to another one, if any."""
    state = journey.state
    tenant, name = state.tenant, state.person_id
    former, epoch = identity.parent, identity.epoch
    identity.parent, identity.epoch = parent, epoch + 1
    state.merged_into = parent
    if former:
        if identity.followed:
            post.send(Split(tenant, former, post.origin(), name, epoch))
        identity.followed = False
        return
    hop = (name, epoch + 1)
    for part in journey.dissolve():
        route = [*identity.routes.get(part.person_id, []), hop]
        _move(tenant, parent, part.person_id, route, part, post)
        identity.followed = True
    identity.routes = {}


def _place(journey: Journey, identity: Identity, letter: Move, post: Post) -> None:
    """Take a member's state in, or send it on to where the member is now."""
    name = letter.identifier
    for number, (hop, epoch) in enumerate(letter.route):
        if epoch <= identity.left.get(hop, 0):
            _pass_on(letter, hop, letter.route[:number], post)
            return
    if identity.parent:
        identity.followed = True
        route = [*letter.route, (name, identity.epoch)]
        _pass_on(letter, identity.parent, route, post)
        return
    if letter.route:
        _remember(identity, letter.member, letter.route)
    journey.absorb(decode_state(letter.state))


def _let_go(journey: Journey, identity: Identity, letter: Split, post: Post) -> None:
    """Send back what came by an identifier that has left."""
    member, epoch = letter.member, letter.epoch
    if epoch <= identity.left.get(member, 0):
        return
    identity.left.pop(member, None)  # to its end: the oldest is forgotten first
    identity.left[member] = epoch
    if len(identity.left) > MAX_LEFT:
        del identity.left[next(iter(identity.left))]
    if identity.parent:
        if identity.followed:
            origin = post.origin()
            post.send(Split(letter.tenant, identity.parent, origin, member, epoch))
        return
    below = {
        name: route[:number]
        for name, route in identity.routes.items()
        for number, hop in enumerate(route)
        if hop[0] == member and hop[1] <= epoch
    }
    for part in journey.release(below):
        route = below[part.person_id]
        _move(letter.tenant, member, part.person_id, route, part, post)
    for name in below:
        del identity.routes[name]


def _remember(identity: Identity, member: str, route: Route) -> None:
    """Keep the newest way by which a member came: all it has goes by that one."""
    known = identity.routes.get(member)
    if known is None or [e for _, e in route] > [e for _, e in known]:
        identity.routes[member] = route


def _move(  # noqa: PLR0913, PLR0917 the fields of the letter
    tenant: str, to: str, member: str, route: Route, state: JourneyState, post: Post
) -> None:
    post.send(Move(tenant, to, post.origin(), member, route, Raw(_encode(state))))


def _pass_on(letter: Move, to: str, route: Route, post: Post) -> None:
    post.send(
        Move(letter.tenant, to, post.origin(), letter.member, route, letter.state)
    )


def _redirect(  # noqa: PLR0913, PLR0917 what a forwarded touchpoint consists of
    tenant: str, to: str, route: Route, value: bytes, seen: Seen, post: Post
) -> None:
    way = _encode(route)
    origin = _encode(post.origin())
    value = plain(seen, value)[:-1] + b',"via":' + way + b',"sent":' + origin + b"}"
    post.sent.append((record_key(tenant, to), value))
