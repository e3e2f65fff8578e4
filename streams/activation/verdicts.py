"""Verdicts: which occasions make a message, in turn, and why the others do not; pure."""

from collections.abc import Collection, Iterable
from typing import NamedTuple

from schemas.messages import CANCELLED, DUE, HELD_OUT, Activation
from streams.activation.language import DAY_MS
from streams.activation.memory import said_by
from streams.activation.occasions import Expired, Occasion, Person, held_out
from streams.activation.rules import MessageRules


class Verdict(NamedTuple):
    """What an occasion came to: a status, or why there is none."""

    occasion: Occasion
    status: str = ""
    reason: str = ""


def decide(  # noqa: PLR0913, PLR0917 each is one thing that a verdict depends on
    found: list[Occasion],
    coming: list[Occasion],
    final: Collection[str],
    memory: Activation,
    rules: MessageRules,
    person: Person,
    *,
    expired: Expired,
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
        # What was said and sent in time stands, however late that is reported.
        kept = one.message_id in memory.issued and accepted.sent(one)
        late = not reason and not kept and expired(one.rule, one.due_at)
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

    def sent(self, one: Occasion) -> bool:
        """Whether the message of an occasion was reported as sent."""
        return one.message_id in self._sent.get(one.rule.name, ())

    def add(self, one: Occasion, status: str) -> None:
        """Take note of an occasion that has made its message."""
        self._note(one.rule.name, one.message_id, one.due_at, status)

    def against(self, one: Occasion) -> str:
        """Why an occasion may not make a message beside the others, or nothing."""
        rule = one.rule
        if self.sent(one):
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
