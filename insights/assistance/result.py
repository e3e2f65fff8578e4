"""What is answered about help in the store."""

from msgspec import Struct

from insights.evidence import Evidence
from insights.sentences import Sentence


class AssistedWorth(Struct):
    """What was bought within the window, a visit, in one currency.

    Attributes:
        value_minor: of a matched visit with help, in the smallest unit.
        value_minor_without: of a comparable one.
        difference: of both.
        low, high: its interval at the level; None where it cannot be told.
    """

    currency: str
    value_minor: float
    value_minor_without: float
    difference: float
    low: float | None
    high: float | None


class AssistanceAnswer(Struct):
    """Visits with help against comparable visits without.

    Attributes:
        helped, arrived: the touchpoints that are help and that begin a visit, in words.
        within_days: time from the beginning of a visit in which an order counts.
        match: what matched visits have in common.
        as_of: until when history is known, epoch milliseconds.
        assisted, assisted_converted: visits with help, and with an order in the window.
        unassisted, unassisted_converted: the same of visits without.
        pending: visits whose window is not over; in no other number.
        unseen: visits with help that do not begin with an arrival: without help they
            might have stayed unknown, so nothing compares. In no other number.
        matched: visits with help for which there are comparable ones.
        unmatched: those for which there are none; in no number below.
        compared: the comparable visits without help.
        strata: in how many kinds of visits both were found.
        share: of the matched visits, those with an order in the window; this and what
            follows is None where there are too few.
        share_without: of comparable ones, weighted by visits with help.
        difference: share - share_without.
        low, high: its interval at the level.
        claimed: whether the interval leaves out zero.
        worth: what was bought, by currency.
        notes: what may surprise.
    """

    helped: str
    arrived: str
    within_days: float
    match: list[str]
    as_of: int
    level: float
    assisted: int
    assisted_converted: int
    unassisted: int
    unassisted_converted: int
    pending: int
    unseen: int
    matched: int
    unmatched: int
    compared: int
    strata: int
    share: float | None
    share_without: float | None
    difference: float | None
    low: float | None
    high: float | None
    claimed: bool
    worth: list[AssistedWorth]
    notes: list[Sentence]
    evidence: Evidence
