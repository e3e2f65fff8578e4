"""Message rules, compiled: which touchpoint types concern them, and how."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

import msgspec

from streams.activation.language import (
    DAY_MS,
    CapSpec,
    Days,
    FileSpec,
    RuleError,
    RuleSpec,
    Where,
    check_file,
    milliseconds,
    minutes,
)
from streams.activation.quiet import QuietHours, zone

LATENESS_MS: Final = 14 * DAY_MS
KEY_MEMORY_MS: Final = 30 * DAY_MS
"""How long it is remembered that a cart was bought, an order returned."""
ISSUED_MEMORY_MS: Final = 90 * DAY_MS
"""How long a message is remembered at least, so that it stays the only one."""

REPORTS: Final[Mapping[str, int]] = {
    "message_triggered": 0,
    "message_sent": 0,
    "email_sent": 0,
    "push_sent": 0,
    "sms_sent": 0,
    "email_delivered": 1,
    "message_opened": 2,
    "email_opened": 2,
    "push_opened": 2,
    "message_clicked": 3,
    "email_link_clicked": 3,
    "email_bounced": 4,
}
"""Touchpoints that tell what became of a message → field of `Report` that they fill."""


_NONE: Final[frozenset[str]] = frozenset()


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule, compiled; durations in milliseconds.

    Attributes:
        place: position in its file, the last resort where two rules tie.
        apart_ms: shortest time between two messages; 0 for none.
        valid_ms: how long after its due time it may be sent; 0 for ever.
        ends_key: types that end an occasion where they bear its key.
        ends_any: types that end an occasion whatever they bear.
    """

    place: int
    name: str
    version: int
    spec: RuleSpec
    key: str
    types: frozenset[str]
    after_ms: int
    valid_ms: int
    apart_ms: int
    once_person: bool
    ends_key: frozenset[str]
    ends_any: frozenset[str]
    goal: frozenset[str]
    goal_ms: int
    cap: CapSpec | None


@dataclass(frozen=True, slots=True)
class Concern:
    """What a touchpoint of one type means to the rules.

    Attributes:
        triggers: rules that every such touchpoint triggers.
        asking: rules that it triggers where conditions are fulfilled.
        happened: it may end an occasion or fulfil a goal.
        goal: it may fulfil a goal.
        order: orders are counted, and it is one.
        report: field of `Report` that it fills; -1 for none.
        refuses: it refuses consent to every purpose of the rules.
    """

    triggers: tuple[Rule, ...] = ()
    asking: tuple[tuple[Rule, tuple[Where, ...]], ...] = ()
    happened: bool = False
    goal: bool = False
    order: bool = False
    report: int = -1
    refuses: bool = False

    @property
    def reports_only(self) -> bool:
        """Nothing but what became of a message can be learnt from it."""
        return not (
            self.triggers or self.asking or self.happened or self.order or self.refuses
        )


@dataclass(frozen=True, slots=True)
class MessageRules:
    """All message rules of a worker.

    Attributes:
        rules: by name.
        by_type: touchpoint type → what it means to them; nothing for most types.
        purposes: that consent is asked for.
        reach: type → how long after a touchpoint of it that it must be remembered.
        orders_kept: how many of the earliest orders the rules ask for.
        asks_phase: some rule depends on the phase.
        lateness_ms: how late a touchpoint of any channel may come.
        salt: decides who is held out.
    """

    rules: Mapping[str, Rule] = field(default_factory=dict)
    by_type: Mapping[str, Concern] = field(default_factory=dict)
    purposes: frozenset[str] = frozenset()
    reach: Mapping[str, int] = field(default_factory=dict)
    orders_kept: int = 0
    asks_phase: bool = False
    consent_unless_stated: bool = False
    quiet: QuietHours | None = None
    timezone: str = "Europe/Paris"
    patience_ms: int = 0
    longest_valid_ms: int = 0
    lateness_ms: int = LATENESS_MS
    salt: str = ""

    def until(self, rule: Rule, last: int) -> int:
        """When an occasion is final: touchpoints of this time cannot change it."""
        return last + rule.after_ms + self.patience_ms + DAY_MS

    def refused(self, concern: Concern | None) -> frozenset[str]:
        """The purposes that touchpoints of a type refuse by what they are.

        Args:
            concern: what the type means to the rules; None for nothing.
        """
        return self.purposes if concern is not None and concern.refuses else _NONE


