"""The session policy: which channel forms what sessions, with which gap and lateness."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Final, Literal

import msgspec
from msgspec import Meta

from schemas.vocabulary import CHANNELS

MINUTE_MS: Final = 60_000
DAY_MS: Final = 86_400_000


@dataclass(frozen=True, slots=True)
class ChannelRule:
    """How one channel's touchpoints form sessions.

    Attributes:
        kind: session kind; empty where a touchpoint stands alone.
        gap_ms: silence that ends a session; exactly this long keeps it.
        lateness_ms: how late a touchpoint may come and still be folded.
    """

    kind: str
    gap_ms: int
    lateness_ms: int


ANY_OTHER: Final = ""
_TOUCH: Final = ChannelRule("", 0, DAY_MS)
_STORE: Final = ChannelRule("store", 120 * MINUTE_MS, 14 * DAY_MS)

DEFAULT_RULES: Final[Mapping[str, ChannelRule]] = {
    "web": ChannelRule("web", 30 * MINUTE_MS, DAY_MS),
    "app": ChannelRule("app", 30 * MINUTE_MS, DAY_MS),
    "store": _STORE,
    "pos": _STORE,
    "kiosk": _STORE,
    "event": _STORE,
    "phone": ChannelRule("phone", 30 * MINUTE_MS, 7 * DAY_MS),
    "chat": ChannelRule("chat", 30 * MINUTE_MS, 7 * DAY_MS),
    "mail": ChannelRule("", 0, 14 * DAY_MS),
    "carrier": ChannelRule("", 0, 14 * DAY_MS),
}
"""Gaps and lateness by channel (docs/sessions.md); other channels are single touches."""

_GAPS: Final[Mapping[str, int]] = {
    rule.kind: rule.gap_ms for rule in DEFAULT_RULES.values() if rule.kind
}


@dataclass(frozen=True, slots=True)
class ThreadPolicy:
    """Numbers of the threads: carts, orders, returns and tickets (docs/threads.md).

    Attributes:
        cart_abandoned_ms: silence after which a cart is given up; exactly this long
            keeps it.
        keep_ms: how long a state keeps a finished thread after its latest touchpoint.
        max_kept: threads that a state keeps at a time.
    """

    cart_abandoned_ms: int = 240 * MINUTE_MS
    keep_ms: int = 90 * DAY_MS
    max_kept: int = 64


@dataclass(frozen=True, slots=True)
class SessionPolicy:
    """Numbers of the sessionizer.

    Attributes:
        rules: channel → rule.
        max_length_ms: no session lasts longer, measured from its first touchpoint.
        thread_gap_ms: gap of a phone or chat session that carries its thread's id.
        max_recent: touchpoints that a state keeps open to correction.
        max_known: identities that a state remembers beyond those.
        max_open: sessions that a state keeps open at a time.
        max_statements: facts, and also consents, that a state keeps, by name.
        max_member_statements: divided by the members of a person, how many each of them
            keeps at most, so that a state fits into a record of Kafka.
        max_statement_bytes: a fact or consent that takes more of a state is not kept.
        threads: numbers of the threads.
        max_members: names that a person may have been merged from and be parted into.
        max_copies: touchpoints sent again with other identifiers that a state knows of.
        undo_days: how long the touchpoints of a merged person stay open to correction
            at least, so that sessions of several members can be taken apart exactly.
        correctable_ms: channel → how long a touchpoint of it may still change sessions
            by its presence; `ANY_OTHER` stands for those that are not named.
        least_correctable_ms: the least of these.
    """

    rules: Mapping[str, ChannelRule] = field(default_factory=lambda: DEFAULT_RULES)
    max_length_ms: int = DAY_MS
    thread_gap_ms: int = DAY_MS
    max_recent: int = 512
    max_known: int = 2048
    max_open: int = 64
    max_statements: int = 256
    max_member_statements: int = 1024
    max_statement_bytes: int = 2048
    threads: ThreadPolicy = field(default_factory=ThreadPolicy)
    max_members: int = 64
    max_copies: int = 1024
    undo_days: int = 30
    least_correctable_ms: int = field(init=False, repr=False, compare=False)
    correctable_ms: Mapping[str, int] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Derive what would else be asked at every write."""
        rules = {**self.rules, ANY_OTHER: _TOUCH}
        known = {channel: self._correctable(rule) for channel, rule in rules.items()}
        object.__setattr__(self, "correctable_ms", known)
        object.__setattr__(self, "least_correctable_ms", min(known.values()))

    def rule(self, channel: str) -> ChannelRule:
        """The rule of a channel."""
        return self.rules.get(channel, _TOUCH)

    @property
    def longest_gap_ms(self) -> int:
        """Silence after which the session of any channel is over."""
        return max(self.thread_gap_ms, *(rule.gap_ms for rule in self.rules.values()))

    def _correctable(self, rule: ChannelRule) -> int:
        if not rule.kind:
            return rule.lateness_ms
        threads = rule.kind in ("phone", "chat")
        gap = self.thread_gap_ms if threads else rule.gap_ms
        return rule.lateness_ms + self.max_length_ms + gap

    def overdue(self, channel: str, at: int, watermark: int) -> bool:
        """Whether a touchpoint of this time, epoch milliseconds, arrives too late now."""
        return at < watermark - self.rules.get(channel, _TOUCH).lateness_ms

    def gap(self, kind: str, place: str, channel: str) -> int:
        """Silence in milliseconds that ends a session of this kind at this place."""
        if place and kind in ("phone", "chat"):
            return self.thread_gap_ms
        return self.rules.get(channel, _TOUCH).gap_ms

    def silence(self, kind: str, place: str) -> int:
        """Silence in milliseconds that ends a session of this kind on every channel."""
        return max(
            self.gap(kind, place, channel)
            for channel, rule in self.rules.items()
            if rule.kind == kind
        )


