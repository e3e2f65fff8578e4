"""Two results of one history, compared: the hash of each, and where they differ."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from hashlib import sha256
from typing import Final, NamedTuple

from msgspec import UNSET, json, to_builtins

from schemas.journey import JourneyState, Session, Transition
from schemas.threads import Thread
from schemas.topics import STATES
from streams.fold import Folded
from streams.journey.merge import EMPTY, content

_encode = json.Encoder(order="sorted").encode
_FIELDS: Final = JourneyState.__struct_fields__
PUBLIC: Final = tuple(
    name
    for name in _FIELDS[: _FIELDS.index(STATES.private_from)]
    if name not in ("due_at", "due_until", "revision", "silence_at")
)
"""What a state promises to its readers; when it must be woken and how often it was
written depend on arrival, and may."""

_NOTHING_SAID: Final = {
    name: value
    for name, value in content(EMPTY).items()
    if name in PUBLIC and name not in ("tenant", "person_id", "members")
}
Row = dict[str, object]
Rows = dict[tuple[object, ...], Row]


class Hashes(NamedTuple):
    """What a result comes to, without revisions, as SHA-256."""

    sessions: str
    states: str
    transitions: str
    threads: str


class Settled(NamedTuple):
    """Persons whose rows may differ, since some were final when it was found who is who.

    Attributes:
        joined: found to be one in one of two results when sessions were final: these
            stay two, which in the other are one.
        parted: found not to be one when sessions that they had together were final:
            these stay as they are, under the name that they began under.
        left: persons of several names of whom finished carts, orders, returns or tickets
            have left the state: their rows stay with the name that they had last.
    """

    joined: frozenset[str]
    parted: frozenset[str]
    left: frozenset[str]


NOTHING: Final = Settled(frozenset(), frozenset(), frozenset())


def hashes_of(folded: Folded) -> Hashes:
    """A hash for each sort of rows; which come to the same is not for it to say."""
    return Hashes(
        _hash(_sessions(folded)),
        _hash(_states(folded)),
        _hash(_transitions(folded)),
        _hash(_threads(folded)),
    )


def settled(one: Folded, other: Folded) -> Settled:
    """Whose rows differ between two results of one history, and may."""
    sessions = _persons(_sessions(one), _sessions(other))
    threads = _persons(_threads(one), _threads(other))
    states = {state.person_id: state for state in one.states}
    pairs = [(states.get(state.person_id), state) for state in other.states]
    several = [
        (before, state)
        for before, state in pairs
        if before is not None and (before.members or state.members)
    ]
    return Settled(
        frozenset(
            state.person_id
            for before, state in several
            if before.sessions_total != state.sessions_total
        ),
        frozenset(
            state.person_id
            for before, state in pairs
            if "rows" in state.given_up or (before and "rows" in before.given_up)
        )
        & (sessions | threads),
        frozenset(
            state.person_id
            for before, state in several
            if before.threads_left or state.threads_left
        )
        & threads,
    )


def difference(reference: Folded, other: Folded, apart: Settled = NOTHING) -> str:
    """The first difference of two results, in words; empty where there is none.

    Args:
        reference: what came of the order of time.
        other: what came of another order.
        apart: of whom sessions need only be the same in sum, by kind and place, and
            threads may differ.
    """
    mixed = apart.joined | apart.parted

    def sessions(folded: Folded) -> Rows:
        return _but(_sessions(folded), mixed)

    def sums(folded: Folded) -> Rows:
        return _sums(one for one in folded.sessions if one.person_id in mixed)

    def states(folded: Folded) -> Rows:
        rows = _states(folded)
        for row in rows.values():
            if row["person_id"] in apart.joined:
                del row["sessions_total"]
        return rows

    def threads(folded: Folded) -> Rows:
        return _but(_threads(folded), apart.left | apart.parted)

    every: tuple[Callable[[Folded], Rows], ...] = (
        sessions,
        sums,
        states,
        _transitions,
        threads,
    )
    told = (_first_difference(rows(reference), rows(other)) for rows in every)
    return next(filter(None, told), "")


def _persons(one: Rows, other: Rows) -> set[object]:
    """Persons of whom not every row is in both."""
    return {
        row["person_id"]
        for rows, others in ((one, other), (other, one))
        for name, row in rows.items()
        if others.get(name) != row
    }


def _but(rows: Rows, persons: frozenset[str]) -> Rows:
    return {name: row for name, row in rows.items() if row["person_id"] not in persons}


def _sums(sessions: Iterable[Session]) -> Rows:
    found: defaultdict[tuple[object, ...], Counter[str]] = defaultdict(Counter)
    for one in sessions:
        if one.status != "superseded":
            sums = found["sessions of", one.kind, "at", one.place, one.tenant]
            sums["touchpoints"] += one.touchpoints
            sums["orders"] += one.orders
            sums["value_minor"] += one.value_minor
    return {name: dict(sums) for name, sums in found.items()}


def _hash(rows: Rows) -> str:
    digest = sha256()
    for identity in sorted(rows, key=str):
        digest.update(_encode(rows[identity]) + b"\n")
    return digest.hexdigest()


def _sessions(folded: Folded) -> Rows:
    """Sessions that are true; which others there were in between depends on arrival."""
    return {
        ("session", one.session_id, "of", one.person_id, one.tenant): _row(one)
        for one in folded.sessions
        if one.status != "superseded"
    }


def _states(folded: Folded) -> Rows:
    """States that say something; whether there is another one depends on arrival.

    Of whom there are a bot's touchpoints only, a state is there while it holds them.
    """
    rows = {
        ("state of", one.person_id, one.tenant): _said(one) for one in folded.states
    }
    return {
        name: row
        for name, row in rows.items()
        if any(row[field] != nothing for field, nothing in _NOTHING_SAID.items())
    }


def _said(state: JourneyState) -> Row:
    return {name: value for name, value in content(state).items() if name in PUBLIC}


def _transitions(folded: Folded) -> Rows:
    return {
        ("transition", t.transition_no, "of", t.person_id, t.tenant, t.model): _row(t)
        for t in folded.transitions
    }


def _threads(folded: Folded) -> Rows:
    return {
        (t.kind, t.thread_id, "of", t.person_id, t.tenant): _row(t)
        for t in folded.threads
    }


def _row(one: Session | Transition | Thread) -> Row:
    row: Row = to_builtins(one)
    row.pop("revision", None)
    return row


def _first_difference(reference: Rows, other: Rows) -> str:
    for identity in sorted(reference.keys() | other.keys(), key=str):
        name = " ".join(map(str, identity))
        if identity not in other:
            return f"{name}: is not there; in order of time it is"
        if identity not in reference:
            return f"{name}: is there; in order of time it is not"
        true, found = reference[identity], other[identity]
        for key in sorted(true.keys() | found.keys()):
            if true.get(key, UNSET) != found.get(key, UNSET):
                told, expected = _shown(found, key), _shown(true, key)
                return f"{name}: {key} is {told}; in order of time it is {expected}"
    return ""


def _shown(row: Row, key: str) -> str:
    return _encode(row[key]).decode() if key in row else "absent"
