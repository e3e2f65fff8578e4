"""From verdicts to records: what is new about a person's messages, and what is final."""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from msgspec.structs import astuple

from schemas.messages import (
    CANCELLED,
    Activation,
    Issued,
    Message,
    MessageCause,
    Report,
)
from streams.activation.language import DAY_MS
from streams.activation.memory import SAID_DAYS
from streams.activation.occasions import (
    Expired,
    Person,
    alarm,
    converted,
    occasions,
)
from streams.activation.rules import ISSUED_MEMORY_MS, MessageRules, Rule
from streams.activation.verdicts import Verdict, decide

MAX_KEYS: Final = 64
MAX_HAPPENED: Final = 256
MAX_ISSUED: Final = 128
MAX_REPORTS: Final = 64

Tally = dict[tuple[str, str, str], int]
"""(`due`, `held_out`, `cancelled`, `moved`, `suppressed`, `forgotten`; rule; reason) → how many."""


def new_tally() -> Tally:
    """A tally to be added to; half as dear as a `Counter`."""
    return defaultdict(int)


@dataclass(slots=True)
class Decided:
    """What an evaluation came to.

    Attributes:
        messages: records that say something new.
        alarm: when to look again, event time; 0 for never.
        changed: identities of these messages.
        tally: what to count.
        final_at: what happened before is final.
    """

    messages: list[Message] = field(default_factory=list)
    alarm: int = 0
    final_at: int = 0
    changed: set[str] = field(default_factory=set)
    tally: Tally = field(default_factory=new_tally)


class Moment(NamedTuple):
    """When an evaluation takes place.

    Attributes:
        watermark: event time, epoch milliseconds.
        horizon: touchpoints before this are late whatever their channel says.
        revision: version of the records that it leads to.
        found_at: what the clock said when event time passed a moment.
        latest: identity of the touchpoint that led to it; empty where time did.
    """

    watermark: int
    horizon: int
    revision: int
    found_at: Callable[[int], int]
    latest: tuple[str, str] = ("", "")


def evaluate(
    memory: Activation, rules: MessageRules, person: Person, moment: Moment
) -> Decided:
    """Decide what is due, compare it with what was said, and forget what is final.

    Args:
        memory: changed in place.
        rules: the message rules.
        person: whose it is.
        moment: when.
    """
    now, final_at = _times(memory, rules, moment)
    decided = weigh(memory, rules, person, moment)
    memory.settled, decided.final_at = now, final_at
    forget(memory, rules, final_at)
    _forget_messages(memory, rules, final_at)
    bound(memory, decided.tally)
    return decided


def weigh(
    memory: Activation, rules: MessageRules, person: Person, moment: Moment
) -> Decided:
    """Decide as `evaluate` does; where nothing comes of it, the memory stays as it is.

    Args:
        memory: changed in place by messages that are new or changed.
        rules: the message rules.
        person: whose it is.
        moment: when.
    """
    decided = Decided()
    now, final_at = _times(memory, rules, moment)
    former = _of_former_rules(memory, rules)
    found, coming = [], []
    expired = _expiry(rules, moment)
    for one in occasions(memory, rules, person, final_at, expired):
        if one.message_id in former:
            continue
        rings = alarm(one.due_at, rules)
        if rings <= now:
            found.append(one)
        else:
            coming.append(one)
            if not one.ended and one.span.live:
                decided.alarm = min(decided.alarm or rings, rings)
    final = former
    ahead: set[str] = set()
    if memory.issued:
        ahead = {one.message_id for one in coming}
        told = {one.message_id for one in found} | ahead
        final |= {
            identity
            for identity, issued in memory.issued.items()
            if identity not in told and issued.until < final_at
        }
    verdicts: dict[str, Verdict] = {}
    if found:
        verdicts = decide(found, coming, final, memory, rules, person, expired=expired)
    for identity, verdict in verdicts.items():
        _apply(identity, verdict, memory, rules, moment, decided)
    if memory.issued:
        for identity in memory.issued.keys() - verdicts.keys() - final:
            reason = "restarted" if identity in ahead else "superseded"
            _call_off(identity, memory.issued[identity], reason, decided)
        _publish(memory, rules, person, moment, decided)
    return decided


