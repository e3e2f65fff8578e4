"""Identity: what is known of one identifier, and the control records that spread it."""

from typing import Final

from msgspec import Raw, Struct

Route = list[tuple[str, int]]
"""The way of what follows a merged identifier: (identifier, its epoch), from where it was
addressed to the last hop before the place where it is now."""

Origin = tuple[int, int, int]
"""What a record sent between journey partitions was caused by: the partition, the offset
in it, and the how-manieth record it is that this offset caused. It counts up between two
partitions, so a record that is sent again after a crash is known by it."""


class IdentityLink(Struct, omit_defaults=True):
    """What an identifier stands for; the newest `revision` is true.

    The record of the compacted topic `parcours.identities.links.v1`, keyed by
    `tenant/identifier`. Follow `linked_to` from record to record: the identifier that is
    linked to no other, or of which there is no record, names the person.

    Attributes:
        revision: grows with every change.
        linked_to: the stronger identifier that this one is merged into; empty where it
            stands for itself.
        shared: too many persons were seen with it, so it joins nobody.
        seen_with: stronger identifiers that an event named beside this one, and such an
            event's time, epoch milliseconds; those unlinked since are left out.
        implied_by: weaker identifier that is linked to this one and to a stronger one,
            and the latter.
    """

    tenant: str
    identifier: str
    revision: int
    linked_to: str = ""
    shared: bool = False
    seen_with: dict[str, int] = {}
    implied_by: dict[str, str] = {}


class Identity(Struct, omit_defaults=True):
    """The agent's own record of one identifier, kept inside its journey state.

    State and identity are one record, so that no crash can come between them.

    Attributes:
        revision: grows with every change of the evidence.
        parent: the stronger identifier that it is merged into, or empty.
        epoch: how often the parent changed.
        followed: whether anything has gone to the present parent.
        shared: too many were seen with it.
        full: more were seen with it than are kept; it stays shared for ever.
        direct: stronger identifier → newest event time that links it, that unlinks it.
        implied: weaker identifier → what it implies (or nothing any more), its revision.
        implies: what this identifier told others: their name → whom they are linked to.
        unlinks: weaker identifier → newest event time that unlinks it from this one.
        routes: where this identifier names a person: member → the way that it came.
        left: identifier that went this way → its newest epoch that is over.
    """

    revision: int = 0
    parent: str = ""
    epoch: int = 0
    followed: bool = False
    shared: bool = False
    full: bool = False
    direct: dict[str, tuple[int, int]] = {}
    implied: dict[str, tuple[str, int]] = {}
    implies: dict[str, str] = {}
    unlinks: dict[str, int] = {}
    routes: dict[str, Route] = {}
    left: dict[str, int] = {}


class Linked(Struct, tag_field="control", tag="link", omit_defaults=True):
    """To the weaker of two identifiers: an event named both, or said that they differ.

    Attributes:
        linked_at: newest event time that links them, epoch milliseconds; 0 for none.
        unlinked_at: the same for unlinking; at the same time unlinking wins.
    """

    tenant: str
    identifier: str
    sent: Origin
    stronger: str
    linked_at: int = 0
    unlinked_at: int = 0


class Implied(Struct, tag_field="control", tag="imply", omit_defaults=True):
    """To an identifier: a weaker one belongs to it and to a stronger one, so they are one.

    Attributes:
        by: the weaker identifier.
        revision: the weaker identifier's; its newest word counts.
        stronger: the other; empty where it is so no longer.
    """

    tenant: str
    identifier: str
    sent: Origin
    by: str
    revision: int
    stronger: str = ""


class Move(Struct, tag_field="control", tag="move"):
    """To a new parent, or back from a former one: the state of some members.

    Attributes:
        routes: each member, and its way to `identifier`.
        state: the `JourneyState` that these members come to together.
    """

    tenant: str
    identifier: str
    sent: Origin
    routes: dict[str, Route]
    state: Raw


class Split(Struct, tag_field="control", tag="split"):
    """To a former parent: what came by this member, up to this epoch, is to go back.

    Attributes:
        member: the identifier that has left.
        epoch: the last in which it belonged there.
    """

    tenant: str
    identifier: str
    sent: Origin
    member: str
    epoch: int


Letter = Linked | Implied | Move | Split
"""A control record between journey partitions, keyed by `tenant/identifier`."""

MAX_TARGETS: Final = 32
"""Stronger identifiers kept for one identifier; with more it is shared for ever."""

MAX_IMPLIED: Final = 256
"""Weaker identifiers whose implications are kept for one identifier."""

MAX_ROUTES: Final = 1024
"""Members of a person whose touchpoints are found under its name."""

MAX_LEFT: Final = 256
"""Members whose leaving an identifier remembers."""

MAX_LINKS: Final = 64
"""Weaker identifiers that a state remembers to have been seen with."""