class _RuleSpec(msgspec.Struct, forbid_unknown_fields=True):
    # What is left out stays as it is built in.
    kind: Literal["", "web", "app", "store", "phone", "chat"] | None = None
    gap_minutes: Annotated[float, Meta(ge=0, le=1440)] | None = None
    lateness_hours: Annotated[float, Meta(ge=0, le=720)] | None = None


class _ThreadSpec(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    cart_abandoned_hours: Annotated[float, Meta(gt=0, le=720)] = 4
    # Longer than any touchpoint may be late: a thread that has left begins again.
    keep_days: Annotated[float, Meta(ge=30, le=3660)] = 90
    max_kept: Annotated[int, Meta(ge=1, le=1024)] = 64


class _PolicySpec(msgspec.Struct, forbid_unknown_fields=True):
    channels: dict[str, _RuleSpec] = {}
    max_length_hours: Annotated[float, Meta(gt=0, le=720)] = 24
    threads: _ThreadSpec = _ThreadSpec()


def policy_from(document: object) -> SessionPolicy:
    """Read a session policy from a parsed YAML document; what it leaves out is built in.

    Raises:
        msgspec.ValidationError: the document does not have the form it must have.
    """
    spec = msgspec.convert(document, _PolicySpec)
    for channel in spec.channels:
        if channel not in CHANNELS:
            message = f"There is no channel {channel} - at `$.channels`"
            raise msgspec.ValidationError(message)
    named = {channel: _rule(channel, rule) for channel, rule in spec.channels.items()}
    return SessionPolicy(
        rules={**DEFAULT_RULES, **named},
        max_length_ms=round(spec.max_length_hours * 60 * MINUTE_MS),
        threads=ThreadPolicy(
            round(spec.threads.cart_abandoned_hours * 60 * MINUTE_MS),
            round(spec.threads.keep_days * DAY_MS),
            spec.threads.max_kept,
        ),
    )


def _rule(channel: str, spec: _RuleSpec) -> ChannelRule:
    known = DEFAULT_RULES.get(channel, _TOUCH)
    kind = known.kind if spec.kind is None else spec.kind
    # A channel whose touchpoints stand alone has no gap of its own.
    gap_ms = known.gap_ms or _GAPS.get(kind, 0)
    return ChannelRule(
        kind,
        gap_ms if spec.gap_minutes is None else round(spec.gap_minutes * MINUTE_MS),
        known.lateness_ms
        if spec.lateness_hours is None
        else round(spec.lateness_hours * 60 * MINUTE_MS),
    )
