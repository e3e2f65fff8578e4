"""Occasions: what the remembered facts of a person come to, rule by rule; pure."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from hashlib import blake2b
from types import MappingProxyType
from typing import Final, NamedTuple

from schemas.messages import CANCELLED, DUE, HELD_OUT, Activation, Issued, Span
from streams.activation.language import DAY_MS, MINUTE_MS
from streams.activation.memory import said_by
from streams.activation.quiet import zone
from streams.activation.rules import MessageRules, Rule

_DIGEST: Final = 8


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


class Verdict(NamedTuple):
    """What an occasion came to: a status, or why there is none."""

    occasion: Occasion
    status: str = ""
    reason: str = ""


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
    memory: Activation, rules: MessageRules, person: Person, final_at: int
) -> Iterator[Occasion]:
    """Every occasion that is remembered, ended or not, come or yet to come.

    Args:
        memory: what is remembered.
        rules: the message rules.
        person: whose it is.
        final_at: what happened before is final, epoch milliseconds.
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
                    names = _told_as(names, rule, memory, final_at)
                yield Occasion(rule, names[0], key, span, due_at, ended, names[1:])


def _names(
    memory: Activation, rule: Rule, key: str, span: Span, person: Person
) -> list[str]:
    """The messages that may speak of an occasion, that which is to do so first.

    Of a cart or order, one of each member, those first who touched it, the strongest
    ahead. Else that of the first trigger; and whatever was said before an earlier trigger
    was known, or another person's.
    """
    if key and rule.spec.once == "key":
        own = person.own
        touched = [
            name
            for name in person.members
            if (said := own.get(name)) and key in said.spans.get(rule.name, ())
        ]
        names = dict.fromkeys((*touched, *person.members)) or (person.person_id,)
        return [message_id(person.tenant, rule, key, span, name) for name in names]
    first = message_id(person.tenant, rule, key, span, person.person_id)
    others = [
        identity
        for identity, issued in memory.issued.items()
        if identity != first and tells_of(issued, rule, key, span)
    ]
    return [first, *sorted(others)]


def tells_of(issued: Issued, rule: Rule, key: str, span: Span) -> bool:
    """Whether an emitted message is about these triggers: its own was one of them."""
    return (
        issued.rule == rule.name
        and issued.key == key
        and span.first <= issued.cause.occurred_at <= span.last
    )


