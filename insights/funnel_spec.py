"""What a funnel asks: a small typed specification, from a file or built by hand."""

from difflib import get_close_matches
from typing import Final, Literal

import msgspec
from msgspec import Struct

from insights.asker import QuestionError
from insights.conditions import Test
from insights.times import UNITS_MS, duration_ms, instant_ms
from schemas.vocabulary import CUSTOM_PREFIX, TYPES, canonical_type

MAX_STEPS: Final = 30
MAX_STEPS_ANY: Final = 8
"""Every set of done steps is one walk to follow, and there are 2^steps of them."""

MAX_WINDOW_MS: Final = 3_660 * UNITS_MS["d"]


class FunnelError(QuestionError):
    """A funnel that makes no sense."""


class Step(Struct, forbid_unknown_fields=True, omit_defaults=True, frozen=True):
    """One step: a touchpoint of one of these types that meets every condition.

    Attributes:
        type: touchpoint type; or
        any_of: several of them.
        name: what people call the step; its types where empty.
        where: column or `properties.path` → value, list of values, or operators
            with their values.
    """

    type: str = ""
    any_of: tuple[str, ...] = ()
    name: str = ""
    where: dict[str, Test] = {}

    @property
    def types(self) -> list[str]:
        """The types by their canonical names; unknown ones as they were written."""
        named = (self.type, *self.any_of) if self.type else self.any_of
        return [canonical_type(name) or name for name in named]

    @property
    def label(self) -> str:
        """What to call the step."""
        return self.name or " | ".join(self.types)


class Funnel(Struct, forbid_unknown_fields=True, omit_defaults=True, frozen=True):
    """A question about steps; JSON and YAML have the same names (`from` for `from_`).

    Attributes:
        steps: in their order, even where `order` does not ask for one.
        window: longest time from the first step to the last, inclusive: a number with
            `ms`, `s`, `m`, `h`, `d` (24 hours) or `w`.
        unit: what is counted: persons, sessions, carts or orders.
        order: `ordered`: one step after the other, whatever happens between;
            `strict`: nothing else that the customer does happens between;
            `any`: all of them, in whatever order.
        from_: first moment at which the first step may happen: RFC 3339, a date (its
            midnight, UTC) or epoch milliseconds.
        to: first moment at which it may not any more.
        include_bots: count what crawlers and monitors did.
        include_machine: count what mail proxies opened.
    """

    steps: tuple[Step, ...]
    name: str = "funnel"
    window: str = "30d"
    unit: Literal["person", "session", "cart", "order", "ticket"] = "person"
    order: Literal["ordered", "strict", "any"] = "ordered"
    from_: str | int | None = msgspec.field(default=None, name="from")
    to: str | int | None = None
    tenant: str = "default"
    include_bots: bool = False
    include_machine: bool = False

    @property
    def window_ms(self) -> int:
        """The window in milliseconds; raises TimeError."""
        return duration_ms(self.window)

    @property
    def from_ms(self) -> int | None:
        """Begin of the range, epoch milliseconds; raises TimeError."""
        return instant_ms(self.from_)

    @property
    def to_ms(self) -> int | None:
        """End of the range, exclusive, epoch milliseconds; raises TimeError."""
        return instant_ms(self.to)

    def check(self) -> None:
        """Raise FunnelError where the question makes no sense, saying why."""
        most = MAX_STEPS_ANY if self.order == "any" else MAX_STEPS
        if not 1 <= len(self.steps) <= most:
            message = f"a funnel with order {self.order} has 1 to {most} steps"
            raise FunnelError(message)
        for number, step in enumerate(self.steps, 1):
            if bool(step.type) == bool(step.any_of) or "" in step.any_of:
                message = f"step {number} needs either type or any_of"
                raise FunnelError(message)
        first, end = self.from_ms, self.to_ms
        if first is not None and end is not None and first >= end:
            message = "the range is empty: `to` must be later than `from`"
            raise FunnelError(message)
        if self.window_ms > MAX_WINDOW_MS:
            message = "the window is longer than ten years"
            raise FunnelError(message)


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
        message = f"not a funnel: {error}"
        raise FunnelError(message) from error


def notes_on_types(funnel: Funnel) -> list[str]:
    """A sentence for every type that the vocabulary does not know: likely a slip."""
    notes = []
    for name in dict.fromkeys(name for step in funnel.steps for name in step.types):
        if name in TYPES or name.startswith(CUSTOM_PREFIX):
            continue
        near = get_close_matches(name, TYPES, 1)
        hint = f"; did you mean {near[0]}?" if near else ""
        notes.append(f"the vocabulary does not know the type {name!r}{hint}")
    return notes
