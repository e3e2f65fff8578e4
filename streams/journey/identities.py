"""Identity across partitions: what an identifier does on a letter, and whom it writes to.

An identifier lives in the partition of its key. It knows the evidence about itself; from
that follows its parent, the stronger identifier that it is one with (identity/links.py).
What was folded under it moves to the parent, and whatever still arrives follows; the one
without a parent is the person. When a parent changes, what went there comes back the same
way. Letters between two partitions keep their order and are read once (`Origin`); what
happens when letters overtake each other on different ways is in
docs/decisions/0008-identity-protocol.md.
"""

from typing import Final

from msgspec import json

from schemas.identity import (
    MAX_LINKS,
    Identity,
    IdentityLink,
    Implied,
    Letter,
    Linked,
    Move,
)
from schemas.journey import JourneyState
from schemas.topics import record_key
from streams.identity.links import LinkPolicy, derive, hear, see
from streams.journey.live import Journey
from streams.journey.moving import follow, let_go, place
from streams.journey.post import Post
from streams.journey.record import Seen

_encode: Final = json.Encoder().encode


def read(
    letter: Letter, journey: Journey, policy: LinkPolicy, watermark: int, post: Post
) -> None:
    """Do what a letter asks for.

    Args:
        letter: addressed to this journey's identifier.
        journey: changed in place.
        policy: limits of linking.
        watermark: event time, epoch milliseconds.
        post: what is to be sent because of it.
    """
    identity = _identity(journey)
    if isinstance(letter, Linked):
        marks = (letter.linked_at, letter.unlinked_at)
        if see(identity, letter.stronger, *marks):
            _conclude(journey, identity, policy, post)
    elif isinstance(letter, Implied):
        if hear(identity, letter.by, letter.stronger, letter.revision):
            _conclude(journey, identity, policy, post)
    elif isinstance(letter, Move):
        place(journey, identity, letter, watermark, post)
    else:
        let_go(journey, identity, letter, watermark, post)


def _conclude(
    journey: Journey, identity: Identity, policy: LinkPolicy, post: Post
) -> None:
    """Draw the conclusions of new evidence: tell others, follow another parent."""
    name, tenant = journey.state.person_id, journey.state.tenant
    found = derive(name, identity, policy)
    for other in sorted({*identity.implies, *found.implies}):
        now = found.implies.get(other, "")
        if now != identity.implies.get(other, ""):
            origin, revision = post.origin(), identity.revision
            post.send(Implied(tenant, other, origin, name, revision, now))
    identity.implies = dict(found.implies)
    identity.shared = found.shared
    if found.parent != identity.parent:
        follow(journey, identity, found.parent, post)
    link = link_of(tenant, name, identity)
    post.links.append((record_key(tenant, name), _encode(link)))


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
            if state.identity is not None:
                state.revision += 2  # it may be sent on: then no fold counts it
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
    state.revision += 2
    return state.identity
