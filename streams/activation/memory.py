"""What is remembered for messages: marks only, so that memories of one person merge.

Every part is a minimum, a maximum or a union over touchpoints: a touchpoint counted twice
changes nothing, and neither order nor grouping matters. Bounds are kept apart (`deciding.bound`).
"""

from bisect import insort
from collections.abc import Iterable
from copy import copy
from hashlib import blake2b
from typing import Final

from msgspec.structs import astuple, replace

from schemas.facts import MUTE, Fact
from schemas.messages import Activation, Happened, Issued, Report, Span
from streams.activation.language import DAY_MS
from streams.activation.rules import MessageRules, Rule

SAID_DAYS: Final = 34
"""Days of which a statement is kept at least; more than any touchpoint may be late, which
is 30 days at most (`lateness_hours` of a channel), with the days around it."""


def identity(source: str, id_: str) -> str:
    """A touchpoint's identity as sixteen hexadecimal digits."""
    return blake2b(f"{source}\0{id_}".encode(), digest_size=8).hexdigest()


def take(
    memory: Activation, fact: Fact, rules: MessageRules
) -> list[tuple[Rule, Span]]:
    """Remember of a fact what the rules will ask for, in place.

    Args:
        memory: what is known so far.
        fact: a fact of a type that concerns the rules, as `lift.concern_fact` left it.
        rules: the message rules.

    Returns:
        The rules that it triggers, each with the span that it is part of now.
    """
    concern, detail = rules.by_type[fact.type], fact.detail
    if concern.report >= 0 and detail.message:
        _report(memory, fact, concern.report)
    if fact.role == MUTE:
        return []
    if concern.happened:
        one = Happened(fact.at, fact.type, detail.cart, detail.order)
        if one not in memory.happened:
            insort(memory.happened, one)
    if concern.order:
        order = (fact.at, identity(fact.source, fact.id))
        if order not in memory.orders:
            insort(memory.orders, order)
            del memory.orders[rules.orders_kept :]
    triggered = concern.triggers
    if detail.fulfils:
        asking = [rule for rule, _ in concern.asking if rule.name in detail.fulfils]
        triggered = (*triggered, *asking)
    return [(rule, _place(memory, rule, fact)) for rule in triggered]


def say(memory: Activation, name: str, at: int, value: bool | str) -> bool:  # noqa: FBT001
    """Remember a statement: the last of each day (UTC); of two at once, the smaller.

    Returns:
        Whether what the person is known to have said, of any day, has changed.
    """
    said = memory.said.setdefault(name, [])
    day = at // DAY_MS
    for place in range(len(said), -1, -1):
        known = said[place - 1] if place else None
        if known is None or known[0] // DAY_MS < day:
            said.insert(place, (at, value))
            return known is None or known[1] != value
        if known[0] // DAY_MS == day:
            if (known[0], _reverse(known[1])) < (at, _reverse(value)):
                said[place - 1] = (at, value)
                return known[1] != value
            return False
    return False


def said_by(memory: Activation, name: str, day: int) -> bool | str | None:
    """What was last said until the end of a day (UTC, days since 1970); None for nothing."""
    found = None
    for at, value in memory.said.get(name, ()):
        if at // DAY_MS > day:
            break
        found = value
    return found


def merge(one: Activation, other: Activation, rules: MessageRules) -> Activation:
    """What is remembered of two persons who are one; neither argument is changed.

    Associative, commutative and idempotent; the empty memory changes nothing. Of a
    message that both emitted, the newer record is kept.
    """
    merged = Activation(
        happened=sorted({*one.happened, *other.happened}),
        orders=sorted({*one.orders, *other.orders})[: rules.orders_kept],
        settled=max(one.settled, other.settled),
    )
    for memory in (one, other):
        _add_spans(merged, memory, rules)
        for name, said in memory.said.items():
            for at, value in said:
                say(merged, name, at, value)
        for message, report in memory.reports.items():
            known = merged.reports.get(message, Report())
            merged.reports[message] = _earliest(known, report)
        merged.issued = newest(merged.issued, memory.issued)
    return merged


