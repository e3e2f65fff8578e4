"""How answers look to a person."""

from collections.abc import Sequence

from insights.audit import Audit, Balance
from insights.journey import Journey, Moment, PersonThread
from insights.spending import Spending
from insights.summary import Summary
from parcours.screen import many, money, print_fields, print_table, tell, when


def show_audit(found: Audit) -> None:
    """The law, topic by topic, then in total."""
    names = Balance.__struct_fields__
    rows = [(name, *_numbers(found.topics[name])) for name in found.topics]
    rows.append(("touchpoints in total", *_numbers(found.total)))
    print_table(("", *(name.replace("_", " ") for name in names)), rows)
    for gap in found.lost:
        tell(f"lost: raw partition {gap.partition}, offsets {gap.first} to {gap.last}")
    for note in found.notes:
        tell(note)
    tell("balanced" if found.balanced else "NOT balanced")


def show_persons(persons: Sequence[str]) -> None:
    """Person ids, one a line."""
    for person in persons:
        tell(person)


def show_journey(found: Journey) -> None:
    """Where the person stands, then what happened, the newest first."""
    tell(f"person      {found.person_id} (tenant {found.tenant})")
    for namespace, known in found.identifiers.items():
        tell(f"known as    {namespace} {', '.join(known)}")
    for member in found.members:
        tell(f"also        {member.identifier} (linked to {member.linked_to or '?'})")
    if found.persona:
        tell(f"persona     {found.persona.persona}: {found.persona.because}")
    at = found.position
    if at:
        # Bots move nobody: who is known from them only stands nowhere.
        stands = f"{at.phase} since {when(at.phase_since)}" if at.phase else "none yet"
        tell(f"phase       {stands}")
        tell(f"touchpoints {at.touchpoints:,}, {many(at.sessions_total, 'session')}")
        for note in found.notes:
            tell(f"            {note}")
        tell(f"orders      {_spent(found.spending)}")
        for name, value in at.facts.items():
            tell(f"fact        {name}: {value}")
    print_table(
        ("when", "model", "from", "to", "rule", "because of"),
        [
            (
                when(t.occurred_at),
                t.model,
                t.from_phase,
                t.to_phase,
                t.rule,
                t.cause_type,
            )
            for t in found.transitions
        ],
        "\ntransitions",
    )
    _show_threads(found.threads)
    print_table(
        ("started", "ended", "status", "kind", "touchpoints", "orders"),
        [
            (
                when(s.started_at),
                when(s.ended_at),
                s.status,
                s.kind,
                s.touchpoints,
                s.orders,
            )
            for s in found.sessions
        ],
        "\nsessions, the newest first",
    )
    print_table(
        ("when", "type", "channel", "source", "id", "value", "phase"),
        [
            (when(m.at), m.type, m.channel, m.source, m.id, _worth(m), m.phase)
            for m in found.touchpoints
        ],
        "\ntouchpoints, the newest first",
    )


def write_journey(found: Journey) -> None:
    """What happened as CSV, the newest first; times in epoch milliseconds."""
    print_fields(Moment.__struct_fields__, found.touchpoints)


def _spent(spending: Sequence[Spending]) -> str:
    """Each order once, what is left of their value, and what was given back of it."""
    left = {
        one.currency: one.value_minor - one.given_back_minor
        for one in spending
        if one.currency
    }
    back = {
        one.currency: one.given_back_minor for one in spending if one.given_back_minor
    }
    said = f"{sum(one.orders for one in spending):,}: {money(left) or 'no value'}"
    return f"{said} ({money(back)} given back is taken off)" if back else said


def _worth(one: Moment) -> str:
    if one.value_minor is None:
        return ""
    return (
        money({one.currency: one.value_minor})
        if one.currency
        else f"{one.value_minor:,} (no currency)"
    )


def _show_threads(threads: Sequence[PersonThread]) -> None:
    if not threads:
        return
    print_table(
        ("kind", "id", "status", "since", "touchpoints", "value", "because of"),
        [
            (
                t.kind,
                t.thread_id,
                t.status,
                when(t.since),
                t.touchpoints,
                money({t.currency: t.value_minor}) if t.currency else "",
                t.cause_type,
            )
            for t in threads
        ],
        "\ncarts, orders, returns and tickets, the last to be touched first",
    )


def show_summary(found: Summary) -> None:
    """What is stored: by type, and persons by phase."""
    tell(
        f"{many(found.touchpoints, 'touchpoint')}, {many(found.sessions, 'session')}, "
        f"{many(found.persons, 'person')}, {many(found.transitions, 'transition')}, "
        f"{many(found.duplicates, 'duplicate')}"
    )
    types = [(t.type, t.touchpoints, money(t.value_minor)) for t in found.types]
    print_table(("type", "touchpoints", "value"), types, "\ntouchpoints by type")
    phases = [(phase.phase, phase.persons) for phase in found.phases]
    print_table(("phase", "persons"), phases, "\npersons by phase: where they are")


def _numbers(balance: Balance) -> tuple[int, ...]:
    return tuple(getattr(balance, name) for name in Balance.__struct_fields__)
