"""What a question would cost, before it is asked."""

from msgspec import Struct

from insights.asker import Asker, QuestionError, ask_all
from insights.sentences import say


class CostError(QuestionError):
    """A question over the budget; the sentence says what to narrow.

    Attributes:
        rows: how many rows it would read.
        budget: how many it may.
    """

    def __init__(self, rows: int, budget: int, code: str) -> None:
        """Make one.

        Args:
            rows: how many it would read.
            budget: how many it may.
            code: of the sentence that says so, and how it could be less.
        """
        self.rows = rows
        self.budget = budget
        super().__init__(say(code, rows=rows, budget=budget))


class _Estimate(Struct):
    table: str
    rows: int


def estimate(
    asker: Asker, text: str, values: dict[str, object], table: str = "touchpoints"
) -> int:
    """How many rows of a table a statement would read, by the engine's own estimate.

    It counts the rows of the parts and index ranges that the statement cannot pass over;
    nothing is read for it.

    Args:
        asker: whom to ask.
        text: the statement.
        values: its values.
        table: whose rows.
    """
    found = ask_all(asker, f"EXPLAIN ESTIMATE {text}", values, _Estimate)
    return sum(row.rows for row in found if row.table == table)