NO_RULES: Final = MessageRules()


def rules_from(
    document: object, *, salt: str = "", lateness_ms: int = LATENESS_MS
) -> MessageRules:
    """Compile message rules from a parsed YAML document.

    Args:
        document: as `FileSpec` has it.
        salt: another salt holds other persons out.
        lateness_ms: how late a touchpoint of any channel may come and still count.

    Raises:
        msgspec.ValidationError: the document does not have the form it must have.
        RuleError: it has, but cannot mean what it says.
    """
    spec = msgspec.convert(document, FileSpec)
    check_file(spec)
    if zone(spec.timezone) is None:
        message = f"there is no time zone {spec.timezone}"
        raise RuleError(message)
    rules = {one.name: _rule(n, one, spec) for n, one in enumerate(spec.rules)}
    asked = [
        o for r in spec.rules for o in (r.orders_at_least, (r.orders_at_most or 0))
    ]
    counted = any(r.orders_at_least or r.orders_at_most is not None for r in spec.rules)
    quiet = spec.quiet_hours
    return MessageRules(
        rules,
        _by_type(rules, spec, counts_orders=counted),
        frozenset(rule.purpose for rule in spec.rules),
        _reach(rules, milliseconds(spec.patience)),
        max(asked, default=0) + 1 if counted else 0,
        any(rule.phases for rule in spec.rules),
        spec.consent.unless_stated == "given",
        QuietHours(minutes(quiet.from_), minutes(quiet.to)) if quiet else None,
        spec.timezone,
        milliseconds(spec.patience),
        max((rule.valid_ms for rule in rules.values()), default=0),
        lateness_ms,
        salt,
    )


def _rule(place: int, spec: RuleSpec, file: FileSpec) -> Rule:
    def ends(scope: str) -> frozenset[str]:
        return frozenset(
            t for one in spec.absent if one.scope == scope for t in one.types
        )

    return Rule(
        place,
        spec.name,
        spec.version,
        spec,
        spec.trigger.key,
        frozenset(spec.trigger.types),
        milliseconds(spec.after),
        milliseconds(spec.valid_for) if spec.valid_for else 0,
        spec.once.days * DAY_MS if isinstance(spec.once, Days) else 0,
        spec.once == "person" or (spec.once == "key" and spec.trigger.key == "person"),
        ends("key"),
        ends("person"),
        frozenset(spec.goal.types) if spec.goal else frozenset(),
        milliseconds(spec.goal.within) if spec.goal else 0,
        file.caps[spec.cap] if spec.cap else None,
    )


def _by_type(
    rules: Mapping[str, Rule], file: FileSpec, *, counts_orders: bool
) -> dict[str, Concern]:
    if not rules:
        return {}
    every = rules.values()
    happens = frozenset().union(*(r.ends_key | r.ends_any | r.goal for r in every))
    goals = frozenset().union(*(r.goal for r in every))
    refusals = frozenset(file.consent.refused_by)
    types = happens | refusals | REPORTS.keys()
    types |= frozenset().union(*(r.types for r in every))
    types |= {"order_completed"} if counts_orders else frozenset()
    return {
        type_: Concern(
            tuple(r for r in every if type_ in r.types and not r.spec.trigger.where),
            tuple(
                (r, r.spec.trigger.where)
                for r in every
                if type_ in r.types and r.spec.trigger.where
            ),
            type_ in happens,
            type_ in goals,
            counts_orders and type_ == "order_completed",
            REPORTS.get(type_, -1),
            type_ in refusals,
        )
        for type_ in types
    }


def _reach(rules: Mapping[str, Rule], patience_ms: int) -> dict[str, int]:
    reach: dict[str, int] = {}
    for rule in rules.values():
        delay = rule.after_ms + patience_ms + DAY_MS
        for types, needed in (
            (rule.ends_any, delay),
            (rule.ends_key, delay + KEY_MEMORY_MS),
            (rule.goal, 0),
        ):
            for type_ in types:
                reach[type_] = max(reach.get(type_, 0), needed)
    return reach
