"""Occasions: what the remembered facts of a person come to, rule by rule; pure."""

from collections.abc import Callable, Collection, Iterator, Mapping
from hashlib import blake2b
from types import MappingProxyType
from typing import Final, NamedTuple

from schemas.messages import CANCELLED, Activation, Issued, Span
from streams.activation.language import DAY_MS, MINUTE_MS
from streams.activation.memory import said_by
from streams.activation.quiet import zone
from streams.activation.rules import MessageRules, Rule

_DIGEST: Final = 8

Expired = Callable[[Rule, int], bool]
"""Whether what a rule made due at a time is found too late for its message to be sent."""


class Person(NamedTuple):
    """Whose occasions: what the rules ask beside the memory.

    Attributes:
        phase_at: phase in the default model at a time, epoch milliseconds.
        members: all names of the person, the strongest first; none where there is one.
        own: what each member's own touchpoints said, where there are several.
    """

    tenant: str
    person_id: str
    phase_at: Callable[[int], str]
    members: Collection[str] = ()
    own: Mapping[str, Activation | None] = MappingProxyType({})


class Occasion(NamedTuple):
    """One chance for one message.

    Attributes:
        key: cart or order; empty for the person as such.
        due_at: when the message would be due, quiet hours respected.
        ended: what happened instead; empty while nothing did.
        sent_beside: other messages about the same that were reported as sent.
    """

    rule: Rule
    message_id: str
    key: str
    span: Span
    due_at: int
    ended: str
    sent_beside: Collection[str] = ()


def message_id(tenant: str, rule: Rule, key: str, span: Span, member: str) -> str:
    """Identity of a message, from what it is about; the same wherever it is derived.

    Of a cart or order it names the member of the person who touched it, and not the
    person: it stays the same whoever that member turns out to be, and two persons who
    are not one never speak of the same message. The rule's version is no part of it.
    """
    per_key = key and rule.spec.once == "key"
    about = f"key\0{key}\0{member}" if per_key else f"first\0{span.anchor}"
    name = f"{tenant}\0{rule.name}\0{about}"
    return blake2b(name.encode(), digest_size=_DIGEST).hexdigest()


def held_out(tenant: str, rule: Rule, person_id: str, salt: str) -> bool:
    """Whether a person gets no message of a rule, so that others can be compared."""
    name = f"{tenant}\0{rule.name}\0{person_id}\0{salt}"
    drawn = blake2b(name.encode(), digest_size=_DIGEST).digest()
    return int.from_bytes(drawn) / 256**_DIGEST < rule.spec.hold_out