def newest(one: dict[str, Issued], other: dict[str, Issued]) -> dict[str, Issued]:
    """All messages of both, copied; of one that both emitted, the newer record."""
    found = dict(one)
    for identity, issued in other.items():
        known = found.get(identity)
        if known is None or _rank(known) < _rank(issued):
            found[identity] = copy(issued)
    return found


def joined(
    memories: Iterable[Activation | None], rules: MessageRules
) -> Activation | None:
    """What several memories hold of touchpoints, without what was emitted; a new one.

    Returns:
        None where none of them is anything.
    """
    found = None
    for one in memories:
        if one is not None:
            marks = replace(one, issued={}, settled=0)
            found = merge(found or Activation(), marks, rules)
    return found


def _add_spans(merged: Activation, memory: Activation, rules: MessageRules) -> None:
    for name, keys in memory.spans.items():
        rule = rules.rules.get(name)
        if rule is None:
            continue
        known = merged.spans.setdefault(name, {})
        for key, spans in keys.items():
            for span in spans:
                known[key] = _joined(known.get(key, []), copy(span), rule)


def _rank(issued: Issued) -> tuple[int, str]:
    return (issued.revision, repr(issued))


def _reverse(value: bool | str) -> tuple[int, ...]:  # noqa: FBT001
    """Orders values so that of two said at once the refusal, or the smaller text, wins."""
    text = value if isinstance(value, str) else str(int(value))
    return tuple(-ord(letter) for letter in text)


def _report(memory: Activation, fact: Fact, field: int) -> None:
    # A mail proxy opens, but sends nothing: only what acts for the retailer is a report
    # although it is mute.
    if fact.role == MUTE and fact.type != "message_triggered":
        return
    times = [0] * len(Report.__struct_fields__)
    times[field] = fact.at
    message = fact.detail.message
    known = memory.reports.get(message, Report())
    memory.reports[message] = _earliest(known, Report(*times))


def _earliest(one: Report, other: Report) -> Report:
    pairs = zip(astuple(one), astuple(other), strict=True)
    return Report(*(min(a, b) if a and b else a or b for a, b in pairs))


def _place(memory: Activation, rule: Rule, fact: Fact) -> Span:
    key = _key(rule, fact)
    spans = memory.spans.setdefault(rule.name, {})
    span = Span(
        fact.at,
        identity(fact.source, fact.id),
        fact.at,
        fact.source,
        fact.id,
        fact.type,
        fact.detail.tz,
        not fact.detail.backfill,
    )
    spans[key] = found = _joined(spans.get(key, []), span, rule)
    return next(one for one in found if one.first <= fact.at <= one.last)


def _key(rule: Rule, fact: Fact) -> str:
    if rule.key == "person":
        return ""
    return fact.detail.cart if rule.key == "cart" else fact.detail.order


def _joined(spans: Iterable[Span], span: Span, rule: Rule) -> list[Span]:
    """The spans with one more among them; those within the delay of each other are one."""
    apart = []
    for other in spans:
        if (
            other.last + rule.after_ms < span.first
            or span.last + rule.after_ms < other.first
        ):
            apart.append(other)
        else:
            span = _union(span, other)
    apart.append(span)
    if len(apart) > 1:
        apart.sort(key=lambda one: one.first)
    return apart


def _union(one: Span, other: Span) -> Span:
    first = one if (one.first, one.anchor) <= (other.first, other.anchor) else other
    last = one if _end(one) >= _end(other) else other
    return Span(
        first.first,
        first.anchor,
        last.last,
        last.source,
        last.id,
        last.type,
        last.tz,
        one.live or other.live,
    )


def _end(span: Span) -> tuple[int, str, str, str, str]:
    return (span.last, span.source, span.id, span.type, span.tz)
