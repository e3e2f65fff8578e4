"""What may be asked of a person, and what persons are compared in; each as SQL.

Everything here is an expression over `insights/personas/sql/states.sql`: the journey
states as they are now, or as they were at a moment.
"""

from typing import Final

from insights.conditions import Compare, Values, inside, typed
from insights.personas.spec import PersonaError
from insights.sentences import say
from schemas.vocabulary import CHANNELS, canonical_type

_DAY_MS: Final = 86_400_000.0

ONLINE: Final = ("web", "app", "ads", "social", "chat")
IN_STORE: Final = ("store", "pos", "kiosk", "event")
MESSAGES: Final = ("email", "sms", "push", "mail", "print")


def _share(channels: tuple[str, ...]) -> str:
    counted = " + ".join(f"channels['{channel}']" for channel in channels)
    return f"(({counted}) / greatest(touchpoints, 1))"


def _ordered(channels: tuple[str, ...]) -> str:
    counted = " + ".join(f"ordered['{channel}']" for channel in channels)
    return f"(({counted}) / greatest(arraySum(mapValues(ordered)), 1))"


NUMBERS: Final = {
    "orders": "orders",
    "touchpoints": "touchpoints",
    "sessions": "sessions_total",
    "days_since_last": f"((at_ms - last_at_ms) / {_DAY_MS})",
    "days_since_first": f"((at_ms - first_at_ms) / {_DAY_MS})",
    "days_known": f"((last_at_ms - first_at_ms) / {_DAY_MS})",
    "share_online": _share(ONLINE),
    "share_store": _share(IN_STORE),
    "share_message": _share(MESSAGES),
    "share_orders_online": _ordered(ONLINE),
    "share_orders_store": _ordered(IN_STORE),
    "emotion_observed": "(emotions_observed_sum / nullIf(emotions_observed, 0))",
    "emotion_inferred": "(emotions_inferred_sum / nullIf(emotions_inferred, 0))",
}
"""Numbers that a condition may name."""

FEATURES: Final = {
    "orders": "log1p(orders)",
    "value": "log1p(greatest(value_minor[{currency}], 0) / 100)",
    "sessions": "log1p(sessions_total)",
    "touchpoints": "log1p(touchpoints)",
    "recency": f"log1p(greatest(at_ms - last_at_ms, 0) / {_DAY_MS})",
    "tenure": f"log1p(greatest(last_at_ms - first_at_ms, 0) / {_DAY_MS})",
    "online": _share(ONLINE),
    "store": _share(IN_STORE),
    "messages": _share(MESSAGES),
    "returns": "log1p(counts['product_returned'])",
    "contacts": "log1p(counts['support_contacted'] + counts['call_started'])",
}
"""What persons are compared in. Counts and values are skewed: of them, log(1 + x)."""


def goes_by_orders(key: str) -> bool:
    """Whether a field asks on which channels somebody's orders were placed."""
    return key.startswith(("orders.", "share_orders_"))


def person_field(key: str, values: Values) -> Compare:
    """How a field of a person is compared; the keys are those of docs/personas.md.

    Args:
        key: a number of `NUMBERS`, `phase`, `count.<type>`, `channel.<channel>`,
            `orders.<channel>`, `value.<currency>` (smallest unit), `fact.<path>` or
            `consent.<purpose>`.
        values: takes up the values.

    Raises:
        PersonaError: there is no such field.
        ConditionError: a path that leads nowhere.
    """
    if key in NUMBERS:
        expression = NUMBERS[key]
        return typed(key, expression, "number", f"({expression} IS NOT NULL)", values)
    if key == "phase":
        return typed(key, "phase", "text", "(phase != '')", values)
    of, _, name = key.partition(".")
    column = {
        "count": "counts" if canonical_type(name) == name else "",
        "channel": "channels" if name in CHANNELS else "",
        "orders": "ordered" if name in CHANNELS else "",
        "value": "value_minor" if name else "",
    }.get(of)
    if column:
        expression = f"{column}[{values.bind(name, 'String')}]"
        return typed(key, expression, "number", f"({expression} != 0)", values)
    if of == "fact":
        return inside(key, "facts", name.split("."), values)
    if of == "consent" and name:
        place = values.bind(name, "String")
        held = f"mapContains(consent, {place})"
        return typed(key, f"consent[{place}]", "flag", held, values)
    raise PersonaError(say("persona_field", key=key, known=", ".join(NUMBERS)))
