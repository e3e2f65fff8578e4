"""What is asked about help in the store."""

from typing import Final

from msgspec import Struct

from insights.asker import QuestionError
from insights.funnels.spec import Step
from insights.scope import Scope
from insights.sentences import say
from insights.times import END_OF_TIME_MS, duration_ms

COVARIATES: Final = ("store", "day", "hour", "phase", "orders", "recency")
"""What visits are matched on: all of it is known when they begin."""

WITHIN: Final = "7d"
MIN_VISITS: Final = 50
HELPED: Final = "assistance_given"
ARRIVED: Final = "store_visit_started"


class AssistanceError(QuestionError):
    """A question about help that makes no sense."""


class Assistance(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A question about help in the store.

    Attributes:
        helped: the touchpoint that is help.
        arrived: the touchpoint that a visit begins with: that of somebody who came,
            whatever came of it.
        within: time from the beginning of a visit in which an order counts.
        match: what visits must have in common to be compared, of `COVARIATES`.
        min_visits: fewest visits with help, and fewest without, that are compared.
    """

    helped: Step = Step(type=HELPED)
    arrived: Step = Step(type=ARRIVED)
    within: str = WITHIN
    match: tuple[str, ...] = COVARIATES
    min_visits: int = MIN_VISITS

    @property
    def within_ms(self) -> int:
        """The window in milliseconds; raises TimeError."""
        return duration_ms(self.within)

    def settled_ms(self, scope: Scope) -> int:
        """From which moment on nothing that happens changes the answer for a scope."""
        return min(scope.range_ms()[1] + self.within_ms, END_OF_TIME_MS)


def check(asked: Assistance) -> None:
    """Refuse what makes no sense.

    Raises:
        QuestionError: what is wrong, and what there is.
    """
    if unknown := sorted(set(asked.match) - set(COVARIATES)):
        known = ", ".join(COVARIATES)
        said = say("match", unknown=", ".join(unknown), known=known)
        raise AssistanceError(said)
    if asked.min_visits < 1:
        raise AssistanceError(say("least", name="min_visits", least=1))
    if not asked.within_ms:
        raise AssistanceError(say("some_time", name="within"))