def _told_as(
    names: list[str], rule: Rule, memory: Activation, final_at: int
) -> list[str]:
    """Which message speaks of an occasion, and which others of it were sent.

    The one that was sent first; else one that can change no more, or was made by a former
    wording of its rule; else the first: nobody gets two messages about one thing.
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
        if issued.until < final_at or issued.version != rule.version:
            return [identity]
    return names[:1]


def decide(  # noqa: PLR0913, PLR0917 each is one thing that a verdict depends on
    found: list[Occasion],
    coming: list[Occasion],
    final: Collection[str],
    memory: Activation,
    rules: MessageRules,
    person: Person,
    *,
    expired: Callable[[Occasion], bool],
) -> dict[str, Verdict]:
    """Decide occasions whose time has come, in the order of their due times.

    Args:
        found: the occasions.
        coming: those whose time has not come; they count if they were sent all the same.
        final: earlier messages that nothing can change any more.
        memory: for consent, orders, reports and earlier messages.
        rules: the message rules.
        person: whose they are.
        expired: whether an occasion is found too late for its message to be sent.

    Returns:
        Message → the verdict; of several occasions of one message that of the first
        that made it due, else the last reason.
    """
    found = sorted(found, key=_turn)
    accepted = _Accepted(memory, rules, final)
    for one in (*found, *coming):
        for identity in (one.message_id, *one.sent_beside):
            accepted.note_sent(one.rule.name, identity)
    verdicts: dict[str, Verdict] = {}
    for one in found:
        known = verdicts.get(one.message_id)
        if known is not None and known.status:
            continue
        reason = (
            one.ended or _missing(one, memory, rules, person) or accepted.against(one)
        )
        told = _standing(one, memory)
        late = not reason and expired(one)
        if late and not told:
            reason = "stale"
        if reason:
            verdicts[one.message_id] = Verdict(one, "", reason)
            continue
        status = _arm(one, memory, rules, person, told if late else "")
        accepted.add(one, status)
        verdicts[one.message_id] = Verdict(one, status)
    return verdicts


def _turn(one: Occasion) -> tuple[int, int, int, str, str]:
    rule = one.rule
    return (one.due_at, -rule.spec.priority, rule.place, one.key, one.span.anchor)


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


def _missing(
    one: Occasion, memory: Activation, rules: MessageRules, person: Person
) -> str:
    """Which condition of its rule an occasion does not fulfil, or nothing."""
    spec = one.rule.spec
    if not one.span.live:
        return "backfill"
    if spec.orders_at_least or spec.orders_at_most is not None:
        orders = sum(at <= one.due_at for at, _ in memory.orders)
        most = orders if spec.orders_at_most is None else spec.orders_at_most
        if not spec.orders_at_least <= orders <= most:
            return "orders"
    if spec.phases and person.phase_at(one.due_at) not in spec.phases:
        return "phase"
    last_day = (one.due_at + one.rule.valid_ms) // DAY_MS
    given = said_by(memory, f"consent.{spec.purpose}", last_day)
    if not (rules.consent_unless_stated if given is None else given):
        return "consent"
    return ""


def _standing(one: Occasion, memory: Activation) -> str:
    """What the message of an occasion stands at; empty for nothing."""
    told = memory.issued.get(one.message_id)
    return told.status if told is not None and told.status != CANCELLED else ""


def _arm(
    one: Occasion, memory: Activation, rules: MessageRules, person: Person, told: str
) -> str:
    """Due or held out, as it falls to the person; what was sent is not called back.

    Args:
        one: the occasion.
        memory: for reports.
        rules: the message rules.
        person: whose it is. Who turns out to be somebody else is drawn as they are.
        told: what was said of a message that has expired: it stays; else empty.
    """
    report = memory.reports.get(one.message_id)
    if report is not None and report.sent_at:
        return DUE
    if told:
        return told
    out = held_out(person.tenant, one.rule, person.person_id, rules.salt)
    return HELD_OUT if out else DUE


class _Accepted:
    """The messages that count against others: sent, final, or accepted before."""

    def __init__(
        self, memory: Activation, rules: MessageRules, final: Collection[str]
    ) -> None:
        self._reports = memory.reports
        self._rules = rules
        # Rule → message → when it counts; apart from those that were reported as sent.
        self._due: dict[str, dict[str, int]] = {}
        self._sent: dict[str, dict[str, int]] = {}
        self._kept: set[str] = set()
        for identity in final:
            issued = memory.issued[identity]
            self.note_sent(issued.rule, identity)
            if issued.status != CANCELLED:
                self._note(issued.rule, identity, issued.due_at, issued.status)

    def note_sent(self, rule: str, identity: str) -> None:
        """Take note of a message that was reported as sent, whatever it came to."""
        report = self._reports.get(identity)
        if report is not None and report.sent_at:
            self._sent.setdefault(rule, {})[identity] = report.sent_at

    def add(self, one: Occasion, status: str) -> None:
        """Take note of an occasion that has made its message."""
        self._note(one.rule.name, one.message_id, one.due_at, status)

    def against(self, one: Occasion) -> str:
        """Why an occasion may not make a message beside the others, or nothing."""
        rule = one.rule
        if one.message_id in self._sent.get(rule.name, ()):
            return ""  # nothing is gained by calling back what was sent
        if rule.once_person and self._others((rule.name,), one, None):
            return "once"
        if rule.apart_ms and self._others((rule.name,), one, rule.apart_ms):
            return "once"
        if rule.cap is not None:
            group = [r.name for r in self._rules.rules.values() if r.cap is rule.cap]
            near = self._others(group, one, rule.cap.days * DAY_MS) - self._kept
            if len(near) >= rule.cap.at_most:
                return "cap"
        return ""

    def _others(
        self, rules: Iterable[str], one: Occasion, window: int | None
    ) -> set[str]:
        """Messages of some rules that come near an occasion; of any time without window."""
        near: set[str] = set()
        for name in rules:
            near |= {
                identity
                for identity, due in self._due.get(name, {}).items()
                if window is None or one.due_at - due < window
            }
            near |= {
                identity
                for identity, sent in self._sent.get(name, {}).items()
                if window is None or abs(one.due_at - sent) < window
            }
        return near - {one.message_id}

    def _note(self, rule: str, identity: str, due_at: int, status: str) -> None:
        self._due.setdefault(rule, {})[identity] = due_at
        if status == HELD_OUT:
            self._kept.add(identity)


def converted(memory: Activation, rule: Rule, issued: Issued) -> int:
    """When the rule's goal was first fulfilled after a message was due; 0 for never."""
    known = issued.converted_at
    for one in memory.happened:
        if one.at > issued.due_at + rule.goal_ms:
            break
        if one.at > issued.due_at and one.type in rule.goal:
            return min(known, one.at) if known > issued.due_at else one.at
    return known if known > issued.due_at else 0
