"""What a state's alarm comes to, told without opening the journey or writing it again."""

from collections.abc import Callable
from typing import Final

from msgspec import Struct, json

from schemas.messages import Activation
from streams.activation.deciding import Moment, Tally, weigh
from streams.activation.occasions import Person
from streams.activation.rules import MessageRules


class _Part(Struct):
    """A member's part of a state."""

    messages: Activation | None = None


class _Held(Struct):
    """The few fields of a state that the message rules look at; no other is decoded."""

    tenant: str
    person_id: str
    horizon: int = 0
    members: list[str] = []
    parts: dict[str, _Part] = {}
    messages: Activation | None = None


_decode: Final = json.Decoder(_Held).decode


def suppressed(
    encoded: bytes,
    rules: MessageRules,
    watermark: int,
    found_at: Callable[[int], int],
) -> Tally | None:
    """What an alarm leaves to be counted where nothing else comes of it.

    Most alarms are of carts of persons who gave no consent. The state stays as it is
    then: that its alarm lies in the past says that it was heard.

    Args:
        encoded: the state.
        rules: the message rules.
        watermark: event time, epoch milliseconds.
        found_at: what the clock said when event time passed a moment.

    Returns:
        What to count; None where the journey has to be opened and decided itself.
    """
    if rules.asks_phase:
        return None
    held = _decode(encoded)
    if held.messages is None:
        return None
    decided = weigh(
        held.messages,
        rules,
        Person(
            held.tenant,
            held.person_id,
            _nowhere,
            held.members,
            {name: part.messages for name, part in held.parts.items()},
        ),
        Moment(watermark, held.horizon, 0, found_at),
    )
    return None if decided.messages or decided.alarm else decided.tally


def _nowhere(_: int) -> str:
    return ""
