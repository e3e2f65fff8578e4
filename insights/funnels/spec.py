"""What a funnel asks: a small typed specification, from a file or built by hand."""

from typing import Final, Literal

import msgspec
from msgspec import Struct

from insights.asker import QuestionError
from insights.conditions import Test
from insights.times import MAX_DURATION_MS, duration_ms, instant_ms
from schemas.vocabulary import canonical_type

ANY_TYPE: Final = "*"
"""The type of a step that every touchpoint can be."""


class FunnelError(QuestionError):
    """A funnel that makes no sense."""


class Kind(Struct, forbid_unknown_fields=True, omit_defaults=True, frozen=True):
    """Touchpoints of one of these types that meet every condition.

    Attributes:
        type: touchpoint type, `*` for any; or
        any_of: several of them.
        where: column or `properties.path` → value, list of values, or operators
            with their values.
    """

    type: str = ""
    any_of: tuple[str, ...] = ()
    where: dict[str, Test] = {}

    @property
    def types(self) -> list[str]:
        """The types by their canonical names; unknown ones as they were written."""
        named = (self.type, *self.any_of) if self.type else self.any_of
        return [canonical_type(name) or name for name in named]

    @property
    def every_type(self) -> bool:
        """Whether the type does not matter."""
        return ANY_TYPE in self.types


class Step(Kind, frozen=True):
    """One step of a funnel.

    Attributes:
        name: what people call the step; its types where empty.
        optional: counted where it was done between its neighbours, and never needed.
        within: longest time since the required step before, inclusive.
        at_least: shortest time since the required step before, inclusive.
    """

    name: str = ""
    optional: bool = False
    within: str | None = None
    at_least: str | None = None

    @property
    def label(self) -> str:
        """What to call the step."""
        return self.name or " | ".join(self.types)

    @property
    def within_ms(self) -> int:
        """Longest time since the step before in milliseconds; raises TimeError."""
        return MAX_DURATION_MS if self.within is None else duration_ms(self.within)

    @property
    def at_least_ms(self) -> int:
        """Shortest time since the step before in milliseconds; raises TimeError."""
        return 0 if self.at_least is None else duration_ms(self.at_least)


class Exclusion(Kind, frozen=True):
    """What must not happen between two steps.

    Attributes:
        from_: number of the step after which it must not happen.
        to: number of the step before which it must not; the last where None.
    """

    from_: int = msgspec.field(default=1, name="from")
    to: int | None = None


class Breakdown(Struct, forbid_unknown_fields=True, omit_defaults=True, frozen=True):
    """Whose numbers are told apart: those of each value of a property.

    Attributes:
        property_: column, `properties.path`, or `persona`: the one that the person has now.
        attribution: which touchpoint's value counts: `first_touch`, `last_touch` (of
            the attempt's touchpoints, the first or last that has one), `all_steps`
            (attempts whose steps all have the same one), or `step:N`.
        limit: how many values are told apart; the rarer ones are `(other)`. Personas are
            told apart however many there are.
    """

    property_: str = msgspec.field(name="property")
    attribution: str = "first_touch"
    limit: int = 10

    @property
    def by_persona(self) -> bool:
        """Whether the personas of persons are told apart."""
        return self.property_ == "persona"

    @property
    def step(self) -> int:
        """N of `step:N`; 0 for the other attributions."""
        name, _, number = self.attribution.partition(":")
        return int(number) if name == "step" and number.isdecimal() else 0


class Funnel(Struct, forbid_unknown_fields=True, omit_defaults=True, frozen=True):
    """A question about steps; JSON and YAML have the same names (`from` for `from_`).

    Attributes:
        steps: in their order, even where `order` does not ask for one.
        window: longest time from the first step to the last, inclusive: a number with
            `ms`, `s`, `m`, `h`, `d` (24 hours) or `w`; ten years where null.
        unit: what is counted: persons, sessions, carts, orders or tickets.
        order: `ordered`: one step after the other, whatever happens between;
            `strict`: nothing else that the customer does happens between;
            `any`: all of them, in whatever order.
        session: all steps in one session.
        closed: everybody begins with step 1; else with any required step.
        exclude: what must not happen between steps.
        hold: properties that every step must have, with one and the same value.
        from_: first moment at which the first step may happen: RFC 3339, a date (its
            midnight in `timezone`) or epoch milliseconds.
        to: first moment at which it may not any more.
        breakdown: whose numbers are told apart.
        count: `uniques`: every unit once; `totals`: each of its attempts.
        timezone: where days begin, an IANA name.
        eligible: types that break a strict funnel; None for all that the customer does.
        net: leave out orders that were cancelled, returned or refunded later.
        include_bots: count what crawlers and monitors did.
        include_machine: count what mail proxies opened.
        persona: what persons of this persona did, alone; of everybody where empty.
    """

    steps: tuple[Step, ...]
    name: str = "funnel"
    window: str | None = "30d"
    unit: Literal["person", "session", "cart", "order", "ticket"] = "person"
    order: Literal["ordered", "strict", "any"] = "ordered"
    session: bool = False
    closed: bool = True
    exclude: tuple[Exclusion, ...] = ()
    hold: tuple[str, ...] = ()
    from_: str | int | None = msgspec.field(default=None, name="from")
    to: str | int | None = None
    breakdown: Breakdown | None = None
    count: Literal["uniques", "totals"] = "uniques"
    timezone: str = "UTC"
    tenant: str = "default"
    eligible: tuple[str, ...] | None = None
    net: bool = False
    include_bots: bool = False
    include_machine: bool = False
    persona: str = ""

    @property
    def window_ms(self) -> int:
        """The window in milliseconds; raises TimeError."""
        return MAX_DURATION_MS if self.window is None else duration_ms(self.window)

    @property
    def from_ms(self) -> int | None:
        """Begin of the range, epoch milliseconds; raises TimeError."""
        return instant_ms(self.from_, self.timezone)

    @property
    def to_ms(self) -> int | None:
        """End of the range, exclusive, epoch milliseconds; raises TimeError."""
        return instant_ms(self.to, self.timezone)

    @property
    def required(self) -> list[int]:
        """Numbers of the steps that are not optional."""
        return [n for n, step in enumerate(self.steps, 1) if not step.optional]


def load(content: bytes, *, yaml: bool) -> Funnel:
    """Read a funnel from the content of a file.

    Args:
        content: the bytes of the file.
        yaml: it is YAML, not JSON.

    Raises:
        FunnelError: not a funnel; says where.
    """
    try:
        if yaml:
            loaded = msgspec.yaml.decode(content)
            # YAML makes dates of what looks like one; the specification has text.
            return msgspec.convert(msgspec.to_builtins(loaded), Funnel)
        return msgspec.json.decode(content, type=Funnel)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        said = " ".join(str(error).split()).replace('in "<byte string>", ', "at ")
        message = f"not a funnel: {said}; docs/funnels.md says how they look"
        raise FunnelError(message) from error
