"""What arrives now: how much, what kinds, and where persons stand; nobody is named."""

from collections.abc import Mapping, Sequence
from typing import Final

from msgspec import Struct

from insights.asker import Asker, ask_all, question
from insights.summary import PhaseCount, phase_counts

NEWEST: Final = 20
"""Touchpoints that are shown at most."""


class Arrival(Struct, frozen=True):
    """A touchpoint that has landed, without whose it is.

    Attributes:
        at: when it occurred, epoch milliseconds.
        phase: of the person on arrival, as it was known then: later facts may have changed
            it since. Empty where they were in none.
    """

    at: int
    type: str
    channel: str
    phase: str


class Landed(Struct, frozen=True):
    """What has landed since the last look.

    Attributes:
        touchpoints: how many.
        newest: the newest of them, the newest first.
    """

    touchpoints: int
    newest: list[Arrival]


class Standings(Struct, frozen=True):
    """Where everybody is.

    Attributes:
        sessions_open: sessions that go on.
        phases: persons in each phase of the default model, in its order.
    """

    sessions_open: int
    phases: list[PhaseCount]


Marks = Mapping[tuple[int, str, int], int]
"""(month, log, partition) → newest offset that has landed."""


class _Reached(Struct):
    month: int
    log: str
    partition: int
    reached: int


class _Row(Struct):
    at: int
    type: str
    channel: str
    phase: str
    landed: int


class _Open(Struct):
    open: int


def read_marks(asker: Asker) -> Marks:
    """How far the touchpoints have come; cheap, however many there are.

    Args:
        asker: whom to ask, about all tenants together.
    """
    rows = ask_all(asker, question("live_reached"), {}, _Reached)
    return {(row.month, row.log, row.partition): row.reached for row in rows}


def read_landed(asker: Asker, tenant: str, before: Marks, after: Marks) -> Landed:
    """What has landed between two looks.

    Args:
        asker: whom to ask.
        tenant: whose data.
        before: marks of the last look.
        after: marks of this one.
    """
    months = sorted({key[0] for key, at in after.items() if at != before.get(key)})
    if not months:
        return Landed(0, [])
    # Where nothing has landed before, everything is new; elsewhere what is beyond.
    reached = {
        f"{month}/{log}/{partition}": before.get((month, log, partition), -1)
        for month, log, partition in after
        if month in months
    }
    values: dict[str, object] = {
        "tenant": tenant,
        "months": months,
        "places": list(reached),
        "offsets": list(reached.values()),
        "least": min(reached.values()),
        "limit": NEWEST,
    }
    rows = ask_all(asker, question("live_landed"), values, _Row)
    newest = [Arrival(row.at, row.type, row.channel, row.phase) for row in rows]
    return Landed(rows[0].landed if rows else 0, newest)


def read_standings(asker: Asker, tenant: str, phases: Sequence[str]) -> Standings:
    """How many sessions are open, and how many persons are in each phase.

    Args:
        asker: whom to ask.
        tenant: whose data.
        phases: those of the default model, in their order.
    """
    found = ask_all(asker, question("live_sessions"), {"tenant": tenant}, _Open)
    return Standings(found[0].open, phase_counts(asker, tenant, phases))