def alarm(due_at: int, rules: MessageRules) -> int:
    """When event time is late enough for what is due: whole minutes, patience added."""
    return ((due_at + rules.patience_ms) // MINUTE_MS + 1) * MINUTE_MS


def occasions(
    memory: Activation,
    rules: MessageRules,
    person: Person,
    final_at: int,
    expired: Expired,
) -> Iterator[Occasion]:
    """Every occasion that is remembered, ended or not, come or yet to come.

    Args:
        memory: what is remembered.
        rules: the message rules.
        person: whose it is.
        final_at: what happened before is final, epoch milliseconds.
        expired: whether an occasion is found too late for its message to be sent.
    """
    for name, keys in memory.spans.items():
        rule = rules.rules.get(name)
        if rule is None:
            continue
        for key, spans in keys.items():
            for place, span in enumerate(spans):
                due_at = due(memory, rules, rule, span)
                following = spans[place + 1] if place + 1 < len(spans) else None
                if following is not None and following.first <= due_at:
                    ended = "restarted"
                else:
                    ended = _ended(memory, rule, key, span, due_at)
                names = _names(memory, rule, key, span, person)
                if len(names) > 1:
                    names = _told_as(names, rule, memory, final_at, expired)
                yield Occasion(rule, names[0], key, span, due_at, ended, names[1:])


def _names(
    memory: Activation, rule: Rule, key: str, span: Span, person: Person
) -> list[str]:
    """The messages that may speak of an occasion, that which is to do so first.

    Of a cart or order, one of each member, those first who touched it, the strongest
    ahead. Else that of the first trigger. And whatever else was said of it: before an
    earlier trigger was known, or to somebody who is no member any more, as there is room
    for so many only.
    """
    if key and rule.spec.once == "key":
        own = person.own
        touched = [
            name
            for name in person.members
            if (said := own.get(name)) and key in said.spans.get(rule.name, ())
        ]
        names = dict.fromkeys((*touched, *person.members)) or (person.person_id,)
        found = [message_id(person.tenant, rule, key, span, name) for name in names]
    else:
        found = [message_id(person.tenant, rule, key, span, person.person_id)]
    others = [
        identity
        for identity, issued in memory.issued.items()
        if identity not in found and tells_of(issued, rule, key, span)
    ]
    return [*found, *sorted(others)]


def tells_of(issued: Issued, rule: Rule, key: str, span: Span) -> bool:
    """Whether an emitted message is about these triggers: its own was one of them.

    Of a cart or order that has one message for ever, any of its triggers.
    """
    if issued.rule != rule.name or issued.key != key:
        return False
    if key and rule.spec.once == "key":
        return True
    return span.first <= issued.cause.occurred_at <= span.last


def _told_as(
    names: list[str], rule: Rule, memory: Activation, final_at: int, expired: Expired
) -> list[str]:
    """Which message speaks of an occasion, and which others of it were sent.

    The one that was sent first; else one that stands and can change no more, was made by
    a former wording of its rule, or has expired; else the first: nobody gets two messages
    about one thing. It depends on the messages alone, so that all occasions of a cart come
    to the same.
    """
    sent = sorted(
        (report.sent_at, place, identity)
        for place, identity in enumerate(names)
        if (report := memory.reports.get(identity)) and report.sent_at
    )
    if sent:
        return [identity for _, _, identity in sent]
    for identity in names:
        issued = memory.issued.get(identity)
        if issued is None or issued.status == CANCELLED:
            continue
        if (
            issued.until < final_at
            or issued.version != rule.version
            or expired(rule, issued.due_at)
        ):
            return [identity]
    return names[:1]


def due(memory: Activation, rules: MessageRules, rule: Rule, span: Span) -> int:
    """When the message of an occasion would be due, quiet hours respected."""
    due_at = span.last + rule.after_ms
    if rules.quiet is None:
        return due_at
    told = said_by(memory, "tz", span.last // DAY_MS)
    where = zone(told) if isinstance(told, str) else None
    where = where or (zone(span.tz) if span.tz else None) or zone(rules.timezone)
    return due_at if where is None else rules.quiet.after(due_at, where)


def _ended(memory: Activation, rule: Rule, key: str, span: Span, due_at: int) -> str:
    """The type of what ended an occasion before it was due, or nothing."""
    for one in memory.happened:
        if one.at > due_at:
            break
        if one.type in rule.ends_key:
            bears = one.cart if rule.key == "cart" else one.order
            # What bears the name of a cart ends it whenever it happened: a cart that
            # was bought is bought, although somebody looked at it again.
            if bears == key and (key or one.at > span.first):
                return one.type
        if one.type in rule.ends_any and (
            one.at > span.last or (one.at == span.last and one.type not in rule.types)
        ):
            return one.type
    return ""


def converted(memory: Activation, rule: Rule, issued: Issued) -> int:
    """When the rule's goal was first fulfilled after a message was due; 0 for never."""
    known = issued.converted_at
    for one in memory.happened:
        if one.at > issued.due_at + rule.goal_ms:
            break
        if one.at > issued.due_at and one.type in rule.goal:
            return min(known, one.at) if known > issued.due_at else one.at
    return known if known > issued.due_at else 0
