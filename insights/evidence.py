"""What stands behind a number: its definition, and the statement that answers it."""

from msgspec import Struct


class Evidence(Struct, frozen=True):
    """Everything needed to get a number again.

    Attributes:
        definition: what the number means, a sentence.
        sql: one statement.
        parameters: its values, by name.
    """

    definition: str
    sql: str
    parameters: dict[str, object]