def _times(memory: Activation, rules: MessageRules, moment: Moment) -> tuple[int, int]:
    """Up to when all is decided, and before when all is final."""
    # A state may know more than the log that is read again after a crash has told.
    now = max(moment.watermark, memory.settled)
    return now, max(moment.horizon, now - rules.lateness_ms)


def _of_former_rules(memory: Activation, rules: MessageRules) -> set[str]:
    """Messages that a rule made which is worded otherwise now, or is no more."""
    return {
        identity
        for identity, issued in memory.issued.items()
        if issued.status != CANCELLED
        and (
            issued.rule not in rules.rules
            or rules.rules[issued.rule].version != issued.version
        )
    }


def _expiry(rules: MessageRules, moment: Moment) -> Expired:
    def expired(rule: Rule, due_at: int) -> bool:
        if not rule.valid_ms:
            return False
        return moment.found_at(alarm(due_at, rules)) > due_at + rule.valid_ms

    return expired


def _apply(  # noqa: PLR0913, PLR0917 one verdict and all that it touches
    identity: str,
    verdict: Verdict,
    memory: Activation,
    rules: MessageRules,
    moment: Moment,
    decided: Decided,
) -> None:
    one = verdict.occasion
    issued = memory.issued.get(identity)
    if not verdict.status:
        if issued is not None:
            _call_off(identity, issued, verdict.reason, decided)
        elif verdict.reason != "backfill" and (
            alarm(one.due_at, rules) > memory.settled
            or moment.latest == (one.span.source, one.span.id)
        ):
            decided.tally["suppressed", one.rule.name, verdict.reason] += 1
        return
    if issued is not None and _same(issued, verdict):
        return
    span = one.span
    memory.issued[identity] = Issued(
        one.rule.name,
        one.rule.version,
        moment.revision,
        verdict.status,
        one.key,
        one.due_at,
        rules.until(one.rule, span.last),
        MessageCause(span.source, span.id, span.type, span.last),
        "",
        issued.report if issued else Report(),
        # What was reached after another moment is looked for again.
        issued.converted_at if issued and issued.due_at == one.due_at else 0,
        member=issued.member if issued else "",
    )
    decided.changed.add(identity)
    if issued is None or issued.status != verdict.status:
        decided.tally[verdict.status, one.rule.name, ""] += 1
        if one.due_at != span.last + one.rule.after_ms:
            decided.tally["moved", one.rule.name, ""] += 1


def _same(issued: Issued, verdict: Verdict) -> bool:
    one = verdict.occasion
    return (
        issued.status == verdict.status
        and issued.due_at == one.due_at
        and (issued.cause.source, issued.cause.id) == (one.span.source, one.span.id)
    )


def _call_off(identity: str, issued: Issued, reason: str, decided: Decided) -> None:
    if issued.status == CANCELLED:
        return
    issued.status = CANCELLED
    issued.reason = reason
    decided.changed.add(identity)
    decided.tally[CANCELLED, issued.rule, reason] += 1


def _publish(
    memory: Activation,
    rules: MessageRules,
    person: Person,
    moment: Moment,
    decided: Decided,
) -> None:
    """Emit what has changed, what came back of messages included."""
    for identity, issued in memory.issued.items():
        rule = rules.rules.get(issued.rule)
        report = memory.reports.get(identity)
        if report is not None and report != issued.report:
            issued.report = report
            decided.changed.add(identity)
        reached = converted(memory, rule, issued) if rule else issued.converted_at
        if reached != issued.converted_at:
            issued.converted_at = reached
            decided.changed.add(identity)
        if issued.person not in (person.person_id, *person.members):
            # It went with a member to somebody else: from now on that is who tells of it.
            decided.changed.add(identity)
        if identity in decided.changed:
            issued.person = person.person_id
            issued.revision = moment.revision
            decided.messages.append(_message(identity, issued, rules, person))


