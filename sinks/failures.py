"""What goes wrong in the database, sorted by what helps; pure."""

from typing import Final, Literal

Kind = Literal["transient", "poison", "fatal", "unknown"]

# Codes as in ClickHouse's ErrorCodes.cpp.
_TRANSIENT: Final = frozenset(
    {3, 159, 164, 202, 203, 209, 210, 241, 242, 252, 285, 319, 425, 999}
)
_POISON: Final = frozenset(
    {6, 25, 26, 27, 28, 32, 33, 38, 41, 43, 53, 69, 70, 72, 117, 130, 131, 321, 349}
    | {306, 395, 441, 467, 469}
)
_FATAL: Final = frozenset({16, 36, 47, 60, 62, 81, 192, 193, 497, 516})


class DatabaseError(Exception):
    """What went wrong in the database, and whether trying again can help.

    Attributes:
        code: ClickHouse error code; 0 where there is none (transport, driver).
        kind: `transient`: try again later; `poison`: some row is to blame;
            `fatal`: nothing helps but a change by somebody; `unknown`.
    """

    def __init__(self, message: str, code: int = 0, kind: Kind = "unknown") -> None:
        """Make one; the message must not hold a value of a row or a secret."""
        super().__init__(message)
        self.code = code
        self.kind: Kind = kind


def kind_of(code: int) -> Kind:
    """The retry class of a ClickHouse error code."""
    if code in _TRANSIENT:
        return "transient"
    if code in _POISON:
        return "poison"
    return "fatal" if code in _FATAL else "unknown"
