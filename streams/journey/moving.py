"""Where the touchpoints of a merged identifier are: following a parent, and coming back.

An identifier with a parent keeps nothing: what was folded under it moves to the parent,
and what still arrives follows, each with its route. When the parent changes, a split goes
the same way, and whatever came by that hop is sent back to the identifier, which sends it
on to where it belongs now. What a split meets too early it meets later: each identifier
that it passed remembers it, and turns back what came by the hop that is over.
"""

from msgspec import Raw, structs

from schemas.identity import MAX_LEFT, MAX_ROUTES, Identity, Move, Route, Split
from schemas.journey import JourneyState
from streams.journey.live import Journey, decode_state, encode_state
from streams.journey.post import Post
from streams.journey.record import Seen
from streams.journey.union import absorb, dissolve, divided, part


def follow(journey: Journey, identity: Identity, parent: str, post: Post) -> None:
    """Leave the former parent, if any, and belong to another one, if any.

    Args:
        journey: of the identifier; changed in place.
        identity: its record.
        parent: the new parent; empty for none.
        post: what is to be sent.
    """
    tenant, name = journey.state.tenant, journey.state.person_id
    former, epoch = identity.parent, identity.epoch
    identity.parent, identity.epoch = parent, epoch + 1
    if former:
        if identity.followed:
            post.send(Split(tenant, former, post.origin(), name, epoch))
        identity.followed = False
    elif not _is_blank(journey.state):
        given = dissolve(journey)
        ways = {
            member: [*identity.routes.get(member, []), (name, epoch + 1)]
            for member in given.members or [name]
        }
        _move(tenant, parent, ways, given, post)
        identity.followed = True
        identity.routes = {}
    journey.state.merged_into = parent


def place(
    journey: Journey, identity: Identity, letter: Move, watermark: int, post: Post
) -> None:
    """Take members in, or send them on to where they belong now.

    Args:
        journey: of the identifier that they came to; changed in place.
        identity: its record.
        letter: what came.
        watermark: event time, epoch milliseconds.
        post: what is to be sent.
    """
    state = decode_state(letter.state)
    turned: dict[str, dict[str, Route]] = {}
    for member, route in letter.routes.items():
        number = _over(identity, route)
        to = "" if number is None else route[number][0]
        turned.setdefault(to, {})[member] = route[:number]
    for (to, routes), some in divided(journey, state, sorted(turned.items())):
        if to:
            _move(letter.tenant, to, routes, some, post)
        elif identity.parent:
            identity.followed = True
            hop = (letter.identifier, identity.epoch)
            onward = {member: [*route, hop] for member, route in routes.items()}
            _move(letter.tenant, identity.parent, onward, some, post)
        else:
            for member, route in routes.items():
                _remember(identity, member, route)
            absorb(journey, some, watermark)


def let_go(
    journey: Journey, identity: Identity, letter: Split, watermark: int, post: Post
) -> None:
    """Send back what came by an identifier that has left.

    Args:
        journey: of a former parent, or of what became its parent; changed in place.
        identity: its record.
        letter: who has left.
        watermark: event time, epoch milliseconds.
        post: what is to be sent.
    """
    tenant, member, epoch = letter.tenant, letter.member, letter.epoch
    if epoch <= identity.left.get(member, 0):
        return
    identity.left.pop(member, None)  # to its end: the oldest is forgotten first
    identity.left[member] = epoch
    if len(identity.left) > MAX_LEFT:
        del identity.left[next(iter(identity.left))]
    if identity.parent:
        if identity.followed:
            post.send(Split(tenant, identity.parent, post.origin(), member, epoch))
        return
    going = {
        name: route[:number]
        for name, route in identity.routes.items()
        if (number := _over(identity, route)) is not None
    }
    for name in going:
        del identity.routes[name]
    there = {n: route for n, route in going.items() if n in journey.state.members}
    if there:
        _move(tenant, member, there, part(journey, there, watermark), post)


def direct(
    journey: Journey, seen: Seen, value: bytes, watermark: int, post: Post
) -> bool:
    """Send a touchpoint on to where its person is now, if that is elsewhere.

    Args:
        journey: of the identifier at which it arrived.
        seen: the touchpoint.
        value: its JSON.
        watermark: event time, epoch milliseconds.
        post: what is to be sent.

    Returns:
        Whether it was sent on; if not it is to be folded here.
    """
    state, route = journey.state, seen.via or []
    identity = state.identity
    if identity is None:
        if not route:
            return False
        identity = state.identity = Identity()
    number = _over(identity, route)
    if number is not None:
        post.redirect(seen, value, route[number][0], route[:number])
        return True
    if identity.parent:
        if not identity.followed:
            identity.followed = journey.changed = True
        onward = [*route, (state.person_id, identity.epoch)]
        post.redirect(seen, value, identity.parent, onward)
        return True
    if route:
        _welcome(journey, identity, seen.person_id, route, watermark)
    return False


def _welcome(
    journey: Journey, identity: Identity, member: str, route: Route, watermark: int
) -> None:
    """Make sure that a touchpoint's identifier is one of the person's members."""
    _remember(identity, member, route)
    members = journey.state.members
    if member not in members and len(members) < journey.rules.policy.max_members:
        absorb(journey, JourneyState(0, 0, journey.state.tenant, member), watermark)


def _over(identity: Identity, route: Route) -> int | None:
    """Position of the first hop of a route that is known to be over."""
    for number, (hop, epoch) in enumerate(route):
        if epoch <= identity.left.get(hop, 0):
            return number
    return None


def _remember(identity: Identity, member: str, route: Route) -> None:
    """Keep the newest way by which a member came: all it has goes by that one."""
    known = identity.routes.get(member, [])
    if len(identity.routes) >= MAX_ROUTES and not known:
        return
    if route and [epoch for _, epoch in route] > [epoch for _, epoch in known]:
        identity.routes[member] = route


def _is_blank(state: JourneyState) -> bool:
    """Whether nothing was ever folded into a state."""
    return not (
        state.members or state.recent or state.known or state.touchpoints or state.late
    )


def _move(
    tenant: str, to: str, routes: dict[str, Route], state: JourneyState, post: Post
) -> None:
    bare = structs.replace(state, links={}, identity=None, merged_into="", applied=None)
    post.send(Move(tenant, to, post.origin(), routes, Raw(encode_state(bare))))