def _message(
    identity: str, issued: Issued, rules: MessageRules, person: Person
) -> Message:
    rule = rules.rules.get(issued.rule)
    valid_ms = rule.valid_ms if rule else 0
    report = issued.report
    return Message(
        person.tenant,
        person.person_id,
        identity,
        issued.revision,
        issued.status,
        issued.rule,
        issued.version,
        rule.spec.purpose if rule else "",
        list(rule.spec.channels) if rule else [],
        issued.cause,
        issued.due_at,
        issued.key,
        issued.due_at + valid_ms if valid_ms else 0,
        issued.reason,
        rule.spec.template if rule else "",
        report.sent_at,
        report.delivered_at,
        report.opened_at,
        report.clicked_at,
        report.bounced_at,
        issued.converted_at,
    )


def forget(memory: Activation, rules: MessageRules, final_at: int) -> None:
    """Drop what is final of what touchpoints said.

    Args:
        memory: changed in place.
        rules: the message rules.
        final_at: what happened before is final, epoch milliseconds.
    """
    for name in list(memory.spans):
        rule = rules.rules.get(name)
        keys = memory.spans[name]
        for key in list(keys):
            keys[key] = [
                s for s in keys[key] if rule and rules.until(rule, s.last) >= final_at
            ]
            if not keys[key]:
                del keys[key]
        if not keys:
            del memory.spans[name]
    memory.happened = [
        one
        for one in memory.happened
        if one.at >= final_at - rules.reach.get(one.type, 0)
    ]
    for said in memory.said.values():
        old = sum(at < final_at - DAY_MS for at, _ in said)
        del said[: max(old - 1, 0)]


def _forget_messages(memory: Activation, rules: MessageRules, final_at: int) -> None:
    for identity, issued in list(memory.issued.items()):
        rule = rules.rules.get(issued.rule)
        if rule is not None and rule.once_person:
            continue
        keep = max(ISSUED_MEMORY_MS, rule.apart_ms if rule else 0)
        if rule is not None and rule.cap is not None:
            keep = max(keep, rule.cap.days * DAY_MS)
        if issued.due_at < final_at - keep:
            del memory.issued[identity]
            memory.reports.pop(identity, None)
    for identity, report in list(memory.reports.items()):
        if identity not in memory.issued and max(astuple(report)) < final_at:
            del memory.reports[identity]


def bound(memory: Activation, tally: Tally) -> None:
    """Keep a memory small; what is given up for it is counted.

    Args:
        memory: changed in place.
        tally: takes up what was forgotten before its time.
    """
    for name, keys in memory.spans.items():
        while len(keys) > MAX_KEYS:
            oldest = min(keys, key=lambda key: (keys[key][-1].last, key))
            del keys[oldest]
            tally["forgotten", name, ""] += 1
            for issued in memory.issued.values():
                if issued.rule == name and issued.key == oldest:
                    issued.until = 0
    for said in memory.said.values():
        del said[:-SAID_DAYS]
    if len(memory.happened) > MAX_HAPPENED:
        del memory.happened[:-MAX_HAPPENED]
    while len(memory.issued) > MAX_ISSUED:
        oldest = min(memory.issued, key=lambda one: (memory.issued[one].due_at, one))
        tally["forgotten", memory.issued[oldest].rule, ""] += 1
        del memory.issued[oldest]
        memory.reports.pop(oldest, None)
    if len(memory.reports) > MAX_REPORTS:
        loose = [one for one in memory.reports if one not in memory.issued]
        for identity in sorted(loose)[MAX_REPORTS:]:
            del memory.reports[identity]
