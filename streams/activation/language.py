"""The language of message rules: what a YAML file may say, and its words' meaning."""

import re
from typing import Annotated, Final, Literal

from msgspec import Meta, Struct, ValidationError

from schemas.vocabulary import CHANNELS, CUSTOM_PREFIX, TYPES

MINUTE_MS: Final = 60_000
HOUR_MS: Final = 60 * MINUTE_MS
DAY_MS: Final = 24 * HOUR_MS
MAX_DELAY_MS: Final = 400 * DAY_MS
"""A delay is remembered touchpoint by touchpoint; a longer one would be for ever."""

_UNITS: Final = {"s": 1_000, "m": MINUTE_MS, "h": HOUR_MS, "d": DAY_MS}

_NAME: Final = r"^[a-z][a-z0-9_]{0,63}$(?!\n)"
_DURATION: Final = r"^[0-9]{1,6}[smhd]$(?!\n)"
_CLOCK: Final = r"^([01][0-9]|2[0-3]):[0-5][0-9]$(?!\n)"
_WORDS: Final = {
    _NAME: "a name of small letters, digits and `_`",
    _DURATION: "a duration such as `90m`, `4h` or `30d`",
    _CLOCK: "a time of day between `00:00` and `23:59`",
}

Name = Annotated[str, Meta(pattern=_NAME)]
Types = Annotated[tuple[str, ...], Meta(min_length=1)]
Duration = Annotated[str, Meta(pattern=_DURATION)]
Clock = Annotated[str, Meta(pattern=_CLOCK)]


class RuleError(ValueError):
    """A message rule cannot mean what it says."""


class Where(Struct, frozen=True, forbid_unknown_fields=True):
    """What one value of the touchpoint must be.

    Attributes:
        property: name in the touchpoint's `properties`, at their first level.
        field: of the touchpoint itself.
        any_of: it is one of these.
        at_least: it is a number, this or larger.
        at_most: it is a number, this or smaller.
    """

    property: str = ""
    field: Literal["", "channel", "source", "value_minor", "currency"] = ""
    any_of: tuple[str | int | bool, ...] = ()
    at_least: float | None = None
    at_most: float | None = None


class Trigger(Struct, frozen=True, forbid_unknown_fields=True):
    """What begins an occasion, and what it is about."""

    types: Types
    key: Literal["person", "cart", "order"] = "person"
    where: tuple[Where, ...] = ()


class Absent(Struct, frozen=True, forbid_unknown_fields=True):
    """What must not happen, on any channel."""

    types: Types
    scope: Literal["person", "key"] = "person"


class Days(Struct, frozen=True, forbid_unknown_fields=True):
    """At most one in so many days."""

    days: Annotated[int, Meta(ge=1, le=400)]


class Goal(Struct, frozen=True, forbid_unknown_fields=True):
    """What the message is to bring about, and within what time."""

    types: Types
    within: Duration


class RuleSpec(Struct, frozen=True, forbid_unknown_fields=True):
    """One rule as its file says it; docs/messages.md explains every field."""

    name: Name
    version: Annotated[int, Meta(ge=1)]
    trigger: Trigger
    after: Duration
    purpose: Name = "messaging"
    channels: Annotated[tuple[str, ...], Meta(min_length=1)] = ("email",)
    absent: tuple[Absent, ...] = ()
    once: Literal["key", "person"] | Days = "key"
    orders_at_least: Annotated[int, Meta(ge=0, le=100)] = 0
    orders_at_most: Annotated[int, Meta(ge=0, le=100)] | None = None
    phases: tuple[Name, ...] = ()
    valid_for: Duration | None = None
    cap: str = ""
    priority: Annotated[int, Meta(ge=0, le=1000)] = 0
    hold_out: Annotated[float, Meta(ge=0, lt=1)] = 0.0
    goal: Goal | None = None
    template: str = ""


class CapSpec(Struct, frozen=True, forbid_unknown_fields=True):
    """At most so many messages to a person in so many days, over all rules that share it."""

    at_most: Annotated[int, Meta(ge=1, le=1000)]
    days: Annotated[int, Meta(ge=1, le=400)]


class QuietSpec(
    Struct, frozen=True, forbid_unknown_fields=True, rename={"from_": "from"}
):
    """Hours in which nobody is disturbed, by the clock where the person is."""

    from_: Clock
    to: Clock


class ConsentSpec(Struct, frozen=True, forbid_unknown_fields=True):
    """What is taken for consent.

    Attributes:
        unless_stated: what holds for a person who never said anything.
        refused_by: touchpoints that refuse every purpose of these rules.
    """

    unless_stated: Literal["refused", "given"] = "refused"
    refused_by: tuple[str, ...] = ("unsubscribed", "email_marked_as_spam")


class FileSpec(Struct, frozen=True, forbid_unknown_fields=True):
    """A whole file of message rules."""

    rules: tuple[RuleSpec, ...]
    caps: dict[Name, CapSpec] = {}
    quiet_hours: QuietSpec | None = None
    timezone: str = "Europe/Paris"
    consent: ConsentSpec = ConsentSpec()
    patience: Duration = "0s"


def in_words(error: ValidationError) -> str:
    """What is wrong with the form of a file, without the patterns that texts must match."""
    said = str(error)
    for pattern, words in _WORDS.items():
        said = said.replace(f"`str` matching regex {pattern!r}", words)
    return said


def milliseconds(duration: str) -> int:
    """A duration such as `90m`, `4h` or `30d`."""
    return int(duration[:-1]) * _UNITS[duration[-1]]


def minutes(clock: str) -> int:
    """Minutes since midnight of a time such as `21:30`."""
    hour, _, minute = clock.partition(":")
    return int(hour) * 60 + int(minute)


def check_rule(rule: RuleSpec, spec: FileSpec) -> None:
    """Refuse a rule that has the right form but no meaning.

    Raises:
        RuleError: says which rule, and what is wrong with it.
    """
    goal = rule.goal.types if rule.goal else ()
    for type_ in (
        *rule.trigger.types,
        *(t for a in rule.absent for t in a.types),
        *goal,
    ):
        _check_type(type_, f"rule {rule.name}")
    for channel in rule.channels:
        if channel not in CHANNELS:
            _refuse(rule, f"there is no channel {channel}")
    if rule.cap and rule.cap not in spec.caps:
        _refuse(rule, f"there is no cap {rule.cap}")
    if rule.trigger.key == "person" and any(one.scope == "key" for one in rule.absent):
        _refuse(rule, "scope `key` needs a trigger with key `cart` or `order`")
    if rule.orders_at_most is not None and rule.orders_at_most < rule.orders_at_least:
        _refuse(rule, "orders_at_most is below orders_at_least")
    durations = [
        rule.after,
        rule.valid_for or "0s",
        rule.goal.within if rule.goal else "0s",
    ]
    if max(map(milliseconds, durations)) > MAX_DELAY_MS:
        _refuse(rule, f"no duration may exceed {MAX_DELAY_MS // DAY_MS} days")
    for where in rule.trigger.where:
        _check_where(rule, where)


def check_file(spec: FileSpec) -> None:
    """Refuse a file that has the right form but no meaning.

    Raises:
        RuleError: says where, and what is wrong.
    """
    names = [rule.name for rule in spec.rules]
    for name in names:
        if names.count(name) > 1:
            message = f"two rules have the name {name}"
            raise RuleError(message)
    for type_ in spec.consent.refused_by:
        _check_type(type_, "consent")
    if milliseconds(spec.patience) > DAY_MS:
        message = "patience may not exceed a day"
        raise RuleError(message)
    for rule in spec.rules:
        check_rule(rule, spec)


def _check_where(rule: RuleSpec, where: Where) -> None:
    if bool(where.property) == bool(where.field):
        _refuse(rule, "a condition names either a property or a field")
    if not where.any_of and where.at_least is None and where.at_most is None:
        _refuse(rule, "a condition needs any_of, at_least or at_most")


def _check_type(type_: str, where: str) -> None:
    if type_ not in TYPES and not re.fullmatch(CUSTOM_PREFIX + r"\w+", type_):
        message = f"{where}: there is no touchpoint type {type_}"
        raise RuleError(message)


def _refuse(rule: RuleSpec, why: str) -> None:
    message = f"rule {rule.name}: {why}"
    raise RuleError(message)
